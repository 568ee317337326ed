//! The doctor before a proxy with TLS.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;

/// The protocol that was agreed on, and the request.
type Got = (Option<Vec<u8>>, String);

/// A proxy with a certificate for `proxy.example` and its address, which is its own authority.
struct Proxy {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
    authority: PathBuf,
}

impl Proxy {
    fn start(names: &[&str], protocols: &[&[u8]], answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let chain = vec![CertificateDer::from(made.cert.der().to_vec())];
        let mut config = builder.with_no_client_auth().with_single_cert(chain, key).unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let authority = std::env::temp_dir().join(format!("policy-gateway-doctor-{}.pem", address.port()));
        std::fs::write(&authority, made.cert.pem()).unwrap();
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = got.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                let mut stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
                let request = head(&mut stream);
                if request.is_empty() {
                    continue;
                }
                let protocol = stream.conn.alpn_protocol().map(<[u8]>::to_vec);
                kept.lock().unwrap().push((protocol, request.clone()));
                let answer: Vec<u8> = answer(&request).chars().map(|letter| u8::try_from(letter).unwrap()).collect();
                let _ = stream.write_all(&answer);
            }
        });
        Self { address, got, authority }
    }

    fn authority(&self) -> &str {
        self.authority.to_str().unwrap()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.authority);
    }
}

/// A request without what differs from one examination to the next.
fn known(request: &str, host: &str) -> String {
    let request = request.replace(host, "HOST").replace("https://", "http://");
    let is_nonce = |word: &&str| word.len() >= 24 && word.bytes().take(24).all(|byte| byte.is_ascii_hexdigit());
    let nonces: Vec<String> = request.split("doctor-").filter(is_nonce).map(|word| word[..24].to_owned()).collect();
    nonces.iter().fold(request, |text, nonce| text.replace(nonce, "NONCE"))
}

#[test]
fn over_tls_the_same_bytes_are_sent_as_without() {
    let echo = free();
    let (plain, got) = proxy(move |request| forward(echo, request));
    examine(&[&format!("http://{plain}/v1"), "--echo", &echo.to_string()]).unwrap();
    let sent: Vec<String> = got.lock().unwrap().iter().map(|request| known(request, &plain.to_string())).collect();

    let echo = free();
    let proxy = Proxy::start(&["127.0.0.1"], &[b"h2", b"http/1.1"], move |request| forward(echo, request));
    let url = format!("https://{}/v1", proxy.address);
    examine(&[&url, "--echo", &echo.to_string(), "--ca", proxy.authority()]).unwrap();
    let got = proxy.got.lock().unwrap();
    assert_eq!(got.len(), sent.len());
    for ((protocol, request), plain) in got.iter().zip(&sent) {
        assert_eq!(protocol.as_deref(), Some(b"http/1.1".as_slice()));
        assert_eq!(known(request, &proxy.address.to_string()), *plain);
    }
    assert!(sent.iter().any(|request| request.starts_with("GET /v1/x/..\\a")), "{sent:?}");
}

#[test]
fn a_proxy_is_known_by_its_certificate_or_gets_nothing() {
    let start = |names: &[&str], protocols: &[&[u8]]| {
        let echo = free();
        (Proxy::start(names, protocols, move |request| forward(echo, request)), echo.to_string())
    };
    let (proxy, echo) = start(&["proxy.example"], &[]);
    let address = proxy.address.to_string();
    let (other, _) = start(&["proxy.example"], &[]);
    let named = format!("https://proxy.example:{}/v1", proxy.address.port());
    let by_address = format!("https://{address}/v1");
    for (arguments, said) in [
        (vec![&*named, "--connect", &address], "with --ca"),
        (vec![&*named, "--connect", &address, "--ca", other.authority()], "with --ca"),
        (vec![&*by_address, "--ca", proxy.authority()], "with --connect"),
    ] {
        let error = examine(&[&arguments[..], &["--echo", &echo]].concat()).unwrap_err();
        assert!(error.contains("cannot be reached") && error.contains(said), "{arguments:?}: {error}");
    }
    assert!(proxy.got.lock().unwrap().is_empty());
    let report = examine(&[&named, "--connect", &address, "--ca", proxy.authority(), "--echo", &echo]).unwrap();
    assert!(report.checks.iter().any(|check| check.service.is_some()));
    let got = proxy.got.lock().unwrap();
    assert!(got[0].1.contains(&format!("\r\nHost: proxy.example:{}\r\n", proxy.address.port())), "{:?}", got[0]);

    let (newer, echo) = start(&["127.0.0.1"], &[b"h2"]);
    let url = format!("https://{}/v1", newer.address);
    let error = examine(&[&url, "--ca", newer.authority(), "--echo", &echo]).unwrap_err();
    assert!(error.contains("leave out --http2, or add it"), "{error}");
}
