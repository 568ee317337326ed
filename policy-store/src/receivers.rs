//! Webhook receivers: each was approved for some operations, and got a key with the least that these need.

use std::time::SystemTime;

use policy_core::{Document, LeastPrivilege};
use policy_http::{EnabledRoute, NewKey};

use crate::database::{Connection, Pool, on};
use crate::time::{stored, time};
use crate::{Error, KeyTerms, Store, Transaction};

/// What [`Store::receivers`] reads: the key's id, the organization, the webhook, since when, and one of the operations.
type Row = (String, String, String, i64, Option<String>, Option<String>);

/// A webhook receiver as lists show it. It stays one when its key is revoked or expires.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Receiver {
    /// The public id of its key.
    pub key_id: String,
    /// Whose it is.
    pub organization: String,
    /// The name of the webhook that it receives.
    pub webhook: String,
    /// What it was approved for, by template and method: why its key holds what it holds.
    pub operations: Vec<EnabledRoute>,
    /// When it was added. That of a key's successor is when the first of its keys was.
    pub created_at: SystemTime,
}

impl Store {
    /// Every webhook receiver, or those of one organization, oldest first.
    ///
    /// # Errors
    /// There is no such organization; the database does not answer.
    pub async fn receivers(&self, organization: Option<&str>) -> Result<Vec<Receiver>, Error> {
        if let Some(name) = organization {
            self.organization(name).await?;
        }
        // A row for each operation; one without an operation where there is none.
        let rows: Vec<Row> = on!(Pool, self.pool(), |pool| {
            sqlx::query_as(
                "SELECT r.key, r.organization, r.webhook, r.created_at, o.method, o.template \
                 FROM receivers r LEFT JOIN receiver_operations o ON o.receiver = r.key \
                 WHERE $1 IS NULL OR r.organization = $1 ORDER BY r.created_at, r.key, o.template, o.method",
            )
            .bind(organization)
            .fetch_all(pool)
            .await?
        });
        let mut receivers: Vec<Receiver> = Vec::new();
        for (key_id, organization, webhook, created_at, method, template) in rows {
            let operation = method.zip(template).map(EnabledRoute::from);
            match receivers.last_mut().filter(|last| last.key_id == key_id) {
                Some(last) => last.operations.extend(operation),
                None => receivers.push(Receiver {
                    key_id,
                    organization,
                    webhook,
                    operations: operation.into_iter().collect(),
                    created_at: time(created_at)?,
                }),
            }
        }
        Ok(receivers)
    }
}

impl Transaction {
    /// Issues a key to an organization with the least that some operations need, as `Policy::least_privilege` computes it.
    ///
    /// ```no_run
    /// # use policy_core::{Document, Policy};
    /// # async fn issue<D: Document>(store: &policy_store::Store) -> Result<String, Box<dyn std::error::Error>> {
    /// let mut change = store.begin().await?;
    /// let enabled = change.organization("acme").await?.operations::<D>();
    /// let least = Policy::<D>::new().least_privilege(enabled.iter())?;
    /// let (key, _) = change.issue_least_key("acme", &least, None).await?;
    /// change.commit().await?;
    /// Ok(key.reveal())
    /// # }
    /// ```
    ///
    /// # Errors
    /// No single scope set is the least; the organization does not allow it to its keys; there is no such organization; the database does
    /// not answer.
    pub async fn issue_least_key<D: Document>(
        &mut self,
        organization: &str,
        least: &LeastPrivilege<D>,
        expires_at: Option<SystemTime>,
    ) -> Result<(NewKey, KeyTerms), Error> {
        let sole = least.sole().ok_or_else(|| {
            let names =
                |set: &policy_core::ScopeSet<D>| set.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" ");
            Error::NoSoleMinimum(least.sets().iter().map(names).collect())
        })?;
        let mut terms = KeyTerms::of(organization).with_scopes(sole.iter().map(|scope| scope.name()));
        terms.expires_at = expires_at;
        Ok((self.issue_key(&terms).await?, terms))
    }

    /// Adds a receiver of a webhook, approved for some operations, and issues its key with the scopes that these need. The key's secret is in
    /// the answer and nowhere else.
    ///
    /// Whether there is such a webhook, which operations follow it and which scopes they need is what a policy knows; whoever asks
    /// must have seen to it.
    ///
    /// # Errors
    /// Nothing is approved, or what is not enabled for the organization; the scopes exceed what the organization allows; there is no
    /// such organization; the database does not answer.
    pub async fn add_receiver(
        &mut self,
        organization: &str,
        webhook: &str,
        approved: impl IntoIterator<Item = impl Into<EnabledRoute>>,
        scopes: impl IntoIterator<Item = impl Into<String>>,
        expires_at: Option<SystemTime>,
    ) -> Result<(NewKey, KeyTerms), Error> {
        let approved: Vec<EnabledRoute> = approved.into_iter().map(Into::into).collect();
        if approved.is_empty() {
            return Err(Error::NothingApproved);
        }
        let enabled = self.organization(organization).await?.routes;
        let missing: Vec<EnabledRoute> = approved.iter().filter(|route| !enabled.contains(route)).cloned().collect();
        if !missing.is_empty() {
            return Err(Error::NotEnabled { organization: organization.into(), operations: missing });
        }
        let mut terms = KeyTerms::of(organization).with_scopes(scopes);
        terms.expires_at = expires_at;
        let key = self.issue_key(&terms).await?;
        on!(Connection, self.connection(), |connection| {
            sqlx::query("INSERT INTO receivers (key, organization, webhook, created_at) VALUES ($1, $2, $3, $4)")
                .bind(key.id())
                .bind(organization)
                .bind(webhook)
                .bind(stored(SystemTime::now()))
                .execute(connection)
                .await?;
        });
        for route in &approved {
            on!(Connection, self.connection(), |connection| {
                sqlx::query(
                    "INSERT INTO receiver_operations (receiver, method, template) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                )
                .bind(key.id())
                .bind(&route.method)
                .bind(&route.template)
                .execute(connection)
                .await?;
            });
        }
        let (id, organization, webhook) = (key.id().to_owned(), organization.to_owned(), webhook.to_owned());
        self.when_done(move || {
            tracing::info!(target: "policy", credential_id = id, organization, webhook, "receiver added");
        });
        Ok((key, terms))
    }

    /// Makes the successor of a receiver's key a receiver too.
    pub(crate) async fn take_over_receiver(&mut self, key: &str, successor: &str) -> Result<(), Error> {
        for statement in [
            "INSERT INTO receivers (key, organization, webhook, created_at) \
             SELECT $2, organization, webhook, created_at FROM receivers WHERE key = $1",
            "INSERT INTO receiver_operations (receiver, method, template) \
             SELECT $2, method, template FROM receiver_operations WHERE receiver = $1",
        ] {
            on!(Connection, self.connection(), |connection| {
                sqlx::query(statement).bind(key).bind(successor).execute(connection).await?;
            });
        }
        Ok(())
    }
}
