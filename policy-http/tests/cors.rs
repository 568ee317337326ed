//! CORS is answered from the document, for exact origins, and opens nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod entry;

use std::time::Duration;

use common::{Api, Tokens, operation, request};
use entry::Entry;
use http::{HeaderMap, HeaderName, Response};
use policy_core::OperationRef;
use policy_http::{Cors, EnableAll, Options};

const APP: &str = "https://app.example.com";

fn gate(cors: Option<Cors>) -> Entry<Api, Tokens, EnableAll> {
    let options = Options::new();
    Entry::new(
        Tokens,
        EnableAll,
        match cors {
            Some(cors) => options.cors(cors),
            None => options,
        },
    )
}

fn file() -> [OperationRef<Api>; 2] {
    [operation("GET", "/v1/files/{id}"), operation("DELETE", "/v1/files/{id}")]
}

/// The headers of CORS, one a line.
fn shown(headers: &HeaderMap) -> String {
    let cors = |name: &&HeaderName| *name == "vary" || name.as_str().starts_with("access-control-");
    let mut lines: Vec<String> = headers
        .keys()
        .filter(cors)
        .map(|name| {
            let values: Vec<_> = headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
            format!("{name}: {}", values.join(" | "))
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

fn preflight(gate: &Entry<Api, Tokens, EnableAll>, method: &str, headers: &[(&str, &str)]) -> Option<Response<String>> {
    gate.preflight(&request(method, "/v1/files/1", headers), file())
}

#[test]
fn a_preflight_is_answered_from_the_documents_methods_and_schemes() {
    let cors = Cors::origins([APP, "http://localhost:5173"])
        .unwrap()
        .allow_headers([http::header::CONTENT_TYPE])
        .max_age(Duration::from_secs(600));
    let gate = gate(Some(cors));
    let asked = [("origin", APP), ("access-control-request-method", "DELETE")];
    let response = preflight(&gate, "OPTIONS", &asked).unwrap();
    assert_eq!((response.status().as_u16(), response.body().as_str()), (204, ""));
    assert_eq!(
        shown(response.headers()),
        "access-control-allow-headers: authorization, content-type, x-key\n\
         access-control-allow-methods: GET, DELETE\n\
         access-control-allow-origin: https://app.example.com\n\
         access-control-max-age: 600\n\
         vary: origin, access-control-request-method, access-control-request-headers"
    );
    // A method that the template does not serve is not named, and the browser stops there.
    let patch = preflight(&gate, "OPTIONS", &[("origin", APP), ("access-control-request-method", "PATCH")]).unwrap();
    assert_eq!(patch.headers()["access-control-allow-methods"], "GET, DELETE");
    // Of several schemes, those count that the operation takes.
    let get = gate.preflight(&request("OPTIONS", "/v1/files/1", &asked), [operation("GET", "/v1/files/{id}")]).unwrap();
    assert_eq!(get.headers()["access-control-allow-headers"], "authorization, content-type");
    assert!(gate.preflight(&request("OPTIONS", "/healthz", &asked), []).is_none(), "no operation, nothing to allow");
}

#[test]
fn what_is_no_preflight_of_a_listed_origin_is_a_request_like_any_other() {
    let listed = gate(Some(Cors::origins([APP]).unwrap()));
    let off = gate(None);
    let asked = ("access-control-request-method", "GET");
    for (method, headers) in [
        ("GET", &[("origin", APP), asked][..]),
        ("options", &[("origin", APP), asked]),
        ("OPTIONS", &[("origin", APP)]),
        ("OPTIONS", &[asked]),
        ("OPTIONS", &[("origin", "https://evil.example"), asked]),
        ("OPTIONS", &[("origin", "https://app.example.com.evil.example"), asked]),
        ("OPTIONS", &[("origin", "https://App.example.com"), asked]),
        ("OPTIONS", &[("origin", "http://app.example.com"), asked]),
        ("OPTIONS", &[("origin", "https://app.example.com:443"), asked]),
        ("OPTIONS", &[("origin", "null"), asked]),
        ("OPTIONS", &[("origin", ""), asked]),
        ("OPTIONS", &[("origin", APP), ("origin", "https://evil.example"), asked]),
    ] {
        assert!(preflight(&listed, method, headers).is_none(), "{method} {headers:?}");
    }
    assert!(preflight(&off, "OPTIONS", &[("origin", APP), asked]).is_none());
}

#[tokio::test]
async fn answers_and_denials_carry_the_headers_and_the_policy_decides_as_before() {
    let get = operation("GET", "/v1/files/{id}");
    let gate = gate(Some(Cors::origins([APP]).unwrap().expose_headers([http::header::ETAG])));
    let good = ("authorization", "Bearer ali/files.read/meta.read");

    let admitted = gate.admit(get, &request("GET", "/v1/files/1", &[good, ("origin", APP)])).await.unwrap();
    let mut answer = HeaderMap::new();
    answer.insert("vary", "accept".parse().unwrap());
    answer.insert("access-control-allow-origin", "*".parse().unwrap());
    admitted.owed().apply(&mut answer);
    assert_eq!(
        shown(&answer),
        "access-control-allow-origin: https://app.example.com\n\
         access-control-expose-headers: etag\n\
         vary: accept | origin"
    );

    let other = request("GET", "/v1/files/1", &[good, ("origin", "https://evil.example")]);
    let admitted = gate.admit(get, &other).await.unwrap();
    assert_eq!(shown(&admitted.owed().into_map()), "vary: origin");

    let denied = "access-control-allow-origin: https://app.example.com\n\
                  access-control-expose-headers: etag, www-authenticate, retry-after\n\
                  vary: origin";
    let origin = [("origin", APP)];
    let anonymous = gate.admit(get, &request("GET", "/v1/files/1", &origin)).await.unwrap_err();
    assert_eq!((anonymous.status().as_u16(), shown(anonymous.headers())), (401, denied.into()));
    let anonymous = gate.not_found(&request("GET", "/v1/none", &origin)).await;
    assert_eq!((anonymous.status().as_u16(), shown(anonymous.headers())), (401, denied.into()));
    let allow = "GET, DELETE".parse().unwrap();
    let known = gate.method_not_allowed(&request("PATCH", "/v1/files/1", &[good, ("origin", APP)]), &allow).await;
    assert_eq!((known.status().as_u16(), shown(known.headers())), (405, denied.into()));
}

#[tokio::test]
async fn credentials_are_allowed_to_listed_origins_alone() {
    let get = operation("GET", "/v1/files/{id}");
    let headers = [("authorization", "Bearer ali/files.read/meta.read"), ("origin", APP)];
    let listed = gate(Some(Cors::origins_with_credentials([APP]).unwrap()));
    let admitted = listed.admit(get, &request("GET", "/v1/files/1", &headers)).await.unwrap();
    assert_eq!(
        shown(&admitted.owed().into_map()),
        "access-control-allow-credentials: true\naccess-control-allow-origin: https://app.example.com\nvary: origin"
    );
    let any = gate(Some(Cors::any_origin()));
    let admitted = any.admit(get, &request("GET", "/v1/files/1", &headers)).await.unwrap();
    assert_eq!(shown(&admitted.owed().into_map()), "access-control-allow-origin: *");
    assert!(gate(None).admit(get, &request("GET", "/v1/files/1", &headers)).await.unwrap().owed().is_empty());
}
