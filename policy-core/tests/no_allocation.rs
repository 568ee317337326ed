//! Nothing is allocated on the way to a decision, denials included: counted, not promised.
#![allow(
    clippy::unwrap_used,
    clippy::result_large_err,
    missing_docs,
    unused_macros,
    dead_code,
    unreachable_pub,
    reason = "a test"
)]

#[path = "fixture/mod.rs"]
mod fixture;

use std::fmt::Write;

use allocation_counter::measure;
use fixture::{Api, POLICY, schemes};
use policy_core::{AuthenticationFailure, OperationSet, Pending, Principal, ScopeSet};

#[test]
fn no_decision_allocates() {
    let all = OperationSet::<Api>::all();
    let none = OperationSet::EMPTY;
    let text = "files:read meta:read unknown";
    let principal = Principal::<Api>::new("somebody").with_tenant("org");
    let mut challenge = String::with_capacity(1024);
    for (method, template) in
        [("GET", "/v1/files"), ("GET", "/v1/files/{id}"), ("DELETE", "/v1/files/{id}"), ("GET", "/v1/search")]
    {
        for enabled in [&all, &none] {
            for query in [None, Some("limit=1"), Some("%6Cimit=1&w%20rong=2")] {
                for known in [false, true] {
                    challenge.clear();
                    let counted = measure(|| {
                        let operation = POLICY.operation(method, template).unwrap();
                        let caller = if known {
                            let set = ScopeSet::parse(text).unwrap().set();
                            Ok(Some(principal.clone().with_grant(schemes::OAUTH2, set)))
                        } else {
                            Err(AuthenticationFailure::Invalid)
                        };
                        let outcome = Pending::start(operation)
                            .authenticate(caller)
                            .and_then(|pending| pending.enablement(Ok(enabled)))
                            .and_then(|pending| pending.scopes())
                            .and_then(|pending| pending.query(query));
                        if let Err(denial) = outcome {
                            denial.write_challenge(&mut challenge, "api").unwrap();
                            write!(challenge, "{} {} {}", denial.status(), denial.reason_code(), denial.missing())
                                .unwrap();
                        }
                    });
                    assert_eq!(counted.count_total, 0, "{method} {template} {query:?}");
                }
            }
        }
    }
}
