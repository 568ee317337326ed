//! TLS, and clients that prove who they are.

use std::sync::Arc;

use policy_gateway::dialects::{Dialect, EnvoyGrpc, ForwardAuth};
use policy_gateway::listener::{ListenerSettings, Tls, TlsFault, TlsFiles};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::grpc::{Client, listed};
use crate::raw::ask_on;
use crate::script::{Running, allow, on_loopback};

const FORWARD: &str = "GET / HTTP/1.1\nHost: a\nX-Forwarded-Method: GET\nX-Forwarded-Uri: /a\nX-Forwarded-Host: a\nX-Forwarded-Proto: https";

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate and its key, in PEM.
    fn signs(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let signed = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        (signed.pem(), key.serialize_pem())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }
}

fn files<'a>(pair: &'a (String, String), authorities: Option<&'a str>) -> TlsFiles<'a> {
    TlsFiles {
        certificates: pair.0.as_bytes(),
        key: pair.1.as_bytes(),
        client_authorities: authorities.map(str::as_bytes),
    }
}

fn with(dialect: Dialect, tls: &Tls) -> ListenerSettings {
    ListenerSettings { tls: Some(tls.clone()), ..on_loopback(dialect) }
}

fn forward_auth() -> Dialect {
    Dialect::ForwardAuth(ForwardAuth::default())
}

/// A connection that trusts this authority, and shows this certificate.
async fn connect(
    running: &Running,
    trusted: &Authority,
    shown: Option<&(String, String)>,
    offered: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted.pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    let mut config = match shown {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => builder
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
            )
            .unwrap(),
    };
    config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(running.port()).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("gateway").unwrap(), stream).await
}

#[tokio::test]
async fn each_dialect_offers_the_http_that_it_is_spoken_by() {
    let authority = Authority::new();
    let tls = Tls::new(&files(&authority.signs("gateway"), None)).unwrap();
    let running = Running::with(with(forward_auth(), &tls), allow()).await;
    for offered in [&[][..], &["http/1.1"]] {
        let mut stream = connect(&running, &authority, None, offered).await.unwrap();
        assert_eq!(ask_on(&mut stream, FORWARD).await.status, 200);
    }
    assert!(connect(&running, &Authority::new(), None, &[]).await.is_err(), "another authority's listener");

    let running = Running::with(with(Dialect::EnvoyGrpc(EnvoyGrpc::default()), &tls), allow()).await;
    let stream = connect(&running, &authority, None, &["h2"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    assert_eq!(Client::on(stream).await.check(&listed("GET", "/a", &[])).await.line(), "allow");
    assert!(connect(&running, &authority, None, &["http/1.1"]).await.is_err(), "gRPC is HTTP/2");
}

#[tokio::test]
async fn a_client_without_a_certificate_of_the_authority_is_not_heard() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let authorities = clients.pem();
    let tls = Tls::new(&files(&authority.signs("gateway"), Some(&authorities))).unwrap();
    let running = Running::with(with(forward_auth(), &tls), allow()).await;
    let mut stream = connect(&running, &authority, Some(&clients.signs("proxy")), &[]).await.unwrap();
    assert_eq!(ask_on(&mut stream, FORWARD).await.status, 200);
    assert_eq!(running.script.asked().len(), 1);
    for shown in [None, Some(authority.signs("proxy"))] {
        // In TLS 1.3, the client hears of it when it reads.
        if let Ok(mut stream) = connect(&running, &authority, shown.as_ref(), &[]).await {
            use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
            let _ = stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await;
            assert!(stream.read_to_end(&mut Vec::new()).await.is_err());
        }
        assert_eq!(running.script.asked(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn certificates_are_replaced_while_the_listener_runs_and_bad_ones_are_not() {
    let (old, new) = (Authority::new(), Authority::new());
    let tls = Tls::new(&files(&old.signs("gateway"), None)).unwrap();
    let running = Running::with(with(forward_auth(), &tls), allow()).await;
    let mut before = connect(&running, &old, None, &[]).await.unwrap();
    let bad = (new.signs("gateway").0, new.signs("gateway").1);
    assert!(matches!(tls.replace(&files(&bad, None)), Err(TlsFault::Pair(_))));
    assert!(connect(&running, &old, None, &[]).await.is_ok());
    tls.replace(&files(&new.signs("gateway"), None)).unwrap();
    assert!(connect(&running, &old, None, &[]).await.is_err());
    let mut after = connect(&running, &new, None, &[]).await.unwrap();
    for stream in [&mut before, &mut after] {
        assert_eq!(ask_on(stream, FORWARD).await.status, 200);
    }
}

#[test]
fn each_file_that_is_wrong_is_told() {
    let authority = Authority::new();
    let (pair, nothing) = (authority.signs("gateway"), String::new());
    for (wrong, authorities, expected) in [
        ((nothing.clone(), pair.1.clone()), None, "the certificate cannot be read: it holds no certificate in PEM"),
        (
            ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n".into(), pair.1.clone()),
            None,
            "the certificate cannot be read: ",
        ),
        ((pair.0.clone(), nothing.clone()), None, "the private key cannot be read: "),
        ((pair.0.clone(), authority.signs("gateway").1), None, "the private key does not belong to the certificate: "),
        (pair.clone(), Some(""), "the certificates of the clients' authorities cannot be read: "),
    ] {
        let fault = Tls::new(&files(&wrong, authorities)).unwrap_err();
        assert!(fault.to_string().starts_with(expected), "{fault}");
    }
}
