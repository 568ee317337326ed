//! Where an issuer says that its keys are (OpenID Connect Discovery 1.0).

use std::future::Future;

use http::Uri;
use serde_json::Value;

use super::key_source::KeySource;
use crate::loopback::is_loopback;
use crate::members::Members;
use crate::protected_resource::{NotAnIdentifier, identified, identified_on_loopback};
use crate::unavailable::Unavailable;

/// More than any issuer writes into its metadata.
const MOST_BYTES: usize = 1 << 20;

/// Fetches a text by HTTPS. [`HttpsClient`](crate::HttpsClient) does, with the feature `https`. With another HTTP client, a closure will do.
///
/// The client must not follow redirects, and must answer one with an error. It should give up after a few seconds, and stop reading after a
/// mebibyte.
pub trait Fetch: Send + Sync + 'static {
    /// The body of a 200.
    ///
    /// # Errors
    /// The address cannot be asked, or answers another status.
    fn get(&self, url: &str) -> impl Future<Output = Result<String, Unavailable>> + Send;
}

impl<F, R> Fetch for F
where
    F: Fn(String) -> R + Send + Sync + 'static,
    R: Future<Output = Result<String, Unavailable>> + Send,
{
    fn get(&self, url: &str) -> impl Future<Output = Result<String, Unavailable>> + Send {
        self(url.to_owned())
    }
}

/// The keys of an issuer, from where its metadata says that they are.
///
/// The metadata is believed if it names the very issuer that was asked for, and if the keys are at an `https` address of the issuer's own
/// origin or of one that was [named](Self::with_keys_of). It is read anew whenever the keys are, within the bounds of
/// [`KeyBounds`](crate::KeyBounds).
///
/// ```
/// use policy_http::{Discovery, Fetch, Jwt, JwtAlgorithm, KeySource, NotAnIdentifier};
///
/// // `client` is an `HttpsClient`, say. A closure over `reqwest` needs a client with `redirect(Policy::none())` and a timeout.
/// fn tokens(client: impl Fetch) -> Result<Jwt<impl KeySource>, NotAnIdentifier> {
///     let issuer = "https://issuer.example";
///     Ok(Jwt::new(issuer, "https://api.example", JwtAlgorithm::Es256, Discovery::new(issuer, client)?))
/// }
/// ```
#[derive(Debug)]
pub struct Discovery<F> {
    issuer: String,
    metadata: String,
    /// Where keys may be.
    origins: Vec<String>,
    allows_loopback: bool,
    client: F,
}

impl<F: Fetch> Discovery<F> {
    /// The keys of that issuer, fetched by that client.
    ///
    /// # Errors
    /// The text is no `https` URL, or has a query, a fragment or a user.
    pub fn new(issuer: impl Into<String>, client: F) -> Result<Self, NotAnIdentifier> {
        let issuer = issuer.into();
        identified(&issuer)?;
        Ok(Self::of(issuer, client, false))
    }

    /// The keys of an issuer on this machine, by `http`: its host is `localhost`, `127.…` or `[::1]`. It is for development and tests, since
    /// nothing proves there that the issuer answers. The client must allow such addresses too, as
    /// [`HttpsClient::with_plain_loopback`](crate::HttpsClient::with_plain_loopback) does.
    ///
    /// # Errors
    /// The text is no `http` URL of this machine, or has a query, a fragment or a user.
    pub fn on_loopback(issuer: impl Into<String>, client: F) -> Result<Self, NotAnIdentifier> {
        let issuer = issuer.into();
        identified_on_loopback(&issuer)?;
        Ok(Self::of(issuer, client, true))
    }

    fn of(issuer: String, client: F, allows_loopback: bool) -> Self {
        // A slash at the end is not part of the address (section 4.1).
        let metadata = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let origins = origin(&issuer, allows_loopback).into_iter().collect();
        Self { issuer, metadata, origins, allows_loopback, client }
    }

    /// Keys may also be at addresses of that origin, `https://keys.example`: some issuers publish them on a host of its own.
    ///
    /// # Errors
    /// The text is no `https` URL, or has a query, a fragment or a user.
    pub fn with_keys_of(mut self, url: impl AsRef<str>) -> Result<Self, NotAnIdentifier> {
        identified(url.as_ref())?;
        self.origins.extend(origin(url.as_ref(), false));
        Ok(self)
    }

    /// Where the metadata says that the keys are.
    fn keys_url(&self, text: &str) -> Result<String, Unavailable> {
        if text.len() > MOST_BYTES {
            return Err(Unavailable::because("the issuer's metadata is larger than 1 MiB"));
        }
        let metadata: Members = serde_json::from_str(text)?;
        let says = |member: &str| metadata.0.get(member).and_then(Value::as_str);
        if says("issuer") != Some(&*self.issuer) {
            return Err(Unavailable::because("the issuer's metadata is that of another issuer"));
        }
        let url = says("jwks_uri").ok_or_else(|| Unavailable::because("the issuer's metadata has no `jwks_uri`"))?;
        match origin(url, self.allows_loopback) {
            Some(origin) if self.origins.contains(&origin) => Ok(url.to_owned()),
            Some(_) => Err(Unavailable::because(
                "the issuer's keys are at another origin than the issuer; name it by `Discovery::with_keys_of`",
            )),
            None => Err(Unavailable::because("the issuer's `jwks_uri` is no `https` address")),
        }
    }
}

impl<F: Fetch> KeySource for Discovery<F> {
    async fn fetch(&self) -> Result<String, Unavailable> {
        let metadata = self.client.get(&self.metadata).await?;
        self.client.get(&self.keys_url(&metadata)?).await
    }
}

/// Scheme, host and port of an `https` address, or of an `http` address of this machine where that is allowed. `None` where it is neither,
/// or names a user.
fn origin(url: &str, allows_loopback: bool) -> Option<String> {
    if url.contains(|character: char| !character.is_ascii_graphic() || r#""<>\^`{|}#"#.contains(character)) {
        return None;
    }
    let url: Uri = url.parse().ok()?;
    let authority = url.authority()?;
    let (scheme, port) = match url.scheme_str()? {
        "https" => ("https", 443),
        "http" if allows_loopback && is_loopback(authority.host()) => ("http", 80),
        _ => return None,
    };
    if authority.as_str().contains('@') || authority.host().is_empty() {
        return None;
    }
    let port = authority.port_u16().unwrap_or(port);
    Some(format!("{scheme}://{}:{port}", authority.host().to_ascii_lowercase()))
}
