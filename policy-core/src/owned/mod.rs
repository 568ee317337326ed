//! Policies that are built while a program runs, from plain facts: for tools that explain a document, and for gateways
//! that load one without a compiler.
//!
//! There are no types here for operations and scopes, and no permits: those are what a compiler proves. What is the same
//! is the decision, by the same code: for the same document, the same request passes and fails at the same stage for the
//! same reason.
//!
//! ```
//! use policy_core::owned::{AlternativeFacts, OperationFacts, OwnedPolicy, PolicyFacts, Request};
//! use policy_core::{Access, Reason, ScopeString, Stage};
//!
//! let policy = OwnedPolicy::new(PolicyFacts {
//!     check_order: Stage::ALL,
//!     schemes: vec!["OAuth2".into()],
//!     scopes: vec!["files:read".into(), "files:write".into()],
//!     operations: vec![OperationFacts {
//!         method: "GET".into(),
//!         template: "/files".into(),
//!         access: Access::Required,
//!         alternatives: vec![AlternativeFacts::of("OAuth2", ["files:read"])],
//!         ..OperationFacts::default()
//!     }],
//! })?;
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
mod policy;

pub use decide::{Decision, Request, StageOutcome};
pub use facts::{AlternativeFacts, FactsError, OperationFacts, PolicyFacts};
pub use grant::{Grant, GrantedScopes, OwnedScheme, OwnedScopeSet};
pub use policy::{OwnedOperation, OwnedPolicy};
