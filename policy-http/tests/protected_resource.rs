//! The metadata of RFC 9728 comes from the policy, and challenges lead to it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod entry;

use common::{Api, Tokens, operation, parts};
use entry::Entry;
use policy_core::__private::{OperationParts, PolicyParts, ScopeTable, phf};
use policy_core::{
    Access, Document, OperationDefinition, Policy, PolicyDefinition, QueryAllowList, Requirement, SchemeDefinition,
    SchemeKind, ScopeSet,
};
use policy_http::{EnableAll, Nobody, Options, ProtectedResource};

fn resource(url: &str) -> ProtectedResource<Api> {
    ProtectedResource::new(url).unwrap()
}

#[test]
fn the_metadata_names_the_scopes_that_a_token_can_be_asked_for() {
    let resource =
        resource("https://api.example.com/v1").authorization_server("https://issuer.example/tenant").unwrap();
    let response = resource.documentation("https://docs.example.com").response();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    assert_eq!(
        response.body(),
        r#"{"resource":"https://api.example.com/v1","authorization_servers":["https://issuer.example/tenant"],"scopes_supported":["admin","files:read","files:write","meta:read"],"bearer_methods_supported":["header"],"resource_name":"Files","resource_documentation":"https://docs.example.com"}"#
    );
}

#[test]
fn the_metadata_lists_a_chosen_baseline() {
    let listed = |scopes: &str| {
        let resource = resource("https://api.example.com").scopes(ScopeSet::parse(scopes).unwrap().set());
        let json: serde_json::Value = serde_json::from_str(&resource.json()).unwrap();
        json.get("scopes_supported").cloned().unwrap_or_default()
    };
    assert_eq!(listed("files:read"), serde_json::json!(["files:read"]));
    assert_eq!(listed("files:write files:read"), serde_json::json!(["files:read", "files:write"]));
    assert_eq!(listed(""), serde_json::Value::Null);
}

/// What agents read: where the metadata is, what to begin with, and after a 403 all that the operation needs, once.
#[tokio::test]
async fn challenges_name_scopes_for_clients_that_ask_by_them() {
    let baseline = ScopeSet::parse("meta:read files:read").unwrap().set();
    let options = || Options::new().resource_metadata(&resource("https://api.example.com")).challenge_scopes(baseline);
    let gate = Entry::new(Tokens, EnableAll, options());
    let metadata = r#"Bearer resource_metadata="https://api.example.com/.well-known/oauth-protected-resource", "#;
    let challenge =
        |response: http::Response<String>| response.headers()["www-authenticate"].to_str().unwrap().to_owned();
    let of = |operation, header: Option<&'static str>| {
        let headers: Vec<_> = header.map(|value| ("authorization", value)).into_iter().collect();
        let (gate, parts) = (&gate, parts("/", &headers));
        async move { challenge(gate.admit(operation, &parts).await.unwrap_err()) }
    };
    let (list, delete) = (operation("GET", "/v1/files"), operation("DELETE", "/v1/files/{id}"));
    let unknown = format!("{metadata}scope=\"files:read meta:read\", realm=\"api\"");
    for operation in [list, delete] {
        assert!(of(operation, None).await.starts_with(&unknown), "the same for every operation");
        let invalid = of(operation, Some("Bearer bad")).await;
        assert!(invalid.starts_with(&format!("{unknown}, error=\"invalid_token\"")), "{invalid}");
    }
    let nowhere = gate.not_found(&parts("/v1/nowhere", &[])).await;
    assert_eq!(challenge(nowhere), of(list, None).await);
    let denied = of(delete, Some("Bearer ali/files.read")).await;
    assert!(denied.starts_with(&format!("{metadata}realm=\"api\", error=\"insufficient_scope\"")), "{denied}");
    assert!(denied.contains("scope=\"files:read files:write\"") && denied.matches("scope=").count() == 1, "{denied}");
    // A client that is known, or that sent too much, asked for no other scopes by that.
    let twice = [("authorization", "Bearer a/b"), ("authorization", "Bearer a/b")];
    for (headers, error) in [(&[("x-key", "ali/")][..], "invalid_token"), (&twice, "invalid_request")] {
        let answer = challenge(gate.admit(operation("GET", "/v1/files/{id}"), &parts("/", headers)).await.unwrap_err());
        assert!(answer.contains(error) && !answer.contains("scope="), "{answer}");
    }
    // By itself a 401 names none.
    let silent = Entry::new(Tokens, EnableAll, Options::new());
    let parts = parts("/", &[]);
    assert!(!challenge(silent.admit(list, &parts).await.unwrap_err()).contains("scope="));
}

#[test]
fn it_is_served_where_clients_look_for_it() {
    for (url, path) in [
        ("https://api.example.com", "/.well-known/oauth-protected-resource"),
        ("https://api.example.com/", "/.well-known/oauth-protected-resource"),
        ("https://api.example.com:8443/a/b/", "/.well-known/oauth-protected-resource/a/b"),
    ] {
        assert_eq!(resource(url).path(), path);
    }
    let url = resource("https://api.example.com:8443/a").url();
    assert_eq!(url, "https://api.example.com:8443/.well-known/oauth-protected-resource/a");
    for (text, because) in [
        ("http://api.example.com", "https"),
        ("api.example.com", "https"),
        ("/v1", "https"),
        ("https://api.example.com/#a", "fragment"),
        ("https://api.example.com/?a", "query"),
        ("https://me@api.example.com/", "user"),
        ("https://", "no URL"),
        ("https://api.example.com/\"", "percent-encoded"),
        ("https://api.example.com/\n", "percent-encoded"),
        ("https://api.example.com/ü", "percent-encoded"),
    ] {
        let error = ProtectedResource::<Api>::new(text).unwrap_err().to_string();
        assert!(error.contains(because), "{text}: {error}");
        assert!(resource("https://api.example.com").authorization_server(text).is_err(), "{text}");
    }
}

#[tokio::test]
async fn a_bearer_challenge_leads_to_it() {
    let options = Options::new().realm("files").resource_metadata(&resource("https://api.example.com/v1"));
    let gate = Entry::new(Tokens, EnableAll, options);
    let denied = gate.admit(operation("GET", "/v1/files/{id}"), &parts("/", &[])).await.unwrap_err();
    assert_eq!(
        denied.headers()["www-authenticate"],
        "Bearer resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource/v1\", realm=\"files\", \
         ApiKey realm=\"files\", in=\"header\", name=\"X-Key\""
    );
    let both = gate.admit(operation("GET", "/v1/files"), &parts("/", &[("x-key", "bad")])).await.unwrap_err();
    let challenge = both.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("/v1\", realm=\"files\", error=\"invalid_token\""), "{challenge}");
    assert!(challenge.ends_with("ApiKey realm=\"files\", in=\"header\", name=\"X-Key\""), "{challenge}");
}

/// A policy with keys alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Keys {}

impl Document for Keys {
    type Words = [u64; 0];
    type OperationWords = [u64; 1];
    type Grants = [Option<ScopeSet<Self>>; 1];
    type Order = policy_core::order::ScopesFirst;
    const DEFINITION: &'static PolicyDefinition = &KEYS;
}

static KEYS: PolicyDefinition = PolicyDefinition::new(PolicyParts {
    title: "",
    version: "",
    source: "",
    base_path: "",
    fingerprint: "",
    scopes: ScopeTable::rows(&[]),
    scope_index: &[],
    schemes: &[SchemeDefinition::new("Key", SchemeKind::ApiKeyHeader("X-Key"))],
    operations: &OPERATIONS,
    webhooks: &[],
    index: &phf::Map { key: 0, disps: &[], entries: &[] },
});

static OPERATIONS: [OperationDefinition; 1] = [OperationDefinition::new(OperationParts {
    method: "GET",
    template: "/list",
    operation_id: None,
    type_name: "",
    summary: None,
    access: Access::Required,
    requirement: Requirement::from_words(&[1, 0, 2, 0, 0, 0]),
    query: QueryAllowList::new(&[], &[], false),
    location: "",
})];

/// The parameter belongs to bearer challenges. Where there is none, the challenge stays as it is.
#[tokio::test]
async fn a_challenge_for_keys_alone_leads_nowhere() {
    let resource = ProtectedResource::<Keys>::new("https://api.example.com/v1").unwrap();
    let gate = Entry::new(Nobody, EnableAll, Options::new().realm("files").resource_metadata(&resource));
    let list = Policy::<Keys>::new().operations().next().unwrap();
    let denied = gate.admit(list, &parts("/", &[])).await.unwrap_err();
    assert_eq!(denied.headers()["www-authenticate"], r#"ApiKey realm="files", in="header", name="X-Key""#);
}
