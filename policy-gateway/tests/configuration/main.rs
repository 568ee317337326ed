//! `gateway.toml`: what is wrong with a file is told at once, each with its place and its fix; and the JSON schema says the same.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

mod faults;
mod schema;
#[path = "../../../cargo-policy/tests/toml_json/mod.rs"]
mod toml_json;

/// A file that is right, with every key that there is. Some keys exclude each other, so that there are several.
const RIGHT: [&str; 4] = [
    r#"
drain-seconds = 5
[[listeners]]
name = "edge"
dialect = "envoy-grpc"
address = "127.0.0.1:9191"
document-from = "policy"
by-host = true
timeout-ms = 100
[listeners.tls]
certificate = "edge.pem"
key = "edge.key"
client-ca = "ca.pem"
[listeners.limits]
concurrent = 10
connections = 20
header-bytes = 16384
body-bytes = 4096
evaluations = 3
head-ms = 5000
idle-ms = 600000
[[stores]]
name = "main"
sqlite = "keys.db"
create = true
key-prefix = "acme_sk"
key-inactivity-days = 90
[[stores]]
name = "partners"
url-env = "DATABASE_URL"
key-prefix = "acme_pk"
[[stores]]
name = "staff"
url-file = "database-url"
key-prefix = "acme_st"
[[policies]]
name = "notes"
source = "notes"
base-path = "/notes"
public-origin = "https://api.example.com"
listeners = ["edge"]
document-key = "notes"
hosts = ["api.example.com"]
enablement = "main"
remove-headers = ["Authorization"]
[policies.schemes.ApiKey]
store = "main"
[policies.schemes.Token.jwt]
issuer = "https://issuer.example"
keys-url = "https://issuer.example/keys"
audience = ["https://api.example.com", "https://old.example.com"]
algorithms = ["ES256", "RS256"]
types = ["JWT"]
clients = ["web"]
client-claim = "azp"
leeway-seconds = 10
tenant-claim = ["org", "id"]
scope-claims = ["scope", ["ext", "scopes"]]
ca-file = "ca.pem"
allow-loopback = false
[policies.schemes.Opaque.introspection]
url = "https://issuer.example/introspect"
client-id = "gateway"
client-secret-file = "secret"
audience = "https://api.example.com"
issuer = "https://issuer.example"
token-type = "Bearer"
typ = "at+jwt"
tenant-claim = "org_id"
scope-claims = ["scope"]
ca-file = "ca.pem"
allow-loopback = true
[policies.identity]
subject = "X-Subject"
client = "X-Client"
tenant = "X-Tenant"
scopes = "X-Scopes"
operation = "X-Operation"
[[policies.shadow]]
operations = ["GET /notes"]
until = "2099-12-31"
reason = "partners are told first"
stages = ["scopes", "query"]
[admin]
address = "127.0.0.1:9901"
expose = false
[log]
decisions = "stdout"
replay = true
level = "warn"
[traces]
endpoint = "http://127.0.0.1:4318/v1/traces"
service = "edge-gateway"
percent = 10
"#,
    r#"
[[listeners]]
name = "socket"
dialect = "nginx"
socket = "/run/policy-gateway/nginx.sock"
socket-mode = "0660"
document-from = "X-Policy-Document"
host-header = "X-Original-Host"
by-host = true
[[listeners]]
name = "http"
dialect = "envoy-http"
address = "0.0.0.0:9192"
expose = true
path-prefix = "/check"
[[listeners]]
name = "header"
dialect = "envoy-http"
address = "127.0.0.1:9193"
path-header = "X-Policy-Path"
[[listeners]]
name = "pdp"
dialect = "authzen"
address = "127.0.0.1:9194"
allow-stated-scopes = true
public-url = "https://pdp.example.com"
[[policies]]
name = "all"
source = "openapi.yaml"
enablement = "all"
[policies.schemes.Auth0]
jwt = { preset = "auth0", domain = "example.eu.auth0.com", audience = "https://api.example.com" }
[policies.schemes.Okta]
jwt = { preset = "okta", domain = "example.okta.com", authorization-server = "default", audience = "api", clients = ["web"] }
[policies.schemes.Entra]
jwt = { preset = "entra-v2", tenant = "9f3c1d2e-8a54-4c1b-9b7e-2d6f0a1b3c4d", audience = "api" }
[policies.schemes.Keycloak]
jwt = { preset = "keycloak", server = "https://sso.example.com", realm = "acme", audience = "api" }
[policies.schemes.Cognito]
jwt = { preset = "cognito", user-pool = "eu-west-1_AbC123", audience = "client" }
[policies.schemes.Opaque]
introspection = { url = "https://issuer.example/introspect", client-id = "gateway", client-secret-env = "SECRET", token-type = "Bearer" }
[log]
decisions-file = "decisions.jsonl"
"#,
    r#"
[[listeners]]
name = "edge"
dialect = "forward-auth"
address = "127.0.0.1:9191"
[[policies]]
name = "notes"
source = "openapi.yaml"
enablement = "all"
[policies.assertion]
key-file = "gateway.key"
audience = "https://notes.internal"
header = "policy-assertion"
"#,
    r#"
[[listeners]]
name = "edge"
dialect = "forward-auth"
address = "10.0.0.1:9191"
tls = { certificate = "edge.pem", key = "edge.key", client-ca = "ca.pem" }
[[policies]]
name = "notes"
source = "openapi.yaml"
enablement = "all"
[[policies.shadow]]
operations = ["GET /notes"]
until = 2099-12-31
reason = "partners are told first"
"#,
];

/// A page of the documentation.
fn page(path: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

#[test]
fn every_example_of_the_page_is_right() {
    let page = page("docs/gateway.md");
    let mut count = 0;
    for example in page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        policy_gateway::Configuration::parse("gateway.toml", example)
            .unwrap_or_else(|error| panic!("{example}\n{error}"));
        count += 1;
    }
    assert_eq!(count, 4);
}

#[test]
fn the_page_names_every_key() {
    let page = page("docs/gateway.md");
    let schema: serde_json::Value = serde_json::from_str(&policy_gateway::Configuration::schema()).unwrap();
    let mut keys = std::collections::BTreeSet::new();
    schema::keys(&schema, "", &mut keys);
    let names = |key: &String| key.rsplit('/').next().unwrap().to_owned();
    let unnamed: Vec<String> = keys
        .iter()
        .map(names)
        .filter(|name| {
            !page.contains(&format!("`{name}"))
                && !page.contains(&format!(".{name}`"))
                && !page.contains(&format!("[{name}"))
        })
        .collect();
    assert!(unnamed.is_empty(), "{unnamed:?}");
}

#[test]
fn the_demonstration_runs_the_documented_envoy() {
    assert_eq!(page("policy-gateway/src/demo/envoy.yaml"), page("docs/gateway/envoy-grpc/envoy.yaml"));
}
