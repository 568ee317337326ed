//! Envoy's `ext_authz` with an `http_service`.
//!
//! The sub-request has the method of the request and no body. Its path is the `path_prefix` of Envoy's configuration and then the path of
//! the request with its query, byte for byte: `/check//a/b`, `/check/a/../b`. The prefix is cut as bytes. With a `path_override`, the path
//! is lost, and Envoy has to tell it in a header field (`headers_to_add` with `%REQ(:PATH)%`, which overwrites what a client sent).
//!
//! Only 200 lets the request through. 500, 503 and 204 do too where Envoy is set to `failure_mode_allow`, and other errors of the
//! authorizer reach the client as an empty 403. So denials that are errors of the server are answered by 403, with the status they stand
//! for in `X-Policy-Status`.
//!
//! By default Envoy passes on few header fields of the client (`allowed_headers` adds others), and copies none of the answer to the
//! upstream (`allowed_upstream_headers` names them). It removes those that `x-envoy-auth-headers-to-remove` names.

use std::time::Duration;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};

use super::answer::Answer;
use super::denial::{self, Decided};
use super::refusal::Refusal;
use super::sub_request;
use crate::outcome::{Admission, Outcome};
use crate::proxied_request::ProxiedRequest;

/// Envoy removes the fields that this one names before it forwards the request.
const TO_REMOVE: HeaderName = HeaderName::from_static("x-envoy-auth-headers-to-remove");

/// How long Envoy waits for this answer, in milliseconds.
const TIMEOUT: HeaderName = HeaderName::from_static("x-envoy-expected-rq-timeout-ms");

/// What Envoy's `http_service` is told in a configuration.
#[derive(Clone, Debug)]
pub struct EnvoyHttp {
    /// Where the request's path stands.
    pub target: EnvoyTarget,
    /// The header field whose value names the document. Envoy must overwrite it. Where it is told, it must be there exactly once.
    pub document: Option<HeaderName>,
}

/// Where Envoy tells the path and the query of a request.
#[derive(Clone, Debug)]
pub enum EnvoyTarget {
    /// After this `path_prefix`, in the path of the sub-request. It is empty, or begins with `/` and does not end with one. Such a listener
    /// speaks HTTP/1 alone.
    Prefix(String),
    /// In this header field, which must be there exactly once.
    Header(HeaderName),
}

impl EnvoyHttp {
    pub(super) fn reads_request_line(&self) -> bool {
        matches!(self.target, EnvoyTarget::Prefix(_))
    }

    pub(super) fn configured_headers(&self) -> Vec<(&'static str, &HeaderName)> {
        let target = match &self.target {
            EnvoyTarget::Header(name) => Some(("dialect.path_header", name)),
            EnvoyTarget::Prefix(_) => None,
        };
        target.into_iter().chain(self.document.iter().map(|name| ("dialect.document", name))).collect()
    }

    pub(super) fn read(&self, parts: Parts) -> Result<ProxiedRequest, Refusal> {
        // An answer of 200 to CONNECT would begin a tunnel.
        if parts.method == Method::CONNECT {
            return Err(Refusal::Malformed("the method is CONNECT"));
        }
        let target = match &self.target {
            EnvoyTarget::Prefix(prefix) => {
                // The target is in origin form, or it is not Envoy that asks. hyper keeps its bytes, but for a fragment, for which the
                // connection looks itself.
                let path = parts.uri.path_and_query().filter(|_| parts.uri.scheme().is_none());
                let path = path.ok_or(Refusal::Malformed("the sub-request's target is not a path"))?.as_str();
                path.strip_prefix(prefix.as_str())
                    .ok_or(Refusal::Malformed("the sub-request's path does not begin with the configured prefix"))?
                    .as_bytes()
            }
            EnvoyTarget::Header(name) => {
                sub_request::once(&parts.headers, name, "the header that tells the path must be there exactly once")?
                    .as_bytes()
            }
        };
        let target = sub_request::target(target)?;
        sub_request::no_joined_credentials(&parts.headers)?;
        let told = match &self.target {
            EnvoyTarget::Header(name) => Some(name),
            EnvoyTarget::Prefix(_) => None,
        };
        Ok(ProxiedRequest {
            method: sub_request::method(parts.method.as_str().as_bytes())?,
            target,
            host: sub_request::own_host(&parts.headers, &parts.uri)?,
            document: sub_request::document(&parts.headers, self.document.as_ref())?,
            headers: sub_request::of_the_client(parts.headers, told.into_iter().chain(&self.document)),
        })
    }
}

/// How long Envoy waits. A forged value could only make the time shorter.
pub(super) fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let told = headers.get(TIMEOUT)?.to_str().ok()?;
    told.parse().ok().map(Duration::from_millis)
}

pub(super) fn write(decided: Decided) -> Response<Answer> {
    let denied = match decided {
        Ok(Outcome::Allowed(admission)) => return allowed(admission),
        Ok(Outcome::Denied(response)) => response,
        Err(refusal) => refusal.response(),
    };
    let mut denied = denial::closed(denied);
    if denied.status().is_server_error() {
        denied = denial::with_status(denied, StatusCode::FORBIDDEN);
    }
    denied.map(Answer::new)
}

fn allowed(admission: Admission) -> Response<Answer> {
    let mut response = denial::allowed(admission.set);
    if !admission.remove.is_empty() {
        let names: Vec<_> = admission.remove.iter().map(HeaderName::as_str).collect();
        match HeaderValue::try_from(names.join(",")) {
            Ok(names) => response.headers_mut().insert(TO_REMOVE, names),
            // Names of header fields are always a valid value. If they were not, the fields would reach the upstream.
            Err(_) => return write(Err(Refusal::Failed)),
        };
    }
    response
}
