//! `store organization`: who has keys, what is enabled for them, and the scopes that their keys may hold.

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use policy_http::EnabledRoute;
use policy_store::{Environment, Organization, Store};

use super::Chosen;
use super::failure::Failure;
use super::least::{Least, Scopes, joined};
use super::policies::{For, Operation, Policies};
use super::told::Told;

#[derive(Debug, Subcommand)]
pub(super) enum OrganizationCommand {
    /// Makes an organization. What is not named is neither enabled nor allowed.
    #[command(visible_alias = "add")]
    Create {
        /// Its name.
        name: String,
        /// What it and its keys are for.
        #[arg(long, value_parser = environment(), default_value = "production")]
        environment: Environment,
        /// Enables an operation: `GET /notes`, or its operationId. May be repeated.
        #[arg(long, value_name = "OPERATION")]
        enable: Vec<String>,
        /// The scopes that its keys may hold, with spaces or commas between them.
        #[arg(long, value_name = "SCOPES")]
        allow_scopes: Vec<String>,
        /// The policy that has the operations and scopes, where several use the store.
        #[arg(long, value_name = "NAME")]
        policy: Option<String>,
    },
    /// Enables operations, where a policy asks the store what is enabled.
    Enable {
        /// The organization.
        name: String,
        /// `GET /notes`, with the base path if there is one, or the operationId.
        #[arg(required_unless_present = "all", value_name = "OPERATION")]
        operations: Vec<String>,
        /// Every operation that the documents have now.
        #[arg(long, conflicts_with = "operations")]
        all: bool,
        /// The policy that has the operations, where several ask the store.
        #[arg(long, value_name = "NAME")]
        policy: Option<String>,
    },
    /// Disables operations, also such as no document has any more.
    Disable {
        /// The organization.
        name: String,
        /// `GET /notes`, or the operationId.
        #[arg(required = true, value_name = "OPERATION")]
        operations: Vec<String>,
        /// The policy that has the operations, where several ask the store.
        #[arg(long, value_name = "NAME")]
        policy: Option<String>,
    },
    /// Allows the organization's keys to hold scopes.
    Allow {
        /// The organization.
        name: String,
        /// The scopes, with spaces or commas between them.
        #[arg(required = true, value_name = "SCOPE")]
        scopes: Vec<String>,
    },
    /// Takes scopes away from the organization and from all its keys.
    Disallow {
        /// The organization.
        name: String,
        /// The scopes, with spaces between them. They need not be known to a document.
        #[arg(required = true, value_name = "SCOPE")]
        scopes: Vec<String>,
    },
    /// Closes everything to the organization's keys until it is activated again.
    Deactivate {
        /// The organization.
        name: String,
    },
    /// Opens to the organization's keys again what they may.
    Activate {
        /// The organization.
        name: String,
    },
    /// Lists the organizations with their rights.
    List,
}

impl OrganizationCommand {
    pub(super) async fn run(self, chosen: &Chosen<'_>) -> Result<Told, Failure> {
        match self {
            Self::Create { name, environment, enable, allow_scopes, policy } => {
                let asked = Asked::read(chosen, policy.as_deref(), &enable, &allow_scopes).await?;
                let store = chosen.open(true).await?;
                let done = create(&store, &name, environment, &asked).await;
                closed(store, done).await
            }
            Self::Enable { name, operations, all, policy } => {
                let policies = chosen.policies(policy.as_deref(), For::Enablement).await?;
                let operations: Vec<Operation<'_>> = if all {
                    policies.operations().collect()
                } else {
                    operations.iter().map(|text| policies.operation(text)).collect::<Result<_, _>>()?
                };
                let store = chosen.open(false).await?;
                let done = enable(&store, &name, &operations).await;
                closed(store, done).await
            }
            Self::Disable { name, operations, policy } => {
                let store = chosen.open(false).await?;
                let done = disable(chosen, &store, &name, &operations, policy.as_deref()).await;
                closed(store, done).await
            }
            Self::Allow { name, scopes } => {
                let scopes = chosen.policies(None, For::Keys).await?.scopes(&scopes)?;
                let store = chosen.open(false).await?;
                let done = allow(&store, &name, &scopes).await;
                closed(store, done).await
            }
            Self::Disallow { name, scopes } => {
                let store = chosen.open(false).await?;
                let done = disallow(&store, &name, &scopes).await;
                closed(store, done).await
            }
            Self::Deactivate { name } => set_active(chosen, &name, false).await,
            Self::Activate { name } => set_active(chosen, &name, true).await,
            Self::List => {
                let store = chosen.open(false).await?;
                let done = store.organizations().await.map(|found| list(&found)).map_err(Failure::from);
                closed(store, done).await
            }
        }
    }
}

/// The environments by their names.
fn environment() -> impl TypedValueParser<Value = Environment> {
    PossibleValuesParser::new([Environment::Production.as_str(), Environment::Test.as_str()])
        .try_map(|name| name.parse::<Environment>())
}

/// What an organization is made with.
struct Asked {
    routes: Vec<EnabledRoute>,
    scopes: Vec<String>,
    notes: Vec<String>,
}

impl Asked {
    async fn read(
        chosen: &Chosen<'_>,
        policy: Option<&str>,
        enable: &[String],
        allow: &[String],
    ) -> Result<Self, Failure> {
        let mut asked = Self { routes: Vec::new(), scopes: Vec::new(), notes: Vec::new() };
        if !allow.is_empty() {
            asked.scopes = chosen.policies(policy, For::Keys).await?.scopes(allow)?;
        }
        if !enable.is_empty() {
            let policies = chosen.policies(policy, For::Enablement).await?;
            let operations = enable.iter().map(|text| policies.operation(text)).collect::<Result<Vec<_>, _>>()?;
            asked.routes = operations.iter().map(Operation::route).collect();
            asked.notes = unopened(&operations, &asked.scopes);
        }
        Ok(asked)
    }
}

async fn create(store: &Store, name: &str, environment: Environment, asked: &Asked) -> Result<Told, Failure> {
    let mut change = store.begin().await?;
    change.create_organization(name, environment).await?;
    change.enable(name, asked.routes.iter().cloned()).await?;
    change.allow_scopes(name, asked.scopes.iter().cloned()).await?;
    change.commit().await?;
    let mut told = Told::default();
    told.note(format_args!("created organization `{name}` ({environment})"));
    told.notes.extend(asked.notes.iter().cloned());
    Ok(told)
}

async fn enable(store: &Store, name: &str, operations: &[Operation<'_>]) -> Result<Told, Failure> {
    let mut change = store.begin().await?;
    let organization = change.organization(name).await?;
    change.enable(name, operations.iter().map(Operation::route)).await?;
    change.commit().await?;
    let mut told = Told::default();
    told.note(format_args!("enabled for `{name}`:"));
    operations.iter().for_each(|operation| told.note(format_args!("    {}", operation.route())));
    told.notes.extend(unopened(operations, &organization.scopes));
    Ok(told)
}

/// Names the enabled operations that no key may call, because the organization's keys may not hold their scopes.
fn unopened(operations: &[Operation<'_>], allowed: &[String]) -> Vec<String> {
    let allowed: Scopes = allowed.iter().cloned().collect();
    let mut notes = Vec::new();
    for operation in operations.iter().filter(|operation| !operation.policy.schemes.is_empty()) {
        let Ok(least) = Least::of([*operation]) else { continue };
        let missing = least.missing(&allowed);
        if !missing.is_empty() {
            let (route, missing) = (operation.route(), joined(&missing));
            notes.push(format!("note: `{route}` is enabled, but no key may hold `{missing}`; `organization allow` it"));
        }
    }
    notes
}

async fn disable(
    chosen: &Chosen<'_>,
    store: &Store,
    name: &str,
    operations: &[String],
    policy: Option<&str>,
) -> Result<Told, Failure> {
    let stored = store.organization(name).await?.routes;
    let mut policies: Option<Policies> = None;
    let mut routes = Vec::new();
    // All names are looked up before the first operation is disabled.
    for text in operations {
        let is_named =
            |route: &&EnabledRoute| text.split_whitespace().eq([route.method.as_str(), route.template.as_str()]);
        if let Some(route) = stored.iter().find(is_named) {
            routes.push(route.clone());
            continue;
        }
        let policies = match &mut policies {
            Some(policies) => policies,
            none => none.insert(chosen.policies(policy, For::Enablement).await?),
        };
        routes.push(policies.operation(text)?.route());
    }
    let mut told = Told::default();
    let mut change = store.begin().await?;
    for route in &routes {
        if change.disable(name, route).await? {
            told.note(format_args!("disabled for `{name}`: {route}"));
        } else {
            told.note(format_args!("`{route}` was not enabled for `{name}`"));
        }
    }
    change.commit().await?;
    Ok(told)
}

async fn allow(store: &Store, name: &str, scopes: &[String]) -> Result<Told, Failure> {
    let mut change = store.begin().await?;
    change.allow_scopes(name, scopes.iter().cloned()).await?;
    change.commit().await?;
    let mut told = Told::default();
    told.note(format_args!("keys of `{name}` may hold {}", scopes.join(" ")));
    Ok(told)
}

async fn disallow(store: &Store, name: &str, scopes: &[String]) -> Result<Told, Failure> {
    let mut change = store.begin().await?;
    let held = change.organization(name).await?.scopes;
    let mut taken = Vec::new();
    for word in scopes.iter().flat_map(|text| text.split_whitespace()) {
        if !held.iter().any(|scope| scope == word) {
            return Err(Failure::unknown("allowed scope", word, held.iter().map(String::as_str)));
        }
        taken.push(word.to_owned());
    }
    change.disallow_scopes(name, taken.iter().cloned()).await?;
    change.commit().await?;
    let mut told = Told::default();
    told.note(format_args!("keys of `{name}` no longer hold {}", taken.join(" ")));
    Ok(told)
}

async fn set_active(chosen: &Chosen<'_>, name: &str, active: bool) -> Result<Told, Failure> {
    let store = chosen.open(false).await?;
    let done = async {
        let mut change = store.begin().await?;
        change.set_organization_active(name, active).await?;
        change.commit().await?;
        let mut told = Told::default();
        told.note(format_args!("organization `{name}` is {}", if active { "active" } else { "not active" }));
        Ok(told)
    };
    let done = done.await;
    closed(store, done).await
}

fn list(organizations: &[Organization]) -> Told {
    let mut told = Told::default();
    for organization in organizations {
        let inactive = if organization.active { "" } else { ", not active" };
        told.line(format_args!("{} ({}{inactive})", organization.name, organization.environment));
        let scopes = if organization.scopes.is_empty() { "none".into() } else { organization.scopes.join(" ") };
        told.line(format_args!("    scopes   {scopes}"));
        organization.routes.iter().for_each(|route| told.line(format_args!("    enabled  {route}")));
    }
    if organizations.is_empty() {
        told.note("there is no organization yet; `policy-gateway store organization create NAME` makes one");
    }
    told
}

/// Closes the store, whatever came of it.
pub(super) async fn closed<T>(store: Store, outcome: Result<T, Failure>) -> Result<T, Failure> {
    store.close().await;
    outcome
}
