//! What `explain` says of a request is what the compiled policy of the reference API decides.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::result_large_err, missing_docs, reason = "a test")]

mod command;

use charthero_api::policy::{Api, POLICY, schemes};
use command::{run, workspace};
use policy_core::{Allowed, AuthenticationFailure, Denial, OperationRef, OperationSet, Pending, Principal, ScopeSet};
use proptest::prelude::*;
use serde_json::{Value, json};

fn decided<'r>(
    operation: OperationRef<Api>,
    scopes: Option<&str>,
    enabled: &OperationSet<Api>,
    query: Option<&'r str>,
) -> Result<Allowed<Api>, Denial<'r, Api>> {
    let caller = scopes.map(|scopes| {
        let granted = ScopeSet::parse(scopes).unwrap().set();
        Principal::new("key").with_tenant("org").with_grant(schemes::API_KEY, granted)
    });
    let pending = Pending::start(operation).authenticate(Ok::<_, AuthenticationFailure>(caller))?;
    Ok(pending.enablement(Ok(enabled))?.scopes()?.query(query)?.allow())
}

/// The decision, in the words of the JSON.
fn expected(outcome: Result<Allowed<Api>, Denial<'_, Api>>) -> Value {
    match outcome {
        Ok(_) => json!({ "verdict": "allowed", "stage": null, "answer": null }),
        Err(denial) => {
            let mut challenge = String::new();
            denial.write_challenge(&mut challenge, "api").unwrap();
            let challenge = denial.has_challenge().then_some(challenge);
            json!({
                "verdict": "denied",
                "stage": denial.stage().as_str(),
                "answer": {
                    "status": denial.status(),
                    "reason_code": denial.reason_code(),
                    "detail": denial.to_string(),
                    "www_authenticate": challenge,
                    "allow": null,
                },
            })
        }
    }
}

fn explained(arguments: &[&str]) -> Value {
    let ran = run(&workspace(), &[&["explain", "--format", "json"], arguments].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_explained_as_it_is_decided(
        place in 0..5_usize,
        id in "[0-9A-Za-z:;=@_~.!-]{3,12}",
        scopes in prop::option::weighted(0.9, prop::sample::subsequence(
            vec!["encounters:read", "patients:read", "documents:read", "recordings:read", "encounters:write"], 0..=5)),
        enabled in prop::bool::weighted(0.85),
        query in prop::option::of(prop::sample::select(
            vec!["limit=1", "limit=1&owners=2", "%6cimit=1", "", "=", "start_at", "a%zz", "limit;x=1"])),
    ) {
        let operation = POLICY.operations().nth(place).unwrap();
        let path = operation.template().replace("{encounter_id}", &id).replace("{document_id}", &id);
        let scopes = scopes.map(|scopes| scopes.join(" "));
        let operations = if enabled { OperationSet::all() } else { OperationSet::EMPTY };
        let expected = expected(decided(operation, scopes.as_deref(), &operations, query));

        let mut arguments = vec!["GET", path.as_str()];
        if let Some(scopes) = &scopes {
            arguments.extend(["--schemes", "ApiKey", "--scopes", scopes]);
        }
        arguments.extend((!enabled).then_some("--not-enabled"));
        let query_option = query.map(|query| format!("--query={query}"));
        arguments.extend(query_option.as_deref());
        let said = explained(&arguments);

        prop_assert_eq!(&said["route"]["path"], operation.template());
        prop_assert_eq!(&said["fingerprint"], POLICY.fingerprint());
        let denied = said["stages"].as_array().unwrap().iter().find(|stage| stage["outcome"] == "denied");
        let stage = denied.map(|stage| stage["stage"].clone());
        prop_assert_eq!(
            json!({ "verdict": said["verdict"], "stage": stage, "answer": said["answer"] }),
            expected, "{:?}", arguments
        );
        // A reason is told with a place: each alternative with one, and so is a parameter that is not accepted.
        for alternative in said["alternatives"].as_array().unwrap() {
            prop_assert!(!alternative["places"].as_array().unwrap().is_empty());
        }
    }
}
