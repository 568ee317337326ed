//! Issuers that are asked.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use super::document;
use super::running::{Folder, Gateway, ask};

/// An issuer that knows one token.
fn issuer() -> u16 {
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

#[test]
fn an_opaque_token_is_asked_about_with_a_secret_from_a_file() {
    let folder = Folder::new();
    folder.write("openapi.yaml", &document("notes:read"));
    folder.write("secret", "hunter2\n");
    let policy = format!(
        "[[policies]]\nname = 'notes'\nsource = 'openapi.yaml'\nenablement = 'all'\n\
         [policies.schemes.Key.introspection]\nurl = 'http://127.0.0.1:{}/introspect'\nclient-id = 'gateway'\n\
         client-secret-file = 'secret'\naudience = 'https://api.example.com'\nallow-loopback = true\n",
        issuer()
    );
    let gateway = Gateway::start(&folder, &policy);
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
    assert!(folder.read("stderr").contains("keys could not be fetched"), "{}", folder.read("stderr"));
    // A header of a token, and what looks like its claims and its signature.
    let token = "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImEifQ.eyJpc3MiOiJhIn0.AAAA";
    assert_eq!(gateway.status("GET", "/notes", Some(token)), 503);
    assert_eq!(gateway.status("GET", "/health", None), 200);
    assert_eq!(ask(gateway.admin, "/ready", &[]).unwrap().status, 200);
}
