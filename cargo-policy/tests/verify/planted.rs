//! Services with a fault each, in three languages: every one is found, and a right service is clean.

use std::collections::BTreeSet;

use crate::services::{FAULTS, Language, start};
use crate::{faults, verified};

const LANGUAGES: [Language; 3] = [Language::Rust, Language::Python, Language::Node];

/// What each planted fault is found as: the operation, the check and the fault. Other cases may find it too, of the same operation.
const FOUND: [(&str, &str, &str, &str); 13] = [
    ("scope-forgotten", "GET /v1/files/{id}", "missing-scope", "let-in"),
    ("or-for-and", "GET /v1/files/{id}/links", "missing-scope", "let-in"),
    ("order-wrong", "GET /v1/files", "query-before-scopes", "out-of-order"),
    ("head-open", "GET /v1/files", "head", "let-in"),
    ("nested-unguarded", "GET /v1/files/{id}/links", "no-credential", "let-in"),
    ("trailing-slash", "GET /v1/files", "path-variant", "let-in"),
    ("revoked-accepted", "GET /v1/files", "refused-credential", "let-in"),
    ("method-header", "GET /v1/files", "method-header", "let-in"),
    ("path-header", "GET /v1/files", "path-header", "let-in"),
    ("path-header-trusted", "GET /v1/files/{id}", "path-header", "let-in"),
    ("scheme-case", "GET /v1/files", "scheme-case", "let-in"),
    ("two-credentials", "GET /v1/files/{id}", "two-credentials", "let-in"),
    ("token-in-query", "GET /v1/files", "token-in-query", "query-taken"),
];

/// Most of the time is the start of a program, so that the languages run beside each other.
fn in_each_language(test: impl Fn(Language) + Sync) {
    std::thread::scope(|scope| {
        for language in LANGUAGES {
            let test = &test;
            scope.spawn(move || test(language));
        }
    });
}

const CREDENTIALS: [&str; 2] = ["--credentials", "credentials.toml"];

#[test]
fn a_right_service_of_each_language_is_clean_and_everything_is_told() {
    in_each_language(|language| {
        let Some(service) = start(language, "") else { return };
        for more in [&[][..], &["--allowed"], &["--allowed", "--unsafe", "--yes"]] {
            let (code, report) = verified(service.port, &[&CREDENTIALS[..], more].concat());
            assert_eq!(faults(&report), [], "{language:?} {more:?}");
            assert_eq!((code, &report["verdict"]), (0, &"obeys".into()), "{language:?} {more:?}");
            assert_eq!(report["counts"]["cannot_tell"], 0, "{language:?} {more:?}: {report:#}");
            assert!(report["counts"]["passed"].as_u64() > Some(150), "{report:#}");
        }
    });
}

#[test]
fn each_planted_fault_is_found_by_what_is_safe_to_send_in_each_language() {
    assert!(FAULTS.iter().all(|fault| FOUND.iter().any(|(known, ..)| known == fault)));
    in_each_language(|language| {
        for (planted, operation, check, fault) in FOUND {
            let Some(service) = start(language, planted) else { continue };
            let (code, report) = verified(service.port, &CREDENTIALS);
            let found = faults(&report);
            let expected = (operation.to_owned(), check.to_owned(), fault.to_owned());
            assert!(found.contains(&expected), "{language:?} {planted}: {found:?}");
            assert_eq!((code, &report["verdict"]), (1, &"disobeys".into()), "{language:?} {planted}");
            // Nothing else is said of it.
            let kinds: BTreeSet<&str> = found.iter().map(|(.., fault)| fault.as_str()).collect();
            assert_eq!(kinds, BTreeSet::from([fault]), "{language:?} {planted}: {found:?}");
            // What is about headers is found by the one check that is about them.
            let is_of_headers = FOUND.iter().skip(7).any(|(known, ..)| *known == planted);
            assert!(
                !is_of_headers || found.iter().all(|(_, found, _)| *found == check),
                "{language:?} {planted}: {found:?}"
            );
        }
    });
}

#[test]
fn a_fault_of_an_operation_that_changes_something_is_found_when_that_is_asked_for() {
    let service = start(Language::Rust, "or-for-and").unwrap();
    let (_, safe) = verified(service.port, &CREDENTIALS);
    let deletes =
        |report: &serde_json::Value| faults(report).iter().any(|(operation, ..)| operation.starts_with("DELETE"));
    assert!(!deletes(&safe));
    let (code, all) = verified(service.port, &[&CREDENTIALS[..], &["--unsafe", "--yes"]].concat());
    assert!(code == 1 && deletes(&all), "{all:#}");
}
