//! What changes the store, all of it or nothing.

use std::fmt;
use std::sync::Arc;

use policy_http::KeyFormat;

use crate::Error;
use crate::database::{Begun, Connection};
use crate::watch::Watch;

/// Changes that are made together: all of them at [`commit`](Self::commit), none of them without it.
///
/// ```no_run
/// # async fn add(store: &policy_store::Store) -> Result<(), policy_store::Error> {
/// use policy_store::{Environment, KeyTerms};
///
/// let mut change = store.begin().await?;
/// change.create_organization("acme", Environment::Production).await?;
/// change.enable("acme", [("GET", "/v1/files")]).await?;
/// change.allow_scopes("acme", ["files:read"]).await?;
/// let key = change.issue_key(&KeyTerms::of("acme").with_scopes(["files:read"])).await?;
/// change.commit().await?;
/// println!("hand this to its owner, it is shown once: {}", key.reveal());
/// # Ok(())
/// # }
/// ```
#[must_use = "what is not committed is not done"]
pub struct Transaction {
    begun: Begun,
    watch: Arc<Watch>,
    pub(crate) format: KeyFormat,
    /// What the log is told once it is done.
    done: Vec<Box<dyn FnOnce() + Send>>,
}

impl Transaction {
    pub(crate) fn new(begun: Begun, watch: Arc<Watch>, format: KeyFormat) -> Self {
        Self { begun, watch, format, done: Vec::new() }
    }

    /// The connection of this transaction, for tables of the application's own.
    pub fn connection(&mut self) -> Connection<'_> {
        self.begun.connection()
    }

    /// Makes the changes. Those who look something up from now on see them: in this process at once, in others within a second.
    ///
    /// # Errors
    /// The database does not answer; nothing was changed.
    pub async fn commit(self) -> Result<(), Error> {
        self.begun.commit().await?;
        self.watch.changed();
        self.done.into_iter().for_each(|tell| tell());
        Ok(())
    }

    /// Tells the log when it is done.
    pub(crate) fn when_done(&mut self, tell: impl FnOnce() + Send + 'static) {
        self.done.push(Box::new(tell));
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}
