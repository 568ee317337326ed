//! Issuers that are asked.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

use super::document;
use super::running::{Folder, Gateway, ask, until};

/// An issuer that knows one token, and thinks for so long about each.
fn issuer(thinks: Duration) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = Vec::new();
            let mut buffer = [0; 4096];
            while !bytes.windows(6).any(|window| window == b"token=") {
                let count = stream.read(&mut buffer).unwrap();
                bytes.extend_from_slice(&buffer[..count]);
                if count == 0 {
                    break;
                }
            }
            thread::sleep(thinks);
            let text = String::from_utf8_lossy(&bytes);
            // The client is `gateway` with the secret `hunter2`.
            let is_known = text.contains("Basic Z2F0ZXdheTpodW50ZXIy") && text.contains("token=opaque1");
            let body = match is_known {
                true => r#"{"active":true,"sub":"ali","aud":"https://api.example.com","scope":"notes:read"}"#,
                false => r#"{"active":false}"#,
            };
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    port
}

/// A gateway that asks such an issuer.
fn asking(thinks: Duration) -> (Folder, Gateway) {
    let folder = Folder::new();
    folder.write("openapi.yaml", &document("notes:read"));
    folder.write("secret", "hunter2\n");
    let policy = format!(
        "[[policies]]\nname = 'notes'\nsource = 'openapi.yaml'\nenablement = 'all'\n\
         [policies.schemes.Key.introspection]\nurl = 'http://127.0.0.1:{}/introspect'\nclient-id = 'gateway'\n\
         client-secret-file = 'secret'\naudience = 'https://api.example.com'\nallow-loopback = true\n",
        issuer(thinks)
    );
    let gateway = Gateway::start(&folder, &policy);
    (folder, gateway)
}

#[test]
fn what_is_in_flight_when_the_gateway_ends_is_answered_and_nothing_else_is_taken() {
    let (_folder, gateway) = asking(Duration::from_millis(1_500));
    let port = gateway.listener;
    let headers = [
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Uri", "/notes"),
        ("X-Forwarded-Host", "api.example.com"),
        ("X-Forwarded-Proto", "https"),
        ("Authorization", "Bearer opaque1"),
    ];
    let slow = thread::spawn(move || ask(port, "/", &headers).map(|answer| answer.status));
    gateway.until_counted("policy_gateway_in_flight 1");
    gateway.signal("TERM");
    until("it drains", || gateway.ready().body.contains("draining").then_some(()));
    assert_eq!(gateway.ready().status, 503);
    assert!(ask(port, "/", &headers).is_none(), "a new connection was taken");
    assert_eq!(slow.join().unwrap(), Some(200));
    assert!(gateway.end().success());
}

#[test]
fn an_opaque_token_is_asked_about_with_a_secret_from_a_file() {
    let (folder, gateway) = asking(Duration::ZERO);
    assert_eq!(gateway.status("GET", "/notes", Some("opaque1")), 200, "{}", folder.read("stderr"));
    assert_eq!(gateway.status("GET", "/notes", Some("opaque2")), 401);
}

#[test]
fn an_issuer_that_does_not_answer_is_no_allow() {
    let folder = Folder::new();
    folder.write("openapi.yaml", &document("notes:read"));
    let nobody = super::running::free();
    let policy = format!(
        "[[policies]]\nname = 'notes'\nsource = 'openapi.yaml'\nenablement = 'all'\n[policies.schemes.Key.jwt]\n\
         issuer = 'http://127.0.0.1:{nobody}'\naudience = 'https://api.example.com'\nallow-loopback = true\n"
    );
    let gateway = Gateway::start(&folder, &policy);
    until("it is told", || folder.read("stderr").contains("keys could not be fetched").then_some(()));
    // A header of a token, and what looks like its claims and its signature.
    let token = "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImEifQ.eyJpc3MiOiJhIn0.AAAA";
    assert_eq!(gateway.status("GET", "/notes", Some(token)), 503);
    assert_eq!(gateway.status("GET", "/health", None), 200);
    assert_eq!(ask(gateway.admin, "/ready", &[]).unwrap().status, 200);
}

/// An issuer that signs, and publishes its key where its metadata says.
struct Signing {
    issuer: String,
    key: rcgen::KeyPair,
    answers: Arc<AtomicBool>,
}

impl Signing {
    fn new() -> Self {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        // The public key is an uncompressed point: 4, and two coordinates of 32 bytes.
        let point = key.public_key_raw();
        let (x, y) = (BASE64URL_NOPAD.encode(&point[1..33]), BASE64URL_NOPAD.encode(&point[33..65]));
        let keys = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "k", "x": x, "y": y }] });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let answers = Arc::new(AtomicBool::new(true));
        let metadata = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/keys") });
        let is_up = Arc::clone(&answers);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut buffer = [0; 4096];
                let count = stream.read(&mut buffer).unwrap();
                if !is_up.load(Ordering::SeqCst) {
                    continue;
                }
                let is_keys = buffer[..count].starts_with(b"GET /keys ");
                let body = if is_keys { keys.to_string() } else { metadata.to_string() };
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length:";
                let _ = write!(stream, "{head} {}\r\n\r\n{body}", body.len());
            }
        });
        Self { issuer, key, answers }
    }

    fn token(&self, audience: &str) -> String {
        let header = Header { typ: Some("at+jwt".into()), kid: Some("k".into()), ..Header::new(Algorithm::ES256) };
        let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(600);
        let claims = json!({
            "iss": self.issuer, "aud": audience, "sub": "ali", "exp": end.as_secs(), "scope": "notes:read", "org": { "id": "north" }
        });
        encode(&header, &claims, &EncodingKey::from_ec_der(&self.key.serialize_der())).unwrap()
    }
}

#[test]
fn a_signed_token_is_verified_by_the_keys_that_discovery_finds_also_after_a_reload_in_an_outage() {
    let (folder, issuer) = (Folder::new(), Signing::new());
    folder.write("openapi.yaml", &document("notes:read"));
    let policy = format!(
        "[[policies]]\nname = 'notes'\nsource = 'openapi.yaml'\nenablement = 'all'\n[policies.schemes.Key.jwt]\n\
         issuer = '{}'\naudience = ['https://old.example.com', 'https://api.example.com']\nalgorithms = ['ES256']\n\
         tenant-claim = ['org', 'id']\nallow-loopback = true\n[policies.identity]\ntenant = 'X-Tenant'\n",
        issuer.issuer
    );
    let gateway = Gateway::start(&folder, &policy);
    let (good, other) = (issuer.token("https://api.example.com"), issuer.token("https://another.example.com"));
    let answer = gateway.decide("GET", "/notes", Some(&good));
    assert!(answer.status == 200 && answer.head.to_lowercase().contains("x-tenant: north"), "{answer:?}");
    assert_eq!(gateway.status("GET", "/notes", Some(&other)), 401);
    issuer.answers.store(false, Ordering::SeqCst);
    gateway.signal("HUP");
    gateway.until_counted("policy_gateway_reload_total{result=\"loaded\"} 2");
    assert_eq!(gateway.status("GET", "/notes", Some(&good)), 200);
}

/// An issuer that answers once it may.
struct Held {
    issuer: String,
    asked: Receiver<()>,
    goes_on: Sender<()>,
}

impl Held {
    fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let ((ask, asked), (goes_on, may_go_on)) = (channel(), channel::<()>());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = ask.send(());
                // Whether it answers does not matter here, and what does is when.
                let _ = may_go_on.recv();
                drop(stream);
            }
        });
        Self { issuer, asked, goes_on }
    }

    /// Lets it go on with every question from now on.
    fn let_go(self) {
        drop(self.goes_on);
    }
}

/// A file that was complete long ago can be renamed to a document's name while that is read. Nothing about it is new but its inode.
#[test]
fn a_document_that_is_replaced_while_it_is_read_is_taken() {
    let (folder, issuer) = (Folder::new(), Held::new());
    let open = document("notes:read").replace("x-required-scopes: ['notes:read']", "security: []");
    folder.write("openapi.yaml", &open);
    let policy = format!(
        "[[policies]]\nname = 'notes'\nsource = 'openapi.yaml'\nenablement = 'all'\n[policies.schemes.Key.jwt]\n\
         issuer = '{}'\naudience = 'https://api.example.com'\nallow-loopback = true\n",
        issuer.issuer
    );
    let replace = || {
        let next = folder.0.join("next.yaml");
        folder.write("next.yaml", &document("notes:read"));
        let written = SystemTime::now() - Duration::from_secs(3_600);
        fs::File::options().write(true).open(&next).unwrap().set_modified(written).unwrap();
        fs::rename(next, folder.0.join("openapi.yaml")).unwrap();
    };
    let replaced = thread::scope(|scope| {
        let replacing = scope.spawn(|| {
            // The document was read, and its issuer is being asked.
            issuer.asked.recv_timeout(Duration::from_secs(30)).unwrap();
            replace();
            issuer.let_go();
        });
        let gateway = Gateway::start(&folder, &policy);
        replacing.join().unwrap();
        gateway
    });
    until("the new one counts", || (replaced.status("GET", "/notes", None) == 401).then_some(()));
}
