//! Documents, keys and requests for the tests of the authorizer.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "shared by test binaries that use parts of it; a test fails by panicking"
)]

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue};
use policy_core::{EnablementFailure, Identity};
use policy_gateway::authorizer::{PolicyEntry, Selection};
use policy_gateway::{Outcome, ProxiedRequest};
use policy_http::run_time::{Authenticator, Caller, Enablement, Gate, Options, Policy, Presented};
use policy_http::{CredentialFault, Verified};
use policy_spec::{Engine, Settings};

/// A document whose list needs `read`, whose item needs `read` and takes a query, with a public and an optional operation.
pub fn document(base_path: &str) -> String {
    format!(
        "
openapi: 3.1.0
info: {{ title: Files, version: '1' }}
servers: [{{ url: 'https://api.example.com{base_path}' }}]
paths:
  /files:
    get:
      parameters: [{{ name: limit, in: query, schema: {{ type: integer }} }}]
      security: [{{ Token: [files:read] }}, {{ Key: [] }}]
    post: {{ security: [{{ Token: [files:write] }}] }}
  /files/{{id}}:
    parameters: [{{ name: id, in: path, required: true, schema: {{ type: string }} }}]
    get: {{ security: [{{ Token: [files:read] }}] }}
  /health:
    get: {{ security: [] }}
  /news:
    get: {{ security: [{{ Token: [] }}, {{}}] }}
components:
  securitySchemes:
    Token: {{ type: oauth2, flows: {{ clientCredentials: {{ tokenUrl: /t, scopes: {{ files:read: Read, files:write: Write }} }} }} }}
    Key: {{ type: apiKey, in: header, name: X-Key }}
"
    )
}

pub fn engine(document: &str) -> Arc<Engine> {
    let loaded = policy_spec::read("files.yaml", document.as_bytes(), &Settings::default());
    Arc::new(Engine::new(&loaded.model.unwrap_or_else(|| panic!("{:?}", loaded.findings))).unwrap())
}

/// Secrets of the form `subject/scope/scope`, with `.` for `:`. `slow` is never answered.
#[derive(Clone, Copy)]
pub struct Secrets;

impl Authenticator for Secrets {
    fn verify<'a>(&'a self, presented: &'a Presented<'a>) -> BoxFuture<'a, Result<Arc<Verified>, CredentialFault>> {
        Box::pin(async move {
            match presented.secret() {
                "slow" => std::future::pending().await,
                "down" => Err(CredentialFault::StoreUnavailable),
                secret => {
                    let (subject, scopes) = secret.split_once('/').ok_or(CredentialFault::WrongSecret)?;
                    let mut identity = Identity::new(subject.replace('~', "\u{e4}"));
                    identity.tenant = Some("north".into());
                    identity.credential_id = Some(format!("id-{subject}").into());
                    Ok(Arc::new(Verified::new(identity, scopes.replace('.', ":").replace('/', " "))))
                }
            }
        })
    }
}

/// Enables everything but POST.
#[derive(Clone, Copy)]
pub struct NoPosts;

impl Enablement for NoPosts {
    fn is_enabled<'a>(
        &'a self,
        _: &'a Caller,
        operation: policy_core::owned::OwnedOperation<'a>,
    ) -> BoxFuture<'a, Result<bool, EnablementFailure>> {
        Box::pin(std::future::ready(Ok(operation.method() != "POST")))
    }
}

pub fn gate(engine: &Engine, options: Options) -> Gate {
    let policy = Policy::new(engine.shared_policy(), &engine.served().base_path, "fingerprint");
    let gate = Gate::new(policy, Arc::new(NoPosts), options);
    gate.authenticator("Token", Arc::new(Secrets)).unwrap().authenticator("Key", Arc::new(Secrets)).unwrap()
}

/// A document below a base path, chosen by this.
pub fn entry(name: &str, base_path: &str, selection: Selection) -> PolicyEntry {
    let engine = engine(&document(base_path));
    let gate = gate(&engine, Options::new().realm(name.to_owned()));
    PolicyEntry::new(name, engine, gate).with_selection(selection)
}

pub fn by(listeners: &[&str], values: &[&str], hosts: &[&str]) -> Selection {
    let texts = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
    Selection { listeners: texts(listeners), values: texts(values), hosts: texts(hosts) }
}

pub fn fields(list: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in list {
        headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }
    headers
}

pub fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> ProxiedRequest {
    ProxiedRequest {
        method: method.into(),
        target: target.into(),
        host: None,
        headers: fields(headers),
        document: None,
    }
}

/// The status of a denial, or 0 where the request is allowed.
pub fn status(outcome: &Outcome) -> u16 {
    match outcome {
        Outcome::Allowed(_) => 0,
        Outcome::Denied(response) => {
            assert!(!response.status().is_success(), "a denial never looks like a success");
            response.status().as_u16()
        }
    }
}

/// The stable name of the reason in a denial's body.
pub fn reason(outcome: &Outcome) -> String {
    let Outcome::Denied(response) = outcome else { return "allowed".into() };
    let problem: serde_json::Value = serde_json::from_str(response.body()).unwrap();
    problem["reason_code"].as_str().unwrap().to_owned()
}

/// The realm in a denial's challenge: the name of the document that denied.
pub fn realm(outcome: &Outcome) -> Option<String> {
    let Outcome::Denied(response) = outcome else { return None };
    let challenge = response.headers().get("www-authenticate")?.to_str().unwrap();
    challenge.split('"').nth(1).map(str::to_owned)
}
