//! API keys, organizations and enabled routes in SQLite or PostgreSQL, for services that the scope policy guards.
//!
//! A [`Store`] is what `policy_http::ApiKeys` and `policy_http::StoredEnablement` ask. [`Store::api_keys`] and
//! [`Store::enablement`] make the two, ready for a guard:
//!
//! ```no_run
//! use policy_core::Document;
//! use policy_http::{Authenticator, Enablement, KeyFormat};
//! use policy_store::{Missing, Store};
//!
//! async fn guards<D: Document>() -> Result<(impl Authenticator<D>, impl Enablement<D>), Box<dyn std::error::Error>> {
//!     let store = Store::open("sqlite:partners.db", KeyFormat::new("acme_sk")?, Missing::Create).await?;
//!     Ok((store.api_keys(), store.enablement()))
//! }
//! ```
//!
//! # What is stored
//! Of a key: its public id, the SHA-256 of its secret, the names of its scopes, when it ends, when it was used last. The secret is
//! shown once, by whoever issues it. Of an organization: its environment, its enabled routes by method and template, and the
//! scopes that its keys may hold. Of a webhook receiver: its key, the webhook, and what it was approved for. Everything is a name, so that a new version of the document finds what it still knows;
//! [`Organization::unknown`] tells the rest.
//!
//! # When a change counts
//! What a guard was told is kept for 30 seconds at most, because a question to the database takes longer than all else that a guard
//! does. It is not kept any longer once anything changes: the database counts its changes, by triggers, whoever makes them. A
//! change counts
//!
//! - from the next request on in the process that makes it; with SQLite on Unix also in every other;
//! - with PostgreSQL, in every process that it has notified, some milliseconds after the commit;
//! - within a second everywhere, because a revision that was not read again for a second is no longer trusted;
//! - never later: where the revision is not known, the database is asked. Where that cannot be asked, the answer is 503.
//!
//! While PostgreSQL does not answer, what was kept lives out its 30 seconds, and whatever is not kept is answered by 503.
//!
//! So a revocation reaches every node in under a second, and never later than after 30 seconds.
//!
//! That a key was used is noted in memory and written twice a second, so that no request waits for it. A process that is killed loses
//! the uses that it noted in the last half second, and nothing else.

// docs.rs builds with nightly, and shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod database;
mod error;
mod guard;
mod keys;
mod organizations;
#[cfg(feature = "postgres")]
mod postgres;
mod receivers;
mod rotation;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stamp;
mod store;
mod time;
mod transaction;
mod uses;
mod watch;

pub use database::{Connection, Pool};
pub use error::{Error, without_password};
pub use keys::{KeySummary, KeyTerms, Revocation};
pub use organizations::{Environment, Organization, UnknownRights};
pub use receivers::Receiver;
pub use rotation::{NoSuccessor, Rotation};
/// The database's own types, in the version that [`Store::pool`] speaks.
#[doc(no_inline)]
pub use sqlx;
pub use store::{Missing, Store};
pub use transaction::Transaction;

/// The README's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
