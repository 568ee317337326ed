//! `receiver`: webhook receivers.

use clap::Subcommand;
use jiff::SignedDuration;

use super::duration;
use super::failure::Failure;
use super::key::{end, hand_over};
use super::organization::operations;
use crate::store::Store;

#[derive(Debug, Subcommand)]
pub(super) enum Receiver {
    /// Adds a receiver of a webhook, and issues a key with the least that its approved follow-up operations need.
    Add {
        /// The organization that the receiver belongs to.
        organization: String,
        /// The webhook that it receives.
        #[arg(long, value_name = "NAME")]
        webhook: String,
        /// The follow-up operations that it may call: `GET /external/v1/…`, or their operationIds. May be repeated.
        #[arg(long, value_name = "OPERATION", num_args = 1.., required = true)]
        approve: Vec<String>,
        /// When its key ends: `90d`, `12h`, `30m`, `45s` from now.
        #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
        expires_in: Option<SignedDuration>,
    },
}

impl Receiver {
    pub(super) async fn run(self, store: &Store) -> Result<(), Failure> {
        let Receiver::Add { organization, webhook, approve, expires_in } = self;
        let approved = operations(&approve)?;
        let (key, terms) = store.add_receiver(&organization, &webhook, approved, end(expires_in)?).await?;
        hand_over(key, terms, &store.partners().organization(&organization).await?)
    }
}
