//! Webhook receivers: what the policy says of them. Each was approved for some follow-up operations, and gets a key with the least scopes
//! that these need. The rest is `policy-store`'s.

use std::fmt;
use std::time::{Duration, SystemTime};

use policy_core::{OperationRef, OperationSet};
use policy_http::NewKey;
use policy_store::{Connection, KeyTerms, Rotation, Transaction};

use super::{Store, StoreError};
use crate::names::{self, UnknownName};
use crate::policy::{Api, POLICY};

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
        let least = POLICY.least_privilege(approved.iter()).ok().and_then(|least| least.sole());
        let scopes = least.ok_or(ReceiverError::NoSoleMinimum)?;

        let mut change = self.partners.begin().await?;
        let names = scopes.iter().map(|scope| scope.name());
        let added = change.add_receiver(organization, webhook, approved.iter(), names, expires_at).await?;
        change.commit().await?;
        Ok(added)
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
        stay_demo(&mut change, id, key.id()).await?;
        change.commit().await?;
        Ok((key, terms, predecessor_ends_at))
    }
}

/// The successor of a demonstration's key is one too, so that the next demonstration takes it away.
async fn stay_demo(change: &mut Transaction, key: &str, successor: &str) -> Result<(), StoreError> {
    on!(Connection, change.connection(), |connection| {
        sqlx::query("UPDATE keys SET demo = TRUE WHERE id = $2 AND EXISTS (SELECT 1 FROM keys WHERE id = $1 AND demo)")
            .bind(key)
            .bind(successor)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Why a receiver was not added.
#[derive(Debug)]
pub enum ReceiverError {
    /// The policy has no such webhook.
    Webhook(UnknownName),
    /// The operation is none of the webhook's follow-ups.
    NoFollowUp {
        /// The operation.
        operation: OperationRef<Api>,
        /// The webhook.
        webhook: String,
    },
    /// The operations have alternatives, so that several sets of scopes are the least.
    NoSoleMinimum,
    /// Nothing was approved, or what is not enabled for the organization; there is no such organization, the key was not issued, or the
    /// database does not answer.
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

impl fmt::Display for ReceiverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReceiverError::Webhook(unknown) => unknown.fmt(f),
            ReceiverError::NoFollowUp { operation, webhook } => {
                write!(f, "`{operation}` is no follow-up of webhook `{webhook}`")?;
                let webhook = POLICY.webhooks().find(|known| known.name() == webhook);
                for operation in webhook.into_iter().flat_map(|webhook| POLICY.follow_up(webhook)) {
                    write!(f, "\n    {operation}")?;
                }
                Ok(())
            }
            ReceiverError::NoSoleMinimum => {
                f.write_str("these operations have alternatives; no single scope set is the least")
            }
            ReceiverError::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReceiverError {}
