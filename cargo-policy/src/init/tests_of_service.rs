//! `src/api/tests.rs`: the audit as a file, and a request that is refused.

use policy_spec::SchemeKind;

use super::facts::Probe;
use super::set_up::SetUp;
use super::written::{chain, literal};

pub(super) fn text(set_up: &SetUp) -> String {
    let probe = set_up.probe();
    let caller = probe.and_then(|probe| probe.scheme.as_ref());
    let old = set_up.has_old_routes();

    let mut text = String::from("//! Who may call what, as a file that is reviewed, and that nobody else may.\n\n");
    if old {
        text.push_str("use axum::Router;\n");
    }
    if probe.is_some() {
        text.push_str("use axum::body::Body;\nuse axum::http::{Request, request::Builder};\n");
    }
    text.push_str("use policy_http::Nobody;\n");
    if caller.is_some() {
        text.push_str("use policy_test::Callers;\n");
    }
    if probe.is_some() {
        text.push_str("use tower::ServiceExt as _;\n");
    }
    text.push_str("\nuse super::guard;\n");
    if caller.is_some() {
        text.push_str("use super::policy::schemes;\n");
    }
    text.push_str(&format!(
        "\n/// Read what changed, and then accept it: `INSTA_UPDATE=always cargo test`.\n#[test]\nfn who_may_call_what() {{\n    \
         insta::assert_snapshot!({}.audit());\n}}\n",
        if old { "guard(Nobody, Router::new())" } else { "guard(Nobody)" }
    ));
    if let Some(probe) = probe {
        text.push_str(&refusal(probe));
    }
    if set_up.code_first {
        text.push_str(&format!(
            "\n// `policy_test::document_is_current({}, …)` is the test that the file is what the program prints.\n",
            literal(&set_up.document)
        ));
    }
    text
}

fn refusal(probe: &Probe) -> String {
    let Probe { method, path, scheme } = probe;
    let (value, calls) = request(method, path);
    let unknown = chain("let unknown = ", &value, &calls, ";");
    let Some((constant, kind)) = scheme else {
        return format!(
            "\n#[tokio::test]\nasync fn a_call_needs_a_credential() {{\n{unknown}    \
             assert_eq!(status(unknown).await, 401);\n}}\n{}",
            status("", "Nobody")
        );
    };
    let header = |name: &str, value: &str| format!(".header({}, {})", literal(name), literal(value));
    let (value, mut calls) = match kind {
        SchemeKind::ApiKeyQuery(name) => request(method, &format!("{path}?{name}=nobody")),
        _ => (value, calls),
    };
    match kind {
        SchemeKind::ApiKeyQuery(_) => {}
        SchemeKind::ApiKeyHeader(name) => calls.push(header(name, "nobody")),
        SchemeKind::ApiKeyCookie(name) => calls.push(header("cookie", &format!("{name}=nobody"))),
        _ => calls.push(header("authorization", "Bearer nobody")),
    }
    let without_scopes = chain("let without_scopes = ", &value, &calls, ";");
    let known = [format!(".with(\"nobody\", schemes::{constant}, \"\")"), ".unwrap()".to_owned()];
    format!(
        "\n#[tokio::test]\nasync fn a_call_needs_a_credential_and_its_scopes() {{\n{unknown}{without_scopes}    \
         assert_eq!(status(unknown).await, 401);\n    assert_eq!(status(without_scopes).await, 403);\n}}\n{}",
        status(&chain("let callers = ", "Callers::new()", &known, ";"), "callers")
    )
}

/// The function that asks the service, whose callers are said by the first line.
fn status(callers: &str, of: &str) -> String {
    format!(
        "\nasync fn status(request: Builder) -> u16 {{\n{callers}    let app = guard({of}).try_with_state(()).unwrap();\n    \
         let request = request.body(Body::empty()).unwrap();\n    app.oneshot(request).await.unwrap().status().as_u16()\n}}\n"
    )
}

/// A request, and the calls that make it what it is.
fn request(method: &str, path: &str) -> (String, Vec<String>) {
    let path = literal(path);
    match method {
        "GET" | "POST" | "PUT" | "DELETE" | "PATCH" => {
            (format!("Request::{}({path})", method.to_ascii_lowercase()), Vec::new())
        }
        other => {
            ("Request::builder()".to_owned(), vec![format!(".method({})", literal(other)), format!(".uri({path})")])
        }
    }
}
