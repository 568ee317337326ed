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
