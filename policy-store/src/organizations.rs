//! Partner organizations: their environment, the routes that are enabled for them, and the scopes their keys may hold.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use policy_core::{Document, OperationSet, Policy, ScopeSet, is_scope_token};
use policy_http::EnabledRoute;

use crate::database::{Connection, Pool, in_time, on};
use crate::time::stored;
use crate::{Error, Store, Transaction};

/// What a look-up asks of an organization.
const ENABLED: &str = include_str!("statements/enabled.sql");
/// How long an organization's name may be, in bytes.
pub(crate) const NAME_LENGTH: usize = 64;

/// What an organization and its keys are for. A key is bound to the one it was issued in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// The real thing.
    #[default]
    Production,
    /// Trials of a partner's integration.
    Test,
}

impl Environment {
    /// As it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Environment::Production => "production",
            Environment::Test => "test",
        }
    }
}

impl FromStr for Environment {
    type Err = Error;

    /// Reads [`as_str`](Environment::as_str). Anything else is damage.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "production" => Ok(Environment::Production),
            "test" => Ok(Environment::Test),
            _ => Err(Error::Damaged),
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An organization and its rights, by name, whether or not a policy still knows them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Organization {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub environment: Environment,
    /// Whether its keys open anything at all.
    pub active: bool,
    /// Its enabled routes, by template and method.
    pub routes: Vec<EnabledRoute>,
    /// The names of the scopes that its keys may hold.
    pub scopes: Vec<String>,
}

impl Organization {
    /// The enabled operations that the policy knows.
    #[must_use]
    pub fn operations<D: Document>(&self) -> OperationSet<D> {
        let policy = Policy::<D>::new();
        self.routes.iter().filter_map(|route| policy.operation(&route.method, &route.template)).collect()
    }

    /// The allowed scopes that the policy knows.
    #[must_use]
    pub fn allowed<D: Document>(&self) -> ScopeSet<D> {
        let policy = Policy::<D>::new();
        self.scopes.iter().filter_map(|name| policy.scope(name)).collect()
    }

    /// The rights that the policy does not know. They open nothing; an operator should know why.
    #[must_use]
    pub fn unknown<D: Document>(&self) -> UnknownRights {
        let policy = Policy::<D>::new();
        let routes = self.routes.iter().filter(|route| policy.operation(&route.method, &route.template).is_none());
        let scopes = self.scopes.iter().filter(|name| policy.scope(name).is_none());
        UnknownRights { routes: routes.cloned().collect(), scopes: scopes.cloned().collect() }
    }
}

/// Rights of an organization that a policy does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownRights {
    /// The routes.
    pub routes: Vec<EnabledRoute>,
    /// The names of the scopes.
    pub scopes: Vec<String>,
}

impl Store {
    /// Every organization, by name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn organizations(&self) -> Result<Vec<Organization>, Error> {
        let mut acquired = self.pool().acquire().await?;
        let mut connection = acquired.connection();
        let found: Vec<(String, String, bool)> = on!(Connection, connection.again(), |connection| {
            sqlx::query_as("SELECT name, environment, active FROM organizations ORDER BY name")
                .fetch_all(connection)
                .await?
        });
        let routes: Vec<(String, String, String)> = on!(Connection, connection.again(), |connection| {
            sqlx::query_as("SELECT organization, method, template FROM enabled_routes ORDER BY template, method")
                .fetch_all(connection)
                .await?
        });
        let scopes: Vec<(String, String)> = on!(Connection, connection.again(), |connection| {
            sqlx::query_as("SELECT organization, scope FROM allowed_scopes ORDER BY scope")
                .fetch_all(connection)
                .await?
        });
        let mut routes_of: HashMap<String, Vec<EnabledRoute>> = HashMap::new();
        for (organization, method, template) in routes {
            routes_of.entry(organization).or_default().push((method, template).into());
        }
        let mut scopes_of: HashMap<String, Vec<String>> = HashMap::new();
        for (organization, scope) in scopes {
            scopes_of.entry(organization).or_default().push(scope);
        }
        let organization = |(name, environment, active): (String, String, bool)| {
            let routes = routes_of.remove(&name).unwrap_or_default();
            let scopes = scopes_of.remove(&name).unwrap_or_default();
            Ok(Organization { name, environment: environment.parse()?, active, routes, scopes })
        };
        found.into_iter().map(organization).collect()
    }

    /// The organization of that name.
    ///
    /// # Errors
    /// There is none; the database does not answer.
    pub async fn organization(&self, name: &str) -> Result<Organization, Error> {
        must_exist(self.pool().acquire().await?.connection(), name).await
    }

    /// What a guard asks: whether the organization is active, and its routes. `None` where there is none of that name.
    pub(crate) async fn enabled(&self, name: &str) -> Result<Option<(bool, Vec<EnabledRoute>)>, Error> {
        let rows: Vec<(bool, Option<String>, Option<String>)> =
            on!(Pool, self.pool(), |pool| { in_time(sqlx::query_as(ENABLED).bind(name).fetch_all(pool)).await? });
        let Some((active, ..)) = rows.first() else { return Ok(None) };
        let active = *active;
        let route = |(_, method, template): (bool, Option<String>, Option<String>)| Some((method?, template?).into());
        Ok(Some((active, rows.into_iter().filter_map(route).collect())))
    }
}

impl Transaction {
    /// Makes an organization. Nothing is enabled and no scope is allowed for it yet.
    ///
    /// # Errors
    /// The name is taken or no name; the database does not answer.
    pub async fn create_organization(&mut self, name: &str, environment: Environment) -> Result<(), Error> {
        let fits = !name.is_empty() && name.len() <= NAME_LENGTH && name.trim() == name;
        if !fits || name.chars().any(char::is_control) {
            return Err(Error::OrganizationName(name.into()));
        }
        let made = on!(Connection, self.connection(), |connection| {
            sqlx::query(
                "INSERT INTO organizations (name, environment, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            )
            .bind(name)
            .bind(environment.as_str())
            .bind(stored(SystemTime::now()))
            .execute(connection)
            .await?
            .rows_affected()
        });
        if made == 0 {
            return Err(Error::OrganizationExists(name.into()));
        }
        self.tell(name, move |organization| {
            tracing::info!(target: "policy", organization, %environment, "organization created");
        });
        Ok(())
    }

    /// The organization of that name, as it stands in this transaction.
    ///
    /// # Errors
    /// There is none; the database does not answer.
    pub async fn organization(&mut self, name: &str) -> Result<Organization, Error> {
        must_exist(self.connection(), name).await
    }

    /// Enables routes for an organization: operations of a policy, or methods with their templates. What the policy does not know
    /// opens nothing.
    ///
    /// # Errors
    /// There is no such organization; the database does not answer.
    pub async fn enable(
        &mut self,
        name: &str,
        routes: impl IntoIterator<Item = impl Into<EnabledRoute>>,
    ) -> Result<(), Error> {
        self.organization(name).await?;
        for route in routes {
            let route: EnabledRoute = route.into();
            on!(Connection, self.connection(), |connection| {
                sqlx::query(
                "INSERT INTO enabled_routes (organization, method, template) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            )
            .bind(name)
            .bind(&route.method)
            .bind(&route.template)
            .execute(connection).await?
.rows_affected()
            });
            self.tell(name, move |organization| {
                tracing::info!(target: "policy", organization, operation = %route, "route enabled");
            });
        }
        Ok(())
    }

    /// Disables a route for an organization. Answers whether it was enabled.
    ///
    /// # Errors
    /// There is no such organization; the database does not answer.
    pub async fn disable(&mut self, name: &str, route: &EnabledRoute) -> Result<bool, Error> {
        self.organization(name).await?;
        let done = on!(Connection, self.connection(), |connection| {
            sqlx::query("DELETE FROM enabled_routes WHERE organization = $1 AND method = $2 AND template = $3")
                .bind(name)
                .bind(&route.method)
                .bind(&route.template)
                .execute(connection)
                .await?
                .rows_affected()
        });
        let was_enabled = done > 0;
        if was_enabled {
            let route = route.clone();
            self.tell(name, move |organization| {
                tracing::info!(target: "policy", organization, operation = %route, "route disabled");
            });
        }
        Ok(was_enabled)
    }

    /// Allows an organization's keys to hold scopes.
    ///
    /// # Errors
    /// There is no such organization; one is no name of a scope; the database does not answer.
    pub async fn allow_scopes(
        &mut self,
        name: &str,
        scopes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<(), Error> {
        self.organization(name).await?;
        for scope in scopes {
            let scope: String = scope.into();
            if !is_scope_token(&scope) {
                return Err(Error::ScopeName(scope));
            }
            on!(Connection, self.connection(), |connection| {
                sqlx::query("INSERT INTO allowed_scopes (organization, scope) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                    .bind(name)
                    .bind(&scope)
                    .execute(connection)
                    .await?
                    .rows_affected()
            });
            self.tell(name, move |organization| {
                tracing::info!(target: "policy", organization, scope, "scope allowed");
            });
        }
        Ok(())
    }

    /// Takes scopes away from an organization. Its keys keep their names, which grant nothing until they are allowed again.
    ///
    /// # Errors
    /// There is no such organization; the database does not answer.
    pub async fn disallow_scopes(
        &mut self,
        name: &str,
        scopes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<(), Error> {
        self.organization(name).await?;
        for scope in scopes {
            let scope: String = scope.into();
            on!(Connection, self.connection(), |connection| {
                sqlx::query("DELETE FROM allowed_scopes WHERE organization = $1 AND scope = $2")
                    .bind(name)
                    .bind(&scope)
                    .execute(connection)
                    .await?
                    .rows_affected()
            });
            self.tell(name, move |organization| {
                tracing::info!(target: "policy", organization, scope, "scope no longer allowed");
            });
        }
        Ok(())
    }

    /// Sets whether an organization's keys open anything at all.
    ///
    /// # Errors
    /// There is no such organization; the database does not answer.
    pub async fn set_organization_active(&mut self, name: &str, active: bool) -> Result<(), Error> {
        self.organization(name).await?;
        on!(Connection, self.connection(), |connection| {
            sqlx::query("UPDATE organizations SET active = $2 WHERE name = $1")
                .bind(name)
                .bind(active)
                .execute(connection)
                .await?
                .rows_affected()
        });
        self.tell(name, move |organization| {
            tracing::info!(target: "policy", organization, active, "organization changed");
        });
        Ok(())
    }

    fn tell(&mut self, organization: &str, tell: impl FnOnce(String) + Send + 'static) {
        let organization = organization.to_owned();
        self.when_done(move || tell(organization));
    }
}

async fn must_exist(mut connection: Connection<'_>, name: &str) -> Result<Organization, Error> {
    let found: Option<(String, bool)> = on!(Connection, connection.again(), |connection| {
        sqlx::query_as("SELECT environment, active FROM organizations WHERE name = $1")
            .bind(name)
            .fetch_optional(connection)
            .await?
    });
    let Some((environment, active)) = found else {
        let known = on!(Connection, connection, |connection| {
            sqlx::query_scalar("SELECT name FROM organizations ORDER BY name").fetch_all(connection).await?
        });
        return Err(Error::UnknownOrganization { name: name.into(), known });
    };
    let routes: Vec<(String, String)> = on!(Connection, connection.again(), |connection| {
        sqlx::query_as("SELECT method, template FROM enabled_routes WHERE organization = $1 ORDER BY template, method")
            .bind(name)
            .fetch_all(connection)
            .await?
    });
    let scopes = on!(Connection, connection.again(), |connection| {
        sqlx::query_scalar("SELECT scope FROM allowed_scopes WHERE organization = $1 ORDER BY scope")
            .bind(name)
            .fetch_all(connection)
            .await?
    });
    let routes = routes.into_iter().map(EnabledRoute::from).collect();
    Ok(Organization { name: name.into(), environment: environment.parse()?, active, routes, scopes })
}
