//! Envoy's `ext_authz` with a `grpc_service`: `/envoy.service.auth.v3.Authorization/Check`.
//!
//! Envoy lets a request through when `CheckResponse.status.code` is 0, and looks at nothing else. A call that ends in an error of gRPC
//! lets it through as well where Envoy is set to `failure_mode_allow`. So every call is answered by a `CheckResponse`, and every denial is
//! made by one function ([`response::denied`]), which takes a code that cannot be 0.
//!
//! # Why not `tonic`
//! `tonic` decodes a message before a service sees the call. A frame it cannot read, a compressed one and one that is too large end in an
//! error of gRPC, which is the answer that may let the request through. Here such a call is denied like any other. What it takes is one
//! unary method: a prefix of five bytes ([`frame`]), the few messages that are read ([`messages`]) and written ([`response`]), and the
//! trailers of the answer. It also spares 21 crates, and with them half of the time that HTTP and protocol buffers take to compile. Those of `envoy-types`
//! would take five times as long as all of that.

mod frame;
mod messages;
mod request;
mod response;
mod written;

use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use self::written::Written;
use super::answer::Answer;
use super::asked::Asked;
use super::denial::Decided;
use super::refusal::Refusal;
use crate::listener::Decides;
use crate::outcome::Outcome;

const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";
const HEALTH: &str = "/grpc.health.v1.Health/Check";
/// How a call ended.
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const WATCH_HEALTH: &str = "/grpc.health.v1.Health/Watch";

/// What Envoy's `grpc_service` is told in a configuration.
#[derive(Clone, Debug)]
pub struct EnvoyGrpc {
    /// The key of `context_extensions` whose value names the document. Envoy sets it by route (`ExtAuthzPerRoute`), and no client can.
    pub document: String,
}

impl Default for EnvoyGrpc {
    fn default() -> Self {
        Self { document: "policy".into() }
    }
}

pub(super) async fn answer<D: Decides>(
    envoy: &EnvoyGrpc,
    asked: &Asked<'_, D>,
    request: Request<Incoming>,
) -> Response<Answer> {
    if !is_grpc(&request) {
        asked.refused(Refusal::Malformed("the listener speaks gRPC, and was asked by something else"));
        return not_grpc();
    }
    match request.uri().path() {
        HEALTH => {
            // `HealthCheckResponse` (`grpc.health.v1`): the service answers. A listener that ends accepts no call, so there is no other word.
            let mut health = Written::new();
            health.number(1, 1);
            return grpc(health);
        }
        // Whoever watches is told that this service does not, and asks no more (gRPC's protocol for health checks).
        WATCH_HEALTH => return unimplemented(),
        _ => {}
    }
    let decided = asked.decide_within(timeout(request.headers()), async {
        if request.uri().path() != CHECK || request.method() != Method::POST {
            return Err(Refusal::Malformed("the method is not Check of envoy.service.auth.v3.Authorization"));
        }
        let message = frame::read(request.into_body(), asked.limits.body_bytes).await?;
        request::read(&messages::CheckRequest::read(&message)?, &envoy.document)
    });
    write(decided.await)
}

/// The answer to a call that is not read.
pub(super) fn refuse<B>(request: &Request<B>, refusal: Refusal) -> Response<Answer> {
    if is_grpc(request) { write(Err(refusal)) } else { not_grpc() }
}

fn write(decided: Decided) -> Response<Answer> {
    let check = match decided {
        Ok(Outcome::Allowed(admission)) => {
            response::allowed(&admission).unwrap_or_else(|| response::denied(Refusal::Failed.response()))
        }
        Ok(Outcome::Denied(denied)) => response::denied(denied),
        Err(refusal) => response::denied(refusal.response()),
    };
    grpc(check)
}

fn is_grpc<B>(request: &Request<B>) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.is_some_and(|kind| kind.starts_with(b"application/grpc"))
}

/// Envoy's `http_service` would take a status of 200 for an allow.
fn not_grpc() -> Response<Answer> {
    let mut response = Response::new(Answer::default());
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}

/// A call that ends well, with this message.
fn grpc(message: Written) -> Response<Answer> {
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert(GRPC_STATUS, HeaderValue::from_static("0"));
    let mut response = Response::new(Answer::new(message.into_frame()).with_trailers(trailers));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

/// A call of a method that this service does not have.
fn unimplemented() -> Response<Answer> {
    let mut response = Response::new(Answer::default());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response.headers_mut().insert(GRPC_STATUS, HeaderValue::from_static("12"));
    response
}

/// How long Envoy waits. gRPC tells it as at most eight digits and a unit.
fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    let number: u64 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    match unit {
        "H" => Some(Duration::from_secs(number.checked_mul(3600)?)),
        "M" => Some(Duration::from_secs(number.checked_mul(60)?)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}
