//! What one test shows of a service, and what it fails for.

use policy_test::Wanted;
use policy_test::matrix::{Fault, Gap};

use crate::small::{Notes, matrix};

#[tokio::test]
async fn a_right_service_passes_and_who_got_where_is_a_snapshot() {
    let report = matrix().service(Notes { fault: "" }).await.unwrap();
    report.assert();
    assert_eq!(report.gaps(), []);
    insta::assert_snapshot!(report.who_got_where());
}

#[tokio::test]
async fn a_fault_fails_the_test_with_the_request_that_found_it() {
    let report = matrix().service(Notes { fault: "or-for-and" }).await.unwrap();
    let failures = report.failures();
    assert_eq!(failures.first().map(|(fault, _)| *fault), Some(Fault::LetIn));
    let gaps = report.gaps();
    assert!(matches!(&gaps[0], Gap::ScopeNotDenied { operation, .. } if operation == "POST /v1/notes"), "{gaps:?}");
    let panicked = std::panic::catch_unwind(|| report.assert()).unwrap_err();
    let text = panicked.downcast_ref::<String>().unwrap();
    for part in [
        "error[let-in]: `POST /v1/notes`: 200: it lets in whom the document refuses",
        "tried: `notes:read` missing of alternative 1",
        "curl -i --path-as-is -X 'POST' -H 'Authorization: Bearer '\"$TOKEN\" 'http://localhost/v1/notes'",
        "gap: `POST /v1/notes` denied no request for want of `notes:write` of alternative 1",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("holds:"), "{text}");
}

#[tokio::test]
async fn a_scope_that_another_scheme_granted_is_found() {
    let report = matrix().service(Notes { fault: "union" }).await.unwrap();
    let found: Vec<String> = report.failures().iter().map(|(_, judged)| judged.case.check.to_string()).collect();
    assert_eq!(found, ["`notes:read` of alternative 1 granted by another scheme than `Token`"], "{report}");
}

#[tokio::test]
async fn an_operation_that_nobody_reaches_is_a_gap() {
    let report = matrix().service(Notes { fault: "unserved" }).await.unwrap();
    let gaps: Vec<String> = report.gaps().iter().map(ToString::to_string).collect();
    assert!(gaps.contains(&"no allowed request reached the handler of `GET /v1/notes/{id}`".to_owned()), "{gaps:?}");
    assert!(std::panic::catch_unwind(|| report.assert()).is_err());
}

#[tokio::test]
async fn handlers_that_are_stubs_are_reached_where_the_test_says_what_they_answer() {
    for (statuses, gaps) in [(&[][..], 1), (&[404, 501], 0)] {
        let matrix = matrix().only(["GET /notes"]).handlers_answer(statuses.iter().copied());
        let report = matrix.service(Notes { fault: "stubs" }).await.unwrap();
        assert_eq!(report.gaps().len(), gaps, "{:?}", report.gaps());
    }
}

#[tokio::test]
async fn without_credentials_every_scope_is_a_gap() {
    let none = |_: &Wanted<'_>| None;
    let report =
        policy_test::matrix("tests/matrix/notes.yaml").credentials(none).service(Notes { fault: "" }).await.unwrap();
    let gaps: Vec<String> = report.gaps().iter().map(ToString::to_string).collect();
    let expected = "`POST /v1/notes` denied no request for want of `notes:read` of alternative 1: there is no credential of `Token` with `notes:write` and without `notes:read`";
    assert!(gaps.iter().any(|gap| gap == expected), "{gaps:#?}");
    assert!(report.failures().is_empty(), "{report}");
}

#[tokio::test]
async fn a_function_is_asked_where_there_is_no_tower_service() {
    let ask = async |request: http::Request<Vec<u8>>| {
        let (status, has_challenge) = Notes { fault: "" }.answer(&request);
        let challenge = has_challenge.then_some(("WWW-Authenticate", "Bearer"));
        let answer = http::Response::builder().status(status);
        challenge.into_iter().fold(answer, |answer, (name, value)| answer.header(name, value)).body(Vec::new()).unwrap()
    };
    matrix().asking(ask).await.unwrap().assert();
}

#[tokio::test]
async fn what_the_document_does_not_have_is_an_error() {
    let error = matrix().only(["GET /nothing"]).parameter("other", "1").service(Notes { fault: "" }).await.unwrap_err();
    assert_eq!(error.to_string(), "the document has no `GET /nothing`, `other`");
    let error = policy_test::matrix("tests/matrix/absent.yaml").service(Notes { fault: "" }).await.unwrap_err();
    assert!(error.to_string().contains("absent.yaml"), "{error}");
}

#[tokio::test]
async fn one_operation_alone_is_tried_and_has_to_be_covered() {
    let report = matrix().only(["GET /notes"]).service(Notes { fault: "" }).await.unwrap();
    report.assert();
    assert!(report.judged.iter().all(|judged| report.operations[judged.case.operation].key == "GET /v1/notes"));
    let handlers = matrix().only(["GET /notes"]).safe_only().service(Notes { fault: "" }).await.unwrap();
    assert_eq!(handlers.gaps().len(), 1, "{:?}", handlers.gaps());
}
