//! The gateway answers as the guard that was compiled from the same document, which it reads by itself.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod authorizing;
#[path = "../../policy-http/tests/entry/mod.rs"]
mod entry;

// Included and not a module's file, so that rustfmt leaves it as the build script writes it.
#[allow(
    dead_code,
    missing_docs,
    unused_macros,
    unreachable_pub,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
mod clinic {
    include!("../../surface/clinic/policy.rs");
}

use std::sync::Arc;

use authorizing::{engine, request};
use clinic::Api;
use entry::Entry;
use http::Response;
use policy_core::{AuthenticationFailure, Policy, Principal};
use policy_gateway::authorizer::{PolicyEntry, PolicySet};
use policy_gateway::{Authorizer, Outcome};
use policy_http::run_time::{Gate, Options};
use policy_http::{Authenticator, Credential, CredentialFault, EnableAll, Verified};

/// The secrets of [`authorizing::Secrets`], for the compiled policy.
struct Secrets;

impl Authenticator<Api> for Secrets {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, AuthenticationFailure> {
        let fault = match credential.secret().split_once('/') {
            _ if credential.secret() == "down" => CredentialFault::StoreUnavailable,
            None => CredentialFault::WrongSecret,
            Some((subject, scopes)) => {
                let verified =
                    Verified::new(policy_core::Identity::new(subject), scopes.replace('.', ":").replace('/', " "));
                match verified.principal(credential.scheme(), 1_800_000_000) {
                    Ok(principal) => return Ok(principal),
                    Err(fault) => fault,
                }
            }
        };
        Err(credential.refuse(fault))
    }
}

fn seen(answer: &Response<String>) -> String {
    let mut headers: Vec<String> = answer.headers().iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.sort();
    format!("{} {headers:?} {}", answer.status(), answer.body())
}

#[tokio::test]
async fn each_request_is_answered_as_by_the_compiled_guard_of_the_same_document() {
    let document =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/openapi.yaml")).unwrap();
    let read = engine(&document);
    let policy = policy_http::run_time::Policy::new(read.shared_policy(), &read.served().base_path, "fingerprint");
    let gate = Gate::new(policy, Arc::new(EnableAll), Options::new());
    let gate = gate.authenticator("ApiKey", Arc::new(authorizing::Secrets)).unwrap();
    let authorizer = Authorizer::new(PolicySet::new(vec![PolicyEntry::new("clinic", read, gate)]).unwrap());
    let compiled = Entry::<Api, _, _>::new(Secrets, EnableAll, policy_http::Options::new());
    let mut counts = [0; 2];
    for token in [
        None,
        Some("Bearer wrong"),
        Some("Bearer down"),
        Some("Bearer a b"),
        Some("Basic YTpi"),
        Some("Bearer ali/"),
        Some("Bearer ali/encounters.read"),
        Some("Bearer ali/encounters.read/patients.read"),
        Some("Bearer ali/recordings.read"),
    ] {
        let headers: Vec<(&str, &str)> = token.iter().map(|token| ("authorization", *token)).collect();
        for operation in Policy::<Api>::new().operations() {
            for query in ["", "?limit=1"] {
                let target = format!("{}{query}", operation.template().replace("{encounter_id}", "7"));
                let asked = request(operation.method(), &target, &headers);
                let parts = headers.iter().fold(http::Request::builder().uri(&target), |request, (name, value)| {
                    request.header(*name, *value)
                });
                let parts = parts.body(()).unwrap().into_parts().0;
                let expected = compiled.admit(operation, &parts).await;
                match (authorizer.decide("a", &asked).await, expected) {
                    (Outcome::Allowed(_), Ok(_)) => counts[0] += 1,
                    (Outcome::Denied(found), Err(expected)) => {
                        assert_eq!(seen(&found), seen(&expected), "{target} {token:?}");
                        counts[1] += 1;
                    }
                    (found, expected) => panic!("{target} {token:?}: {found:?} and {expected:?}"),
                }
                let head = authorizer.decide("a", &request("HEAD", &target, &headers)).await;
                let Outcome::Denied(head) = head else { panic!("HEAD is not declared") };
                assert_eq!(seen(&head), seen(&compiled.head(operation, &parts).await), "HEAD {target} {token:?}");
            }
        }
        for path in ["/none", "/", "/encounters/", "//encounters", "/encounters/%2e%2e", "/encounters/7/audio/8"] {
            let asked = request("GET", path, &headers);
            let Outcome::Denied(found) = authorizer.decide("a", &asked).await else { panic!("{path} is no route") };
            assert_eq!(seen(&found), seen(&compiled.not_found(&asked).await), "{path} {token:?}");
        }
        let asked = request("PUT", "/encounters", &headers);
        let Outcome::Denied(found) = authorizer.decide("a", &asked).await else { panic!("PUT is not declared") };
        assert_eq!(seen(&found), seen(&compiled.method_not_allowed(&asked, &"GET".parse().unwrap()).await));
    }
    assert!(counts[0] >= 3 && counts[1] > 40, "{counts:?}");
}
