//! The matrix over a service behind a base URL, with and without TLS.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use policy_spec::Engine;
use policy_test::KnownCredentials;
use policy_test::matrix::{Address, Client, Options, Pace, Refusals, Run};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::small::{Notes, matrix};

/// A document with an operation for whoever has a certificate, and one for whoever has a token and a certificate.
const CERTIFIED: &str = "openapi: 3.1.0
info: { title: T, version: '1' }
components: { securitySchemes: { Own: { type: mutualTLS }, Token: { type: http, scheme: bearer } } }
paths:
  /a: { get: { security: [{ Own: [] }] } }
  /b: { get: { security: [{ Own: [], Token: [] }], x-required-scopes: [b] } }
";

#[test]
fn a_client_certificate_is_a_credential_where_the_document_has_it() {
    let own = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (server, client) = (own(), own());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(client.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let key = PrivateKeyDer::try_from(server.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_client_cert_verifier(verifier.allow_unauthenticated().build().unwrap());
    let config = Arc::new(config.with_single_cert(vec![server.cert.der().clone()], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            let mut received = Vec::new();
            let mut buffer = [0; 4096];
            while !received.windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(count @ 1..) => received.extend_from_slice(&buffer[..count]),
                    _ => break,
                }
            }
            let head = String::from_utf8_lossy(&received).into_owned();
            let has_certificate = stream.conn.peer_certificates().is_some();
            let status = match head.split(' ').nth(1).unwrap_or_default() {
                "/a" | "/b" if !head.starts_with("GET ") => 405,
                "/a" | "/b" if !has_certificate => 401,
                "/a" => 200,
                "/b" if head.contains("Authorization: Bearer b\r\n") => 200,
                "/b" if head.contains("Authorization: Bearer none\r\n") => 403,
                "/b" => 401,
                _ => 404,
            };
            let text = format!("HTTP/1.1 {status} X\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n");
            let _ = stream.write_all(text.as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    let loaded = policy_spec::read("certified.yaml", CERTIFIED.as_bytes(), &policy_spec::Settings::default());
    let credentials = KnownCredentials::new()
        .with("Own", [""; 0], "the certificate")
        .with("Token", ["b"], "b")
        .with("Token", [""; 0], "none");
    let ask = |with: bool| {
        let mut options = Options::default();
        options.allowed = true;
        let run = Run::new(Engine::new(loaded.model.as_ref().unwrap()).unwrap(), options, Refusals::default());
        let address = Address::read(&format!("https://localhost:{port}")).unwrap();
        let mut asking = Client::new(address, Some(server.cert.pem().as_bytes())).unwrap();
        if with {
            let (chain, key) = (client.cert.pem(), client.signing_key.serialize_pem());
            asking = asking.with_certificate(chain.as_bytes(), key.as_bytes()).unwrap();
        }
        run.over(&asking, &Pace::default(), run.prepare(&credentials), &|_, _| {})
    };
    let report = ask(true);
    assert!(report.failures().is_empty(), "{report}");
    let allowed = report.judged.iter().filter(|judged| judged.case.expected.is_allowed());
    let statuses: Vec<u16> = allowed.map(|judged| judged.answer.as_ref().unwrap().status).collect();
    assert_eq!(statuses, [200, 200], "{report}");
    let curl = report.judged.iter().filter_map(|judged| report.curl(judged)).find(|line| line.contains("--cert"));
    assert!(curl.unwrap().contains(" --cert \"$OWN\" --key \"$OWN_KEY\" "));
    let without = ask(false).to_string();
    assert!(without.contains("there is no client certificate for `Own`"), "{without}");
    // What is no certificate, or not of this key, is told.
    let client_at = |url: &str| Client::new(Address::read(url).unwrap(), Some(server.cert.pem().as_bytes())).unwrap();
    let (chain, key, other) =
        (client.cert.pem(), client.signing_key.serialize_pem(), server.signing_key.serialize_pem());
    for (url, chain, key, told) in [
        ("https://localhost", chain.as_str(), other.as_str(), "keys"),
        ("https://localhost", "nothing", key.as_str(), "no certificate in PEM"),
        ("https://localhost", chain.as_str(), "nothing", "its key"),
        ("http://localhost", chain.as_str(), key.as_str(), "begins with `http://`"),
    ] {
        let error = client_at(url).with_certificate(chain.as_bytes(), key.as_bytes()).unwrap_err().to_string();
        assert!(error.to_lowercase().contains(&told.to_lowercase()), "{error}");
    }
}

fn answer(stream: &mut (impl Read + Write)) {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    while !received.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => received.extend_from_slice(&buffer[..count]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&received).into_owned();
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let mut request = http::Request::builder().method(method).uri(target);
    for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
        request = request.header(name, value);
    }
    let (status, has_challenge) = request.body(()).map_or((400, false), |request| Notes { fault: "" }.answer(&request));
    let challenge = if has_challenge { "WWW-Authenticate: Bearer\r\n" } else { "" };
    let text = format!("HTTP/1.1 {status} X\r\n{challenge}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n");
    let _ = stream.write_all(text.as_bytes());
    let _ = stream.flush();
}

#[test]
fn a_base_url_is_asked_what_is_safe_and_everything_where_the_test_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().flatten().for_each(|mut stream| answer(&mut stream)));
    let report = matrix().at(&url).unwrap();
    assert!(report.failures().is_empty(), "{report}");
    assert!(report.judged.iter().all(|judged| judged.case.is_safe() && !judged.case.expected.is_allowed()));
    assert!(!report.gaps().is_empty());
    matrix().everything().at(&url).unwrap().assert();
    assert!(matrix().at("localhost").unwrap_err().to_string().contains("no address"));
}

#[test]
fn a_service_is_asked_by_tls_and_only_where_its_certificate_is_trusted() {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let server = Arc::new(server.with_no_client_auth().with_single_cert(vec![own.cert.der().clone()], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&server)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            answer(&mut stream);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    let document = include_str!("notes.yaml");
    let loaded = policy_spec::read("notes.yaml", document.as_bytes(), &policy_spec::Settings::default());
    let engine = || Engine::new(loaded.model.as_ref().unwrap()).unwrap();
    let ask = |authorities: Option<&[u8]>| {
        let run = Run::new(engine(), Options::default(), Refusals::default());
        let client = Client::new(Address::read(&format!("https://localhost:{port}")).unwrap(), authorities).unwrap();
        let prepared = run.prepare(&KnownCredentials::new());
        run.over(&client, &Pace::default(), prepared, &|_, _| {})
    };
    let report = ask(Some(own.cert.pem().as_bytes()));
    assert!(report.failures().is_empty() && report.counts().passed > 50, "{report}");
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    assert_eq!(ask(Some(other.cert.pem().as_bytes())).counts().passed, 0);
}
