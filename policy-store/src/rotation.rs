//! A key that takes the place of another, while both may be used for a time.

use std::fmt;
use std::time::{Duration, SystemTime};

use policy_http::NewKey;

use crate::database::{Connection, on};
use crate::time::{stored, time};
use crate::{Error, KeyTerms, Transaction};

/// What is read of the key that is to have a successor: its organization, whether it is active, when it was issued, when it ends, when it
/// was revoked, whether its organization still has the key's environment, and one of its scopes.
type Row = (Option<String>, bool, i64, Option<i64>, Option<i64>, bool, Option<String>);

/// A key that takes the place of another.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rotation {
    /// The successor. Its secret is here and nowhere else.
    pub key: NewKey,
    /// What the successor is.
    pub terms: KeyTerms,
    /// When the predecessor ends: when the overlap is over, or at its own end where that is earlier.
    pub predecessor_ends_at: SystemTime,
}

/// Why a key can have no successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoSuccessor {
    /// It was revoked: whoever has it must get nothing by it.
    Revoked,
    /// It has expired.
    Expired,
    /// It is not active.
    Inactive,
    /// Its organization is now of another environment than the key was issued in. A trial's key has no successor for the real thing.
    AnotherEnvironment,
}

impl fmt::Display for NoSuccessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoSuccessor::Revoked => "the key was revoked",
            NoSuccessor::Expired => "the key has expired",
            NoSuccessor::Inactive => "the key is not active",
            NoSuccessor::AnotherEnvironment => {
                "the key's organization is now of another environment than the key was issued in"
            }
        })
    }
}

impl Transaction {
    /// Issues a successor of a key: for the same organization, with the scopes of the key that its organization still allows. For the time
    /// of the overlap both may be used, so that whoever holds the old key can change over. Then the old one expires. The successor of a
    /// webhook receiver's key is a receiver's too, approved for the same.
    ///
    /// Without `expires_at`, the successor is good for as long as its predecessor was when that was issued.
    ///
    /// ```no_run
    /// # async fn replace(store: &policy_store::Store, id: &str) -> Result<String, policy_store::Error> {
    /// use std::time::Duration;
    ///
    /// let mut change = store.begin().await?;
    /// let rotation = change.rotate_key(id, Duration::from_secs(7 * 86_400), None).await?;
    /// change.commit().await?;
    /// Ok(rotation.key.reveal())
    /// # }
    /// ```
    ///
    /// # Errors
    /// There is no such key, it can have no successor, or the database does not answer.
    pub async fn rotate_key(
        &mut self,
        id: &str,
        overlap: Duration,
        expires_at: Option<SystemTime>,
    ) -> Result<Rotation, Error> {
        // A row for each scope; one without a scope where there is none.
        let rows: Vec<Row> = on!(Connection, self.connection(), |connection| {
            sqlx::query_as(
                "SELECT k.organization, k.active, k.created_at, k.expires_at, k.revoked_at, \
                    coalesce(o.environment = k.environment, k.organization IS NULL) AS is_at_home, s.scope \
                 FROM keys k LEFT JOIN organizations o ON o.name = k.organization \
                 LEFT JOIN key_scopes s ON s.key = k.id AND (k.organization IS NULL OR EXISTS \
                     (SELECT 1 FROM allowed_scopes a WHERE a.organization = k.organization AND a.scope = s.scope)) \
                 WHERE k.id = $1 ORDER BY s.scope",
            )
            .bind(id)
            .fetch_all(connection)
            .await?
        });
        let Some((organization, active, created_at, ended_at, revoked_at, is_at_home, _)) = rows.first() else {
            return Err(Error::UnknownKey);
        };
        let now = SystemTime::now();
        let no_successor = match (revoked_at, ended_at) {
            (Some(_), _) => Some(NoSuccessor::Revoked),
            (None, Some(end)) if *end <= stored(now) => Some(NoSuccessor::Expired),
            _ if !active => Some(NoSuccessor::Inactive),
            _ if !is_at_home => Some(NoSuccessor::AnotherEnvironment),
            _ => None,
        };
        if let Some(why) = no_successor {
            return Err(Error::NoSuccessor(why));
        }
        let lifetime = ended_at.map(|end| end.saturating_sub(*created_at));
        let same = lifetime.map(|lifetime| time(stored(now).saturating_add(lifetime))).transpose()?;
        let terms = KeyTerms {
            organization: organization.clone(),
            scopes: rows.iter().filter_map(|row| row.6.clone()).collect(),
            expires_at: expires_at.or(same),
        };
        let key = self.issue_key(&terms).await?;
        let over = stored(now.checked_add(overlap).unwrap_or(now));
        let ends_at = ended_at.map_or(over, |end| end.min(over));
        on!(Connection, self.connection(), |connection| {
            sqlx::query("UPDATE keys SET expires_at = $2 WHERE id = $1")
                .bind(id)
                .bind(ends_at)
                .execute(connection)
                .await?;
        });
        self.take_over_receiver(id, key.id()).await?;
        let (predecessor, successor) = (id.to_owned(), key.id().to_owned());
        self.when_done(move || {
            tracing::info!(target: "policy", credential_id = predecessor, successor, "key rotated");
        });
        Ok(Rotation { key, terms, predecessor_ends_at: time(ends_at)? })
    }
}
