//! Servers on this machine that answer whatever a test says, and certificates for them.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "shared by test binaries that use parts of it; a test fails by panicking"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// An authority that signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key.
pub struct Certificate {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    /// Both as text.
    pem: (String, String),
}

impl Authority {
    pub fn new() -> Self {
        Self::named("an authority")
    }

    pub fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    pub fn certificate(&self, names: &[&str]) -> Certificate {
        self.signed(of(names))
    }

    pub fn expired(&self, names: &[&str]) -> Certificate {
        let mut params = of(names);
        (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
        self.signed(params)
    }

    pub fn of_next_year(&self, names: &[&str]) -> Certificate {
        let mut params = of(names);
        (params.not_before, params.not_after) = (date_time_ymd(2998, 1, 1), date_time_ymd(2999, 1, 1));
        self.signed(params)
    }

    fn signed(&self, params: CertificateParams) -> Certificate {
        let key = KeyPair::generate().unwrap();
        Certificate::of(&params.signed_by(&key, &self.0).unwrap(), &key)
    }
}

impl Certificate {
    pub fn of_itself(names: &[&str]) -> Self {
        let key = KeyPair::generate().unwrap();
        Self::of(&of(names).self_signed(&key).unwrap(), &key)
    }

    fn of(signed: &rcgen::Certificate, key: &KeyPair) -> Self {
        let pem = (signed.pem(), key.serialize_pem());
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        Self { certificate: signed.der().clone(), key, pem }
    }

    /// The certificate and its key, in PEM.
    pub fn pem(&self) -> (String, String) {
        self.pem.clone()
    }
}

fn of(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap()
}

/// What a server answers, whatever it is asked.
#[derive(Clone)]
pub struct Reply {
    first: Vec<u8>,
    then: Then,
}

#[derive(Clone)]
enum Then {
    /// Closes, or takes the next request where the answer has a length.
    End,
    /// Writes this again and again.
    Again(Vec<u8>),
    /// Writes this each tenth of a second.
    Slowly(Vec<u8>),
    /// Writes nothing more.
    Stall,
    /// Answers like an issuer with these keys, and takes the next request.
    Issuer(String),
}

impl Reply {
    pub fn whole(text: &str) -> Self {
        Self { first: text.into(), then: Then::End }
    }

    pub fn bytes(bytes: &[u8]) -> Self {
        Self { first: bytes.into(), then: Then::End }
    }

    pub fn endless(first: &str, again: &str) -> Self {
        Self { first: first.into(), then: Then::Again(again.repeat(1000).into()) }
    }

    pub fn slow(first: &str, again: &str) -> Self {
        Self { first: first.into(), then: Then::Slowly(again.into()) }
    }

    pub fn stalled(first: &str) -> Self {
        Self { first: first.into(), then: Then::Stall }
    }

    pub fn issuer(keys: String) -> Self {
        Self { first: Vec::new(), then: Then::Issuer(keys) }
    }
}

pub struct Server {
    port: u16,
    scheme: &'static str,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
}

impl Server {
    pub async fn tls(certificate: &Certificate, reply: Reply) -> Self {
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.certificate.clone()], certificate.key.clone_key())
            .unwrap();
        Self::listen(Some(TlsAcceptor::from(Arc::new(config))), reply).await
    }

    pub async fn plain(reply: Reply) -> Self {
        Self::listen(None, reply).await
    }

    /// A port at which nobody listens any more.
    pub async fn closed_port() -> u16 {
        TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port()
    }

    async fn listen(tls: Option<TlsAcceptor>, reply: Reply) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let seen = Arc::new(Seen::default());
        let server = Self { port, scheme, seen: Arc::clone(&seen) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                seen.connections.fetch_add(1, Ordering::SeqCst);
                let (tls, reply, seen) = (tls.clone(), reply.clone(), Arc::clone(&seen));
                let issuer = format!("{scheme}://{}:{port}", if scheme == "https" { "localhost" } else { "127.0.0.1" });
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, reply, &seen, &issuer).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => serve(stream, reply, &seen, &issuer).await,
                            Err(_) => Ok(()),
                        },
                    }
                });
            }
        });
        server
    }

    pub fn url(&self, host: &str, path: &str) -> String {
        format!("{}://{host}:{}{path}", self.scheme, self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }
}

/// Answers the requests of one connection.
async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    reply: Reply,
    seen: &Seen,
    issuer: &str,
) -> std::io::Result<()> {
    loop {
        let Some(request) = request(&mut stream).await? else { return Ok(()) };
        seen.requests.lock().unwrap().push(request.clone());
        stream.write_all(&reply.first).await?;
        stream.flush().await?;
        match &reply.then {
            Then::End => return stream.shutdown().await,
            Then::Stall => loop {
                tokio::time::sleep(Duration::from_secs(60)).await;
            },
            Then::Again(text) => loop {
                stream.write_all(text).await?;
            },
            Then::Slowly(text) => loop {
                stream.write_all(text).await?;
                stream.flush().await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            },
            Then::Issuer(keys) => {
                let metadata = format!(r#"{{"issuer":"{issuer}","jwks_uri":"{issuer}/keys"}}"#);
                let body = if request.starts_with("GET /keys ") { keys } else { &metadata };
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                stream.write_all(head.as_bytes()).await?;
                stream.flush().await?;
            }
        }
    }
}

/// The next request: its head, and a body of the length that it says.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Option<String>> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => read.push(byte),
            Err(_) => return Ok(None),
        }
    }
    let head = String::from_utf8_lossy(&read).into_owned();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |it| it.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some(head + &String::from_utf8_lossy(&body)))
}
