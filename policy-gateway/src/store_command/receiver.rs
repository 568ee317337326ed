//! `store receiver`: webhook receivers.

use std::time::Duration;

use clap::Subcommand;
use policy_spec::WebhookModel;
use policy_store::{Receiver, Store};

use super::Chosen;
use super::failure::Failure;
use super::key::hand_over;
use super::least::{Least, Scopes};
use super::organization::closed;
use super::policies::{Enabled, For, Operation, Policies, Policy};
use super::times::{duration, from_now, shown};
use super::told::Told;

#[derive(Debug, Subcommand)]
pub(super) enum ReceiverCommand {
    /// Adds a receiver of a webhook, and issues its key with the least that its approved follow-up operations need. The key is printed,
    /// once, on standard output.
    Add {
        /// The organization that the receiver belongs to.
        organization: String,
        /// The webhook that it receives, as the document names it.
        #[arg(long, value_name = "NAME")]
        webhook: String,
        /// A follow-up operation of the webhook that the receiver may call: `GET /notes`, with the base path if there is one, or its
        /// operationId. May be repeated.
        #[arg(long, value_name = "OPERATION", num_args = 1.., required = true)]
        approve: Vec<String>,
        /// The policy whose webhook it is, where several use the store.
        #[arg(long, value_name = "NAME")]
        policy: Option<String>,
        /// When its key ends: `90d`, `12h`, `30m`, `45s` from now. Without it, it does not expire.
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        expires_in: Option<Duration>,
    },
    /// Lists receivers with what they were approved for, also those whose keys have ended.
    List {
        /// Only those of this organization.
        organization: Option<String>,
    },
}

impl ReceiverCommand {
    pub(super) async fn run(self, chosen: &Chosen<'_>) -> Result<Told, Failure> {
        match self {
            Self::Add { organization, webhook, approve, policy, expires_in } => {
                let policies = chosen.policies(policy.as_deref(), For::Keys).await?;
                let approved = approved(&policies, &webhook, &approve)?;
                let least = least(&approved)?;
                let store = chosen.open(false).await?;
                let done = add(&store, &organization, &webhook, &approved, least, expires_in).await;
                closed(store, done).await
            }
            Self::List { organization } => {
                let store = chosen.open(false).await?;
                let found = store.receivers(organization.as_deref()).await;
                closed(store, found.map(|receivers| list(&receivers)).map_err(Failure::from)).await
            }
        }
    }
}

/// The approved operations, each of which the webhook must be followed up by.
fn approved<'p>(policies: &'p Policies, webhook: &str, texts: &[String]) -> Result<Vec<Operation<'p>>, Failure> {
    let (policy, webhook) = named(policies, webhook)?;
    if policy.enabled != Enabled::Here {
        return Err(Failure::asked(format!(
            "the store `{store}` does not say what is enabled by the policy `{}`, and a receiver is approved for what is enabled; \
             `enablement = \"{store}\"` changes that",
            policy.name,
            store = policies.store()
        )));
    }
    let operations = &policy.engine.served().operations;
    let follow_up = webhook.follow_up.iter().filter_map(|at| operations.get(*at));
    let follow_up: Vec<Operation<'_>> = follow_up.map(|said| Operation { policy, said }).collect();
    let find = |text: &String| {
        follow_up.iter().find(|operation| operation.is_named(text)).copied().ok_or_else(|| {
            let known: Vec<String> = follow_up.iter().map(|operation| operation.route().to_string()).collect();
            Failure::unknown("follow-up", text, known.iter().map(String::as_str))
        })
    };
    texts.iter().map(find).collect()
}

/// The webhook of that name, and the policy whose document has it.
fn named<'p>(policies: &'p Policies, name: &str) -> Result<(&'p Policy, &'p WebhookModel), Failure> {
    let all =
        || policies.iter().flat_map(|policy| policy.engine.served().webhooks.iter().map(move |one| (policy, one)));
    let found: Vec<_> = all().filter(|(_, webhook)| webhook.name == name).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::unknown("webhook", name, all().map(|(_, webhook)| webhook.name.as_str()))),
        several => {
            let names: Vec<&str> = several.iter().map(|(policy, _)| policy.name.as_str()).collect();
            Err(Failure::asked(format!(
                "the policies `{}` have a webhook `{name}`; choose one by `--policy`",
                names.join("`, `")
            )))
        }
    }
}

/// The scopes of the receiver's key, and what there is to say of them.
fn least(approved: &[Operation<'_>]) -> Result<(Scopes, Vec<String>), Failure> {
    let least = Least::of(approved.iter().copied())?;
    let scopes = least.sole().map_err(|_| {
        Failure::asked(
            "the approved operations have alternatives, and no single scope set is the least; approve others",
        )
    })?;
    Ok((scopes, least.notes))
}

async fn add(
    store: &Store,
    organization: &str,
    webhook: &str,
    approved: &[Operation<'_>],
    (scopes, notes): (Scopes, Vec<String>),
    expires_in: Option<Duration>,
) -> Result<Told, Failure> {
    let mut change = store.begin().await?;
    let environment = change.organization(organization).await?.environment;
    let routes = approved.iter().map(Operation::route);
    let ends_at = expires_in.map(from_now);
    let (key, terms) = change.add_receiver(organization, webhook, routes, scopes, ends_at).await?;
    change.commit().await?;
    let mut told = Told::default();
    told.notes.extend(notes);
    told.note(format_args!("added a receiver of `{webhook}`"));
    hand_over(key, &terms, Some(environment), &mut told);
    Ok(told)
}

fn list(receivers: &[Receiver]) -> Told {
    let mut told = Told::default();
    for receiver in receivers {
        told.line(format_args!("{}  {}  {}", receiver.key_id, receiver.organization, receiver.webhook));
        receiver.operations.iter().for_each(|operation| told.line(format_args!("    approved  {operation}")));
        told.line(format_args!("    added     {}", shown(receiver.created_at)));
    }
    if receivers.is_empty() {
        told.note("there is no receiver yet; `policy-gateway store receiver add ORGANIZATION` adds one");
    }
    told
}
