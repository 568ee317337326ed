//! The dialects: how each proxy asks, and how it is answered.
//!
//! A listener speaks one dialect. A dialect reads a sub-request into a [`ProxiedRequest`](crate::ProxiedRequest), byte for byte as the
//! proxy tells of it, and writes the [`Outcome`](crate::Outcome) in the proxy's words. Three rules hold in all of them.
//!
//! - What tells of the request must be there exactly once. A field that is missing or doubled is a denial, and no other field is read in
//!   its place. `X_Forwarded_Uri` is another name than `X-Forwarded-Uri`, and never counts for it.
//! - Nothing is decoded or normalised. Where the target does not fit into a request line, the request is denied.
//! - What the gateway cannot decide (malformed, late, overloaded) is answered as a denial, in the form that stays one when the proxy is set
//!   to let requests through at failures.
//!
//! | dialect | asks by | allow | denial | own failure |
//! |---|---|---|---|---|
//! | [`EnvoyGrpc`] | `CheckRequest` | code 0 | another code, with status, headers and body | code 14, status 503 |
//! | [`EnvoyHttp`] | the request itself, without a body | 200 | 4xx, whole | 403 |
//! | [`ForwardAuth`] | `X-Forwarded-Method`, `-Uri`, `-Host`, `-Proto` | 200 | 4xx or 5xx, whole | 503 |
//! | [`Nginx`] | `X-Original-Method`, `X-Original-URI` | 200 | 401 or 403, with `X-Policy-Status` | 403, with `X-Policy-Status: 503` |
//! | [`AuthZen`] | JSON | `"decision": true` | `"decision": false` | `"decision": false` with `context.error` |

mod answer;
mod asked;
mod authzen;
mod denial;
mod envoy_grpc;
mod envoy_http;
mod forward_auth;
mod nginx;
mod refusal;
mod sub_request;

use http::Request;
use http::header::HeaderName;
use hyper::body::Incoming;

pub use self::answer::Answer;
pub use self::authzen::AuthZen;
pub use self::envoy_grpc::EnvoyGrpc;
pub use self::envoy_http::{EnvoyHttp, EnvoyTarget};
pub use self::forward_auth::ForwardAuth;
pub use self::nginx::Nginx;
pub use self::refusal::Refusal;

pub(crate) use self::asked::{Asked, tell};
use crate::listener::Decides;

/// How a listener is asked, and how it answers.
#[derive(Clone, Debug)]
pub enum Dialect {
    /// Envoy's `ext_authz` filter with a `grpc_service`.
    EnvoyGrpc(EnvoyGrpc),
    /// Envoy's `ext_authz` filter with an `http_service`.
    EnvoyHttp(EnvoyHttp),
    /// Traefik's `ForwardAuth` and Caddy's `forward_auth`.
    ForwardAuth(ForwardAuth),
    /// nginx's `auth_request`.
    Nginx(Nginx),
    /// The AuthZEN Authorization API 1.0.
    AuthZen(AuthZen),
}

/// Which HTTP a dialect is spoken by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Versions {
    /// HTTP/1 alone.
    One,
    /// HTTP/2 alone, with prior knowledge where there is no TLS.
    Two,
    /// Both. A connection tells by its first bytes.
    Both,
}

impl Dialect {
    /// The dialect's name in a configuration.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::EnvoyGrpc(_) => "envoy-grpc",
            Self::EnvoyHttp(_) => "envoy-http",
            Self::ForwardAuth(_) => "forward-auth",
            Self::Nginx(_) => "nginx",
            Self::AuthZen(_) => "authzen",
        }
    }

    pub(crate) fn versions(&self) -> Versions {
        match self {
            Self::EnvoyGrpc(_) => Versions::Two,
            Self::EnvoyHttp(envoy) if envoy.reads_request_line() => Versions::One,
            Self::EnvoyHttp(_) | Self::ForwardAuth(_) | Self::Nginx(_) | Self::AuthZen(_) => Versions::Both,
        }
    }

    /// Whether the dialect reads the target of the sub-request itself, so that none of its bytes may be lost.
    pub(crate) fn reads_request_line(&self) -> bool {
        matches!(self, Self::EnvoyHttp(envoy) if envoy.reads_request_line())
    }

    /// The configured header fields, each with the name of its setting.
    pub(crate) fn configured_headers(&self) -> Vec<(&'static str, &HeaderName)> {
        match self {
            Self::EnvoyGrpc(_) | Self::AuthZen(_) => Vec::new(),
            Self::EnvoyHttp(envoy) => envoy.configured_headers(),
            Self::ForwardAuth(forward) => forward.document.iter().map(|name| ("dialect.document", name)).collect(),
            Self::Nginx(nginx) => nginx.configured_headers(),
        }
    }

    /// Reads a sub-request, lets it be decided, and writes the answer.
    pub(crate) async fn answer<D: Decides>(
        &self,
        asked: &Asked<'_, D>,
        request: Request<Incoming>,
    ) -> http::Response<Answer> {
        match self {
            Self::EnvoyGrpc(envoy) => envoy_grpc::answer(envoy, asked, request).await,
            Self::AuthZen(authzen) => authzen::answer(authzen, asked, request).await,
            Self::EnvoyHttp(envoy) => {
                let (parts, _) = request.into_parts();
                let waits = envoy_http::timeout(&parts.headers);
                envoy_http::write(asked.decide_within(waits, async { envoy.read(parts) }).await)
            }
            Self::ForwardAuth(forward) => {
                let (parts, _) = request.into_parts();
                forward_auth::write(asked.decide(async { forward.read(parts) }).await)
            }
            Self::Nginx(nginx) => {
                let (parts, _) = request.into_parts();
                nginx::write(asked.decide(async { nginx.read(parts) }).await)
            }
        }
    }

    /// The answer to a sub-request that is not read, as too many are being decided.
    pub(crate) fn refuse<B>(&self, request: &Request<B>, refusal: Refusal) -> http::Response<Answer> {
        match self {
            Self::EnvoyGrpc(_) => envoy_grpc::refuse(request, refusal),
            Self::EnvoyHttp(_) => envoy_http::write(Err(refusal)),
            Self::ForwardAuth(_) => forward_auth::write(Err(refusal)),
            Self::Nginx(_) => nginx::write(Err(refusal)),
            Self::AuthZen(_) => authzen::refuse(request, refusal),
        }
    }
}
