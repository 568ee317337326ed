//! Ready callers are let in by their names, with what they were given and nothing else.
#![cfg(feature = "callers")]
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[allow(unreachable_pub, reason = "generated for a module that a crate may export")]
mod policy {
    include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs"));
}

use policy::Api;
use policy::schemes::API_KEY;
use policy_core::{AuthenticationFailure, ScopeSet};
use policy_http::{Authenticator, Credential};
use policy_test::{CallerError, Callers};

/// Names are no secrets: a build without debug assertions, which may be one that others can reach, knows nobody. These tests are run in
/// such a build too (`.ci/run`).
const ARE_KNOWN: bool = cfg!(debug_assertions);

#[tokio::test]
async fn a_build_without_debug_assertions_knows_nobody() {
    let callers: Callers<Api> = Callers::new().with("reader", API_KEY, "encounters:read").unwrap().of("north");
    let answer = callers.authenticate(&Credential::new(API_KEY, "reader")).await.map(drop);
    assert_eq!(answer, if ARE_KNOWN { Ok(()) } else { Err(AuthenticationFailure::Invalid) });
}

#[tokio::test]
async fn a_caller_has_what_it_was_given() {
    if !ARE_KNOWN {
        return;
    }
    let callers: Callers<Api> = Callers::new()
        .with("reader", API_KEY, "encounters:read")
        .unwrap()
        .of("north")
        .with("nobody", API_KEY, "")
        .unwrap();
    let reader = callers.authenticate(&Credential::new(API_KEY, "reader")).await.unwrap();
    assert_eq!((reader.subject(), reader.tenant()), (Some("reader"), Some("north")));
    assert_eq!(reader.grant(API_KEY), Some(&ScopeSet::parse("encounters:read").unwrap().set()));
    let nobody = callers.authenticate(&Credential::new(API_KEY, "nobody")).await.unwrap();
    assert_eq!((nobody.tenant(), nobody.grant(API_KEY)), (None, Some(&ScopeSet::EMPTY)));
    for unknown in ["", "Reader", "reader ", "guess"] {
        let answer = callers.authenticate(&Credential::new(API_KEY, unknown)).await;
        assert_eq!(answer.map(drop).unwrap_err(), AuthenticationFailure::Invalid, "{unknown}");
    }
}

#[test]
fn a_caller_who_would_prove_nothing_is_refused() {
    let with = |scopes: &str| Callers::<Api>::new().with("a", API_KEY, scopes).map(drop);
    assert_eq!(with("encounters:raed"), Err(CallerError::UnknownScope("encounters:raed".to_owned())));
    assert!(matches!(with("a  b"), Err(CallerError::IllFormedScopes(_))));
    let twice = Callers::<Api>::new().with("a", API_KEY, "").unwrap().with("a", API_KEY, "encounters:read");
    assert_eq!(twice.map(drop), Err(CallerError::Repeated("a".to_owned())));
}
