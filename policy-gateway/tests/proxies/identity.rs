//! The identity headers that a service gets, with the gateway behind each proxy.

use conformance::Request;

use crate::gateway;
use crate::programs::{ALL, Ports, programs};
use crate::upstream::Upstream;

const HEADERS: [&str; 5] = ["X-Subject", "X-Client", "X-Tenant", "X-Scopes", "X-Operation"];

/// What the service got under each of the names. `None`: it got nothing.
type Got = Option<[String; 5]>;

fn sent(upstream: &Upstream, ports: Ports, path: &str, fields: &str) -> Got {
    let text = format!("GET {path} HTTP/1.1\r\nHost: items.example\r\n{fields}\r\n");
    upstream.take();
    let _ = Request { bytes: text.into_bytes(), ..Request::default() }.send(ports.proxy());
    let arrived = upstream.take().into_iter().next()?;
    let forged = arrived.head.split("\r\n").find(|line| line.contains("forged"));
    assert_eq!(forged, None, "{}", arrived.head);
    Some(HEADERS.map(|name| arrived.values(name).join(" and ")))
}

#[test]
fn a_service_learns_who_calls_from_the_gateway_alone() {
    let Some(programs) = programs() else { return };
    let all =
        |prefix: &str| -> String { HEADERS.map(|name| format!("{}: forged\r\n", name.replace('-', prefix))).concat() };
    for proxy in ALL {
        let ports = Ports::free();
        let upstream = Upstream::start(ports.service());
        let _gateway = gateway::start(proxy, ports);
        let _proxy = proxy.start(&programs, ports, &[]);
        let send = |path: &str, fields: &str| sent(&upstream, ports, path, fields);
        let known = ["ali", "conformance", "", "items:read", "GET /v1/items/{id}"].map(str::to_owned);
        let nobody = ["", "", "", "", "GET /v1/status"].map(str::to_owned);
        let key = "Authorization: Bearer ali~items.read\r\n";
        let name = proxy.name();
        assert_eq!(send("/v1/items/7", key), Some(known.clone()), "{name}");
        assert_eq!(send("/v1/items/7", &format!("{key}{}", all("-"))), Some(known), "{name}");
        assert_eq!(send("/v1/status", &all("-")), Some(nobody), "{name}");
        // Under an alias, what a client says does not arrive. Whether the request does is the proxy's matter.
        for prefix in ["_", "."] {
            send("/v1/items/7", &format!("{key}{}", all(prefix)));
        }
        // The service does not get the request, or gets it with the identity.
        let taken = send("/v1/items/7", &format!("{key}Connection: close, X-Subject\r\n"));
        assert!(taken.as_ref().is_none_or(|[subject, ..]| subject == "ali"), "{name}: {taken:?}");
    }
}
