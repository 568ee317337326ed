//! Partner organizations: their environment, the routes that are enabled for them, and the scopes their keys may hold.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use policy_core::{OperationRef, OperationSet, Scope, ScopeSet};
use sqlx::SqliteConnection;

use super::organization_error::{NAME_LENGTH, OrganizationError};
use super::{Store, StoreError, stored};
use crate::names;
use crate::policy::{Api, POLICY};

/// What an organization and its keys are for. A key is bound to the one it was issued in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
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
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        match text {
            "production" => Ok(Environment::Production),
            "test" => Ok(Environment::Test),
            _ => Err(StoreError::Damaged),
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A route as it is stored: by name, whether or not the policy still knows it. Displays as `GET /template`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRoute {
    /// The HTTP method.
    pub method: String,
    /// The path template as it is served.
    pub template: String,
}

impl StoredRoute {
    /// The operation, where the policy knows it.
    #[must_use]
    pub fn operation(&self) -> Option<OperationRef<Api>> {
        POLICY.operation(&self.method, &self.template)
    }
}

impl fmt::Display for StoredRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}

/// An organization and its rights.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub environment: Environment,
    /// Whether its keys open anything at all.
    pub active: bool,
    /// Its routes, as stored.
    pub routes: Vec<StoredRoute>,
    /// The names of the scopes that its keys may hold, as stored.
    pub scopes: Vec<String>,
}

impl Organization {
    /// The enabled operations that the policy knows.
    #[must_use]
    pub fn operations(&self) -> OperationSet<Api> {
        self.routes.iter().filter_map(StoredRoute::operation).collect()
    }

    /// The allowed scopes that the policy knows.
    #[must_use]
    pub fn allowed(&self) -> ScopeSet<Api> {
        self.scopes.iter().filter_map(|name| POLICY.scope(name)).collect()
    }
}

/// Rights of an organization that the policy does not know: they open nothing.
#[derive(Clone, Debug)]
pub struct UnknownRights {
    /// The organization.
    pub organization: String,
    /// The routes.
    pub routes: Vec<StoredRoute>,
    /// The scopes.
    pub scopes: Vec<String>,
}

impl Store {
    /// Makes an organization. Nothing is enabled or allowed that is not named.
    ///
    /// # Errors
    /// The name is taken or no name; the database does not answer.
    pub async fn create_organization(
        &self,
        name: &str,
        environment: Environment,
        routes: OperationSet<Api>,
        scopes: ScopeSet<Api>,
    ) -> Result<(), OrganizationError> {
        let fits = !name.is_empty() && name.len() <= NAME_LENGTH && name.trim() == name;
        if !fits || name.chars().any(char::is_control) {
            return Err(OrganizationError::Name(name.into()));
        }
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let made = sqlx::query(
            "INSERT INTO organizations (name, environment, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )
        .bind(name)
        .bind(environment.as_str())
        .bind(stored(Timestamp::now()))
        .execute(&mut *transaction)
        .await?;
        if made.rows_affected() == 0 {
            return Err(OrganizationError::Exists(name.into()));
        }
        for route in routes.iter() {
            enable(&mut transaction, name, route).await?;
        }
        for scope in scopes.iter() {
            allow(&mut transaction, name, scope).await?;
        }
        transaction.commit().await?;
        tracing::info!(target: "charthero", organization = name, %environment, %scopes, "organization created");
        Ok(())
    }

    /// Enables routes for an organization.
    ///
    /// # Errors
    /// There is no such organization; the database does not answer.
    pub async fn enable(&self, name: &str, routes: OperationSet<Api>) -> Result<(), OrganizationError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        must_exist(&mut transaction, name).await?;
        for route in routes.iter() {
            enable(&mut transaction, name, route).await?;
            tracing::info!(target: "charthero", organization = name, operation = %route, "route enabled");
        }
        Ok(transaction.commit().await?)
    }

    /// Disables a route for an organization, known to the policy or not. Answers whether it was enabled.
    ///
    /// # Errors
    /// There is no such organization; the database does not answer.
    pub async fn disable(&self, name: &str, route: &StoredRoute) -> Result<bool, OrganizationError> {
        let mut connection = self.pool.acquire().await?;
        must_exist(&mut connection, name).await?;
        let done = sqlx::query("DELETE FROM enabled_routes WHERE organization = ?1 AND method = ?2 AND template = ?3")
            .bind(name)
            .bind(&route.method)
            .bind(&route.template)
            .execute(&mut *connection)
            .await?;
        let was_enabled = done.rows_affected() > 0;
        if was_enabled {
            tracing::info!(target: "charthero", organization = name, operation = %route, "route disabled");
        }
        Ok(was_enabled)
    }

    /// Sets whether an organization's keys open anything at all.
    ///
    /// # Errors
    /// There is no such organization; the database does not answer.
    pub async fn set_organization_active(&self, name: &str, active: bool) -> Result<(), OrganizationError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        must_exist(&mut transaction, name).await?;
        sqlx::query("UPDATE organizations SET active = ?2 WHERE name = ?1")
            .bind(name)
            .bind(active)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        tracing::info!(target: "charthero", organization = name, active, "organization changed");
        Ok(())
    }

    /// Allows an organization's keys to hold scopes.
    ///
    /// # Errors
    /// There is no such organization; the database does not answer.
    pub async fn allow_scopes(&self, name: &str, scopes: ScopeSet<Api>) -> Result<(), OrganizationError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        must_exist(&mut transaction, name).await?;
        for scope in scopes.iter() {
            allow(&mut transaction, name, scope).await?;
        }
        transaction.commit().await?;
        tracing::info!(target: "charthero", organization = name, %scopes, "scopes allowed");
        Ok(())
    }

    /// Takes scopes away from an organization. Keys that hold them hold them in name only from now on.
    ///
    /// # Errors
    /// There is no such organization; the database does not answer.
    pub async fn disallow_scopes(&self, name: &str, scopes: ScopeSet<Api>) -> Result<(), OrganizationError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        must_exist(&mut transaction, name).await?;
        for scope in scopes.iter() {
            sqlx::query("DELETE FROM allowed_scopes WHERE organization = ?1 AND scope = ?2")
                .bind(name)
                .bind(scope.name())
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        tracing::info!(target: "charthero", organization = name, %scopes, "scopes no longer allowed");
        Ok(())
    }

    /// Every organization, by name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        let names: Vec<String> =
            sqlx::query_scalar("SELECT name FROM organizations ORDER BY name").fetch_all(&self.pool).await?;
        let mut connection = self.pool.acquire().await?;
        let mut organizations = Vec::with_capacity(names.len());
        for name in &names {
            organizations.extend(find(&mut connection, name).await?);
        }
        Ok(organizations)
    }

    /// The organization of that name.
    ///
    /// # Errors
    /// There is none; the database does not answer.
    pub async fn organization(&self, name: &str) -> Result<Organization, OrganizationError> {
        let mut connection = self.pool.acquire().await?;
        must_exist(&mut connection, name).await
    }

    /// Stored rights that the policy does not know, of organizations that have any.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn unknown_rights(&self) -> Result<Vec<UnknownRights>, StoreError> {
        let organizations = self.organizations().await?.into_iter();
        Ok(organizations
            .map(|organization| UnknownRights {
                organization: organization.name,
                routes: organization.routes.into_iter().filter(|route| route.operation().is_none()).collect(),
                scopes: organization.scopes.into_iter().filter(|name| POLICY.scope(name).is_none()).collect(),
            })
            .filter(|unknown| !unknown.routes.is_empty() || !unknown.scopes.is_empty())
            .collect())
    }

    /// What is enabled for the holder of a key: nothing where the key belongs to another environment than the
    /// organization does. `None` where there is no such organization, or the key is not its own.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn enabled(&self, organization: &str, key_id: &str) -> Result<Option<Enabled>, StoreError> {
        let state: Option<(bool, bool)> = sqlx::query_as(
            "SELECT o.active, o.environment = k.environment FROM organizations o JOIN keys k ON k.organization = o.name \
             WHERE o.name = ?1 AND k.id = ?2",
        )
        .bind(organization)
        .bind(key_id)
        .fetch_optional(&self.pool)
        .await?;
        let Some((active, same_environment)) = state else { return Ok(None) };
        if !active {
            return Ok(Some(Enabled::Inactive));
        }
        if !same_environment {
            return Ok(Some(Enabled::Operations(OperationSet::EMPTY)));
        }
        let routes: Vec<(String, String)> =
            sqlx::query_as("SELECT method, template FROM enabled_routes WHERE organization = ?1")
                .bind(organization)
                .fetch_all(&self.pool)
                .await?;
        let known = routes.iter().filter_map(|(method, template)| POLICY.operation(method, template));
        Ok(Some(Enabled::Operations(known.collect())))
    }
}

/// What is enabled for an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enabled {
    /// The organization is not active.
    Inactive,
    /// These operations.
    Operations(OperationSet<Api>),
}

async fn enable(
    connection: &mut SqliteConnection,
    organization: &str,
    route: OperationRef<Api>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO enabled_routes (organization, method, template) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )
    .bind(organization)
    .bind(route.method())
    .bind(route.template())
    .execute(connection)
    .await
    .map(drop)
}

async fn allow(connection: &mut SqliteConnection, organization: &str, scope: Scope<Api>) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO allowed_scopes (organization, scope) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
        .bind(organization)
        .bind(scope.name())
        .execute(connection)
        .await
        .map(drop)
}

async fn find(connection: &mut SqliteConnection, name: &str) -> Result<Option<Organization>, StoreError> {
    let found: Option<(String, bool)> = sqlx::query_as("SELECT environment, active FROM organizations WHERE name = ?1")
        .bind(name)
        .fetch_optional(&mut *connection)
        .await?;
    let Some((environment, active)) = found else { return Ok(None) };
    let routes: Vec<(String, String)> =
        sqlx::query_as("SELECT method, template FROM enabled_routes WHERE organization = ?1 ORDER BY template, method")
            .bind(name)
            .fetch_all(&mut *connection)
            .await?;
    let scopes = sqlx::query_scalar("SELECT scope FROM allowed_scopes WHERE organization = ?1 ORDER BY scope")
        .bind(name)
        .fetch_all(&mut *connection)
        .await?;
    let routes = routes.into_iter().map(|(method, template)| StoredRoute { method, template }).collect();
    Ok(Some(Organization { name: name.into(), environment: environment.parse()?, active, routes, scopes }))
}

/// The organization of that name; for statements that go on in the same transaction.
pub(super) async fn must_exist(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<Organization, OrganizationError> {
    if let Some(organization) = find(connection, name).await? {
        return Ok(organization);
    }
    let known = sqlx::query_scalar("SELECT name FROM organizations ORDER BY name").fetch_all(connection).await?;
    Err(OrganizationError::Unknown(names::unknown("organization", name, known)))
}
