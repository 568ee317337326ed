//! One service, four times: unguarded, with a caller known by hand, guarded by this, and guarded by protect-axum.

use std::collections::HashSet;
use std::hint::black_box;

use axum::Router;
use axum::extract::{FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use policy_axum::Permit;
use policy_core::{AuthenticationFailure, Principal, ScopeSet, handlers};
use policy_http::{Authenticator, Credential, EnableAll};

/// What the document says, compiled.
#[allow(missing_docs)]
pub mod policy {
    policy_core::include_policy!();
}

use policy::operations::{GetNote, ListNotes};
use policy::{Api, POLICY, schemes};

/// The key of the one caller, and what it was granted.
pub const KEY: &str = "north-full";
const SCOPES: &str = "authors:read notes:read";

fn note(id: &str) -> String {
    format!("{{\"id\":{id:?},\"text\":\"A note that somebody wrote down.\",\"author\":\"a1\"}}")
}

fn notes() -> String {
    let all: Vec<String> = (0..8).map(|number| note(&format!("n{number}"))).collect();
    format!("[{}]", all.join(","))
}

fn json(body: String) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], body)
}

/// Nobody checks anything.
pub fn unguarded() -> Router {
    Router::new()
        .route("/v1/notes", get(async || json(notes())))
        .route("/v1/notes/{id}", get(async |Path(id): Path<String>| json(note(&id))))
}

/// The caller, known by the same authenticator: what any guard has to do, and nothing besides.
struct Caller;

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
        let caller = Keys.authenticate(&Credential::new(schemes::KEY, key)).await;
        black_box(caller.map_err(|_| StatusCode::UNAUTHORIZED)?);
        Ok(Self)
    }
}

/// Who calls is known, and whoever that is may do anything.
pub fn authenticated() -> Router {
    Router::new()
        .route("/v1/notes", get(async |_: Caller| json(notes())))
        .route("/v1/notes/{id}", get(async |_: Caller, Path(id): Path<String>| json(note(&id))))
}

async fn list_notes(_: Permit<ListNotes>) -> impl IntoResponse {
    json(notes())
}

async fn get_note(_: Permit<GetNote>, Path(id): Path<String>) -> impl IntoResponse {
    json(note(&id))
}

struct Keys;

impl Authenticator<Api> for Keys {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, AuthenticationFailure> {
        if credential.secret() != KEY {
            return Err(AuthenticationFailure::Invalid);
        }
        let granted = ScopeSet::parse(SCOPES).map_err(|_| AuthenticationFailure::Invalid)?;
        Ok(Principal::new("integration-7").with_tenant("north").with_grant(credential.scheme(), granted.set()))
    }
}

/// Guarded by the policy: all four stages.
pub fn guarded() -> Router {
    policy_axum::guard(&POLICY, Keys, EnableAll).handlers(handlers![list_notes, get_note]).with_state(())
}

async fn authorities(request: &mut Request) -> Result<HashSet<String>, Response> {
    let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match value.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(KEY) => Ok(SCOPES.split(' ').map(str::to_owned).collect()),
        _ => Err(StatusCode::UNAUTHORIZED.into_response()),
    }
}

#[protect_axum::protect("notes:read")]
async fn protected_list() -> impl IntoResponse {
    json(notes())
}

#[protect_axum::protect("notes:read", "authors:read")]
async fn protected_note(Path(id): Path<String>) -> impl IntoResponse {
    json(note(&id))
}

/// Guarded by protect-axum: authentication and scopes.
pub fn protected() -> Router {
    Router::new()
        .route("/v1/notes", get(protected_list))
        .route("/v1/notes/{id}", get(protected_note))
        .layer(protect_axum::GrantsLayer::with_extractor(authorities))
}
