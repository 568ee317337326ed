//! nginx's `auth_request`.
//!
//! Two fields tell of the request: `X-Original-Method` and `X-Original-URI`, which the configuration of nginx sets from `$request_method`
//! and `$request_uri`. nginx forwards what a client sent under other names, and none of it is read.
//!
//! nginx understands three answers: any 2xx lets the request through; 401 keeps `WWW-Authenticate`; 403 keeps nothing. Everything else
//! becomes 500. So this dialect answers 200, 401 or 403 alone, without a body. `X-Policy-Status` tells the status that the client should
//! get, which `auth_request_set $policy_status $upstream_http_x_policy_status` and an `error_page` can make of it.

use http::header::HeaderName;
use http::request::Parts;
use http::{Response, StatusCode};

use super::answer::Answer;
use super::denial::{self, Decided};
use super::refusal::Refusal;
use super::sub_request;
use crate::outcome::Outcome;
use crate::proxied_request::ProxiedRequest;

const METHOD: HeaderName = HeaderName::from_static("x-original-method");
const URI: HeaderName = HeaderName::from_static("x-original-uri");

/// What `auth_request` is told in a configuration.
#[derive(Clone, Debug, Default)]
pub struct Nginx {
    /// The header field that nginx sets to the host it routes by. Where it is told, it must be there exactly once; elsewhere no host is known.
    pub host: Option<HeaderName>,
    /// The header field whose value names the document. nginx must set it. Where it is told, it must be there exactly once.
    pub document: Option<HeaderName>,
}

impl Nginx {
    pub(super) fn configured_headers(&self) -> Vec<(&'static str, &HeaderName)> {
        let host = self.host.iter().map(|name| ("dialect.host", name));
        host.chain(self.document.iter().map(|name| ("dialect.document", name))).collect()
    }

    pub(super) fn read(&self, parts: Parts) -> Result<ProxiedRequest, Refusal> {
        let headers = parts.headers;
        let method = sub_request::once(&headers, &METHOD, "`X-Original-Method` must be there exactly once")?;
        let uri = sub_request::once(&headers, &URI, "`X-Original-URI` must be there exactly once")?;
        let host = match &self.host {
            None => None,
            Some(name) => {
                let value =
                    sub_request::once(&headers, name, "the header that tells the host must be there exactly once")?;
                Some(sub_request::host(value.as_bytes())?)
            }
        };
        Ok(ProxiedRequest {
            method: sub_request::method(method.as_bytes())?,
            target: sub_request::target(uri.as_bytes())?,
            host,
            document: sub_request::document(&headers, self.document.as_ref())?,
            headers: sub_request::of_the_client(
                headers,
                [&METHOD, &URI].into_iter().chain(&self.host).chain(&self.document),
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
    let denied = denial::closed(denied);
    let status = match denied.status() {
        StatusCode::UNAUTHORIZED => StatusCode::UNAUTHORIZED,
        _ => StatusCode::FORBIDDEN,
    };
    let mut denied = denial::with_status(denied, status).map(|_| Answer::default());
    denied.headers_mut().remove(http::header::CONTENT_TYPE);
    denied
}
