//! OAuth 2.0 protected resource metadata (RFC 9728). A client learns from it which scopes there are, and who issues tokens.

use std::fmt;

use http::header::{CONTENT_TYPE, HeaderValue};
use http::uri::Authority;
use http::{Response, Uri};
use policy_core::{Document, Policy, ScopeSet};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The metadata of an API, from its policy.
///
/// ```
/// use policy_core::Document;
/// use policy_http::{NotAnIdentifier, Options, ProtectedResource};
///
/// fn metadata<D: Document>() -> Result<(ProtectedResource<D>, Options<D>), NotAnIdentifier> {
///     let resource = ProtectedResource::new("https://api.example.com/v1")?.authorization_server("https://issuer.example")?;
///     assert_eq!(resource.path(), "/.well-known/oauth-protected-resource/v1");
///     // A challenge then tells where the metadata is.
///     let options = Options::new().resource_metadata(&resource);
///     Ok((resource, options))
/// }
/// ```
///
/// It is served outside the policy: `.unguarded(Method::GET, resource.path(), "metadata for OAuth clients, no data", …)`, with
/// a handler that answers [`response`](Self::response).
#[derive(Clone, Debug)]
pub struct ProtectedResource<D: Document> {
    resource: String,
    origin: String,
    path: String,
    authorization_servers: Vec<String>,
    documentation: Option<String>,
    scopes: Option<ScopeSet<D>>,
    policy: Policy<D>,
}

/// The scope by which a client asks its issuer for a refresh token. It is not for an API to ask for.
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";

/// The members of the metadata. They are written without serde's derive macro, which a service then does not compile.
struct Metadata<'a> {
    resource: &'a str,
    authorization_servers: &'a [String],
    scopes_supported: Vec<&'static str>,
    resource_name: &'static str,
    resource_documentation: Option<&'a str>,
}

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("resource", self.resource)?;
        if !self.authorization_servers.is_empty() {
            members.serialize_entry("authorization_servers", self.authorization_servers)?;
        }
        if !self.scopes_supported.is_empty() {
            members.serialize_entry("scopes_supported", &self.scopes_supported)?;
        }
        members.serialize_entry("bearer_methods_supported", &["header"])?;
        members.serialize_entry("resource_name", self.resource_name)?;
        if let Some(page) = self.resource_documentation {
            members.serialize_entry("resource_documentation", page)?;
        }
        members.end()
    }
}

impl<D: Document> ProtectedResource<D> {
    /// The API at that URL. The URL is its resource identifier, which tokens name as their audience. It comes from the operator, and
    /// never from a request.
    ///
    /// # Errors
    /// The text is no `https` URL, or has a query, a fragment or a user (RFC 9728, section 1.2).
    pub fn new(resource: impl Into<String>) -> Result<Self, NotAnIdentifier> {
        let resource = resource.into();
        let (origin, path) = identified(&resource)?;
        let path = format!("/.well-known/oauth-protected-resource{}", path.trim_end_matches('/'));
        let (authorization_servers, documentation) = (Vec::new(), None);
        let (scopes, policy) = (None, Policy::new());
        Ok(Self { resource, origin, path, authorization_servers, documentation, scopes, policy })
    }

    /// Adds an issuer of tokens for the API.
    ///
    /// # Errors
    /// The text is no issuer identifier (RFC 8414, section 2).
    pub fn authorization_server(mut self, issuer: impl Into<String>) -> Result<Self, NotAnIdentifier> {
        let issuer = issuer.into();
        identified(&issuer)?;
        self.authorization_servers.push(issuer);
        Ok(self)
    }

    /// The scopes that the metadata lists, in place of all: what a client begins with. Clients ask for whatever is listed, so a long list
    /// makes people consent to more than they need. Challenges name what else an operation needs.
    #[must_use]
    pub fn scopes(mut self, scopes: ScopeSet<D>) -> Self {
        self.scopes = Some(scopes);
        self
    }

    /// The page for developers.
    #[must_use]
    pub fn documentation(mut self, url: impl Into<String>) -> Self {
        self.documentation = Some(url.into());
        self
    }

    /// Where the metadata is served (RFC 9728, section 3.1).
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The URL of the metadata, for challenges.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    /// The metadata, as JSON. Its scopes are those that a bearer token can be asked for: each scope that some alternative
    /// with such a scheme requires, sorted; or those that were [chosen](Self::scopes). `offline_access` is never among them.
    #[must_use]
    pub fn json(&self) -> String {
        let scopes =
            self.scopes.map_or_else(|| self.all_scopes(), |scopes| scopes.iter().map(|scope| scope.name()).collect());
        let metadata = Metadata {
            resource: &self.resource,
            authorization_servers: &self.authorization_servers,
            scopes_supported: scopes.into_iter().filter(|name| *name != OFFLINE_ACCESS).collect(),
            resource_name: self.policy.title(),
            resource_documentation: self.documentation.as_deref(),
        };
        // Strings always serialise.
        serde_json::to_string(&metadata).unwrap_or_else(|_| "{}".into())
    }

    /// Each scope that a bearer token can be asked for, sorted.
    fn all_scopes(&self) -> Vec<&'static str> {
        let bearer = |name: &str| self.policy.scheme(name).is_some_and(|scheme| scheme.kind().is_bearer());
        let audit = self.policy.audit().data();
        let mut scopes: Vec<&'static str> = Vec::new();
        for alternative in audit.operations.iter().flat_map(|operation| &operation.alternatives) {
            let schemes = alternative.schemes();
            let bearers = schemes.iter().filter(|(name, _)| bearer(name));
            let named: Vec<_> = bearers.flat_map(|(_, scopes)| scopes).collect();
            scopes.extend(named);
            // Any scheme of the alternative may grant an extension's scopes. If it names none, any scheme of the document may.
            if alternative.accepts_any_scheme() || schemes.iter().any(|(name, _)| bearer(name)) {
                scopes.extend(alternative.extension());
            }
        }
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }

    /// The answer to a request for the metadata.
    #[must_use]
    pub fn response(&self) -> Response<String> {
        let mut response = Response::new(self.json());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

/// The two parts of an identifier: its scheme with its authority, and its path.
pub(crate) fn identified(text: &str) -> Result<(String, String), NotAnIdentifier> {
    let is_https = |url: &Uri| url.scheme_str() == Some("https");
    let url = url(text, is_https, "it does not begin with `https://`")?;
    let authority = url.authority().map(Authority::as_str).unwrap_or_default();
    Ok((format!("https://{authority}"), url.path().to_owned()))
}

/// Whether a text identifies an issuer on this machine that is asked without TLS.
#[cfg(feature = "jwt")]
pub(crate) fn identified_on_loopback(text: &str) -> Result<(), NotAnIdentifier> {
    let is_here = |url: &Uri| url.scheme_str() == Some("http") && url.host().is_some_and(crate::loopback::is_loopback);
    url(text, is_here, "it does not begin with `http://localhost`, `http://127.0.0.1` or `http://[::1]`").map(drop)
}

/// A URL without a query, a fragment and a user. `otherwise` says what is wrong where `begins_well` is false.
fn url(text: &str, begins_well: impl Fn(&Uri) -> bool, otherwise: &'static str) -> Result<Uri, NotAnIdentifier> {
    let refuse = |because| NotAnIdentifier { text: text.to_owned(), because };
    if text.contains('#') {
        return Err(refuse("it has a fragment"));
    }
    // The crate `http` accepts some characters that no URL may have.
    if text.contains(|character: char| !character.is_ascii_graphic() || r#""<>\^`{|}"#.contains(character)) {
        return Err(refuse("it has a character that must be percent-encoded"));
    }
    let url: Uri = text.parse().map_err(|_| refuse("it is no URL"))?;
    if !begins_well(&url) {
        return Err(refuse(otherwise));
    }
    if url.query().is_some() {
        return Err(refuse("it has a query"));
    }
    let authority = url.authority().map(Authority::as_str).unwrap_or_default();
    if authority.is_empty() || authority.contains('@') {
        return Err(refuse("it has no host, or a user before it"));
    }
    Ok(url)
}

/// A text that is no identifier of a resource or an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnIdentifier {
    text: String,
    because: &'static str,
}

impl fmt::Display for NotAnIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` identifies no resource and no issuer: {}", self.text.escape_debug(), self.because)
    }
}

impl std::error::Error for NotAnIdentifier {}
