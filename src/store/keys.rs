//! Issued keys: the hash of the secret, the scopes by name, and the state.

use std::fmt;

use jiff::Timestamp;
use policy_core::ScopeSet;
use sqlx::{Row, SqliteConnection};

use super::organizations::must_exist;
use super::{Environment, Organization, OrganizationError, Store, StoreError, stored, time};
use crate::keys::{Key, SecretHash};
use crate::policy::{Api, POLICY};

/// A use is noted at most this often, so that reading does not turn into writing.
const USE_NOTED_EVERY_SECONDS: i64 = 60;

/// What a key is to be.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Whose it is. Without one it is a valid key that opens nothing.
    pub organization: Option<String>,
    /// What it may do, within what its organization allows.
    pub scopes: ScopeSet<Api>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A key as authentication needs it.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// The public id.
    pub id: String,
    /// Whose it is.
    pub organization: Option<String>,
    /// The hash of its secret.
    pub secret_hash: SecretHash,
    /// The names of the scopes that it holds and its organization still allows, separated by spaces.
    pub scopes: String,
    /// Whether it may be used at all.
    pub active: bool,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was used last; when it was issued, if never.
    pub last_seen_at: Timestamp,
}

/// A key as lists show it.
#[derive(Clone, Debug)]
pub struct KeySummary {
    /// The public id.
    pub id: String,
    /// Whose it is.
    pub organization: Option<String>,
    /// What it is for.
    pub environment: Environment,
    /// The names of the scopes it was issued with.
    pub scopes: Vec<String>,
    /// Whether it may be used at all.
    pub active: bool,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
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
    /// Issues a key. The secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// [`IssueError`]: the scopes exceed what the organization allows, there is no such organization, or the database does
    /// not answer.
    pub async fn issue_key(&self, new: NewKey) -> Result<Key, IssueError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let organization = match &new.organization {
            Some(name) => Some(must_exist(&mut transaction, name).await?),
            None => None,
        };
        let key = issue(&mut transaction, organization.as_ref(), &new, false).await?;
        transaction.commit().await?;
        log_issued(&key, &new);
        Ok(key)
    }

    /// The key of that id.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn key(&self, id: &str) -> Result<Option<StoredKey>, StoreError> {
        let row = sqlx::query(
            "SELECT k.organization, k.secret_hash, k.active, k.expires_at, k.revoked_at, \
                    coalesce(k.last_used_at, k.created_at) AS last_seen_at, \
                    coalesce((SELECT group_concat(s.scope, ' ') FROM key_scopes s WHERE s.key = k.id \
                              AND (k.organization IS NULL OR EXISTS (SELECT 1 FROM allowed_scopes a \
                                   WHERE a.organization = k.organization AND a.scope = s.scope))), '') AS scopes \
             FROM keys k WHERE k.id = ?1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let moment = |column: &str| -> Result<Option<Timestamp>, StoreError> {
            row.try_get::<Option<i64>, _>(column)?.map(time).transpose()
        };
        Ok(Some(StoredKey {
            id: id.to_owned(),
            organization: row.try_get("organization")?,
            secret_hash: row.try_get::<Vec<u8>, _>("secret_hash")?.try_into().map_err(|_| StoreError::Damaged)?,
            scopes: row.try_get("scopes")?,
            active: row.try_get("active")?,
            expires_at: moment("expires_at")?,
            revoked_at: moment("revoked_at")?,
            last_seen_at: moment("last_seen_at")?.ok_or(StoreError::Damaged)?,
        }))
    }

    /// Notes that the key was used now, unless it was noted within the last minute. It is written soon, by a task of its own:
    /// whoever calls this waits for nothing, and is not told of a failure.
    pub fn note_use(&self, id: &str, last_seen_at: Timestamp, now: Timestamp) {
        if now.as_second().saturating_sub(last_seen_at.as_second()) >= USE_NOTED_EVERY_SECONDS {
            self.uses.note(id, now);
        }
    }

    /// Every key, or those of one organization, oldest first.
    ///
    /// # Errors
    /// There is no such organization; the database does not answer.
    pub async fn keys(&self, organization: Option<&str>) -> Result<Vec<KeySummary>, OrganizationError> {
        if let Some(name) = organization {
            self.organization(name).await?;
        }
        let rows = sqlx::query(
            "SELECT k.id, k.organization, k.environment, k.active, k.created_at, k.expires_at, k.revoked_at, k.last_used_at, \
                    coalesce((SELECT group_concat(scope, ' ') FROM key_scopes WHERE key = k.id), '') AS scopes \
             FROM keys k WHERE ?1 IS NULL OR k.organization = ?1 ORDER BY k.created_at, k.id",
        )
        .bind(organization)
        .fetch_all(&self.pool)
        .await?;
        let summary = |row: &sqlx::sqlite::SqliteRow| -> Result<KeySummary, StoreError> {
            let moment = |column: &str| -> Result<Option<Timestamp>, StoreError> {
                row.try_get::<Option<i64>, _>(column)?.map(time).transpose()
            };
            let mut scopes: Vec<String> =
                row.try_get::<String, _>("scopes")?.split_whitespace().map(str::to_owned).collect();
            scopes.sort_unstable();
            Ok(KeySummary {
                id: row.try_get("id")?,
                organization: row.try_get("organization")?,
                environment: row.try_get::<String, _>("environment")?.parse()?,
                scopes,
                active: row.try_get("active")?,
                created_at: moment("created_at")?.ok_or(StoreError::Damaged)?,
                expires_at: moment("expires_at")?,
                revoked_at: moment("revoked_at")?,
                last_used_at: moment("last_used_at")?,
            })
        };
        Ok(rows.iter().map(summary).collect::<Result<_, _>>()?)
    }

    /// Revokes a key. It is refused from the next request on.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn revoke_key(&self, id: &str) -> Result<Revocation, StoreError> {
        let now = stored(Timestamp::now());
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let revoked: Option<Option<String>> = sqlx::query_scalar(
            "UPDATE keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL RETURNING organization",
        )
        .bind(id)
        .bind(now)
        .fetch_optional(&mut *transaction)
        .await?;
        let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM keys WHERE id = ?1)")
            .bind(id)
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(match revoked {
            Some(organization) => {
                let fingerprint = POLICY.fingerprint();
                tracing::info!(target: "charthero", key_id = id, organization, fingerprint, "key revoked");
                Revocation::Revoked
            }
            None if exists => Revocation::Before,
            None => Revocation::Unknown,
        })
    }

    /// Sets whether a key may be used at all: a pause, where a revocation is for good. A key that is active again counts
    /// as used now. Answers whether there is such a key.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn set_key_active(&self, id: &str, active: bool) -> Result<bool, StoreError> {
        let changed = sqlx::query(
            "UPDATE keys SET active = ?2, last_used_at = CASE ?2 WHEN 1 THEN ?3 ELSE last_used_at END WHERE id = ?1",
        )
        .bind(id)
        .bind(active)
        .bind(stored(Timestamp::now()))
        .execute(&self.pool)
        .await?;
        let known = changed.rows_affected() > 0;
        if known {
            let fingerprint = POLICY.fingerprint();
            tracing::info!(target: "charthero", key_id = id, active, fingerprint, "key changed");
        }
        Ok(known)
    }
}

/// Issues a key within a transaction.
pub(super) async fn issue(
    connection: &mut SqliteConnection,
    organization: Option<&Organization>,
    new: &NewKey,
    demo: bool,
) -> Result<Key, IssueError> {
    if let Some(organization) = organization {
        let excess = new.scopes.difference(&organization.allowed());
        if !excess.is_empty() {
            return Err(IssueError::Excess { organization: organization.name.clone(), excess });
        }
    }
    let key = Key::generate().map_err(IssueError::Random)?;
    sqlx::query(
        "INSERT INTO keys (id, organization, environment, secret_hash, demo, created_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(key.id())
    .bind(organization.map(|organization| &organization.name))
    .bind(organization.map_or(Environment::Test, |organization| organization.environment).as_str())
    .bind(key.secret_hash().as_bytes().as_slice())
    .bind(demo)
    .bind(stored(Timestamp::now()))
    .bind(new.expires_at.map(stored))
    .execute(&mut *connection)
    .await?;
    for scope in new.scopes.iter() {
        sqlx::query("INSERT INTO key_scopes (key, scope) VALUES (?1, ?2)")
            .bind(key.id())
            .bind(scope.name())
            .execute(&mut *connection)
            .await?;
    }
    Ok(key)
}

pub(super) fn log_issued(key: &Key, new: &NewKey) {
    tracing::info!(
        target: "charthero",
        key_id = key.id(),
        organization = new.organization,
        scopes = %new.scopes,
        expires_at = new.expires_at.map(tracing::field::display),
        fingerprint = POLICY.fingerprint(),
        "key issued"
    );
}

/// Why a key was not issued.
#[derive(Debug)]
pub enum IssueError {
    /// The organization does not allow its keys these scopes.
    Excess {
        /// The organization.
        organization: String,
        /// What it does not allow.
        excess: ScopeSet<Api>,
    },
    /// The organization cannot be found.
    Organization(OrganizationError),
    /// The operating system gives no random bytes.
    Random(getrandom::Error),
}

impl From<OrganizationError> for IssueError {
    fn from(error: OrganizationError) -> Self {
        IssueError::Organization(error)
    }
}

impl From<sqlx::Error> for IssueError {
    fn from(error: sqlx::Error) -> Self {
        IssueError::Organization(error.into())
    }
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IssueError::Excess { organization, excess } => {
                let list: Vec<_> = excess.iter().map(|scope| scope.name()).collect();
                write!(
                    f,
                    "keys of organization `{organization}` may not hold `{}`; leave it out, or first `charthero-api organization allow {} {}`",
                    list.join("`, `"),
                    shell_word(organization),
                    list.join(" ")
                )
            }
            IssueError::Organization(error) => error.fmt(f),
            IssueError::Random(error) => write!(f, "the operating system gives no random bytes: {error}"),
        }
    }
}

impl std::error::Error for IssueError {}

/// A name as one word of a command line that is to be copied.
fn shell_word(text: &str) -> String {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
