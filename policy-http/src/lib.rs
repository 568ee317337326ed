//! What all framework adapters share, on the types of the crate `http`.
//!
//! The framework routes. This crate turns a routed request into a decision, and a denial into a response:
//!
//! 1. [`mount::Endpoint::admit`] finds the credentials that the operation's own schemes declare, asks the [`Authenticator`] and the
//!    [`Enablement`], and walks the policy's pipeline in the order that the document declares.
//! 2. A denial becomes a final response: problem+json (RFC 9457) with the challenge of RFC 6750, or whatever the
//!    application maps it to ([`Answers`]).
//! 3. What the application chooses stands in [`Options`], one type for every adapter.
//!
//! This crate never touches a request's body. It looks at the query in the stage that checks it, and before that only for the name of an
//! `apiKey` in the query.
//!
//! Ready authenticators, enablement, logs, CORS, shadow mode and the features they need are listed in the README.
//!
//! ```
//! use policy_core::{AuthenticationFailure, Document, Principal, ScopeSet};
//! use policy_http::{Authenticator, Credential};
//!
//! /// Accepts one key. A real one looks up a hash.
//! struct OneKey;
//!
//! impl<D: Document> Authenticator<D> for OneKey {
//!     async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
//!         if credential.secret() != "open-sesame" {
//!             return Err(AuthenticationFailure::Invalid);
//!         }
//!         Ok(Principal::new("ali").with_grant(credential.scheme(), ScopeSet::EMPTY))
//!     }
//! }
//! ```
// docs.rs builds with nightly, and shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(feature = "jwt", not(any(feature = "jwt-aws-lc", feature = "jwt-rust-crypto"))))]
compile_error!(
    "policy-http's feature `jwt` checks no signature by itself: enable `jwt-aws-lc` (a C compiler, fast) or \
     `jwt-rust-crypto` (Rust alone) in its place"
);

mod added_headers;
mod answers;
#[cfg(feature = "api-keys")]
mod api_keys;
mod authenticator;
mod authorization;
mod base64;
mod by_scheme;
mod callers;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod claim_path;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod claims;
mod clock;
mod cors;
mod credential;
mod credential_fault;
mod credential_place;
mod denial_facts;
mod enablement;
mod explanation;
mod gate;
#[cfg(feature = "gateway-assertion")]
mod gateway_assertion;
mod head;
#[cfg(feature = "https")]
mod https;
mod identify;
#[cfg(feature = "introspection")]
mod introspection;
#[cfg(feature = "jwt")]
mod jwt;
mod log;
#[cfg(any(feature = "https", feature = "jwt"))]
mod loopback;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod members;
pub mod mount;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod narrowing;
mod options;
mod problem;
mod proof_of_possession;
mod protected_resource;
mod questions;
mod remembers;
#[cfg(feature = "run-time")]
pub mod run_time;
#[cfg(any(feature = "run-time", feature = "shadow"))]
mod shadow;
mod short_cache;
mod stored_enablement;
mod unavailable;
#[cfg(feature = "until-expiry")]
mod until_expiry;
mod verified;

pub use added_headers::AddedHeaders;
pub use answers::Answers;
#[cfg(feature = "api-keys")]
pub use api_keys::{
    ApiKeys, KeyFormat, KeyFormatError, KeyState, KeyStore, MemoryKeys, NewKey, NoRandomness, PresentedKey, SecretHash,
    StoredKey,
};
pub use authenticator::Authenticator;
pub use by_scheme::{ByScheme, Choice, Choices, Nobody};
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub use claim_path::{ClaimPath, ScopeClaimError};
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub use claims::TenantClaimError;
pub use clock::{Clock, ManualClock, SystemClock};
pub use cors::{Cors, CorsError};
pub use credential::Credential;
pub use credential_fault::CredentialFault;
pub use enablement::{EnableAll, Enablement, FromSet};
pub use gate::Gate;
#[cfg(feature = "gateway-assertion")]
pub use gateway_assertion::{AssertedCaller, AssertionStatement, GatewayAssertion, GatewayAssertionError};
pub use head::{Head, HeadRef};
/// The types of requests and answers that [`Options`] and the adapters take. actix-web and rocket have types of their own
/// under the same names.
#[doc(no_inline)]
pub use http;
#[cfg(all(feature = "https", feature = "introspection"))]
pub use https::HttpsIntrospection;
#[cfg(all(feature = "https", feature = "jwt"))]
pub use https::HttpsKeys;
#[cfg(feature = "https")]
pub use https::{FetchError, FetchFault, HttpsClient, HttpsClientError};
pub use identify::identify;
#[cfg(feature = "introspection")]
pub use introspection::{Demands, DemandsError, Introspection, IntrospectionServer};
#[cfg(feature = "jwt")]
pub use jwt::{Discovery, Fetch, Jwt, JwtAlgorithm, KeyBounds, KeySource, Provider, ProviderError};
/// What `policy-gateway` shares with the counters of the adapters.
#[doc(hidden)]
pub use log::LabelValue;
pub use log::{Bounded, Count, Counters, Decision, DecisionLog, JsonLines, Prometheus, Tracing, Verdict};
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub use narrowing::{Narrowing, VerifiedClaims};
pub use options::Options;
/// The decision point, for crates that do not depend on `policy-core` by themselves. The build script then says where it is:
/// `.core_path("::policy_http::policy_core")`.
#[doc(no_inline)]
pub use policy_core;
pub use policy_core::unmatched::Unmatched;
pub use problem::problem;
pub use proof_of_possession::{BoundToken, Confirmation, NoProof, Proof, ProofOfPossession};
pub use protected_resource::{NotAnIdentifier, ProtectedResource};
pub use remembers::Remembers;
#[cfg(feature = "shadow")]
pub use shadow::Shadow;
#[cfg(any(feature = "run-time", feature = "shadow"))]
pub use shadow::ShadowError;
pub use stored_enablement::{EnabledRoute, EnablementStore, Organization, StoredEnablement};
pub use unavailable::Unavailable;
#[cfg(feature = "until-expiry")]
pub use until_expiry::{CredentialExpired, Expiry, UntilExpiry, until_expiry};
pub use verified::Verified;

/// The README's examples, compiled.
#[cfg(all(
    doctest,
    feature = "api-keys",
    feature = "https-aws-lc",
    feature = "introspection",
    feature = "jwt",
    feature = "shadow",
    feature = "until-expiry"
))]
#[doc = include_str!("../README.md")]
struct Readme;

/// The example of the page about a gateway's assertions, compiled.
#[cfg(all(doctest, feature = "gateway-assertion"))]
#[doc = include_str!("../../docs/gateway/assertion.md")]
struct Assertions;

/// The examples of the page about tokens, compiled.
#[cfg(all(doctest, feature = "https-aws-lc", feature = "introspection", feature = "jwt"))]
#[doc = include_str!("../../docs/tokens.md")]
struct Tokens;
