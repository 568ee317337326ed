//! The way to the proxy: by TCP, and by TLS where its URL says so; by HTTP/1.1, or by HTTP/2.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper_rustls::ConfigBuilderExt as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::target::Place;
use super::{http2, wire};

/// How the proxy is reached. Each request has a connection of its own.
pub(crate) struct Way {
    address: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    version: Version,
    /// The scheme and the authority of each request, which HTTP/2 tells.
    scheme: &'static str,
    authority: String,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    Two,
}

/// A request, as the vectors have it.
pub(crate) struct Sent<'s> {
    pub(crate) method: &'s str,
    pub(crate) target: &'s str,
    /// The value of `Host`, where the fields have none.
    pub(crate) host: Option<&'s str>,
    /// Header fields, each with its line end.
    pub(crate) fields: &'s str,
    pub(crate) body: &'s str,
}

impl Sent<'_> {
    /// The bytes in HTTP/1.1. What is no ASCII is sent as ISO 8859-1.
    fn bytes(&self) -> Vec<u8> {
        let Self { method, target, fields, body, .. } = self;
        let host = self.host.map_or_else(String::new, |host| format!("Host: {host}\r\n"));
        let text = format!("{method} {target} HTTP/1.1\r\n{host}{fields}\r\n{body}");
        text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect()
    }
}

impl Way {
    /// The way to this place, or to another address that answers for it.
    ///
    /// # Errors
    /// What is wrong with the host or the authorities, and what to do.
    pub(crate) fn to(
        place: &Place,
        elsewhere: Option<SocketAddr>,
        authorities: Option<&Path>,
        version: Version,
    ) -> Result<Self, String> {
        let tls = match (place.scheme, authorities) {
            ("http", None) => None,
            ("http", Some(_)) => {
                return Err("the URL is http, for which no authority vouches: write https, or leave out --ca".into());
            }
            _ => {
                let name = ServerName::try_from(place.name().to_owned())
                    .map_err(|_| format!("no certificate can be for the host `{}`", place.name()))?;
                Some((connector(authorities, version)?, name))
            }
        };
        let address = elsewhere.map_or_else(|| place.address.clone(), |address| address.to_string());
        Ok(Self { address, tls, version, scheme: place.scheme, authority: place.host.clone() })
    }

    /// What is connected to.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Sends a request, and answers the status that came back. `None` where none came in time.
    ///
    /// # Errors
    /// There is no connection, or the proxy's certificate is not right.
    pub(crate) async fn ask(&self, sent: &Sent<'_>, patience: Duration) -> io::Result<Option<u16>> {
        let late = |_| io::Error::from(io::ErrorKind::TimedOut);
        let stream = timeout(patience, TcpStream::connect(&self.address)).await.map_err(late)??;
        let Some((connector, name)) = &self.tls else { return Ok(self.exchange(stream, sent, patience).await) };
        let stream = timeout(patience, connector.connect(name.clone(), stream)).await.map_err(late)?;
        let stream = stream.map_err(|error| io::Error::new(error.kind(), format!("{error}{}", help(&error))))?;
        Ok(self.exchange(stream, sent, patience).await)
    }

    async fn exchange(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        sent: &Sent<'_>,
        patience: Duration,
    ) -> Option<u16> {
        match self.version {
            Version::One => wire::ask(stream, &sent.bytes(), patience).await,
            Version::Two => {
                let Sent { method, target: path, fields, body, .. } = *sent;
                let (scheme, authority) = (self.scheme, self.authority.as_str());
                let request = http2::Request { method, scheme, authority, path, fields, body };
                http2::ask(stream, &request, patience).await
            }
        }
    }
}

/// What to do where TLS fails.
fn help(error: &io::Error) -> &'static str {
    use rustls::{AlertDescription, CertificateError, Error};

    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => ". Write the URL with the host of the certificate, and where the proxy listens with --connect",
        Some(Error::InvalidCertificate(_)) => ". Name the authority that signed the proxy's certificate with --ca",
        Some(Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => {
            ". The listener offers another version of HTTP: leave out --http2, or add it"
        }
        _ => "",
    }
}

/// What speaks TLS. It offers the one version of HTTP that is spoken. There is no way to leave a certificate unverified: whoever stood in
/// between would get the credentials that are sent.
fn connector(authorities: Option<&Path>, version: Version) -> Result<TlsConnector, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match authorities {
        None => builder
            .with_native_roots()
            .map_err(|error| format!("the system names no authorities: {error}. Name one with --ca"))?,
        Some(file) => builder.with_root_certificates(roots(file)?),
    };
    let mut config = builder.with_no_client_auth();
    let protocol: &[u8] = if version == Version::Two { b"h2" } else { b"http/1.1" };
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

fn roots(file: &Path) -> Result<RootCertStore, String> {
    let unusable = |why: String| format!("`{}` holds no authorities: {why} (--ca)", file.display());
    let pem = crate::file::read(file).map_err(|error| unusable(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() { Err(unusable("there is no certificate in PEM".into())) } else { Ok(roots) }
}
