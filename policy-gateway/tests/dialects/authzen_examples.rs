//! The examples of the Authorization API 1.0 (OpenID Foundation, January 2026), with operations in the place of its documents.
//!
//! Its requests are taken as they stand there, but for three words: the subject's type, the resource's type, and the resource's id, which
//! is a template here.

use serde_json::{Value, json};

use crate::authzen::{dialect, post};
use crate::script::{Running, Word};

/// Section 6.1.1, and 10.1.4 in HTTP.
#[tokio::test]
async fn the_example_of_one_evaluation() {
    let running = Running::of(dialect("https://pdp.example.com"), Word::ByTarget).await;
    let request = |id: &str| {
        json!({
            "subject": {"type": "key", "id": "alice@example.com"},
            "resource": {"type": "operation", "id": id},
            "action": {"name": "can_read", "properties": {"method": "GET"}},
            "context": {"time": "1985-10-26T01:22-07:00"}
        })
    };
    for (id, expected) in [("/allow/123", true), ("/account/123", false)] {
        let answer = post(&running, "/access/v1/evaluation", &request(id).to_string()).await;
        let decision: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!((answer.status, &decision["decision"]), (200, &json!(expected)));
        assert_eq!(running.script.asked_once(), format!("can_read {id}: stored alice@example.com"));
    }
    // As it stands in the specification: a subject and a resource of types that this service does not have.
    let request = json!({
        "subject": {"type": "user", "id": "alice@example.com"},
        "resource": {"type": "account", "id": "123"},
        "action": {"name": "can_read", "properties": {"method": "GET"}},
        "context": {"time": "1985-10-26T01:22-07:00"}
    });
    let answer = post(&running, "/access/v1/evaluation", &request.to_string()).await;
    let decision: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, &decision["decision"]), (200, &json!(false)));
}

/// The questions of the page about this dialect, as they stand there.
#[tokio::test]
async fn the_questions_of_the_page_are_asked() {
    let running = Running::of(dialect("https://pdp.example"), Word::Allow(Vec::new(), Vec::new())).await;
    let page = include_str!("../../../docs/gateway/authzen.md");
    let questions: Vec<_> = page.split("```json\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    let expected = [
        &["GET /notes/{note}: presents | authorization: Bearer abc"][..],
        &[r#"GET /notes document=notes: stated [("oauth", ["notes:read"])]"#],
        &["GET /notes: stored k7", "POST /notes: stored k7"],
    ];
    assert_eq!(questions.len(), expected.len());
    for (question, expected) in questions.into_iter().zip(expected) {
        let answer = post(&running, "/access/v1/evaluations", question).await;
        assert_eq!(answer.body.matches(r#"{"decision":true}"#).count(), expected.len(), "{question}");
        assert_eq!(running.script.asked(), expected);
    }
}

async fn decisions(running: &Running, request: &Value) -> Vec<bool> {
    let answer = post(running, "/access/v1/evaluations", &request.to_string()).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer.as_object().unwrap().len(), 1, "`decision` is left out beside `evaluations`");
    answer["evaluations"].as_array().unwrap().iter().map(|item| item["decision"].as_bool().unwrap()).collect()
}

/// Section 7.1: without defaults, with a subject and a context for all, and with an action that one of them replaces.
#[tokio::test]
async fn the_examples_of_default_values() {
    let running = Running::of(dialect("https://pdp.example.com"), Word::ByTarget).await;
    let subject = json!({"type": "key", "id": "alice@example.com"});
    let (read, edit) = (json!({"name": "can_read"}), json!({"name": "can_edit"}));
    let context = json!({"time": "2024-05-31T15:22-07:00"});
    let resource = |id: &str| json!({"type": "operation", "id": id});
    let whole = |id: &str| json!({"subject": subject, "action": read, "resource": resource(id), "context": context});
    let of_subject = |id: &str| json!({"action": read, "resource": resource(id)});
    let (first, second, third) = ("/allow/boxcarring.md", "/subject-search.md", "/allow/resource-search.md");
    for (request, last) in [
        (json!({"evaluations": [whole(first), whole(second), whole(third)]}), "can_read"),
        (
            json!({
                "subject": subject, "context": context,
                "evaluations": [of_subject(first), of_subject(second), of_subject(third)]
            }),
            "can_read",
        ),
        (
            json!({
                "subject": subject, "context": context, "action": read,
                "evaluations": [
                    {"resource": resource(first)},
                    {"resource": resource(second)},
                    {"action": edit, "resource": resource(third)}
                ]
            }),
            "can_edit",
        ),
    ] {
        assert_eq!(decisions(&running, &request).await, [true, false, true], "{request}");
        let stored = "stored alice@example.com";
        let expected = [
            format!("can_read {first}: {stored}"),
            format!("can_read {second}: {stored}"),
            format!("{last} {third}: {stored}"),
        ];
        assert_eq!(running.script.asked(), expected, "{request}");
    }
    // An empty list is as none: one evaluation, and one decision.
    let mut request = whole(first);
    request["evaluations"] = json!([]);
    let answer = post(&running, "/access/v1/evaluations", &request.to_string()).await;
    assert_eq!(answer.body, r#"{"decision":true}"#);
}

/// Section 7.1.2: three documents by all three semantics.
#[tokio::test]
async fn the_examples_of_the_three_semantics() {
    let running = Running::of(dialect("https://pdp.example.com"), Word::ByTarget).await;
    let request = |options: Value, ids: &[&str]| {
        let items: Vec<_> = ids.iter().map(|id| json!({"resource": {"type": "operation", "id": id}})).collect();
        json!({
            "subject": {"type": "key", "id": "alice@example.com"},
            "action": {"name": "read"},
            "options": options,
            "evaluations": items
        })
    };
    let semantic = |name: &str| json!({"evaluations_semantic": name, "another_option": "value"});
    for (options, ids, expected) in [
        (semantic("execute_all"), ["/allow/1", "/2", "/allow/3"], &[true, false, true][..]),
        (json!({}), ["/allow/1", "/2", "/allow/3"], &[true, false, true]),
        (json!(null), ["/allow/1", "/2", "/allow/3"], &[true, false, true]),
        (semantic("deny_on_first_deny"), ["/allow/1", "/2", "/allow/3"], &[true, false]),
        (semantic("deny_on_first_deny"), ["/allow/1", "/allow/2", "/allow/3"], &[true, true, true]),
        (semantic("permit_on_first_permit"), ["/allow/1", "/2", "/allow/3"], &[true]),
        (semantic("permit_on_first_permit"), ["/1", "/allow/2", "/allow/3"], &[false, true]),
        (semantic("permit_on_first_permit"), ["/1", "/2", "/3"], &[false, false, false]),
    ] {
        let request = request(options, &ids);
        assert_eq!(decisions(&running, &request).await, expected, "{request}");
        assert_eq!(running.script.asked().len(), expected.len(), "{request}");
    }
    for options in [semantic("execute"), json!({"evaluations_semantic": 1}), json!([])] {
        let answer = post(&running, "/access/v1/evaluations", &request(options, &["/allow"; 1]).to_string()).await;
        assert_eq!(answer.status, 400);
    }
    // A failure ends `deny_on_first_deny` like a denial.
    let mut failed = request(semantic("deny_on_first_deny"), &["/allow/1", "/allow/2"]);
    failed["evaluations"][0]["resource"] = json!({"type": "operation"});
    assert_eq!(decisions(&running, &failed).await, [false]);
}
