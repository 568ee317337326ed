//! The AuthZEN Authorization API 1.0.

use policy_gateway::dialects::{AuthZen, Dialect};
use serde_json::{Value, json};

use crate::raw::{Answer, ask, ask_with};
use crate::script::{Running, Word, allow, deny};

pub fn dialect(identifier: &str) -> Dialect {
    Dialect::AuthZen(AuthZen { policy_decision_point: identifier.into() })
}

pub async fn post(running: &Running, path: &str, body: &str) -> Answer {
    ask_with(
        running,
        &format!("POST {path} HTTP/1.1\nHost: pdp\nContent-Type: application/json\nX-Request-ID: 7-é"),
        body,
    )
    .await
}

fn parsed(answer: &Answer) -> Value {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

fn question() -> Value {
    json!({
        "subject": {"type": "credential", "id": "caller", "properties": {"Authorization": "Bearer abc"}},
        "action": {"name": "GET"},
        "resource": {"type": "operation", "id": "/notes/{note}"}
    })
}

/// The question with another value at a place, or with none.
fn with(place: &str, value: Option<Value>) -> Value {
    let mut question = question();
    let (parent, name) = place.rsplit_once('/').unwrap();
    let object = question.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => object.insert(name.into(), value),
        None => object.remove(name),
    };
    question
}

#[tokio::test]
async fn a_question_is_about_a_method_a_template_and_a_subject() {
    let running = Running::of(dialect("https://pdp.example"), allow()).await;
    for (question, expected) in [
        (question(), "GET /notes/{note}: presents | authorization: Bearer abc"),
        (
            with("/resource/properties", Some(json!({"document": "notes"}))),
            "GET /notes/{note} document=notes: presents | authorization: Bearer abc",
        ),
        (
            with("/resource/properties", Some(json!({"document": null, "other": 1}))),
            "GET /notes/{note}: presents | authorization: Bearer abc",
        ),
        (with("/subject/properties", None), "GET /notes/{note}: presents"),
        (
            with(
                "/subject/properties",
                Some(json!({"authorization": ["Bearer a", "Basic b"], "AUTHORIZATION": "c", "x_key": "d"})),
            ),
            "GET /notes/{note}: presents | authorization: Bearer a | authorization: Basic b | authorization: c | x_key: d",
        ),
        (with("/subject", Some(json!({"type": "key", "id": "k7"}))), "GET /notes/{note}: stored k7"),
        (with("/subject", Some(json!({"type": "anonymous", "id": ""}))), "GET /notes/{note}: nobody"),
        (
            with(
                "/subject",
                Some(
                    json!({"type": "stated", "id": "ali", "properties": {"scopes": {"key": [], "oauth": ["a", "b"]}}}),
                ),
            ),
            r#"GET /notes/{note}: stated [("key", []), ("oauth", ["a", "b"])]"#,
        ),
        (
            with("/context", Some(json!({"time": "now", "nested": {"a": [1, -1, 1.5, null, true]}}))),
            "GET /notes/{note}: presents | authorization: Bearer abc",
        ),
        (with("/unknown", Some(json!([{}]))), "GET /notes/{note}: presents | authorization: Bearer abc"),
    ] {
        for path in ["/access/v1/evaluation", "/access/v1/evaluations"] {
            let answer = post(&running, path, &question.to_string()).await;
            assert_eq!(parsed(&answer), json!({"decision": true}), "{question}");
            let mut asked: Vec<_> = running.script.asked();
            asked[0] = asked[0].replace(
                " | authorization: Basic b | authorization: Bearer a",
                " | authorization: Bearer a | authorization: Basic b",
            );
            assert_eq!(asked, [expected], "{question}");
        }
    }
}

#[tokio::test]
async fn what_lacks_something_is_a_bad_request_and_what_is_unknown_a_denial() {
    let running = Running::of(dialect("https://pdp.example"), allow()).await;
    let invalid = [
        "/subject",
        "/action",
        "/resource",
        "/subject/type",
        "/subject/id",
        "/action/name",
        "/resource/type",
        "/resource/id",
    ];
    let missing =
        invalid.into_iter().flat_map(|place| [(place, None), (place, Some(Value::Null)), (place, Some(json!(1)))]);
    let misshapen = [
        ("/context", json!("now")),
        ("/subject/properties", json!("a")),
        ("/action/properties", json!([])),
        ("/resource/properties", json!(1)),
        ("/resource/properties", json!({"document": 1})),
        ("/subject/properties", json!({"a b": "c"})),
        ("/subject/properties", json!({"a": "b\nc"})),
        ("/subject/properties", json!({"a": 1})),
        ("/subject/properties", json!({"a": ["b", null]})),
        ("/subject", json!({"type": "stated", "id": "a"})),
        ("/subject", json!({"type": "stated", "id": "a", "properties": {"scopes": ["a"]}})),
        ("/subject", json!({"type": "stated", "id": "a", "properties": {"scopes": {"a": "b"}}})),
        ("/subject", json!({"type": "stated", "id": "a", "properties": {"scopes": {"a": [1]}}})),
    ];
    let misshapen = misshapen.into_iter().map(|(place, value)| (place, Some(value)));
    for (place, value) in missing.chain(misshapen) {
        let question = with(place, value);
        let answer = post(&running, "/access/v1/evaluation", &question.to_string()).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (400, Some("text/plain; charset=utf-8")),
            "{question}"
        );
        assert!(answer.body.starts_with('`') || answer.body.contains("`subject.properties"), "{}", answer.body);
        // As one of several, it fails alone.
        let several = json!({"evaluations": [question, self::question()]});
        let decisions = parsed(&post(&running, "/access/v1/evaluations", &several.to_string()).await);
        let failed = json!({"decision": false, "context": {"error": {"status": 400, "message": answer.body}}});
        assert_eq!(decisions, json!({"evaluations": [failed, {"decision": true}]}));
        assert_eq!(running.script.asked().len(), 1, "{question}");
    }
    for (place, value, message) in [
        ("/subject/type", "user", "`subject.type` is not `credential`, `key`, `stated` or `anonymous`"),
        ("/resource/type", "document", "`resource.type` is not `operation`"),
    ] {
        let answer = post(&running, "/access/v1/evaluation", &with(place, Some(value.into())).to_string()).await;
        let failed = json!({"decision": false, "context": {"error": {"status": 400, "message": message}}});
        assert_eq!(parsed(&answer), failed);
    }
    assert_eq!(running.script.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_body_that_two_readers_may_read_differently_is_a_bad_request() {
    let running = Running::of(dialect("https://pdp.example"), allow()).await;
    let question = question().to_string();
    for (body, message) in [
        (question.replace(r#""action":"#, r#""action":{"name":"PUT"},"action":"#), "the body has a member twice"),
        (question.replace(r#""action":"#, r#""\u0061ction":{"name":"PUT"},"action":"#), "the body has a member twice"),
        (question.replace(r#""name":"#, r#""name":"PUT","name":"#), "the body has a member twice"),
        (
            question.replace(r#""subject":"#, r#""context":{"a":[{"b":1,"b":1}]},"subject":"#),
            "the body has a member twice",
        ),
        (String::new(), "the body is no JSON"),
        ("{".into(), "the body is no JSON"),
        (format!("{question}{question}"), "the body is no JSON"),
        (question.replace("GET", "\\ud800"), "the body is no JSON"),
        ("[".repeat(100_000), "the body is no JSON"),
        ("[]".into(), "the body is no JSON object"),
        ("null".into(), "the body is no JSON object"),
        (
            format!("{{\"context\":{{\"a\":\"{}\"}}}}", "b".repeat(300_000)),
            "the request is larger than this service reads",
        ),
    ] {
        for path in ["/access/v1/evaluation", "/access/v1/evaluations"] {
            let answer = post(&running, path, &body).await;
            assert_eq!((answer.status, answer.body.as_str()), (400, message));
            assert_eq!(answer.header("x-request-id"), Some("7-é"));
        }
    }
    for kind in ["text/plain", "application/jsonx", ""] {
        let head = format!("POST /access/v1/evaluation HTTP/1.1\nHost: pdp\nContent-Type: {kind}");
        assert_eq!(ask_with(&running, &head, &question).await.status, 400, "{kind}");
    }
    let head = "POST /access/v1/evaluation HTTP/1.1\nHost: pdp\nContent-Type: Application/JSON; charset=utf-8";
    assert_eq!(ask_with(&running, head, &question).await.status, 200);
}

#[tokio::test]
async fn a_denial_is_a_decision_and_tells_what_a_request_would_have_got() {
    let running = Running::of(dialect("https://pdp.example"), allow()).await;
    let error = |message: &str| json!({"decision": false, "context": {"error": {"status": 503, "message": message}}});
    for (word, expected) in [
        (Word::Allow(vec![("x-subject", "ali")], vec!["cookie"]), json!({"decision": true})),
        (
            Word::Deny(
                403,
                vec![("www-authenticate", r#"Bearer scope="a b""#)],
                r#"{"reason_code": "insufficient_scope"}"#,
            ),
            json!({"decision": false, "context": {
                "status": 403,
                "reason": "Forbidden",
                "www_authenticate": r#"Bearer scope="a b""#,
                "problem": {"reason_code": "insufficient_scope"},
            }}),
        ),
        (deny(401), json!({"decision": false, "context": {"status": 401, "reason": "Unauthorized"}})),
        (
            Word::Deny(404, Vec::new(), "no JSON"),
            json!({"decision": false, "context": {"status": 404, "reason": "Not Found"}}),
        ),
        (deny(503), error("Service Unavailable")),
        (deny(200), error("Service Unavailable")),
        (Word::Panic, error("Service Unavailable")),
    ] {
        running.script.say(word.clone());
        let answer = post(&running, "/access/v1/evaluation", &question().to_string()).await;
        assert_eq!(parsed(&answer), expected, "{word:?}");
        assert_eq!(answer.header("x-request-id"), Some("7-é"));
    }
}

#[tokio::test]
async fn there_is_nothing_beside_the_three_endpoints() {
    for identifier in ["https://pdp.example", "https://pdp.example:8443/tenant/one"] {
        let base = identifier.replace("https://pdp.example", "").replace(":8443", "");
        let running = Running::of(dialect(identifier), allow()).await;
        let well_known = format!("/.well-known/authzen-configuration{base}");
        let answer = ask(&running, format!("GET {well_known} HTTP/1.1\nHost: other\nX-Request-ID: 7")).await;
        assert_eq!(answer.header("x-request-id"), Some("7"));
        assert_eq!(
            parsed(&answer),
            json!({
                "policy_decision_point": identifier,
                "access_evaluation_endpoint": format!("{identifier}/access/v1/evaluation"),
                "access_evaluations_endpoint": format!("{identifier}/access/v1/evaluations"),
            })
        );
        let body = question().to_string();
        assert_eq!(
            parsed(&post(&running, &format!("{base}/access/v1/evaluation"), &body).await),
            json!({"decision": true})
        );
        for path in [
            "/",
            "/access/v1/evaluation/",
            "/access/v1/search/subject",
            "/access/v1/evaluations/x",
            "/other/access/v1/evaluation",
        ] {
            assert_eq!(post(&running, &format!("{base}{path}"), &body).await.status, 404, "{path}");
        }
        for (method, path, allowed) in [
            ("GET", format!("{base}/access/v1/evaluation"), "POST"),
            ("PUT", format!("{base}/access/v1/evaluations"), "POST"),
            ("POST", well_known.clone(), "GET"),
        ] {
            let answer = ask(&running, format!("{method} {path} HTTP/1.1\nHost: pdp")).await;
            assert_eq!((answer.status, answer.header("allow")), (405, Some(allowed)), "{method} {path}");
        }
        if !base.is_empty() {
            assert_eq!(ask(&running, "GET /.well-known/authzen-configuration HTTP/1.1\nHost: pdp").await.status, 404);
            assert_eq!(post(&running, "/access/v1/evaluation", &body).await.status, 404);
        }
    }
}

#[tokio::test]
async fn a_request_with_two_identifiers_gets_none() {
    let running = Running::of(dialect("https://pdp.example"), allow()).await;
    let answer = ask(&running, "GET / HTTP/1.1\nHost: pdp\nX-Request-ID: 1\nX-Request-ID: 2").await;
    assert_eq!((answer.status, answer.header("x-request-id")), (404, None));
}

#[tokio::test]
async fn several_that_are_not_decided_in_time_are_each_a_denial() {
    let mut settings = crate::script::on_loopback(dialect("https://pdp.example"));
    settings.limits.decision = std::time::Duration::from_millis(50);
    settings.limits.evaluations = 3;
    let running = Running::with(settings, Word::Stall).await;
    let late = json!({"decision": false, "context": {"error": {"status": 503, "message": "Service Unavailable"}}});
    assert_eq!(parsed(&post(&running, "/access/v1/evaluation", &question().to_string()).await), late);
    let three = json!({"evaluations": [question(), question(), question()]}).to_string();
    assert_eq!(
        parsed(&post(&running, "/access/v1/evaluations", &three).await),
        json!({"evaluations": [late, late, late]})
    );
    let four = json!({"evaluations": [question(), question(), question(), question()]}).to_string();
    assert_eq!(post(&running, "/access/v1/evaluations", &four).await.status, 400);
}
