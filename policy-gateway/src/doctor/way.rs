//! The way to the proxy: by TCP, and by TLS where its URL says so.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper_rustls::ConfigBuilderExt as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::target::Place;
use super::wire;

/// How the proxy is reached. Each request has a connection of its own.
pub(crate) struct Way {
    address: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Way {
    /// The way to this place, or to another address that answers for it.
    ///
    /// # Errors
    /// What is wrong with the host or the authorities, and what to do.
    pub(crate) fn to(place: &Place, elsewhere: Option<SocketAddr>, authorities: Option<&Path>) -> Result<Self, String> {
        let address = elsewhere.map_or_else(|| place.address.clone(), |address| address.to_string());
        if place.scheme == "http" {
            return match authorities {
                Some(_) => {
                    Err("the URL is http, for which no authority vouches: write https, or leave out --ca".into())
                }
                None => Ok(Self { address, tls: None }),
            };
        }
        let name = ServerName::try_from(place.name().to_owned())
            .map_err(|_| format!("no certificate can be for the host `{}`", place.name()))?;
        Ok(Self { address, tls: Some((connector(authorities)?, name)) })
    }

    /// What is connected to.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Sends bytes, and answers the status that came back. `None` where none came in time.
    ///
    /// # Errors
    /// There is no connection, or the proxy's certificate is not right.
    pub(crate) async fn ask(&self, request: &[u8], patience: Duration) -> io::Result<Option<u16>> {
        let late = |_| io::Error::from(io::ErrorKind::TimedOut);
        let stream = timeout(patience, TcpStream::connect(&self.address)).await.map_err(late)??;
        let Some((connector, name)) = &self.tls else { return Ok(wire::ask(stream, request, patience).await) };
        let stream = timeout(patience, connector.connect(name.clone(), stream)).await.map_err(late)?;
        let stream = stream.map_err(|error| io::Error::new(error.kind(), format!("{error}{}", help(&error))))?;
        Ok(wire::ask(stream, request, patience).await)
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
            ". The doctor speaks HTTP/1.1: let the listener offer it beside HTTP/2"
        }
        _ => "",
    }
}

/// What speaks TLS. It offers HTTP/1.1 alone, since the bytes that are sent are HTTP/1.1. There is no way to leave a certificate unverified:
/// whoever stood in between would get the credentials that are sent.
fn connector(authorities: Option<&Path>) -> Result<TlsConnector, String> {
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
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
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
