//! `organization`: partners, their routes, and the scopes that their keys may hold.

use std::fmt::Write;

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use policy_core::{OperationSet, ScopeSet};
use policy_http::EnabledRoute;
use policy_store::Environment;

use super::failure::Failure;
use super::{explain, print};
use crate::names;
use crate::policy::{Api, POLICY};
use crate::store::{Missing, Store};

#[derive(Debug, Subcommand)]
pub(super) enum Organization {
    /// Makes an organization. What is not named is neither enabled nor allowed.
    Create {
        /// Its name.
        name: String,
        /// What it and its keys are for.
        #[arg(long, value_parser = environment(), default_value = "production")]
        environment: Environment,
        /// Enables a route: `GET /external/v1/encounters`, or its operationId. May be repeated.
        #[arg(long, value_name = "ROUTE")]
        enable: Vec<String>,
        /// The scopes that its keys may hold, separated by commas.
        #[arg(long, value_name = "SCOPES", value_delimiter = ',')]
        allow_scopes: Vec<String>,
    },
    /// Enables routes.
    Enable {
        /// The organization.
        name: String,
        /// `GET /external/v1/encounters`, or the operationId.
        #[arg(required = true, value_name = "ROUTE")]
        routes: Vec<String>,
    },
    /// Disables routes, also such as the policy no longer knows.
    Disable {
        /// The organization.
        name: String,
        /// `GET /external/v1/encounters`, or the operationId.
        #[arg(required = true, value_name = "ROUTE")]
        routes: Vec<String>,
    },
    /// Allows the organization's keys to hold scopes.
    Allow {
        /// The organization.
        name: String,
        /// The scopes, separated by spaces or commas.
        #[arg(required = true, value_name = "SCOPE", value_delimiter = ',')]
        scopes: Vec<String>,
    },
    /// Takes scopes away from the organization and from all its keys.
    Disallow {
        /// The organization.
        name: String,
        /// The scopes, separated by spaces or commas.
        #[arg(required = true, value_name = "SCOPE", value_delimiter = ',')]
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
    /// Lists the organizations with their rights and webhook receivers.
    List,
}

impl Organization {
    /// What to do if there is no database: creating an organization makes one.
    pub(super) fn missing(&self) -> Missing {
        match self {
            Organization::Create { .. } => Missing::Create,
            _ => Missing::Refuse,
        }
    }

    pub(super) async fn run(self, store: &Store) -> Result<(), Failure> {
        match self {
            Organization::Create { name, environment, enable, allow_scopes } => {
                let (routes, scopes) = (operations(&enable)?, names::scopes(&allow_scopes.join(","))?);
                let mut change = store.partners().begin().await?;
                change.create_organization(&name, environment).await?;
                change.enable(&name, routes.iter()).await?;
                change.allow_scopes(&name, names_of(scopes)).await?;
                change.commit().await?;
                explain(format_args!("created organization `{name}` ({environment})"));
                explain_unopened(routes, scopes);
            }
            Organization::Enable { name, routes } => {
                let routes = operations(&routes)?;
                let mut change = store.partners().begin().await?;
                change.enable(&name, routes.iter()).await?;
                change.commit().await?;
                explain(format_args!("enabled for `{name}`:"));
                routes.iter().for_each(|route| explain(format_args!("    {route}")));
            }
            Organization::Disable { name, routes } => disable(store, &name, &routes).await?,
            Organization::Allow { name, scopes } => {
                let scopes = names::scopes(&scopes.join(","))?;
                let mut change = store.partners().begin().await?;
                change.allow_scopes(&name, names_of(scopes)).await?;
                change.commit().await?;
                explain(format_args!("keys of `{name}` may hold {scopes}"));
            }
            Organization::Disallow { name, scopes } => {
                let scopes = names::scopes(&scopes.join(","))?;
                let mut change = store.partners().begin().await?;
                change.disallow_scopes(&name, names_of(scopes)).await?;
                change.commit().await?;
                explain(format_args!("keys of `{name}` no longer hold {scopes}"));
            }
            Organization::Deactivate { name } => {
                set_active(store, &name, false).await?;
                explain(format_args!("organization `{name}` is not active"));
            }
            Organization::Activate { name } => {
                set_active(store, &name, true).await?;
                explain(format_args!("organization `{name}` is active"));
            }
            Organization::List => print(&list(store).await?)?,
        }
        Ok(())
    }
}

/// The environments by their names.
fn environment() -> impl TypedValueParser<Value = Environment> {
    PossibleValuesParser::new([Environment::Production.as_str(), Environment::Test.as_str()])
        .try_map(|name| name.parse::<Environment>())
}

fn names_of(scopes: ScopeSet<Api>) -> impl Iterator<Item = &'static str> {
    scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().into_iter()
}

async fn set_active(store: &Store, name: &str, active: bool) -> Result<(), Failure> {
    let mut change = store.partners().begin().await?;
    change.set_organization_active(name, active).await?;
    Ok(change.commit().await?)
}

/// The operations that the routes name. If one is unknown, that is an error for all of them.
pub(super) fn operations(routes: &[String]) -> Result<OperationSet<Api>, Failure> {
    Ok(routes.iter().map(|route| names::operation(route)).collect::<Result<_, _>>()?)
}

/// Names the enabled routes that no key may call, because the organization may not hold their scopes.
fn explain_unopened(routes: OperationSet<Api>, allowed: ScopeSet<Api>) {
    for route in routes.iter() {
        let Ok(least) = POLICY.least_privilege([route]) else { continue };
        if !least.is_met_by(&allowed) {
            let missing = least.sole().unwrap_or_default().difference(&allowed);
            explain(format_args!("note: `{route}` is enabled, but no key may hold {missing}; `organization allow` it"));
        }
    }
}

async fn disable(store: &Store, name: &str, routes: &[String]) -> Result<(), Failure> {
    let mut change = store.partners().begin().await?;
    let stored = change.organization(name).await?.routes;
    // All names are looked up before the first route is disabled.
    let routes = routes.iter().map(|text| named(text, &stored)).collect::<Result<Vec<_>, Failure>>()?;
    let mut told = Vec::new();
    for route in routes {
        told.push(match change.disable(name, &route).await? {
            true => format!("disabled for `{name}`: {route}"),
            false => format!("`{route}` was not enabled for `{name}`"),
        });
    }
    change.commit().await?;
    told.iter().for_each(explain);
    Ok(())
}

/// A route of the policy, or a stored one that the policy no longer has.
fn named(text: &str, stored: &[EnabledRoute]) -> Result<EnabledRoute, Failure> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let same = |route: &&EnabledRoute| words == [route.method.as_str(), route.template.as_str()];
    if let Some(route) = stored.iter().find(same) {
        return Ok(route.clone());
    }
    Ok(names::operation(text)?.into())
}

async fn list(store: &Store) -> Result<String, Failure> {
    let mut text = String::new();
    for organization in store.partners().organizations().await? {
        let unknown_routes = organization.unknown::<Api>().routes;
        let inactive = if organization.active { "" } else { ", not active" };
        line(&mut text, format_args!("{} ({}{inactive})", organization.name, organization.environment))?;
        let scopes = if organization.scopes.is_empty() { "none".into() } else { organization.scopes.join(" ") };
        line(&mut text, format_args!("    scopes    {scopes}"))?;
        for route in &organization.routes {
            let unknown = if unknown_routes.contains(route) { "  (unknown to the policy: opens nothing)" } else { "" };
            line(&mut text, format_args!("    route     {route}{unknown}"))?;
        }
        for receiver in store.partners().receivers(Some(&organization.name)).await? {
            line(&mut text, format_args!("    receiver  {}, key {}", receiver.webhook, receiver.key_id))?;
            for operation in receiver.operations {
                line(&mut text, format_args!("        approved  {operation}"))?;
            }
        }
    }
    Ok(text)
}

pub(super) fn line(text: &mut String, content: std::fmt::Arguments<'_>) -> Result<(), Failure> {
    writeln!(text, "{content}").map_err(|error| Failure::new(error.to_string()))
}
