//! Who is calling: what a principal keeps of its credential, and when two credentials are of one caller.
#![allow(
    clippy::unwrap_used,
    clippy::result_large_err,
    missing_docs,
    unused_macros,
    dead_code,
    unreachable_pub,
    reason = "a test; a principal is as large as its grants"
)]

mod fixture;

use std::sync::Arc;

use fixture::{Api, POLICY, schemes};
use policy_core::{Pending, Principal, ScopeSet};

fn scopes(text: &str) -> ScopeSet<Api> {
    ScopeSet::parse(text).unwrap().set()
}

fn granted(principal: &Principal<Api>) -> [Option<String>; 2] {
    [schemes::OAUTH2, schemes::KEY].map(|scheme| principal.grant(scheme).map(ToString::to_string))
}

#[test]
fn a_principal_is_what_its_authenticator_said() {
    let principal = Principal::<Api>::new("ali").with_tenant("org").with_credential_id("key-1").with_expiry(7);
    assert_eq!(principal.subject(), Some("ali"));
    assert_eq!(principal.tenant(), Some("org"));
    assert_eq!(principal.credential_id(), Some("key-1"));
    assert_eq!(principal.expires_at(), Some(7));
    assert!(!principal.is_anonymous());
    assert_eq!(granted(&principal), [None, None]);
    let plain = Principal::<Api>::new("ali");
    assert_eq!((plain.tenant(), plain.credential_id(), plain.expires_at()), (None, None, None));
}

#[test]
fn grants_of_one_scheme_add_up_and_count_for_no_other() {
    let principal = Principal::new("ali").with_grant(schemes::OAUTH2, scopes("files:read"));
    let principal = principal.with_grant(schemes::OAUTH2, scopes("meta:read"));
    assert_eq!(granted(&principal), [Some("files:read meta:read".into()), None]);
    let principal = principal.with_grant(schemes::KEY, ScopeSet::EMPTY);
    assert_eq!(granted(&principal), [Some("files:read meta:read".into()), Some(String::new())]);
    let debug = format!("{principal:?}");
    assert!(debug.contains("ali") && debug.contains("files:read"), "{debug}");
}

#[test]
fn two_credentials_of_one_caller_are_merged() {
    let left = || Principal::new("ali").with_tenant("org").with_grant(schemes::OAUTH2, scopes("files:read"));
    let right = || Principal::new("ali").with_tenant("org").with_grant(schemes::OAUTH2, scopes("admin"));
    let both = left().merge(right().with_grant(schemes::KEY, ScopeSet::EMPTY)).unwrap();
    assert_eq!(granted(&both), [Some("admin files:read".into()), Some(String::new())]);
    for (one, other, expected) in [
        (Some(5), Some(3), Some(3)),
        (Some(3), Some(5), Some(3)),
        (Some(5), None, Some(5)),
        (None, Some(3), Some(3)),
        (None, None, None),
    ] {
        let with = |principal: Principal<Api>, expiry: Option<u64>| match expiry {
            Some(seconds) => principal.with_expiry(seconds),
            None => principal,
        };
        assert_eq!(with(left(), one).merge(with(right(), other)).unwrap().expires_at(), expected, "the earlier one");
    }
    for (one, other, expected) in [
        (Some("a"), Some("b"), Some("a")),
        (None, Some("b"), Some("b")),
        (Some("a"), None, Some("a")),
        (None, None, None),
    ] {
        let with = |principal: Principal<Api>, id: Option<&'static str>| match id {
            Some(id) => principal.with_credential_id(id),
            None => principal,
        };
        let merged = with(left(), one).merge(with(right(), other)).unwrap();
        assert_eq!(merged.credential_id(), expected, "the first one");
    }
}

#[test]
fn two_callers_in_one_request_are_nobody() {
    let ali = || Principal::<Api>::new("ali").with_tenant("org");
    for other in
        [Principal::new("ali"), Principal::new("eve").with_tenant("org"), Principal::new("ali").with_tenant("other")]
    {
        let refused = ali().merge(other.clone()).unwrap_err();
        assert_eq!((refused.subject(), refused.tenant()), (other.subject(), other.tenant()), "the other is given back");
    }
}

#[test]
fn nobody_and_somebody_are_not_one_caller() {
    let search = Pending::start(POLICY.operation("GET", "/v1/search").unwrap());
    let nobody = search.authenticate(Ok(None)).unwrap().principal().clone();
    let ali = || Principal::<Api>::new("ali");
    assert!(nobody.clone().merge(nobody.clone()).unwrap().is_anonymous());
    assert_eq!(nobody.clone().merge(ali()).unwrap_err().subject(), Some("ali"));
    assert!(ali().merge(nobody).unwrap_err().is_anonymous());
}

#[test]
fn what_the_application_knows_of_a_caller_is_found_by_its_type_and_survives_a_merge() {
    struct User(&'static str);

    let caller = || Principal::<Api>::new("ali");
    let known = |name| caller().with_data(Arc::new(User(name)));
    let name = |principal: &Principal<Api>| principal.data::<User>().map(|user| user.0);
    assert_eq!(name(&caller()), None);
    assert_eq!(name(&known("Ali")), Some("Ali"));
    assert!(known("Ali").data::<String>().is_none());
    assert_eq!(name(&known("Ali").with_data(Arc::new(User("Alia")))), Some("Alia"));
    for (one, other, merged) in
        [(caller(), known("Ali"), "Ali"), (known("Ali"), caller(), "Ali"), (known("Ali"), known("Alia"), "Ali")]
    {
        assert_eq!(name(&one.merge(other).unwrap()), Some(merged));
    }
}

/// Clones share what is known of a caller, so that a change must not reach the others.
#[test]
fn a_change_of_one_caller_leaves_its_clones_as_they_are() {
    let cached = Principal::<Api>::new("ali").with_tenant("org");
    let granted = ScopeSet::parse("files:read").unwrap().set();
    let changed = cached.clone().with_grant(schemes::OAUTH2, granted).with_expiry(7).with_credential_id("key");
    let merged = cached.clone().merge(changed.clone()).unwrap();
    for one in [&changed, &merged] {
        let told = (one.grant(schemes::OAUTH2), one.expires_at(), one.credential_id());
        assert_eq!(told, (Some(&granted), Some(7), Some("key")));
    }
    assert_eq!((cached.grant(schemes::OAUTH2), cached.expires_at(), cached.credential_id()), (None, None, None));
}
