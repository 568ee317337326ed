//! What each proxy does when its authorizer fails, as a table.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use conformance::Request;

use crate::programs::{ALL, Ports, Proxy, listen, programs};
use crate::upstream::Upstream;

/// How an authorizer fails that is not there to say so.
#[derive(Clone, Copy, Debug)]
enum Failure {
    /// Nobody listens.
    Dead,
    /// Connections are taken, and nothing is answered.
    Silent,
    /// Connections are taken and ended.
    Closing,
}

/// What makes a proxy let requests through. Traefik has no such setting for its check.
pub(super) fn open(proxy: Proxy) -> Option<&'static [(&'static str, &'static str)]> {
    match proxy {
        Proxy::EnvoyGrpc | Proxy::EnvoyHttp => Some(&[("failure_mode_allow: false", "failure_mode_allow: true")]),
        Proxy::Traefik => None,
        Proxy::Caddy => Some(&[(
            "\tbind 127.0.0.1\n",
            "\tbind 127.0.0.1\n\thandle_errors {\n\t\treverse_proxy 127.0.0.1:9000\n\t}\n",
        )]),
        Proxy::Nginx => Some(&[(
            "error_page 500 = @unavailable;",
            "error_page 500 = @open;\n        location @open { proxy_pass http://service; }",
        )]),
    }
}

fn fail(failure: Failure, address: SocketAddr) {
    if matches!(failure, Failure::Dead) {
        return;
    }
    let listener = listen(address);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if matches!(failure, Failure::Silent) {
                std::thread::spawn(move || {
                    std::thread::sleep(Duration::from_secs(30));
                    drop(stream);
                });
            }
        }
    });
}

/// What a client gets, and whether the service got the request.
fn tried(proxy: Proxy, programs: &Path, failure: Failure, edits: &[(&str, &str)]) -> String {
    let ports = Ports::free();
    let upstream = Upstream::start(ports.service());
    let _proxy = proxy.start(programs, ports, edits);
    fail(failure, ports.authorizer());
    let bytes = b"GET /v1/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer nobody\r\n\r\n".to_vec();
    let (status, _) = Request { bytes, ..Request::default() }.send(ports.proxy());
    let answered = if status == 0 { "no answer within 3 s".to_owned() } else { status.to_string() };
    if upstream.take().is_empty() { answered } else { format!("{answered}, FORWARDED") }
}

#[test]
fn a_dead_authorizer_is_a_denial_unless_the_proxy_is_told_to_let_through() {
    let Some(programs) = programs() else { return };
    let mut table = String::new();
    let mut wrong = Vec::new();
    let _ = writeln!(table, "{:<12} {:<10} {:<24} told to let through", "proxy", "authorizer", "ready configuration");
    let rows: Vec<_> = std::thread::scope(|scope| {
        let row = |proxy: Proxy, failure| {
            let programs = &programs;
            scope.spawn(move || {
                let ready = tried(proxy, programs, failure, &[]);
                let open = open(proxy).map(|edits| tried(proxy, programs, failure, edits));
                (proxy, failure, ready, open.unwrap_or_else(|| "has no such setting".to_owned()))
            })
        };
        let failures = [Failure::Dead, Failure::Silent, Failure::Closing];
        let running: Vec<_> = ALL.into_iter().flat_map(|proxy| failures.map(|failure| row(proxy, failure))).collect();
        running.into_iter().map(|row| row.join().unwrap()).collect()
    });
    for (proxy, failure, ready, open) in rows {
        if ready.contains("FORWARDED") {
            wrong.push(format!("{} with a {failure:?} authorizer: {ready}", proxy.name()));
        }
        let failure = format!("{failure:?}").to_lowercase();
        let _ = writeln!(table, "{:<12} {failure:<10} {ready:<24} {open}", proxy.name());
    }
    println!("{table}");
    insta::assert_snapshot!("dead_authorizer", table);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
