//! The answers if no handler runs. The application can choose the bodies. This crate adds the headers.

use std::borrow::Cow;
use std::fmt;

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use policy_core::unmatched::Unmatched;
use policy_core::{Denial, Document, Reason, ScopeSet};

use crate::denial_facts::DenialFacts;
use crate::mount::tell_once;
use crate::problem;
use crate::protected_resource::{OFFLINE_ACCESS, ProtectedResource};

/// How a challenge for bearer tokens begins. It comes before the challenges of other schemes.
const BEARER: &str = "Bearer ";

/// How many seconds a caller is asked to wait after a 503.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

type DenialMapper<D> = Box<dyn Fn(&Denial<'_, D>) -> Response<String> + Send + Sync>;
type UnmatchedMapper = Box<dyn Fn(Unmatched) -> Response<String> + Send + Sync>;

/// The answers of a guard if no handler runs. The application can replace status, body and names of reasons. The headers that HTTP
/// demands are added to its answers too.
///
/// ```
/// use http::{Response, StatusCode};
/// use policy_core::Document;
/// use policy_http::Answers;
///
/// fn answers<D: Document>() -> Answers<D> {
///     Answers::new().with_realm("notes").with_denials(|denial| {
///         let mut response = Response::new(format!("denied: {}", denial.reason_code()));
///         *response.status_mut() = StatusCode::from_u16(denial.status()).unwrap_or(StatusCode::FORBIDDEN);
///         response
///     })
/// }
/// ```
pub struct Answers<D: Document> {
    wording: Wording,
    denial: Option<DenialMapper<D>>,
    unmatched: Option<UnmatchedMapper>,
}

impl<D: Document> Answers<D> {
    /// Answers with problem details (RFC 9457), and with the realm `api`.
    #[must_use]
    pub fn new() -> Self {
        Self { wording: Wording::default(), denial: None, unmatched: None }
    }

    /// The protected space that `WWW-Authenticate` names (RFC 9110, section 11.5).
    #[must_use]
    pub fn with_realm(mut self, realm: impl Into<Cow<'static, str>>) -> Self {
        self.wording.realm = realm.into();
        self
    }

    /// Where bearer challenges say that the metadata of the API is (RFC 9728, section 5.1).
    #[must_use]
    pub fn with_resource_metadata(mut self, resource: &ProtectedResource<D>) -> Self {
        self.wording.resource_metadata = Some(resource.url());
        self
    }

    /// The scopes that the challenge of a 401 names, whatever was asked for ([`Options::challenge_scopes`](crate::Options::challenge_scopes)).
    #[must_use]
    pub fn with_challenge_scopes(mut self, scopes: ScopeSet<D>) -> Self {
        let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).filter(|name| *name != OFFLINE_ACCESS).collect();
        self.wording.challenge_scopes = (!names.is_empty()).then(|| names.join(" "));
        self
    }

    /// The application's own answer to a denial.
    #[must_use]
    pub fn with_denials(mut self, mapper: impl Fn(&Denial<'_, D>) -> Response<String> + Send + Sync + 'static) -> Self {
        self.denial = Some(Box::new(mapper));
        self
    }

    /// The application's own answer to a request that reached no operation.
    #[must_use]
    pub fn with_unmatched(mut self, mapper: impl Fn(Unmatched) -> Response<String> + Send + Sync + 'static) -> Self {
        self.unmatched = Some(Box::new(mapper));
        self
    }

    /// The answer to a denial: the application's or the default one. `WWW-Authenticate`, `Retry-After` and `Cache-Control: no-store`
    /// are added if it does not have them.
    #[must_use]
    pub fn denial(&self, denial: &Denial<'_, D>) -> Response<String> {
        let mapped = self.denial.as_ref().map(|mapper| mapper(denial));
        self.wording.denial(refusing(mapped), denial)
    }

    /// The answer to a request that reached no operation. A 405 names the methods (RFC 9110, section 15.5.6).
    #[must_use]
    pub fn unmatched(&self, unmatched: Unmatched, allow: Option<&HeaderValue>) -> Response<String> {
        let mapped = self.unmatched.as_ref().map(|mapper| mapper(unmatched));
        answer_unmatched(refusing(mapped), unmatched, allow)
    }
}

/// What the answers of a guard say beside the denial, whatever the policy.
pub(crate) struct Wording {
    /// The protected space that `WWW-Authenticate` names.
    pub(crate) realm: Cow<'static, str>,
    /// Where the metadata of the API is.
    pub(crate) resource_metadata: Option<String>,
    /// The scopes that a 401's challenge names, as it names them.
    pub(crate) challenge_scopes: Option<String>,
}

impl Default for Wording {
    fn default() -> Self {
        Self { realm: Cow::Borrowed("api"), resource_metadata: None, challenge_scopes: None }
    }
}

impl Wording {
    /// The answer to a denial: the application's or the default one, with the headers that HTTP demands.
    pub(crate) fn denial(&self, mapped: Option<Response<String>>, denial: &impl DenialFacts) -> Response<String> {
        let mut response = mapped.unwrap_or_else(|| problem::of(denial));
        let needs_challenge = denial.reason().has_challenge() || response.status() == StatusCode::UNAUTHORIZED;
        if needs_challenge && !response.headers().contains_key(WWW_AUTHENTICATE) {
            response.headers_mut().insert(WWW_AUTHENTICATE, self.challenge(denial));
        }
        finish(response)
    }

    fn challenge(&self, denial: &impl DenialFacts) -> HeaderValue {
        let mut text = String::new();
        let written = denial.write_challenge(&mut text, &self.realm).map(|()| match text.strip_prefix(BEARER) {
            None => text,
            Some(rest) => {
                // Neither needs an escape: an identifier was read as a URL, and a scope has no quotes.
                let metadata = self.resource_metadata.iter().map(|url| format!("resource_metadata=\"{url}\", "));
                let reason = denial.reason();
                let is_unknown = matches!(reason, Reason::Authentication(_)) && reason.status() == 401;
                let scopes = self.challenge_scopes.iter().filter(|_| is_unknown);
                let scopes = scopes.map(|scopes| format!("scope=\"{scopes}\", "));
                format!("{BEARER}{}{rest}", metadata.chain(scopes).collect::<String>())
            }
        });
        written.ok().and_then(|text| HeaderValue::try_from(text).ok()).unwrap_or(HeaderValue::from_static("Bearer"))
    }
}

/// The answer to a request that reached no operation: the application's or the default one.
pub(crate) fn answer_unmatched(
    mapped: Option<Response<String>>,
    unmatched: Unmatched,
    allow: Option<&HeaderValue>,
) -> Response<String> {
    let mut response = mapped.unwrap_or_else(|| {
        problem::plain(problem::status(unmatched.status()), unmatched.code(), &unmatched.to_string())
    });
    if let Some(allow) = allow {
        response.headers_mut().insert(ALLOW, allow.clone());
    }
    finish(response)
}

impl<D: Document> Default for Answers<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Document> fmt::Debug for Answers<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("realm", &self.wording.realm).finish_non_exhaustive()
    }
}

/// The application's answer. An answer with a status of success is not used, since a denial must not look like one.
fn refusing(mapped: Option<Response<String>>) -> Option<Response<String>> {
    mapped.filter(|response| {
        let refuses = response.status().is_client_error() || response.status().is_server_error();
        if !refuses {
            tracing::error!(
                target: "policy",
                status = response.status().as_u16(),
                "a mapper answered a denial with a status that is no error; the default answer is sent"
            );
            tell_once(format_args!(
                "a mapper of `denials` or `unmatched` answered {}, which is no error: the default answer is sent",
                response.status().as_u16()
            ));
        }
        refuses
    })
}

pub(crate) fn finish(mut response: Response<String>) -> Response<String> {
    let length = HeaderValue::from(response.body().len());
    let unavailable = response.status() == StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, length);
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if unavailable {
        headers.entry(RETRY_AFTER).or_insert(RETRY_AFTER_SECONDS);
    }
    response
}
