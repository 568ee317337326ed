//! Nothing is allocated on the way to a decision, denials included: counted, not promised.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
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
use policy_core::owned::{
    AlternativeFacts, OperationFacts, OwnedPolicy, PolicyFacts, QueryFacts, Request, RequirementFacts, StageOutcome,
};
use policy_core::{AuthenticationFailure, Denial, OperationSet, Pending, Principal, ScopeSet, ScopeString};

const QUERIES: [Option<&str>; 6] =
    [None, Some(""), Some("limit=1"), Some("%6Cimit=1&w%20rong=2"), Some("filter%5B%C3%A9%5D=1&q="), Some("%ff=1&=")];

#[test]
fn no_decision_allocates() {
    let all = OperationSet::<Api>::all();
    let none = OperationSet::EMPTY;
    let text = "files:read meta:read unknown";
    // Who the caller is was found before anything is decided, and an authenticator's cache gives it to many requests.
    let set = ScopeSet::parse(text).unwrap().set();
    let caller = Principal::<Api>::new("somebody").with_tenant("org").with_grant(schemes::OAUTH2, set);
    let mut challenge = String::with_capacity(1024);
    for (method, template) in
        [("GET", "/v1/files"), ("GET", "/v1/files/{id}"), ("DELETE", "/v1/files/{id}"), ("GET", "/v1/search")]
    {
        for enabled in [&all, &none] {
            for query in QUERIES {
                for known in [false, true] {
                    challenge.clear();
                    let counted = measure(|| {
                        let operation = POLICY.operation(method, template).unwrap();
                        assert_eq!(ScopeSet::parse(text).unwrap().set(), set);
                        let caller = if known { Ok(Some(caller.clone())) } else { Err(AuthenticationFailure::Invalid) };
                        let outcome = Pending::start(operation)
                            .authenticate(caller)
                            .and_then(|pending| pending.enablement(Ok(enabled)))
                            .and_then(|pending| pending.scopes())
                            .and_then(|pending| pending.query(query));
                        if let Err(denial) = outcome {
                            denial.write_challenge(&mut challenge, "api").unwrap();
                            let (status, reason) = (denial.status(), denial.reason_code());
                            write!(challenge, "{status} {reason} {} {}", denial.missing(), denial.required()).unwrap();
                        }
                    });
                    assert_eq!(counted.count_total, 0, "{method} {template} {query:?}");
                }
            }
        }
    }
}

#[test]
fn what_the_policy_does_not_know_allocates_nothing_either() {
    let counted = measure(|| {
        assert!(POLICY.operation("GET", "/v1/none").is_none());
        assert!(POLICY.operation("get", "/v1/files").is_none());
        assert!(POLICY.scope("none").is_none());
        assert!(ScopeSet::<Api>::parse("files:read  meta:read").is_err());
        assert!(ScopeSet::<Api>::parse("none other").is_ok_and(|parsed| parsed.unknown().count() == 2));
        assert!(ScopeString::new("files:read  meta:read").is_err());
        for operation in POLICY.operations() {
            for text in ["", "files:read", "files:write admin unknown"] {
                let string = ScopeString::new(text).unwrap();
                let met = operation.met_by(&[(schemes::OAUTH2, string), (schemes::KEY, string)]);
                assert!(met.is_ok() || met.is_err_and(|missing| missing.len() < 5));
            }
        }
        let denial = Denial::<Api>::unauthenticated(AuthenticationFailure::Missing);
        assert_eq!(denial.status(), 401);
    });
    assert_eq!(counted.count_total, 0);
}

/// A policy built at run time, with grants in either form.
#[test]
fn no_decision_at_run_time_allocates() {
    let operation = |(place, requirement): (usize, RequirementFacts)| {
        let query = QueryFacts {
            names: vec!["limit".into(), "q".into()],
            prefixes: vec!["filter[".into()],
            ..QueryFacts::default()
        };
        OperationFacts::new("GET", format!("/{place}"), requirement).with_query(query)
    };
    let alternatives = || {
        let both = AlternativeFacts::Credentials {
            schemes: vec![("OAuth2".into(), vec!["b".into()]), ("Key".into(), vec!["c".into()])],
            extension: vec!["d".into()],
        };
        vec![AlternativeFacts::of("OAuth2", ["a", "b"]), both, AlternativeFacts::of("Key", ["a"])]
    };
    let mut optional = alternatives();
    optional.push(AlternativeFacts::Anonymous);
    let requirements =
        [RequirementFacts::Public, RequirementFacts::AnyOf(optional), RequirementFacts::AnyOf(alternatives())];
    let operations = requirements.into_iter().enumerate().map(operation).collect();
    let (schemes, scopes) = (["OAuth2", "Key"].map(String::from), ["a", "b", "c", "d"].map(String::from));
    let policy = OwnedPolicy::new(PolicyFacts::new(schemes.into(), scopes.into(), operations)).unwrap();
    let long = format!("{} b a", "other-scope ".repeat(50).trim_end());
    let mut seen = [0; 5];
    for text in ["", "a", "b", "a b c d", "d c", &long] {
        let set = policy.scope_set(ScopeString::new(text).unwrap());
        for operation in policy.operations() {
            for scheme in ["OAuth2", "Key"] {
                for query in QUERIES {
                    for enabled in [Ok(true), Ok(false)] {
                        let counted = measure(|| {
                            let string = ScopeString::new(text).unwrap();
                            let grants = [policy.grant(scheme, string).unwrap(), policy.grant("Key", &set).unwrap()];
                            for caller in [
                                Ok(Some(&grants[..1])),
                                Ok(Some(&grants[1..])),
                                Ok(Some(&grants[..])),
                                Ok(None),
                                Err(AuthenticationFailure::Expired),
                            ] {
                                let decision = operation.decide(&Request { caller, enabled, query });
                                let stages = decision.stages();
                                seen[stages.filter(|(_, outcome)| *outcome == StageOutcome::Passed).count()] +=
                                    1 + decision.missing().count() + decision.required().count();
                            }
                        });
                        assert_eq!(counted.count_total, 0, "{operation} {text} {scheme} {query:?}");
                    }
                }
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "not every stage denied, or none allowed: {seen:?}");
}
