//! What shadow mode lets through says so, is for the denied operation alone, and claims nobody's identity or scope.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    unused_macros,
    dead_code,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

mod fixture;

use fixture::operations::{DeleteFile, GetFile, ListFiles, Search};
use fixture::{Api, POLICY, schemes};
use policy_core::{AuthenticationFailure, Denial, OperationRef, OperationSet, Pending, Principal, ScopeSet, Stage};

type Found = Result<Option<Principal<Api>>, AuthenticationFailure>;

fn denial(operation: OperationRef<Api>, found: Found, enabled: OperationSet<Api>) -> Denial<'static, Api> {
    Pending::start(operation)
        .authenticate(found)
        .and_then(|pending| pending.enablement(Ok(&enabled)))
        .and_then(|pending| pending.scopes())
        .and_then(|pending| pending.query(Some("wrong")))
        .map(|pending| pending.allow())
        .unwrap_err()
}

fn ali() -> Found {
    Ok(Some(Principal::new("ali").with_tenant("org").with_grant(schemes::OAUTH2, ScopeSet::EMPTY)))
}

#[test]
fn the_caller_is_who_authenticated_or_nobody() {
    let delete = OperationRef::of::<DeleteFile>();
    let (all, none) = (OperationSet::all(), OperationSet::EMPTY);
    for (found, enabled, stage, subject) in [
        (Ok(None), all, Stage::Authentication, None),
        (Err(AuthenticationFailure::Multiple), all, Stage::Authentication, None),
        (Err(AuthenticationFailure::Expired), all, Stage::Authentication, None),
        (ali(), none, Stage::Enablement, Some("ali")),
        (ali(), all, Stage::Scopes, Some("ali")),
    ] {
        let permit = denial(delete, found, enabled).let_through().unwrap().into_permit::<DeleteFile>().unwrap();
        assert_eq!(permit.would_deny(), Some(stage));
        assert_eq!(permit.principal().subject(), subject);
        assert_eq!(permit.principal().tenant(), subject.map(|_| "org"));
        let granted = permit.principal().grant(schemes::OAUTH2);
        assert!(granted.is_none_or(ScopeSet::is_empty), "a scope was granted that nobody granted");
    }
}

#[test]
fn it_is_for_no_other_operation() {
    let allowed = denial(OperationRef::of::<DeleteFile>(), ali(), OperationSet::all()).let_through().unwrap();
    assert_eq!(allowed.would_deny(), Some(Stage::Scopes));
    assert!(allowed.into_permit::<GetFile>().is_err());
}

#[test]
fn the_alternative_is_the_anonymous_one_where_there_is_one() {
    let list = denial(OperationRef::of::<ListFiles>(), Ok(None), OperationSet::all());
    assert_eq!(list.let_through().unwrap().into_permit::<ListFiles>().unwrap().alternative_index(), 0);
    let search = denial(OperationRef::of::<Search>(), Err(AuthenticationFailure::Invalid), OperationSet::all());
    let permit = search.let_through().unwrap().into_permit::<Search>().unwrap();
    assert!(permit.principal().is_anonymous());
    // Its first alternative is `{}`.
    assert_eq!(permit.alternative_index(), 0);
}

#[test]
fn where_no_handler_is_there_is_nothing_to_let_through_to() {
    assert!(Denial::<Api>::unauthenticated(AuthenticationFailure::Missing).let_through().is_err());
    let status = POLICY.operation("GET", "/v1/status").unwrap();
    let pending = Pending::start(status)
        .authenticate(Ok(None))
        .and_then(|pending| pending.enablement(Ok(&OperationSet::EMPTY)))
        .and_then(|pending| pending.scopes())
        .and_then(|pending| pending.query(None))
        .map(|pending| pending.allow().without_handler())
        .unwrap();
    assert!(pending.let_through().is_err());
}

#[test]
fn an_earned_permit_says_nothing_of_the_kind_and_the_audit_names_the_mode() {
    let search = OperationRef::of::<Search>();
    let earned = Pending::start(search)
        .authenticate(Ok(None))
        .and_then(|pending| pending.enablement(Ok(&OperationSet::EMPTY)))
        .and_then(|pending| pending.scopes())
        .and_then(|pending| pending.query(None))
        .unwrap()
        .allow();
    assert_eq!(earned.into_permit::<Search>().unwrap().would_deny(), None);

    assert!(!POLICY.audit().to_string().contains("SHADOW"));
    let audit = POLICY
        .audit()
        .with_shadow(
            [search].into_iter().collect(),
            &[Stage::Scopes, Stage::Query],
            "2027-06-30",
            "moving partners\nover",
        )
        .to_string();
    assert!(audit.contains(
        "SHADOW MODE  denials at scopes, query are not enforced until 2027-06-30\n             because  moving partners over\n"
    ));
    assert_eq!(audit.matches("    SHADOW    denials are not enforced").count(), 1);
    assert!(audit.contains("GET /v1/search\n    SHADOW "));
}
