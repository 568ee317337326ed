//! A small service that is written by hand, with a fault where a test asks for one.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::{Request, Response};
use policy_test::{Body, Matrix, Wanted};

/// The service of `notes.yaml`. Tokens are their scopes.
#[derive(Clone, Copy)]
pub(crate) struct Notes {
    pub(crate) fault: &'static str,
}

/// The matrix of its document, with credentials that it takes.
pub(crate) fn matrix() -> Matrix {
    policy_test::matrix("tests/matrix/notes.yaml").credentials(secret)
}

fn secret(wanted: &Wanted<'_>) -> Option<String> {
    Some(if wanted.scheme.name == "Key" {
        if wanted.scopes.iter().any(|scope| scope == "notes:read") { "key-that-reads" } else { "key" }.to_owned()
    } else {
        format!("holds:{}", wanted.scopes.join(","))
    })
}

impl Notes {
    pub(crate) fn answer<B>(self, request: &Request<B>) -> (u16, bool) {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let method = if request.method() == "HEAD" { "GET" } else { request.method().as_str() };
        let path = request.uri().path();
        let needs: &[&[&str]] = match (method, path) {
            ("GET", "/v1/status") => return (if request.uri().query().is_some() { 400 } else { 200 }, false),
            ("GET", "/v1/notes") => &[&["notes:read"]],
            ("POST", "/v1/notes") if self.fault == "or-for-and" => &[&["notes:read"], &["notes:write"]],
            ("POST", "/v1/notes") => &[&["notes:read", "notes:write"]],
            ("GET", "/v1/both") => {
                return self.both(header("cookie"), header("authorization"), request.uri().query().is_some());
            }
            ("GET", "/v1/news") => &[&[]],
            ("GET", "/v1/notes/n1" | "/v1/notes/9007199254740991") if self.fault != "unserved" => {
                &[&["notes:read"], &["admin"]]
            }
            (_, "/v1/status" | "/v1/notes" | "/v1/news" | "/v1/both" | "/v1/notes/n1") => return (405, false),
            (_, path) => {
                let is_note = path.strip_prefix("/v1/notes/").is_some_and(|id| !id.is_empty() && !id.contains('/'));
                // Ids that look like other paths are ids all the same, and nobody has them.
                return if is_note && self.fault == "unserved" {
                    (404, false)
                } else {
                    self.absent(is_note && method == "GET", header("authorization"))
                };
            }
        };
        let token = header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let held = token.and_then(|token| token.strip_prefix("holds:"));
        let held: Option<Vec<&str>> = held.map(|scopes| scopes.split(',').collect());
        let by_key = path == "/v1/notes"
            && method == "GET"
            && header("cookie").is_some_and(|cookie| cookie.starts_with("key=key"));
        let is_anonymous = path == "/v1/news" && token.is_none();
        if !by_key && !is_anonymous {
            let Some(held) = held else { return (401, true) };
            if !needs.iter().any(|all| all.iter().all(|scope| held.contains(scope))) {
                return (403, false);
            }
        }
        let done = if self.fault == "stubs" { 501 } else { 200 };
        (if request.uri().query().is_some() { 400 } else { done }, false)
    }

    /// Needs a token that reads, and a key.
    fn both(self, cookie: Option<&str>, authorization: Option<&str>, is_wrong: bool) -> (u16, bool) {
        let token = authorization.and_then(|value| value.strip_prefix("Bearer holds:"));
        let key = cookie.and_then(|cookie| cookie.strip_prefix("key=")).filter(|key| key.starts_with("key"));
        let (Some(token), Some(key)) = (token, key) else { return (401, true) };
        let by_key = self.fault == "union" && key == "key-that-reads";
        match token.split(',').any(|scope| scope == "notes:read") || by_key {
            false => (403, false),
            true => (if is_wrong { 400 } else { 200 }, false),
        }
    }

    fn absent(self, is_note: bool, authorization: Option<&str>) -> (u16, bool) {
        match authorization {
            _ if !is_note => (404, false),
            Some(value) if value.starts_with("Bearer holds:") => (403, false),
            _ => (401, true),
        }
    }
}

impl tower_service::Service<Request<Body>> for Notes {
    type Response = Response<http_body_util::Full<bytes::Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (status, has_challenge) = self.answer(&request);
        let mut answer = Response::builder().status(status);
        if has_challenge {
            answer = answer.header("WWW-Authenticate", "Bearer");
        }
        ready(Ok(answer.body(Body::default()).unwrap()))
    }
}
