//! Policies that are built while a program runs, from plain facts: for tools that explain a document, and for gateways
//! that load one without a compiler.
//!
//! Operations and scopes have no types here, and there are no permits, since those are what the compiler proves. But the code that
//! decides is the same. For the same document, a request passes, or fails at the same stage for the same reason.
//!
//! ```
//! use policy_core::owned::{AlternativeFacts, OperationFacts, OwnedPolicy, PolicyFacts, Request, RequirementFacts};
//! use policy_core::{Reason, ScopeString, Stage};
//!
//! let readers = RequirementFacts::AnyOf(vec![AlternativeFacts::of("OAuth2", ["files:read"])]);
//! let policy = OwnedPolicy::new(PolicyFacts::new(
//!     vec!["OAuth2".into()],
//!     vec!["files:read".into(), "files:write".into()],
//!     vec![OperationFacts::new("GET", "/files", readers)],
//! ))?;
//! let operation = policy.operation(0).ok_or("no operation")?;
//! let token = policy.scheme("OAuth2").ok_or("no scheme")?;
//! let caller = [token.grant(ScopeString::new("files:write")?)];
//! let decision = operation.decide(&Request { caller: Ok(Some(&caller)), enabled: Ok(true), query: None });
//! assert_eq!(decision.denial(), Some((Stage::Scopes, Reason::InsufficientScope)));
//! assert!(decision.missing().eq(["files:read"]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decide;
mod facts;
mod grant;
mod operation;
mod policy;
mod requirement;

pub use decide::{Decision, Request, StageOutcome};
pub use facts::{FactsError, OperationFacts, PolicyFacts, QueryFacts};
pub use grant::{Grant, GrantedScopes, OwnedScheme, OwnedScopeSet};
pub use operation::OwnedOperation;
pub use policy::OwnedPolicy;
pub use requirement::{AlternativeFacts, RequirementFacts};
