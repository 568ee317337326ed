//! `store key`: issues, lists, rotates and revokes keys.

use std::time::{Duration, SystemTime};

use clap::Subcommand;
use policy_http::NewKey;
use policy_store::{Environment, KeySummary, KeyTerms, Organization, Revocation, Store};

use super::Chosen;
use super::failure::{Failure, shell_word};
use super::least::{Least, Scopes, joined, of_use};
use super::organization::closed;
use super::policies::{Enabled, For, Operation, Policies};
use super::times::{duration, from_now, shown};
use super::told::Told;

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Issues a key and prints it, once, on standard output.
    ///
    /// It holds the least that the named operations need, or, without `--operation`, those that the store enables for the organization.
    Issue {
        /// The organization that the key is for.
        organization: String,
        /// The policy whose operations the key opens, where several use the store.
        #[arg(long, value_name = "NAME")]
        policy: Option<String>,
        /// An operation that the key must open: `GET /notes`, with the base path if there is one, or its operationId. May be repeated.
        #[arg(long = "operation", value_name = "OPERATION")]
        operations: Vec<String>,
        /// The scopes that it holds, with spaces or commas between them: no more than the operations need.
        #[arg(long, value_name = "SCOPES")]
        scopes: Option<String>,
        /// When it ends: `90d`, `12h`, `30m`, `45s` from now. Without it, it does not expire.
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        expires_in: Option<Duration>,
    },
    /// Lists keys, without their secrets.
    List {
        /// Only those of this organization.
        organization: Option<String>,
    },
    /// Makes a key inactive until it is activated again.
    Deactivate {
        /// The key's id, as `key list` shows it.
        id: String,
    },
    /// Makes a key active again, also one that was unused for too long.
    Activate {
        /// The key's id, as `key list` shows it.
        id: String,
    },
    /// Issues a successor of a key with the same scopes, and prints it, once, on standard output. The key itself expires when the overlap
    /// is over; until then both may be used.
    Rotate {
        /// The key's id, as `key list` shows it.
        id: String,
        /// How long both may be used: `7d`, `12h`, `30m`, `45s`.
        #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = duration)]
        overlap: Duration,
        /// When the successor ends, from now. If not given, it is good for as long as its predecessor was when that was issued.
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        expires_in: Option<Duration>,
    },
    /// Revokes a key for good. Every gateway that runs refuses it within a second, and after 30 seconds at most where the database cannot
    /// be asked.
    Revoke {
        /// The key's id, as `key list` shows it.
        id: String,
    },
}

impl KeyCommand {
    pub(super) async fn run(self, chosen: &Chosen<'_>) -> Result<Told, Failure> {
        // What is wrong with the documents keeps nobody from revoking a key.
        let asked = match &self {
            Self::Issue { policy, operations, scopes, .. } => {
                Some(Asked::read(chosen, policy.as_deref(), operations.clone(), scopes.as_deref()).await?)
            }
            _ => None,
        };
        let store = chosen.open(false).await?;
        let done = self.run_in(&store, asked).await;
        closed(store, done).await
    }

    async fn run_in(self, store: &Store, asked: Option<Asked>) -> Result<Told, Failure> {
        let mut told = Told::default();
        match self {
            Self::Issue { organization, expires_in, .. } => {
                let mut change = store.begin().await?;
                let known = change.organization(&organization).await?;
                let environment = known.environment;
                let scopes = match asked {
                    Some(asked) => asked.scopes_for(&known, &mut told)?,
                    None => Scopes::new(),
                };
                let mut terms = KeyTerms::of(organization).with_scopes(scopes);
                terms.expires_at = expires_in.map(from_now);
                let key = change.issue_key(&terms).await?;
                change.commit().await?;
                hand_over(key, &terms, Some(environment), &mut told);
            }
            Self::List { organization } => list(&store.keys(organization.as_deref()).await?, &mut told),
            Self::Rotate { id, overlap, expires_in } => {
                let mut change = store.begin().await?;
                let rotation = change.rotate_key(&id, overlap, expires_in.map(from_now)).await?;
                let environment = match &rotation.terms.organization {
                    Some(name) => Some(change.organization(name).await?.environment),
                    None => None,
                };
                change.commit().await?;
                told.note(format_args!("key {id} expires {}", shown(rotation.predecessor_ends_at)));
                hand_over(rotation.key, &rotation.terms, environment, &mut told);
            }
            Self::Revoke { id } => {
                let mut change = store.begin().await?;
                let revocation = change.revoke_key(&id).await?;
                change.commit().await?;
                match revocation {
                    Revocation::Revoked => told.note(format_args!("revoked key {id}")),
                    Revocation::Before => told.note(format_args!("key {id} was revoked before")),
                    Revocation::Unknown => return Err(Failure::unknown_key()),
                }
            }
            Self::Deactivate { id } => set_active(store, &id, false, &mut told).await?,
            Self::Activate { id } => set_active(store, &id, true, &mut told).await?,
        }
        Ok(told)
    }
}

/// What a key is asked for.
struct Asked {
    policies: Policies,
    operations: Vec<String>,
    scopes: Option<Scopes>,
}

impl Asked {
    async fn read(
        chosen: &Chosen<'_>,
        policy: Option<&str>,
        operations: Vec<String>,
        scopes: Option<&str>,
    ) -> Result<Self, Failure> {
        let policies = chosen.policies(policy, For::Keys).await?;
        let scopes = scopes.map(|text| policies.scopes(&[text.to_owned()])).transpose()?;
        // All names are looked up before the database is opened.
        operations.iter().try_for_each(|text| policies.operation(text).map(drop))?;
        Ok(Self { policies, operations, scopes: scopes.map(Scopes::from_iter) })
    }

    /// The scopes of the key: the least, or those that were asked for if they are no more.
    fn scopes_for(&self, organization: &Organization, told: &mut Told) -> Result<Scopes, Failure> {
        let mut operations = self.operations_for(organization)?;
        if self.operations.is_empty() {
            // What is enabled may be for callers with other credentials. What is named is for this key.
            operations.retain(|operation| match Least::of([*operation]) {
                Ok(_) => true,
                Err(failure) => {
                    told.note(format_args!("note: {failure}"));
                    false
                }
            });
        }
        let least = Least::of(operations.iter().copied())?;
        let Some(scopes) = &self.scopes else {
            if operations.is_empty() {
                return Err(self.nothing_to_open(organization));
            }
            told.notes.extend(least.notes.iter().cloned());
            return least.sole();
        };
        let mut excess = least.excess(scopes);
        if self.operations.is_empty() {
            // What is enabled is said by this store alone, or nothing can be told of it here.
            let elsewhere = self.policies.iter().filter(|policy| policy.enabled != Enabled::Here);
            let elsewhere: Scopes = elsewhere.flat_map(of_use).collect();
            excess.retain(|scope| !elsewhere.contains(scope));
        }
        if !excess.is_empty() {
            let which = if self.operations.is_empty() { "that is enabled" } else { "that is named" };
            return Err(Failure::asked(format!(
                "no operation {which} needs `{}` beside the rest; leave it out, or name the operation that does by `--operation`",
                joined(&excess)
            )));
        }
        told.notes.extend(least.notes.iter().cloned());
        for operation in &operations {
            let missing = Least::of([*operation])?.missing(scopes);
            if !missing.is_empty() {
                let route = operation.route();
                told.note(format_args!("note: the key does not open `{route}`, which needs `{}`", joined(&missing)));
            }
        }
        Ok(scopes.clone())
    }

    /// The operations that the key is to open: those that are named, or those that are enabled.
    fn operations_for<'p>(&'p self, organization: &'p Organization) -> Result<Vec<Operation<'p>>, Failure> {
        if self.operations.is_empty() {
            return Ok(self.policies.enabled_for(organization).collect());
        }
        let operations =
            self.operations.iter().map(|text| self.policies.operation(text)).collect::<Result<Vec<_>, _>>()?;
        let is_open = |operation: &Operation<'_>| {
            operation.policy.enabled != Enabled::Here || organization.routes.contains(&operation.route())
        };
        let closed: Vec<String> = operations
            .iter()
            .filter(|operation| !is_open(operation))
            .map(|operation| shell_word(&operation.route().to_string()))
            .collect();
        if closed.is_empty() {
            return Ok(operations);
        }
        Err(Failure::asked(format!(
            "{} is not enabled for `{}`; first `policy-gateway store organization enable {} {}`",
            closed.join(", "),
            organization.name,
            shell_word(&organization.name),
            closed.join(" ")
        )))
    }

    fn nothing_to_open(&self, organization: &Organization) -> Failure {
        let name = &organization.name;
        if self.policies.iter().any(|policy| policy.enabled != Enabled::Here) {
            return Failure::asked(format!(
                "the store `{}` does not say what `{name}` may use; name the operations that the key must open, as in \
                 `--operation 'GET /notes'`",
                self.policies.store()
            ));
        }
        Failure::asked(format!(
            "no operation is enabled for `{name}`, so the least that a key needs is nothing; first \
             `policy-gateway store organization enable {} 'GET /…'`",
            shell_word(name)
        ))
    }
}

/// The key, and nothing else, is the output. What kind of key it is stands in the notes.
pub(super) fn hand_over(key: NewKey, terms: &KeyTerms, environment: Option<Environment>, told: &mut Told) {
    let whose = match (&terms.organization, environment) {
        (Some(name), Some(environment)) => format!("of `{name}` ({environment})"),
        _ => "of no organization".to_owned(),
    };
    told.note(format_args!("issued key {} {whose}", key.id()));
    let scopes = if terms.scopes.is_empty() { "none".to_owned() } else { terms.scopes.join(" ") };
    told.note(format_args!("    scopes   {scopes}"));
    let end = terms.expires_at.map_or_else(|| "never".to_owned(), shown);
    told.note(format_args!("    expires  {end}"));
    told.note("It is shown this once:");
    told.line(key.reveal());
}

async fn set_active(store: &Store, id: &str, active: bool, told: &mut Told) -> Result<(), Failure> {
    let mut change = store.begin().await?;
    if !change.set_key_active(id, active).await? {
        return Err(Failure::unknown_key());
    }
    change.commit().await?;
    told.note(format_args!("key {id} is {}", if active { "active" } else { "not active" }));
    Ok(())
}

fn list(keys: &[KeySummary], told: &mut Told) {
    let now = SystemTime::now();
    for key in keys {
        let state = match (key.revoked_at, key.expires_at) {
            (Some(at), _) => format!("revoked {}", shown(at)),
            (None, Some(end)) if end <= now => format!("expired {}", shown(end)),
            _ if !key.active => "not active".into(),
            (None, Some(end)) => format!("expires {}", shown(end)),
            (None, None) => "never expires".into(),
        };
        let organization = key.organization.as_deref().unwrap_or("no organization");
        told.line(format_args!("{}  {organization} ({})  {state}", key.id, key.environment));
        let scopes = if key.scopes.is_empty() { "none".into() } else { key.scopes.join(" ") };
        told.line(format_args!("    scopes   {scopes}"));
        told.line(format_args!("    issued   {}", shown(key.created_at)));
        told.line(format_args!("    used     {}", key.last_used_at.map_or_else(|| "never".into(), shown)));
    }
    if keys.is_empty() {
        told.note("there is no key yet; `policy-gateway store key issue ORGANIZATION` issues one");
    }
}
