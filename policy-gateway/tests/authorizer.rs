//! Which document applies to a request, what is denied before any does, and what an upstream is told.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod authorizing;

use std::sync::Arc;
use std::time::{Duration, Instant};

use authorizing::{by, engine, entry, fields, gate, realm, reason, request, status};
use http::header::{HeaderName, HeaderValue};
use policy_gateway::authorizer::{Admitted, Assertion, IdentityHeaders, Limits, PolicyEntry, PolicySet, Selection};
use policy_gateway::{Authorizer, Outcome, ProxiedRequest};
use policy_http::Unavailable;
use policy_http::run_time::{Options, Shadow};

fn name(text: &str) -> HeaderName {
    text.parse().unwrap()
}

fn headers() -> IdentityHeaders {
    IdentityHeaders {
        subject: Some(name("x-auth-subject")),
        client: Some(name("x-auth-client")),
        tenant: Some(name("x-auth-tenant")),
        scopes: Some(name("x-auth-scopes")),
        operation: Some(name("x-auth-operation")),
    }
}

fn one(entry: PolicyEntry) -> Authorizer {
    Authorizer::new(PolicySet::new(vec![entry]).unwrap())
}

#[tokio::test]
async fn the_most_specific_document_applies() {
    let authorizer = Authorizer::new(
        PolicySet::new(vec![
            entry("root", "", Selection::default()),
            entry("v1", "/v1", Selection::default()),
            entry("v1-inner", "/v1/inner", Selection::default()),
            entry("edge", "/v1", by(&["edge"], &[], &[])),
            entry("shop", "/v1", by(&[], &["shop"], &[])),
            entry("shop-edge", "/v1", by(&["edge"], &["shop"], &[])),
            entry("host", "/v1", by(&[], &[], &["api.example.com"])),
        ])
        .unwrap(),
    );
    for (listener, value, host, target, expected) in [
        ("a", None, None, "/v1/files", "v1"),
        ("a", None, None, "/v1/inner/files", "v1-inner"),
        ("a", None, None, "/v10/files", "root"),
        ("a", None, None, "/files", "root"),
        ("edge", None, None, "/v1/files", "edge"),
        ("edge", None, None, "/v1/inner/files", "edge"),
        ("edge", None, None, "/v2/files", "root"),
        ("a", Some("shop"), None, "/v1/files", "shop"),
        ("edge", Some("shop"), None, "/v1/files", "shop-edge"),
        ("a", None, Some("API.example.com:8443"), "/v1/files", "host"),
        ("a", None, Some("api.example.com.evil.example"), "/v1/files", "v1"),
        ("edge", None, Some("api.example.com"), "/v1/files", "edge"),
        // Not canonical: no route of any document. Nothing tells an unknown caller so.
        ("a", None, None, "/v1/../v1/files", "v1"),
        ("a", None, None, "//v1/files", "root"),
        ("a", None, None, "/v1/files%2f7", "v1"),
    ] {
        let asked = ProxiedRequest {
            host: host.map(str::to_owned),
            document: value.map(str::to_owned),
            ..request("GET", target, &[])
        };
        let outcome = authorizer.decide(listener, &asked).await;
        assert_eq!(
            (status(&outcome), realm(&outcome).as_deref()),
            (401, Some(expected)),
            "{listener} {value:?} {target}"
        );
    }
    // A value that no document names is not taken for none.
    let unknown = ProxiedRequest { document: Some("other".into()), ..request("GET", "/v1/files", &[]) };
    assert_eq!(status(&authorizer.decide("a", &unknown).await), 404);
}

#[tokio::test]
async fn a_document_alone_answers_below_its_base_path_and_elsewhere_as_a_guard_does() {
    let authorizer = one(entry("v1", "/v1", Selection::default()));
    let known = [("authorization", "Bearer ali/files.read")];
    for (method, target, headers, expected) in [
        ("GET", "/v1/files", &known[..], (0, "allowed")),
        ("GET", "/v1/files?limit=1", &known, (0, "allowed")),
        ("GET", "/v1/files?limi=1", &known, (400, "unsupported_query_parameter")),
        ("GET", "/v1/files/7", &known, (0, "allowed")),
        ("GET", "/v1/files/7/8", &known, (404, "not_found")),
        ("GET", "/v1/files/", &known, (404, "not_found")),
        ("GET", "/v1/none", &[], (401, "missing_credential")),
        ("GET", "/none", &[], (404, "not_found")),
        ("GET", "/v1/health", &[], (0, "allowed")),
        ("GET", "/v1/health", &[("authorization", "Bearer wrong")], (0, "allowed")),
        ("GET", "/v1/news", &[], (0, "allowed")),
        ("GET", "/v1/news", &[("authorization", "Bearer wrong")], (401, "invalid_credential")),
        ("POST", "/v1/files", &[("authorization", "Bearer ali/files.write")], (403, "route_not_enabled")),
        ("POST", "/v1/files/7", &known, (405, "method_not_allowed")),
        ("get", "/v1/files", &known, (405, "method_not_allowed")),
        ("HEAD", "/v1/files", &known, (405, "method_not_allowed")),
        ("HEAD", "/v1/files", &[], (401, "missing_credential")),
        // A preflight is the proxy's to answer. Allowed, it would reach the upstream.
        (
            "OPTIONS",
            "/v1/files",
            &[("origin", "https://a.example"), ("access-control-request-method", "GET")],
            (401, "missing_credential"),
        ),
        ("OPTIONS", "/v1/files", &known, (405, "method_not_allowed")),
        // Two credentials, and one that a proxy joined of two.
        (
            "GET",
            "/v1/files",
            &[("authorization", "Bearer ali/files.read"), ("authorization", "Bearer ali/files.read")],
            (400, "multiple_credentials"),
        ),
        (
            "GET",
            "/v1/files",
            &[("authorization", "Bearer ali/files.read,Bearer ali/files.read")],
            (401, "malformed_credential"),
        ),
        ("GET", "/v1/files", &[("authorization", "Bearer down")], (503, "authentication_unavailable")),
        // Paths that readers read in different ways.
        ("GET", "/v1/files/../health", &known, (404, "not_found")),
        ("GET", "/v1/files/%2e%2e", &known, (404, "not_found")),
        ("GET", "/v1//files", &known, (404, "not_found")),
        ("GET", "/v1/files%2F7", &known, (404, "not_found")),
        ("GET", "/v1\\files", &known, (404, "not_found")),
        ("GET", "/v1/%66iles", &known, (404, "not_found")),
        // What is no request that a proxy forwards.
        ("GET", "*", &known, (400, "ill_formed_target")),
        ("GET", "", &known, (400, "ill_formed_target")),
        ("GET", "http://api.example.com/v1/files", &known, (400, "ill_formed_target")),
        ("GET", "v1/files", &known, (400, "ill_formed_target")),
        ("GET", "/v1/files#x", &known, (400, "ill_formed_target")),
        ("GET", "/v1/files?a=#x", &known, (400, "ill_formed_target")),
        ("GET", "/v1/files\u{0}", &known, (400, "ill_formed_target")),
        ("GET", "/v1/fil\u{e9}s", &known, (400, "ill_formed_target")),
        ("GET", "/v1/files ", &known, (400, "ill_formed_target")),
        ("", "/v1/files", &known, (400, "ill_formed_method")),
        ("GET /", "/v1/files", &known, (400, "ill_formed_method")),
    ] {
        let outcome = authorizer.decide("a", &request(method, target, headers)).await;
        assert_eq!((status(&outcome), reason(&outcome).as_str()), expected, "{method} {target:?} {headers:?}");
    }
}

#[tokio::test]
async fn a_path_that_another_reader_takes_for_another_operation_is_denied() {
    let document = "
openapi: 3.1.0
info: { title: Files, version: '1' }
servers: [{ url: /v1 }]
security: [{ Token: [files:read] }]
paths:
  /files/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get: {}
  /files/{id}:cancel:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get: { security: [{ Token: [files:write] }] }
  /files/export:
    get: { security: [{ Token: [files:write] }] }
  /files/Import:
    get: { security: [{ Token: [files:write] }] }
components:
  securitySchemes:
    Token: { type: oauth2, flows: { clientCredentials: { tokenUrl: /t, scopes: { files:read: Read, files:write: Write } } } }
";
    let engine = engine(document);
    let policy = policy_http::run_time::Policy::new(engine.shared_policy(), "/v1", "fingerprint");
    let gate = policy_http::run_time::Gate::new(policy, Arc::new(authorizing::NoPosts), Options::new());
    let gate = gate.authenticator("Token", Arc::new(authorizing::Secrets)).unwrap();
    let inner = entry("inner", "/v1/inner", Selection::default());
    let authorizer = Authorizer::new(PolicySet::new(vec![PolicyEntry::new("v1", engine, gate), inner]).unwrap());
    for (path, expected) in [
        ("/v1/files/7", 0),
        ("/v1/files/a%20b", 0),
        ("/v1/files/%C3%A4", 0),
        ("/v1/files/100%25", 0),
        ("/v1/files/what%3F", 0),
        ("/v1/files/%37", 0),
        ("/v1/files/EXP0RT", 0),
        ("/v1/files/export", 403),
        ("/v1/files/%65xport", 404),
        ("/v1/files/%2565xport", 404),
        ("/v1/files/EXPORT", 404),
        ("/v1/files/%45xport", 404),
        ("/v1/files/import", 404),
        ("/v1/files/Import", 403),
        ("/v1/files/7:cancel", 403),
        ("/v1/files/7%3Acancel", 404),
        ("/v1/files/7%253acancel", 404),
        ("/v1/files/..%252f7", 404),
        ("/v1/files/%252e%252e", 404),
        ("/v1/files/7%255c8", 404),
        ("/v1/Files/7", 404),
        ("/v1/files/7;a=b", 0),
        ("/v1/files/export;a=b", 404),
        ("/v1/files/export%3Ba=b", 404),
        ("/v1/files/EXPORT;a", 404),
        ("/v1/files/;a", 404),
    ] {
        let asked = request("GET", path, &[("authorization", "Bearer ali/files.read")]);
        assert_eq!(status(&authorizer.decide("a", &asked).await), expected, "{path}");
    }
}

#[tokio::test]
async fn a_path_that_another_reader_takes_for_another_document_is_denied() {
    let open = "
openapi: 3.1.0
info: { title: Pages, version: '1' }
paths:
  /{a}/{b}:
    parameters: [{ name: a, in: path, required: true, schema: { type: string } }, { name: b, in: path, required: true, schema: { type: string } }]
    get: { security: [] }
";
    let pages = engine(open);
    let policy = policy_http::run_time::Policy::new(pages.shared_policy(), "", "fingerprint");
    let gate = policy_http::run_time::Gate::new(policy, Arc::new(authorizing::NoPosts), Options::new());
    let set = PolicySet::new(vec![PolicyEntry::new("pages", pages, gate), entry("v1", "/v1", Selection::default())]);
    let authorizer = Authorizer::new(set.unwrap());
    for (path, expected) in [
        ("/a/b", 0),
        ("/v2/files", 0),
        ("/v1/files", 401),
        ("/%761/files", 404),
        ("/V1/files", 404),
        ("/%2576%2531/files", 404),
    ] {
        assert_eq!(status(&authorizer.decide("a", &request("GET", path, &[])).await), expected, "{path}");
    }
}

#[tokio::test]
async fn documents_whose_base_paths_differ_only_in_case_are_each_served() {
    let entries = vec![entry("lower", "/v1", Selection::default()), entry("upper", "/V1", Selection::default())];
    let authorizer = Authorizer::new(PolicySet::new(entries).unwrap());
    for (path, expected) in [("/v1/health", "allowed"), ("/V1/health", "allowed"), ("/v1/files", "missing_credential")]
    {
        assert_eq!(reason(&authorizer.decide("a", &request("GET", path, &[])).await), expected, "{path}");
    }
}

#[tokio::test]
async fn head_passes_as_get_only_where_the_operator_says_so() {
    let engine = engine(&authorizing::document("/v1"));
    let gate = gate(&engine, Options::new().head_runs_get(true));
    let authorizer = one(PolicyEntry::new("v1", engine, gate));
    for (method, token, expected) in
        [("HEAD", "ali/files.read", 0), ("HEAD", "ali/", 403), ("HEAD", "none", 401), ("PUT", "ali/", 405)]
    {
        let asked = request(method, "/v1/files", &[("authorization", &format!("Bearer {token}"))]);
        let outcome = authorizer.decide("a", &asked).await;
        assert_eq!(status(&outcome), expected, "{method} {token}");
        if let (405, Outcome::Denied(response)) = (expected, outcome) {
            assert_eq!(response.headers()["allow"], "GET, POST, HEAD");
        }
    }
}

#[test]
fn documents_that_apply_to_one_request_are_an_error_with_all_others() {
    let error = PolicySet::new(vec![
        entry("a", "/v1", by(&["edge", "inner"], &[], &[])),
        entry("b", "/v1", by(&["inner"], &[], &[])),
        entry("c", "/v2", Selection::default()),
        entry("c", "/v3", Selection::default()),
        entry("d", "/v4", by(&[], &[], &["api.example.com"])),
        entry("e", "/v4", by(&[], &[], &["API.example.com"])),
        entry("f", "/v5", Selection::default()).with_identity(IdentityHeaders {
            subject: Some(name("x_subject")),
            client: Some(name("x-client")),
            tenant: Some(name("x-client")),
            scopes: Some(name("authorization")),
            operation: None,
        }),
    ])
    .unwrap_err()
    .to_string();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines.len(), 6, "{error}");
    assert!(lines[0].starts_with("the documents `a` and `b` both apply below `/v1` (listener `inner`)"), "{error}");
    assert_eq!(lines[1], "two documents have the name `c`; give each its own");
    assert!(lines[2].contains("`d` and `e`"), "{error}");
    assert!(lines[3].contains("`x_subject`") && lines[4].contains("`x-client` is named twice"), "{error}");
    assert!(lines[5].contains("`authorization`"), "{error}");
    // Neither is ambiguous: one is more specific, or no request is both's.
    for (one, other) in [
        (by(&["a"], &[], &[]), Selection::default()),
        (by(&["a"], &[], &[]), by(&["b"], &[], &[])),
        (by(&[], &["a"], &[]), by(&[], &["b"], &[])),
        (by(&[], &["a"], &[]), Selection::default()),
        (by(&[], &[], &["a.example"]), by(&[], &[], &["b.example"])),
    ] {
        PolicySet::new(vec![entry("one", "/v1", one), entry("other", "/v1", other)]).unwrap();
    }
}

#[tokio::test]
async fn every_identity_header_is_sent_and_no_alias_of_one_passes() {
    let authorizer = one(entry("v1", "/v1", Selection::default())
        .with_identity(headers())
        .with_removed_headers(vec![name("authorization"), name("x-auth-subject")]));
    let sent = async |target: &str, headers: &[(&str, &str)]| match authorizer
        .decide("a", &request("GET", target, headers))
        .await
    {
        Outcome::Allowed(admission) => {
            assert_eq!(admission.remove, [name("authorization")]);
            admission.set
        }
        denied => panic!("{denied:?}"),
    };
    let token = ("authorization", "Bearer ali/files.write/files.read/unheard.of");
    let expected = [
        ("x-auth-subject", "ali"),
        ("x-auth-client", "id-ali"),
        ("x-auth-tenant", "north"),
        ("x-auth-scopes", "files:read files:write"),
        ("x-auth-operation", "GET /v1/files/{id}"),
    ];
    // What the client sent under the very name is overwritten.
    assert_eq!(sent("/v1/files/7", &[token, ("X-Auth-Subject", "root")]).await, fields(&expected));
    let nobody = expected.map(|(name, _)| (name, if name == "x-auth-operation" { "GET /v1/health" } else { "" }));
    assert_eq!(sent("/v1/health", &[]).await, fields(&nobody));
    for alias in [
        "x_auth_subject",
        "X.Auth.Subject",
        "x-auth_subject",
        "X_AUTH_SCOPES",
        "x-auth.tenant",
        "x!auth~subject",
        "x-auth'scopes",
    ] {
        let outcome = authorizer.decide("a", &request("GET", "/v1/health", &[(alias, "root")])).await;
        assert_eq!((status(&outcome), reason(&outcome).as_str()), (400, "aliased_header"), "{alias}");
    }
    assert_eq!(status(&authorizer.decide("a", &request("GET", "/v1/health", &[("x-auth-subjects", "a")])).await), 0);
    // A subject that is no header's value is a denial, and nobody's.
    let odd = request("GET", "/v1/files/7", &[("authorization", "Bearer ~/files.read")]);
    assert_eq!(status(&authorizer.decide("a", &odd).await), 503);
}

/// Vouches for what it is told, and cannot for one caller.
#[derive(Debug)]
struct Vouch(HeaderName);

impl Assertion for Vouch {
    fn header(&self) -> &HeaderName {
        &self.0
    }

    fn assert(&self, admitted: &Admitted<'_>) -> Result<HeaderValue, Unavailable> {
        let subject = admitted.caller.map_or("nobody", |caller| caller.subject());
        if subject == "eve" {
            return Err(Unavailable::because("no key"));
        }
        let grants: Vec<_> =
            admitted.caller.iter().flat_map(|caller| caller.grants(admitted.operation.policy())).collect();
        let Admitted { document, public_origin, request, operation, .. } = admitted;
        Ok(HeaderValue::from_str(&format!(
            "{document} {public_origin:?} {} {operation} {subject} {grants:?}",
            request.target
        ))?)
    }
}

#[tokio::test]
async fn an_assertion_vouches_for_the_request_or_it_is_denied() {
    let authorizer = one(entry("v1", "/v1", Selection::default())
        .with_public_origin("https://api.example.com")
        .with_assertion(Arc::new(Vouch(name("x-assertion")))));
    let token = |secret: &str| request("GET", "/v1/files?limit=1", &[("authorization", secret)]);
    let Outcome::Allowed(admission) = authorizer.decide("a", &token("Bearer ali/files.read")).await else {
        panic!("denied")
    };
    assert_eq!(
        admission.set["x-assertion"],
        r#"v1 Some("https://api.example.com") /v1/files?limit=1 GET /v1/files ali [("Token", ["files:read"])]"#
    );
    assert_eq!(status(&authorizer.decide("a", &token("Bearer eve/files.read")).await), 503);
    let alias = request("GET", "/v1/health", &[("x_assertion", "a")]);
    assert_eq!(reason(&authorizer.decide("a", &alias).await), "aliased_header");
}

#[tokio::test]
async fn what_exceeds_a_limit_is_denied_and_so_is_what_takes_too_long() {
    let limits = Limits { longest_target: 40, most_headers: 2, longest_decision: Duration::from_millis(30) };
    let authorizer = one(entry("v1", "/v1", Selection::default()).with_limits(limits));
    let long = format!("/v1/health?{}", "a".repeat(40));
    for (target, headers, expected) in [
        ("/v1/health", &[("a", "1"), ("b", "2")][..], "allowed"),
        ("/v1/health", &[("a", "1"), ("b", "2"), ("c", "3")], "too_many_headers"),
        (&long, &[], "target_too_long"),
    ] {
        assert_eq!(reason(&authorizer.decide("a", &request("GET", target, headers)).await), expected);
    }
    let began = Instant::now();
    let outcome = authorizer.decide("a", &request("GET", "/v1/files", &[("authorization", "Bearer slow")])).await;
    assert_eq!((status(&outcome), reason(&outcome).as_str()), (503, "unavailable"));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn shadow_mode_lets_a_known_caller_through_whom_the_scopes_deny() {
    let engine = engine(&authorizing::document("/v1"));
    let covers = |method: &str, template: &str| (method, template) == ("GET", "/v1/files/{id}");
    let shadow = Shadow::new(engine.policy(), covers, "2999-12-31", "partners move").unwrap();
    let gate = gate(&engine, Options::new().shadow(shadow));
    let authorizer = one(PolicyEntry::new("v1", engine, gate).with_identity(headers()));
    for (target, token, expected) in [
        ("/v1/files/7", "Bearer ali/", 0),
        ("/v1/files/7?x=1", "Bearer ali/files.read", 0),
        ("/v1/files/7", "Bearer wrong", 401),
        ("/v1/files", "Bearer ali/", 403),
    ] {
        let outcome = authorizer.decide("a", &request("GET", target, &[("authorization", token)])).await;
        assert_eq!(status(&outcome), expected, "{target} {token}");
        if let Outcome::Allowed(admission) = outcome {
            assert_eq!(admission.set["x-auth-subject"], "ali", "who calls is told as it is");
        }
    }
}

#[tokio::test]
async fn without_a_document_everything_is_denied() {
    let authorizer = Authorizer::default();
    assert_eq!(status(&authorizer.decide("a", &request("GET", "/v1/health", &[])).await), 404);
}

#[tokio::test]
async fn a_header_that_names_another_method_or_path_or_drops_an_identity_header_denies() {
    let authorizer = one(entry("v1", "/v1", Selection::default())
        .with_identity(headers())
        .with_assertion(Arc::new(Vouch(name("x-assertion")))));
    for (field, value, expected) in [
        ("X-HTTP-Method-Override", "DELETE", "overriding_header"),
        ("X-HTTP-Method", "GET", "overriding_header"),
        ("X-Method-Override", "PUT", "overriding_header"),
        ("X_HTTP_Method_Override", "PUT", "overriding_header"),
        ("X-Original-URL", "/v1/files", "overriding_header"),
        ("X-Rewrite-URL", "/v1/files", "overriding_header"),
        ("X-Rewrite-URL-Note", "/v1/files", "allowed"),
        ("Connection", "X-Auth-Subject", "dropped_header"),
        ("Connection", "close,x-auth-tenant , a", "dropped_header"),
        ("Connection", "X_Assertion", "dropped_header"),
        ("Connection", "keep-alive, Upgrade", "allowed"),
        ("Upgrade", "WebSocket", "allowed"),
        ("Upgrade", "h2c", "tunnelling_header"),
        ("Upgrade", "websocket, h2c", "tunnelling_header"),
        ("Upgrade", "TLS/1.3", "tunnelling_header"),
    ] {
        let asked = request("GET", "/v1/health", &[(field, value)]);
        assert_eq!(reason(&authorizer.decide("a", &asked).await), expected, "{field}: {value}");
    }
}

#[tokio::test]
async fn a_value_that_some_server_reads_as_another_path_denies() {
    let authorizer = one(entry("v1", "/v1", Selection::default()));
    let known = [("authorization", "Bearer ali/files.read")];
    for (target, expected) in [
        ("/v1/files/%c3%a4", "allowed"),
        ("/v1/files/%00a", "not_found"),
        ("/v1/files/a%c0%afb", "not_found"),
        ("/v1/files/%c0%ae%c0%ae", "not_found"),
        ("/v1/files/%e0%80%ae%e0%80%ae", "not_found"),
        ("/v1/files/%u002e%u002e", "not_found"),
        ("/v1/files/a%u002fb", "not_found"),
        ("/v1/files/%u20ac", "allowed"),
    ] {
        assert_eq!(reason(&authorizer.decide("a", &request("GET", target, &known)).await), expected, "{target}");
    }
}
