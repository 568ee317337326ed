//! A client that asks issuers by HTTPS. Behind the feature `https`.

mod address;
mod fetch_error;
#[cfg(feature = "introspection")]
mod introspection;
#[cfg(feature = "jwt")]
mod keys;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::Handle;

pub use self::fetch_error::{FetchError, FetchFault};
#[cfg(feature = "introspection")]
pub use self::introspection::HttpsIntrospection;
#[cfg(feature = "jwt")]
pub use self::keys::HttpsKeys;

use self::address::Address;
#[cfg(feature = "jwt")]
use crate::unavailable::Unavailable;

/// The largest body that is read. Neither metadata nor key sets nor answers about a token come near it.
const MOST_BYTES: usize = 1 << 20;
/// The largest head of an answer that is read.
const MOST_HEAD_BYTES: usize = 64 << 10;
/// How long a connection is kept for the next question.
const IDLE_FOR: Duration = Duration::from_secs(20);

/// A client for what an issuer publishes and answers: its metadata ([`Discovery`](crate::Discovery)), its [keys](Self::keys), and
/// whether a token is active ([`introspection`](Self::introspection)).
///
/// ```no_run
/// use policy_http::{HttpsClient, Jwt, KeySource, Provider};
///
/// fn tokens() -> Result<Jwt<impl KeySource>, Box<dyn std::error::Error>> {
///     let provider = Provider::auth0("example.eu.auth0.com")?;
///     let keys = HttpsClient::new()?.keys(provider.keys_url())?;
///     Ok(Jwt::of_provider(provider, "https://api.example", keys))
/// }
/// ```
///
/// What it does, and does not do:
///
/// - It asks `https` addresses alone, and verifies certificates. An address comes from the application's configuration, or from metadata
///   that [`Discovery`](crate::Discovery) believes.
/// - A question ends after five seconds ([`with_timeout`](Self::with_timeout)), with the connection, the answer's head and its body
///   counted together. A body of more than 1 MiB and a head of more than 64 KiB are refused.
/// - It follows no redirect, keeps no cookie, and takes no proxy from the environment. Whoever must use a proxy implements
///   [`Fetch`](crate::Fetch) by another client.
/// - Errors name the address without its query. They hold neither a credential nor what was answered.
///
/// Cryptography is that of the process's default [`CryptoProvider`], where one is installed. Otherwise it is aws-lc, with the feature
/// `https-aws-lc`. A build with the feature `https` alone needs the application to install one.
///
/// It runs on tokio. Clones share their connections.
#[derive(Clone)]
pub struct HttpsClient {
    client: Client<HttpsConnector<HttpConnector>, String>,
    timeout: Duration,
    allows_loopback: bool,
}

impl HttpsClient {
    /// A client that trusts the certificate authorities of the system. Where `SSL_CERT_FILE` or `SSL_CERT_DIR` are set, those.
    ///
    /// # Errors
    /// The system has no certificate authorities: a container without `ca-certificates`, say. Or there is no cryptography.
    pub fn new() -> Result<Self, HttpsClientError> {
        let found = rustls_native_certs::load_native_certs();
        Self::of_roots(found.certs).map_err(|error| match found.errors.into_iter().next() {
            Some(cause) if matches!(error, HttpsClientError::NoAuthorities(_)) => {
                HttpsClientError::NoAuthorities(Some(cause.to_string()))
            }
            _ => error,
        })
    }

    /// A client that trusts these certificate authorities alone: one or more certificates in PEM. It is for an issuer inside a company's
    /// network, whose certificates no public authority signs.
    ///
    /// # Errors
    /// The text holds no certificate, or one that cannot be read. Or there is no cryptography.
    pub fn trusting(pem: impl AsRef<[u8]>) -> Result<Self, HttpsClientError> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_ref()).collect();
        Self::of_roots(certificates.map_err(|error| HttpsClientError::IllFormedCertificate(error.to_string()))?)
    }

    fn of_roots(certificates: Vec<CertificateDer<'static>>) -> Result<Self, HttpsClientError> {
        let mut roots = RootCertStore::empty();
        let (added, refused) = roots.add_parsable_certificates(certificates);
        if added == 0 {
            return Err(match refused {
                0 => HttpsClientError::NoAuthorities(None),
                _ => HttpsClientError::IllFormedCertificate("it is no certificate of an authority".into()),
            });
        }
        let provider = cryptography().ok_or(HttpsClientError::NoCryptography)?;
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| HttpsClientError::NoCryptography)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut connector = HttpConnector::new();
        // Which addresses may be asked is checked before anything is sent (`Address`).
        connector.enforce_http(false);
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_FOR)
            .http1_max_buf_size(MOST_HEAD_BYTES)
            .build(HttpsConnector::from((connector, tls)));
        Ok(Self { client, timeout: Duration::from_secs(5), allows_loopback: false })
    }

    /// How long a question may take altogether; five seconds where nothing is said.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Asks `http` addresses too, if their host is `localhost`, `127.…` or `[::1]`. It is for development and tests: nobody encrypts such a
    /// connection, and nobody proves to be the issuer.
    ///
    /// [`Discovery::on_loopback`](crate::Discovery::on_loopback) takes such an issuer.
    #[must_use]
    pub fn with_plain_loopback(mut self) -> Self {
        self.allows_loopback = true;
        self
    }

    /// The key set at this address, which the application configured.
    ///
    /// # Errors
    /// The address is no `https` URL, or has a fragment or a user.
    #[cfg(feature = "jwt")]
    pub fn keys(&self, url: impl AsRef<str>) -> Result<HttpsKeys, FetchError> {
        Ok(HttpsKeys::new(self.clone(), self.address(url.as_ref())?))
    }

    /// The introspection server at this address, where this service is known by that client identifier and secret (RFC 7662, section 2.1;
    /// RFC 6749, section 2.3.1).
    ///
    /// ```no_run
    /// use policy_core::Document;
    /// use policy_http::{Demands, HttpsClient, HttpsIntrospection, Introspection};
    ///
    /// fn tokens<D: Document>(secret: &str) -> Result<Introspection<D, HttpsIntrospection>, Box<dyn std::error::Error>> {
    ///     let server = HttpsClient::new()?.introspection("https://issuer.example/introspect", "files-api", secret)?;
    ///     Ok(Introspection::new(server, Demands::new().audience("https://api.example"))?)
    /// }
    /// ```
    ///
    /// # Errors
    /// The address is no `https` URL, or has a fragment or a user.
    #[cfg(feature = "introspection")]
    pub fn introspection(
        &self,
        url: impl AsRef<str>,
        client_id: &str,
        client_secret: &str,
    ) -> Result<HttpsIntrospection, FetchError> {
        Ok(HttpsIntrospection::new(self.clone(), self.address(url.as_ref())?, client_id, client_secret))
    }

    /// The body of a 200 at this address.
    ///
    /// # Errors
    /// [`FetchError`]: the address may not be asked, nobody answered, or the answer is none.
    pub async fn get(&self, url: impl AsRef<str>) -> Result<String, FetchError> {
        self.ask(&self.address(url.as_ref())?, None).await
    }

    fn address(&self, url: &str) -> Result<Address, FetchError> {
        Address::read(url, self.allows_loopback)
    }

    /// The body of a 200. With a form, it is posted with that `Authorization`.
    async fn ask(&self, address: &Address, form: Option<(HeaderValue, String)>) -> Result<String, FetchError> {
        let refuse = |fault| FetchError::new(address, fault);
        if Handle::try_current().is_err() {
            return Err(refuse(FetchFault::NoRuntime));
        }
        let asked = tokio::time::timeout(self.timeout, self.answer(address, form)).await;
        asked.unwrap_or(Err(FetchFault::TimedOut)).map_err(refuse)
    }

    async fn answer(&self, address: &Address, form: Option<(HeaderValue, String)>) -> Result<String, FetchFault> {
        let builder = Request::builder().uri(address.uri()).header(ACCEPT, "application/json");
        let builder = builder.header(USER_AGENT, concat!("policy-http/", env!("CARGO_PKG_VERSION")));
        let request = match form {
            None => builder.body(String::new()),
            Some((authorization, form)) => builder
                .method("POST")
                .header(AUTHORIZATION, authorization)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form),
        };
        // The address was read before, and the headers are constants or were made by `HeaderValue`.
        let request = request.map_err(|_| FetchFault::NoAnswer)?;
        let answer = self.client.request(request).await.map_err(|error| of_connection(&error))?;
        match answer.status().as_u16() {
            200 => {}
            status @ 300..=399 => return Err(FetchFault::Redirected(status)),
            status => return Err(FetchFault::Status(status)),
        }
        let body = Limited::new(answer.into_body(), MOST_BYTES).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() { FetchFault::TooLarge } else { FetchFault::NoAnswer }
        })?;
        String::from_utf8(body.to_bytes().into()).map_err(|_| FetchFault::NoText)
    }
}

/// The process's own choice, and else what this crate brings.
fn cryptography() -> Option<Arc<CryptoProvider>> {
    let chosen = CryptoProvider::get_default().cloned();
    #[cfg(feature = "https-aws-lc")]
    let chosen = chosen.or_else(|| Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider())));
    chosen
}

/// What kept an answer from coming. The libraries tell it by the causes behind their error.
fn of_connection(error: &hyper_util::client::legacy::Error) -> FetchFault {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return FetchFault::Untrusted(tls.to_string());
        }
        // An `io::Error` shows the cause behind what it wraps, and not what it wraps.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    if error.is_connect() { FetchFault::Unreachable(last_cause(error)) } else { FetchFault::NoAnswer }
}

fn last_cause(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}

#[cfg(feature = "jwt")]
impl crate::jwt::Fetch for HttpsClient {
    async fn get(&self, url: &str) -> Result<String, Unavailable> {
        Ok(HttpsClient::get(self, url).await?)
    }
}

impl fmt::Debug for HttpsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpsClient")
            .field("timeout", &self.timeout)
            .field("allows_loopback", &self.allows_loopback)
            .finish_non_exhaustive()
    }
}

/// Why there is no [`HttpsClient`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpsClientError {
    /// There is no certificate authority to trust, and why the system's could not be read, where that is known.
    NoAuthorities(Option<String>),
    /// A certificate cannot be read, and why.
    IllFormedCertificate(String),
    /// The feature `https-aws-lc` is not on, and the application installed no [`CryptoProvider`].
    NoCryptography,
}

impl fmt::Display for HttpsClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAuthorities(cause) => {
                f.write_str("there is no certificate authority to trust")?;
                if let Some(cause) = cause {
                    write!(f, " ({cause})")?;
                }
                f.write_str("; install the system's (`ca-certificates`), or name your own by `HttpsClient::trusting`")
            }
            Self::IllFormedCertificate(cause) => write!(f, "a certificate cannot be read: {cause}"),
            Self::NoCryptography => f.write_str(
                "there is no cryptography for TLS; enable policy-http's feature `https-aws-lc`, or install a default `CryptoProvider` of \
                 rustls before",
            ),
        }
    }
}

impl Error for HttpsClientError {}
