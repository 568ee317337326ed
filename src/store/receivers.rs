//! Webhook receivers. Each was approved for some follow-up operations, and got a key with the least scopes that these need. A key's
//! successor is a receiver too.

use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use policy_core::{OperationRef, OperationSet};
use policy_http::{EnabledRoute, NewKey};
use policy_store::{Connection, KeyTerms, Pool, Rotation, Transaction};

use super::{Store, StoreError, stored};
use crate::names::{self, UnknownName};
use crate::policy::{Api, POLICY};

/// A receiver as lists show it.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// The public id of its key.
    pub key_id: String,
    /// The webhook it receives.
    pub webhook: String,
    /// What it was approved for.
    pub operations: Vec<EnabledRoute>,
}

impl Store {
    /// Adds a receiver of a webhook, and issues its key with the least scopes that its approved follow-up operations need.
    ///
    /// # Errors
    /// [`ReceiverError`]: the policy has no such webhook, an operation is none of its follow-ups or not enabled for the
    /// organization, or the key cannot be issued.
    pub async fn add_receiver(
        &self,
        organization: &str,
        webhook: &str,
        approved: OperationSet<Api>,
        expires_at: Option<SystemTime>,
    ) -> Result<(NewKey, KeyTerms), ReceiverError> {
        let definition = POLICY.webhooks().find(|known| known.name() == webhook).ok_or_else(|| {
            let known = POLICY.webhooks().map(|webhook| webhook.name().to_owned()).collect();
            ReceiverError::Webhook(names::unknown("webhook", webhook, known))
        })?;
        let follow_up: OperationSet<Api> = POLICY.follow_up(definition).collect();
        if let Some(operation) = approved.iter().find(|operation| !follow_up.contains(*operation)) {
            return Err(ReceiverError::NoFollowUp { operation, webhook: webhook.into() });
        }
        if approved.is_empty() {
            return Err(ReceiverError::Nothing);
        }

        let mut change = self.partners.begin().await?;
        let organization = change.organization(organization).await?;
        let enabled = organization.operations();
        if let Some(operation) = approved.iter().find(|operation| !enabled.contains(*operation)) {
            return Err(ReceiverError::NotEnabled { operation, organization: organization.name });
        }
        let least = POLICY.least_privilege(approved.iter()).ok().and_then(|least| least.sole());
        let scopes = least.ok_or(ReceiverError::NoSoleMinimum)?;
        let mut terms = KeyTerms::of(&organization.name).with_scopes(scopes.iter().map(|scope| scope.name()));
        terms.expires_at = expires_at;
        let key = change.issue_key(&terms).await?;
        on!(Connection, change.connection(), |connection| {
            sqlx::query("INSERT INTO receivers (key, organization, webhook, created_at) VALUES ($1, $2, $3, $4)")
                .bind(key.id())
                .bind(&organization.name)
                .bind(webhook)
                .bind(stored(Timestamp::now()))
                .execute(connection)
                .await?;
        });
        for operation in approved.iter() {
            on!(Connection, change.connection(), |connection| {
                sqlx::query("INSERT INTO receiver_operations (receiver, method, template) VALUES ($1, $2, $3)")
                    .bind(key.id())
                    .bind(operation.method())
                    .bind(operation.template())
                    .execute(connection)
                    .await?;
            });
        }
        change.commit().await?;
        tracing::info!(target: "charthero", key_id = key.id(), organization = organization.name, webhook, "receiver added");
        Ok((key, terms))
    }

    /// Issues a successor of a key, which takes over what the key was issued for. Answers it with its terms, and when the key itself ends.
    ///
    /// # Errors
    /// There is no such key, it can have no successor, or the database does not answer.
    pub async fn rotate_key(
        &self,
        id: &str,
        overlap: Duration,
        expires_at: Option<SystemTime>,
    ) -> Result<(NewKey, KeyTerms, SystemTime), StoreError> {
        let mut change = self.partners.begin().await?;
        let Rotation { key, terms, predecessor_ends_at, .. } = change.rotate_key(id, overlap, expires_at).await?;
        take_over(&mut change, id, key.id()).await?;
        change.commit().await?;
        Ok((key, terms, predecessor_ends_at))
    }

    /// The receivers of an organization, oldest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn receivers(&self, organization: &str) -> Result<Vec<Receiver>, StoreError> {
        let found: Vec<(String, String)> = on!(Pool, self.pool(), |pool| {
            sqlx::query_as("SELECT key, webhook FROM receivers WHERE organization = $1 ORDER BY created_at, key")
                .bind(organization)
                .fetch_all(pool)
                .await?
        });
        let mut receivers = Vec::with_capacity(found.len());
        for (key_id, webhook) in found {
            let operations: Vec<(String, String)> = on!(Pool, self.pool(), |pool| {
                sqlx::query_as(
                    "SELECT method, template FROM receiver_operations WHERE receiver = $1 ORDER BY template, method",
                )
                .bind(&key_id)
                .fetch_all(pool)
                .await?
            });
            let operations = operations.into_iter().map(EnabledRoute::from).collect();
            receivers.push(Receiver { key_id, webhook, operations });
        }
        Ok(receivers)
    }
}

/// A key that takes the place of another takes over what the other was issued for: where that is a receiver's, it becomes a receiver too. A
/// demonstration's key stays one, so that the next demonstration takes it away.
async fn take_over(change: &mut Transaction, key: &str, successor: &str) -> Result<(), StoreError> {
    for statement in [
        "INSERT INTO receivers (key, organization, webhook, created_at) \
         SELECT $2, organization, webhook, created_at FROM receivers WHERE key = $1",
        "INSERT INTO receiver_operations (receiver, method, template) \
         SELECT $2, method, template FROM receiver_operations WHERE receiver = $1",
        "UPDATE keys SET demo = TRUE WHERE id = $2 AND EXISTS (SELECT 1 FROM keys WHERE id = $1 AND demo)",
    ] {
        on!(Connection, change.connection(), |connection| {
            sqlx::query(statement).bind(key).bind(successor).execute(connection).await?;
        });
    }
    Ok(())
}

/// Why a receiver was not added.
#[derive(Debug)]
pub enum ReceiverError {
    /// The policy has no such webhook.
    Webhook(UnknownName),
    /// Nothing was approved.
    Nothing,
    /// The operation is none of the webhook's follow-ups.
    NoFollowUp {
        /// The operation.
        operation: OperationRef<Api>,
        /// The webhook.
        webhook: String,
    },
    /// The operation is not enabled for the organization.
    NotEnabled {
        /// The operation.
        operation: OperationRef<Api>,
        /// The organization.
        organization: String,
    },
    /// The operations have alternatives, so that several sets of scopes are the least.
    NoSoleMinimum,
    /// There is no such organization, the key was not issued, or the database does not answer.
    Store(StoreError),
}

impl From<StoreError> for ReceiverError {
    fn from(error: StoreError) -> Self {
        ReceiverError::Store(error)
    }
}

impl From<policy_store::Error> for ReceiverError {
    fn from(error: policy_store::Error) -> Self {
        ReceiverError::Store(error.into())
    }
}

impl From<sqlx::Error> for ReceiverError {
    fn from(error: sqlx::Error) -> Self {
        ReceiverError::Store(error.into())
    }
}

impl fmt::Display for ReceiverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReceiverError::Webhook(unknown) => unknown.fmt(f),
            ReceiverError::Nothing => {
                f.write_str("a receiver is approved for one operation at least; name it with `--approve`")
            }
            ReceiverError::NoFollowUp { operation, webhook } => {
                write!(f, "`{operation}` is no follow-up of webhook `{webhook}`")?;
                let webhook = POLICY.webhooks().find(|known| known.name() == webhook);
                for operation in webhook.into_iter().flat_map(|webhook| POLICY.follow_up(webhook)) {
                    write!(f, "\n    {operation}")?;
                }
                Ok(())
            }
            ReceiverError::NotEnabled { operation, organization } => write!(
                f,
                "`{operation}` is not enabled for organization `{organization}`; `charthero-api organization enable` it first, or do not approve it"
            ),
            ReceiverError::NoSoleMinimum => {
                f.write_str("these operations have alternatives; no single scope set is the least")
            }
            ReceiverError::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReceiverError {}
