//! TLS, with certificates that can be replaced while a listener runs.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::dialects::Versions;

/// The contents of PEM files.
#[derive(Clone, Copy)]
pub struct TlsFiles<'a> {
    /// The certificate of the listener, and then those by which it is signed, but for the authority.
    pub certificates: &'a [u8],
    /// Its private key.
    pub key: &'a [u8],
    /// The authorities that sign the certificates of askers. Where they are told, an asker without such a certificate is refused.
    pub client_authorities: Option<&'a [u8]>,
}

/// Certificates for a listener. Clones are the same: what one of them replaces, all have replaced.
#[derive(Clone)]
pub struct Tls(Arc<RwLock<Arc<ServerConfig>>>);

impl Tls {
    /// Reads certificates.
    ///
    /// # Errors
    /// A file holds nothing usable, or the key is another certificate's.
    pub fn new(files: &TlsFiles<'_>) -> Result<Self, TlsFault> {
        read(files).map(|config| Self(Arc::new(RwLock::new(Arc::new(config)))))
    }

    /// Replaces the certificates for connections from now on. Those that are open keep theirs.
    ///
    /// # Errors
    /// A file holds nothing usable, or the key is another certificate's. The certificates stay as they are.
    pub fn replace(&self, files: &TlsFiles<'_>) -> Result<(), TlsFault> {
        let config = read(files)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
        Ok(())
    }

    /// The configuration for one connection, which offers the versions of HTTP that the dialect is spoken by.
    pub(super) fn current(&self, versions: Versions) -> Arc<ServerConfig> {
        let config = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        let mut config = ServerConfig::clone(&config);
        config.alpn_protocols = match versions {
            Versions::One => vec![b"http/1.1".to_vec()],
            Versions::Two => vec![b"h2".to_vec()],
            Versions::Both => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        };
        Arc::new(config)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

fn read(files: &TlsFiles<'_>) -> Result<ServerConfig, TlsFault> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let certificates = certificates(files.certificates).map_err(TlsFault::Certificates)?;
    let key = PrivateKeyDer::from_pem_slice(files.key).map_err(|error| TlsFault::Key(error.to_string()))?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsFault::Pair(error.to_string()))?;
    let builder = match files.client_authorities {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            for certificate in self::certificates(pem).map_err(TlsFault::ClientAuthorities)? {
                roots.add(certificate).map_err(|error| TlsFault::ClientAuthorities(error.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| TlsFault::ClientAuthorities(error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    builder.with_single_cert(certificates, key).map_err(|error| TlsFault::Pair(error.to_string()))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    if certificates.is_empty() { Err("it holds no certificate in PEM".into()) } else { Ok(certificates) }
}

/// What is wrong with certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsFault {
    /// The file of the certificate.
    Certificates(String),
    /// The file of the key.
    Key(String),
    /// The file of the authorities that sign the certificates of askers.
    ClientAuthorities(String),
    /// Certificate and key do not go together.
    Pair(String),
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificates(cause) => write!(f, "the certificate cannot be read: {cause}"),
            Self::Key(cause) => write!(f, "the private key cannot be read: {cause}"),
            Self::ClientAuthorities(cause) => {
                write!(f, "the certificates of the clients' authorities cannot be read: {cause}")
            }
            Self::Pair(cause) => write!(f, "the private key does not belong to the certificate: {cause}"),
        }
    }
}

impl std::error::Error for TlsFault {}
