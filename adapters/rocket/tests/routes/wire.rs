//! What rocket does with the bytes of a request before anything is decided.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::mpsc;

use rocket::fairing::AdHoc;
use rocket::http::Method;

use super::{ALL, Guarded, all, impostor, quiet};

/// A server for as long as the process lives, by raw sockets. rocket binds its own socket, and says at liftoff which.
fn serve(guard: Guarded) -> (Ipv4Addr, u16) {
    let (tell, told) = mpsc::channel();
    let liftoff = AdHoc::on_liftoff("says where it listens", move |rocket| {
        Box::pin(async move { tell.send(rocket.config().port).unwrap() })
    });
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(quiet().attach(guard.try_into_fairing().unwrap()).attach(liftoff).launch()).unwrap();
    });
    (Ipv4Addr::LOCALHOST, told.recv().unwrap())
}

/// The status of the answer to these bytes.
fn status(address: (Ipv4Addr, u16), request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request).unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    String::from_utf8_lossy(&start).into_owned()
}

#[test]
fn a_denial_needs_the_first_bytes_of_a_body_that_rocket_waits_for_and_no_more() {
    let address = serve(all());
    for content_type in ["application/json", "application/x-www-form-urlencoded"] {
        let head = format!("POST /v1/items HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n");
        let body = "x".repeat("_method=delete".len());
        let request = format!("{head}Content-Length: 1000000000\r\n\r\n{body}");
        assert_eq!(status(address, request.as_bytes()), "HTTP/1.1 401", "{content_type}");
    }
}

#[test]
fn a_form_makes_no_other_method_of_a_request() {
    let address = serve(all().unguarded(Method::Get, "/healthz", "liveness probe", impostor));
    let form = "Content-Type: application/x-www-form-urlencoded";
    let all = format!("Authorization: {ALL}");
    for (line, key, kind, body, outcome) in [
        // rocket routes it as DELETE, which the key may do; it was POST, which the template does not serve.
        ("POST /v1/items/1", all.as_str(), form, "_method=DELETE", "405"),
        ("POST /v1/items/1", &all, form, "_method=delete&x=1", "405"),
        ("POST /v1/items/1", &all, form, "_method=deletex", "405"),
        ("POST /v1/items/1", &all, form, "&_method=DELETE", "405"),
        (
            "POST /v1/items/1",
            &all,
            "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
            "_method=DELETE",
            "405",
        ),
        ("POST /v1/items", &all, form, "_method=get&x=1", "405"),
        ("POST /v1/none", &all, form, "_method=get&x=1", "404"),
        ("POST /healthz", &all, form, "_method=get&x=1", "405"),
        // It looks as if it had been POST.
        ("DELETE /v1/items/1", &all, form, "_method=DELETE", "405"),
        // Nobody learns the methods of a template by it.
        ("POST /v1/items/1", "", form, "_method=DELETE", "401"),
        // These are what they were.
        ("POST /v1/items", &all, form, "_method=post&x=1", "200"),
        ("POST /v1/items", &all, form, "name=x&_method=DELETE", "200"),
        ("POST /v1/items", &all, "Content-Type: text/plain", "_method=DELETE", "200"),
        ("DELETE /v1/items/1", &all, form, "name=x", "200"),
        ("DELETE /v1/items/1", &all, form, "", "200"),
    ] {
        let length = body.len();
        let request =
            format!("{line} HTTP/1.1\r\nHost: x\r\n{key}\r\n{kind}\r\nContent-Length: {length}\r\n\r\n{body}");
        let request = request.replace("\r\n\r\nContent-Type", "\r\nContent-Type");
        assert_eq!(status(address, request.as_bytes()), format!("HTTP/1.1 {outcome}"), "{request}");
    }
}

#[test]
fn rocket_drops_a_header_that_is_not_utf_8_before_anything_is_decided() {
    let address = serve(all());
    let ask = |fields: &[&[u8]]| {
        let mut request = b"GET /v1/by-header HTTP/1.1\r\nHost: x\r\n".to_vec();
        for field in fields {
            request.extend_from_slice(field);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        status(address, &request)
    };
    assert_eq!(ask(&[b"X-Key: ali~"]), "HTTP/1.1 200");
    assert_eq!(ask(&[b"X-Key: ali~", b"X-Key: bob~"]), "HTTP/1.1 400");
    assert_eq!(ask(&[b"X-Key: ali~\xff"]), "HTTP/1.1 401");
    assert_eq!(ask(&[b"X-Key: ali~", b"X-Key: \xff"]), "HTTP/1.1 200");
}
