//! Shadow mode lets through what it names and nothing else, says so everywhere, and ends.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod entry;

use std::sync::Arc;
use std::time::Duration;

use common::{Api, Tokens, operation, parts};
use entry::Entry;
use http::HeaderMap;
use policy_core::{Allowed, OperationSet, Principal, Stage};
use policy_http::mount::Admitted;
use policy_http::{Cors, EnableAll, FromSet, ManualClock, Options, Shadow, ShadowError};

/// 2027-06-30, 12:00 UTC.
const NOON: u64 = 1_814_356_800;

fn shadow(operations: OperationSet<Api>) -> Shadow<Api> {
    Shadow::new(operations, "2027-06-30", "partners move").unwrap()
}

fn owed(admitted: Admitted<'_, Api, ()>) -> HeaderMap {
    admitted.owed().into_map()
}

fn allowed(admitted: &mut Admitted<'_, Api, ()>) -> Allowed<Api> {
    admitted.take_allowed().unwrap()
}

#[tokio::test]
async fn a_known_caller_is_let_through_as_who_it_is_and_the_answer_says_so() {
    let gate =
        Entry::new(Tokens, EnableAll, Options::new().clock(ManualClock::at(NOON)).shadow(shadow(OperationSet::all())));
    let delete = operation("DELETE", "/v1/files/{id}");
    let known = parts("/v1/files/1", &[("authorization", "Bearer ali/files.read")]);
    let mut admitted = gate.admit(delete, &known).await.unwrap();
    let let_through = allowed(&mut admitted);
    assert_eq!(let_through.would_deny(), Some(Stage::Scopes));
    assert_eq!(let_through.principal().tenant(), Some("org-ali"));
    assert_eq!(owed(admitted)["policy-shadow"], "would-deny; stage=scopes; reason=insufficient_scope");

    let query = parts("/v1/files/1?wrong=1", &[("authorization", "Bearer ali/files.read/files.write")]);
    let admitted = gate.admit(delete, &query).await.unwrap();
    assert_eq!(owed(admitted)["policy-shadow"], "would-deny; stage=query; reason=unsupported_query_parameter");
    let mut earned = gate
        .admit(delete, &parts("/v1/files/1", &[("authorization", "Bearer ali/files.read/files.write")]))
        .await
        .unwrap();
    assert_eq!(allowed(&mut earned).would_deny(), None);
    assert!(earned.owed().is_empty());

    // Who is calling is still checked, unless the application names that stage as well.
    for headers in [&[][..], &[("authorization", "Bearer expired")], &[("authorization", "Bearer down")]] {
        let denied = gate.admit(delete, &parts("/v1/files/1", headers)).await.unwrap_err();
        assert!(matches!(denied.status().as_u16(), 401 | 503), "{headers:?}");
    }
}

#[tokio::test]
async fn unknown_callers_are_let_through_as_nobody_where_the_stage_is_named() {
    let everywhere = || shadow(OperationSet::all()).at_stages(Stage::ALL);
    let options = || Options::new().clock(ManualClock::at(NOON)).shadow(everywhere());
    let gate = Entry::new(Tokens, EnableAll, options());
    let delete = operation("DELETE", "/v1/files/{id}");
    for (headers, reason) in [
        (&[][..], "missing_credential"),
        (&[("authorization", "Bearer expired")], "expired_credential"),
        (&[("authorization", "Bearer down")], "authentication_unavailable"),
        (&[("authorization", "Bearer ali/"), ("x-key", "eve/")], "multiple_credentials"),
    ] {
        let mut admitted = gate.admit(delete, &parts("/v1/files/1", headers)).await.unwrap();
        let let_through = allowed(&mut admitted);
        assert!(let_through.principal().is_anonymous(), "{reason}");
        assert_eq!(let_through.principal().tenant(), None);
        let expected = format!("would-deny; stage=authentication; reason={reason}");
        assert_eq!(owed(admitted)["policy-shadow"], expected);
    }
    // A scheme that the operation does not accept: the caller is known all the same.
    let key = parts("/v1/files/1", &[("x-key", "ali/files.read")]);
    let mut admitted = gate.admit(delete, &key).await.unwrap();
    assert_eq!(allowed(&mut admitted).principal().subject(), Some("ali"));

    // What has no handler is answered as ever.
    assert_eq!(gate.not_found(&parts("/v1/none", &[])).await.status(), 401);
    assert_eq!(gate.method_not_allowed(&parts("/v1/files/1", &[]), &"GET".parse().unwrap()).await.status(), 401);
    let known = parts("/v1/files/1", &[("authorization", "Bearer ali/files.read/files.write")]);
    let gate = Entry::pending(Tokens, EnableAll, options());
    for (parts, status) in [(known, 403), (parts("/v1/files/1", &[]), 401)] {
        assert_eq!(gate.admit(delete, &parts).await.unwrap_err().status(), status);
    }
}

#[tokio::test]
async fn only_the_named_operations_and_stages_and_only_until_the_day_ends() {
    let clock = Arc::new(ManualClock::at(NOON));
    let delete = operation("DELETE", "/v1/files/{id}");
    let list = operation("GET", "/v1/files");
    let nothing = FromSet(|_: &Principal<Api>| Ok(OperationSet::EMPTY));
    let shadow = shadow([delete].into_iter().collect()).at_stages([Stage::Enablement]);
    let gate = Entry::new(Tokens, nothing, Options::new().clock(Arc::clone(&clock)).shadow(shadow));
    let known = parts("/", &[("authorization", "Bearer ali/files.read")]);
    let status = async |operation| gate.admit(operation, &known).await.map_err(|denied| denied.status().as_u16()).err();

    assert_eq!(status(delete).await, None);
    assert_eq!(status(list).await, Some(403), "an operation that was not named");
    clock.advance(Duration::from_secs(12 * 3600 - 1));
    assert_eq!(status(delete).await, None, "the last second of the day");
    clock.advance(Duration::from_secs(1));
    assert_eq!(status(delete).await, Some(403), "the next day");

    let scopes = Entry::new(
        Tokens,
        EnableAll,
        Options::new().clock(ManualClock::at(NOON)).shadow(
            Shadow::new(OperationSet::all(), "2027-06-30", "only this stage").unwrap().at_stages([Stage::Enablement]),
        ),
    );
    assert_eq!(scopes.admit(delete, &known).await.unwrap_err().status(), 403, "a stage that was not named");
}

#[test]
fn a_mode_without_an_end_or_a_reason_is_an_error() {
    let all = OperationSet::<Api>::all;
    assert_eq!(Shadow::new(all(), "someday", "x").unwrap_err(), ShadowError::NoDate("someday".into()));
    assert_eq!(Shadow::new(all(), "2027-06-30", "  ").unwrap_err(), ShadowError::NoReason);
}

#[test]
fn options_that_add_no_header_owe_none_and_those_that_may_do() {
    let options = Options::<Api>::new;
    assert!(!options().owes_headers());
    assert!(options().shadow(shadow(OperationSet::EMPTY)).owes_headers());
    assert!(options().cors(Cors::any_origin()).owes_headers());
}
