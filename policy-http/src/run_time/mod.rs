//! The gate of a policy that is read at run time. Behind the feature `run-time`.
//!
//! A service in Rust compiles its document, and its handlers prove what they need. A gateway cannot: it reads documents while it runs, and
//! decides for services in other languages. This module gives it everything else that a guard does with a request: callers are found by the
//! same rules, credentials are verified by the same authenticators, and answers and log lines are the same bytes.
//!
//! ```
//! use std::sync::Arc;
//!
//! use policy_core::owned::OwnedPolicy;
//! use policy_http::run_time::{Authenticator, Gate, Options, Policy, UnknownScheme};
//! use policy_http::{ApiKeys, EnableAll, KeyFormat, MemoryKeys};
//!
//! fn gate(policy: Arc<OwnedPolicy>, format: KeyFormat) -> Result<Gate, UnknownScheme> {
//!     let keys: Arc<dyn Authenticator> = Arc::new(ApiKeys::new(format, MemoryKeys::new()));
//!     let policy = Policy::new(policy, "/v1", "the fingerprint");
//!     Gate::new(policy, Arc::new(EnableAll), Options::new()).authenticator("ApiKey", keys)
//! }
//! ```
//!
//! There are no permits: those are what the compiler proves. [`Gate::admit`] answers who called, and whoever forwards the request does so by
//! its own hand.

mod authenticator;
mod caller;
mod denied;
mod enablement;
mod gate;
mod log;
mod options;
mod shadow;

use std::fmt;
use std::sync::Arc;

use http::{Response, StatusCode};
use policy_core::owned::OwnedPolicy;

use crate::answers::finish;
use crate::problem::plain;

pub use authenticator::{Authenticator, Presented};
pub use caller::Caller;
pub use enablement::Enablement;
pub use gate::{Allowed, Gate, UnknownScheme};
pub use log::{Decision, DecisionLog};
pub use options::Options;
pub use shadow::Shadow;

/// An answer in the form of a gate's own (RFC 9457), for a request that is denied before any policy decides.
#[must_use]
pub fn answer(status: StatusCode, reason_code: &str, detail: &str) -> Response<String> {
    finish(plain(status, reason_code, detail))
}

/// Stands where the type of a compiled document stands: an [`Introspection`](crate::Introspection) or a
/// [`StoredEnablement`](crate::StoredEnablement) of it serves every policy that is read at run time.
#[derive(Clone, Copy, Debug)]
pub enum RunTime {}

/// A policy that was read at run time, with what a gate tells of it.
#[derive(Clone)]
pub struct Policy {
    pub(crate) rules: Arc<OwnedPolicy>,
    pub(crate) base_path: Box<str>,
    pub(crate) fingerprint: Box<str>,
    pub(crate) name: Option<Box<str>>,
}

impl Policy {
    /// A policy that is served below this base path, which is empty or `/…` without a slash at its end. Its schemes must have their
    /// [kinds](policy_core::owned::PolicyFacts::with_scheme_kinds): `policy_spec::Engine` sees to that.
    pub fn new(rules: Arc<OwnedPolicy>, base_path: &str, fingerprint: &str) -> Self {
        Self { rules, base_path: base_path.into(), fingerprint: fingerprint.into(), name: None }
    }

    /// With the name by which logs tell it from other documents.
    #[must_use]
    pub fn with_name(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What decides.
    #[must_use]
    pub fn rules(&self) -> &OwnedPolicy {
        &self.rules
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("name", &self.name)
            .field("base_path", &self.base_path)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}
