//! Issued keys: the hash of the secret, the scopes by name, and the state.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use policy_core::is_scope_token;
use policy_http::{KeyState, NewKey, SecretHash, StoredKey};

use crate::database::{Connection, Pool, in_time, on};
use crate::time::{seconds, stored, time};
use crate::{Environment, Error, Store, Transaction};

/// What a look-up asks: one statement, which finds all by keys and indexes.
const FIND: &str = include_str!("statements/key.sql");
/// What [`Store::key`] reads: the organization, the hash of the secret, whether the key is active, when it ends, when it was revoked, when
/// it was seen last, whether its organization still has the key's environment, and one of its scopes.
type FoundRow = (Option<String>, Vec<u8>, bool, Option<i64>, Option<i64>, i64, bool, Option<String>);
/// What [`Store::keys`] reads: the fields of a [`KeySummary`] without its scopes, the id first.
type SummaryRow = (String, Option<String>, String, bool, i64, Option<i64>, Option<i64>, Option<i64>);

/// What a key is to be.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct KeyTerms {
    /// Whose it is. Without one it is a valid key that opens nothing.
    pub organization: Option<String>,
    /// The names of the scopes that it holds, within what its organization allows.
    pub scopes: Vec<String>,
    /// When it ends.
    pub expires_at: Option<SystemTime>,
}

impl KeyTerms {
    /// A key of nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A key of that organization, without any scope yet.
    #[must_use]
    pub fn of(organization: impl Into<String>) -> Self {
        Self { organization: Some(organization.into()), ..Self::default() }
    }

    /// With scopes, by name.
    #[must_use]
    pub fn with_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// That ends.
    #[must_use]
    pub fn with_expiry(mut self, at: SystemTime) -> Self {
        self.expires_at = Some(at);
        self
    }
}

/// A key as lists show it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeySummary {
    /// The public id.
    pub id: String,
    /// Whose it is.
    pub organization: Option<String>,
    /// What it is for.
    pub environment: Environment,
    /// The names of the scopes it was issued with, sorted.
    pub scopes: Vec<String>,
    /// Whether it may be used at all.
    pub active: bool,
    /// When it was issued.
    pub created_at: SystemTime,
    /// When it ends.
    pub expires_at: Option<SystemTime>,
    /// When it was revoked.
    pub revoked_at: Option<SystemTime>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<SystemTime>,
}

/// What came of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// The key is revoked from now on.
    Revoked,
    /// It was revoked before.
    Before,
    /// There is no such key.
    Unknown,
}

impl Store {
    /// The key of that id, as a guard needs it: with the scopes that its organization still allows, and inactive where nobody used
    /// it for too long. It has no tenant where its organization is now of another environment than the key was issued in.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn key(&self, id: &str) -> Result<Option<StoredKey>, Error> {
        // A row for each scope; one without a scope where there is none.
        let rows: Vec<FoundRow> =
            on!(Pool, self.pool(), |pool| { in_time(sqlx::query_as(FIND).bind(id).fetch_all(pool)).await? });
        let Some((organization, hash, active, expires_at, revoked_at, last_seen_at, is_at_home, _)) = rows.first()
        else {
            return Ok(None);
        };
        let scopes: Vec<&str> = rows.iter().filter_map(|row| row.7.as_deref()).collect();
        let state = if revoked_at.is_some() {
            KeyState::Revoked
        } else if !active || self.is_forgotten(*last_seen_at) {
            KeyState::Inactive
        } else {
            KeyState::Active
        };
        let hash = SecretHash::try_from(hash.as_slice()).map_err(|_| Error::Damaged)?;
        let mut key = StoredKey::new(hash).with_scopes(scopes.join(" ")).with_state(state);
        if let Some(organization) = organization.as_ref().filter(|_| *is_at_home) {
            key = key.with_tenant(organization);
        }
        if let Some(end) = expires_at {
            key = key.with_expiry(seconds(*end));
        }
        Ok(Some(key))
    }

    /// Whether a key that was seen then was unused for too long since.
    fn is_forgotten(&self, last_seen_at: i64) -> bool {
        let unused = stored(SystemTime::now()).saturating_sub(last_seen_at);
        let unused = Duration::from_micros(u64::try_from(unused).unwrap_or(0));
        self.key_inactivity().is_some_and(|longest| unused > longest)
    }

    /// Every key, or those of one organization, oldest first.
    ///
    /// # Errors
    /// There is no such organization; the database does not answer.
    pub async fn keys(&self, organization: Option<&str>) -> Result<Vec<KeySummary>, Error> {
        if let Some(name) = organization {
            self.organization(name).await?;
        }
        let rows: Vec<SummaryRow> = on!(Pool, self.pool(), |pool| {
            sqlx::query_as(
                "SELECT id, organization, environment, active, created_at, expires_at, revoked_at, last_used_at \
             FROM keys WHERE $1 IS NULL OR organization = $1 ORDER BY created_at, id",
            )
            .bind(organization)
            .fetch_all(pool)
            .await?
        });
        let scopes: Vec<(String, String)> = on!(Pool, self.pool(), |pool| {
            sqlx::query_as(
                "SELECT s.key, s.scope FROM key_scopes s JOIN keys k ON k.id = s.key \
             WHERE $1 IS NULL OR k.organization = $1 ORDER BY s.scope",
            )
            .bind(organization)
            .fetch_all(pool)
            .await?
        });
        let mut scopes_of: HashMap<String, Vec<String>> = HashMap::new();
        for (key, scope) in scopes {
            scopes_of.entry(key).or_default().push(scope);
        }
        rows.into_iter().map(|row| summary(row, &mut scopes_of)).collect()
    }
}

fn summary(row: SummaryRow, scopes_of: &mut HashMap<String, Vec<String>>) -> Result<KeySummary, Error> {
    let (id, organization, environment, active, created_at, expires_at, revoked_at, last_used_at) = row;
    Ok(KeySummary {
        organization,
        environment: environment.parse()?,
        scopes: scopes_of.remove(&id).unwrap_or_default(),
        active,
        created_at: time(created_at)?,
        expires_at: expires_at.map(time).transpose()?,
        revoked_at: revoked_at.map(time).transpose()?,
        last_used_at: last_used_at.map(time).transpose()?,
        id,
    })
}

impl Transaction {
    /// Issues a key. The secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// The scopes exceed what the organization allows, or one is no name of a scope; there is no such organization; the database
    /// does not answer.
    pub async fn issue_key(&mut self, terms: &KeyTerms) -> Result<NewKey, Error> {
        let KeyTerms { organization, scopes, expires_at } = terms;
        if let Some(scope) = scopes.iter().find(|scope| !is_scope_token(scope)) {
            return Err(Error::ScopeName(scope.clone()));
        }
        let mut environment = Environment::Test;
        if let Some(name) = organization {
            let found = self.organization(name).await?;
            environment = found.environment;
            let excess: Vec<String> = scopes.iter().filter(|scope| !found.scopes.contains(scope)).cloned().collect();
            if !excess.is_empty() {
                return Err(Error::Excess { organization: found.name, excess });
            }
        }
        let key = self.format.generate()?;
        on!(Connection, self.connection(), |connection| {
            sqlx::query(
                "INSERT INTO keys (id, organization, environment, secret_hash, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(key.id())
            .bind(organization)
            .bind(environment.as_str())
            .bind(key.secret_hash().as_bytes().as_slice())
            .bind(stored(SystemTime::now()))
            .bind(expires_at.map(stored))
            .execute(connection)
            .await?
            .rows_affected()
        });
        for scope in scopes {
            on!(Connection, self.connection(), |connection| {
                sqlx::query("INSERT INTO key_scopes (key, scope) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                    .bind(key.id())
                    .bind(scope)
                    .execute(connection)
                    .await?
                    .rows_affected()
            });
        }
        let (id, organization, scopes) = (key.id().to_owned(), organization.clone(), scopes.join(" "));
        self.when_done(move || {
            tracing::info!(target: "policy", credential_id = id, organization, scopes, "key issued");
        });
        Ok(key)
    }

    /// Revokes a key for good.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn revoke_key(&mut self, id: &str) -> Result<Revocation, Error> {
        let revoked = on!(Connection, self.connection(), |connection| {
            sqlx::query("UPDATE keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
                .bind(id)
                .bind(stored(SystemTime::now()))
                .execute(connection)
                .await?
                .rows_affected()
        });
        if revoked > 0 {
            let id = id.to_owned();
            self.when_done(move || tracing::info!(target: "policy", credential_id = id, "key revoked"));
            return Ok(Revocation::Revoked);
        }
        let exists: bool = on!(Connection, self.connection(), |connection| {
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM keys WHERE id = $1)")
                .bind(id)
                .fetch_one(connection)
                .await?
        });
        Ok(if exists { Revocation::Before } else { Revocation::Unknown })
    }

    /// Sets whether a key may be used at all: a pause, where a revocation is for good. A key that is active again counts
    /// as used now. Answers whether there is such a key.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn set_key_active(&mut self, id: &str, active: bool) -> Result<bool, Error> {
        let changed = on!(Connection, self.connection(), |connection| {
            sqlx::query(
                "UPDATE keys SET active = $2, last_used_at = CASE WHEN $2 THEN $3 ELSE last_used_at END WHERE id = $1",
            )
            .bind(id)
            .bind(active)
            .bind(stored(SystemTime::now()))
            .execute(connection)
            .await?
            .rows_affected()
        });
        let known = changed > 0;
        if known {
            let id = id.to_owned();
            self.when_done(move || tracing::info!(target: "policy", credential_id = id, active, "key changed"));
        }
        Ok(known)
    }
}
