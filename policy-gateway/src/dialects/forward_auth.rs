//! Forward-auth, as Traefik's `ForwardAuth` and Caddy's `forward_auth` ask.
//!
//! The sub-request is a `GET` with the header fields of the client. Four fields tell of the request: `X-Forwarded-Method`,
//! `X-Forwarded-Uri`, `X-Forwarded-Host` and `X-Forwarded-Proto`. Both proxies overwrite what a client sent under these names. Other
//! fields of this kind (`X-Original-URI`, `X-Rewrite-URL`, `X-HTTP-Method-Override`, `Forwarded`) are the client's own words, and are not
//! read.
//!
//! Any 2xx lets the request through, and everything else reaches the client whole. An identity header is copied to the upstream by name
//! (`authResponseHeaders`, `copy_headers`); a client's field of a name that the answer lacks is removed by both proxies.

use http::Response;
use http::header::HeaderName;
use http::request::Parts;

use super::answer::Answer;
use super::denial::{self, Decided};
use super::refusal::Refusal;
use super::sub_request;
use crate::outcome::Outcome;
use crate::proxied_request::ProxiedRequest;

const METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What forward-auth is told in a configuration.
#[derive(Clone, Debug, Default)]
pub struct ForwardAuth {
    /// The header field whose value names the document. The proxy must overwrite it. Where it is told, it must be there exactly once.
    pub document: Option<HeaderName>,
}

impl ForwardAuth {
    pub(super) fn read(&self, parts: Parts) -> Result<ProxiedRequest, Refusal> {
        let headers = parts.headers;
        let method = sub_request::once(&headers, &METHOD, "`X-Forwarded-Method` must be there exactly once")?;
        let uri = sub_request::once(&headers, &URI, "`X-Forwarded-Uri` must be there exactly once")?;
        let host = sub_request::once(&headers, &HOST, "`X-Forwarded-Host` must be there exactly once")?;
        let proto = sub_request::once(&headers, &PROTO, "`X-Forwarded-Proto` must be there exactly once")?;
        if ![&b"https"[..], b"http", b"wss", b"ws"].contains(&proto.as_bytes()) {
            return Err(Refusal::Malformed("`X-Forwarded-Proto` is neither `https` nor `http`, `wss` or `ws`"));
        }
        Ok(ProxiedRequest {
            method: sub_request::method(method.as_bytes())?,
            target: sub_request::target(uri.as_bytes())?,
            host: Some(sub_request::host(host.as_bytes())?),
            document: sub_request::document(&headers, self.document.as_ref())?,
            headers: sub_request::of_the_client(
                headers,
                [&METHOD, &URI, &HOST, &PROTO].into_iter().chain(&self.document),
            ),
        })
    }
}

pub(super) fn write(decided: Decided) -> Response<Answer> {
    let denied = match decided {
        Ok(Outcome::Allowed(admission)) => return denial::allowed(admission.set),
        Ok(Outcome::Denied(response)) => response,
        Err(refusal) => refusal.response(),
    };
    denial::closed(denied).map(Answer::new)
}
