//! The reference API's policy, as reviewers sign it off, and against an oracle that was written from the public documentation.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

use charthero_api::policy::{Api, POLICY, schemes};
use policy_core::{OperationSet, Pending, Principal, ScopeSet};

#[test]
fn who_may_call_what() {
    insta::assert_snapshot!(charthero_api::audit());
}

#[test]
fn the_audit_is_the_same_as_data() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&POLICY.audit().data()).unwrap());
}

const SCOPES: [&str; 4] = ["encounters:read", "patients:read", "documents:read", "recordings:read"];

/// What the public documentation says, in words: every route needs the encounter and the document scope; the list and the
/// detail show patients; audio needs the recording scope.
fn may(template: &str, held: &[&str]) -> bool {
    let has = |scope| held.contains(&scope);
    has("encounters:read")
        && has("documents:read")
        && (template.contains("/documents/") || has("patients:read"))
        && (!template.ends_with("/audio") || has("recordings:read"))
}

#[test]
fn each_of_the_sixteen_scope_sets_opens_exactly_the_routes_that_the_documentation_says() {
    let routes = [
        "/external/v1/encounters",
        "/external/v1/encounters/{encounter_id}",
        "/external/v1/encounters/{encounter_id}/documents/{document_id}",
        "/external/v1/encounters/{encounter_id}/documents/{document_id}/transcript",
        "/external/v1/encounters/{encounter_id}/documents/{document_id}/audio",
    ];
    assert_eq!(POLICY.operations().count(), routes.len());
    let all = OperationSet::<Api>::all();
    for bits in 0..16_u32 {
        let held: Vec<&str> =
            SCOPES.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).map(|(_, scope)| *scope).collect();
        let granted = ScopeSet::parse(&held.join(" ")).unwrap().set();
        for template in routes {
            let operation = POLICY.operation("GET", template).unwrap();
            let caller = Principal::new("key").with_tenant("org").with_grant(schemes::API_KEY, granted);
            let decided = Pending::start(operation)
                .authenticate(Ok(Some(caller)))
                .unwrap()
                .enablement(Ok(&all))
                .unwrap()
                .scopes();
            assert_eq!(decided.is_ok(), may(template, &held), "{template} with {held:?}");
            if held == ["recordings:read"] {
                assert!(decided.is_err(), "recordings:read grants nothing by itself");
            }
        }
    }
}

#[test]
fn a_webhook_receiver_needs_the_union_of_its_approved_follow_up_routes() {
    let webhook = POLICY.webhooks().find(|webhook| webhook.name() == "recording.transcript_ready").unwrap();
    let follow_up: Vec<_> = POLICY.follow_up(webhook).collect();
    assert_eq!(follow_up.len(), 4);
    let minimal = |audio: bool| {
        let approved = follow_up.iter().filter(|route| audio || !route.template().ends_with("/audio"));
        POLICY.least_privilege(approved.copied()).unwrap().sole().unwrap().to_string()
    };
    assert_eq!(minimal(false), "documents:read encounters:read patients:read");
    assert_eq!(minimal(true), "documents:read encounters:read patients:read recordings:read");
}
