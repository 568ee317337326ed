//! Envoy's `ext_authz` with an `http_service`.

use http::HeaderName;
use policy_gateway::dialects::{Dialect, EnvoyHttp, EnvoyTarget};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::raw::{ask, next};
use crate::script::{Running, Word, allow, deny};

fn prefixed(prefix: &str) -> Dialect {
    Dialect::EnvoyHttp(EnvoyHttp { target: EnvoyTarget::Prefix(prefix.into()), document: None })
}

#[tokio::test]
async fn the_prefix_is_cut_as_bytes_and_the_rest_stays_as_it_is() {
    for prefix in ["/check", "/v1/che~ck", ""] {
        let running = Running::of(prefixed(prefix), allow()).await;
        for target in [
            "/a",
            "/",
            "//a/b",
            "//",
            "/a/../b",
            "/../a",
            "/a%2fb",
            "/%61/b",
            "/a\\b",
            "/a?b=/check/c?d",
            "/check/a",
            "/a:b@c",
        ] {
            let head = format!("DELETE {prefix}{target} HTTP/1.1\nHost: api.example\nAuthorization: Bearer a");
            assert_eq!(ask(&running, &head).await.status, 200, "{head}");
            let expected = format!("DELETE {target} host=api.example | authorization: Bearer a");
            assert_eq!(running.script.asked_once(), expected);
        }
    }
}

#[tokio::test]
async fn what_is_not_below_the_prefix_is_denied() {
    let running = Running::of(prefixed("/check"), allow()).await;
    for target in
        ["/", "/a", "/checkout", "/Check/a", "/%63heck/a", "//check/a", "/check", "/check?a", "http://a/check/b", "*"]
    {
        let answer = ask(&running, format!("GET {target} HTTP/1.1\nHost: a")).await;
        assert_eq!(answer.status, 400, "{target}");
        assert_eq!(running.script.asked(), Vec::<String>::new(), "{target}");
    }
    // hyper itself refuses these. A 400 denies, whatever Envoy is set to.
    for target in ["/check/a b", "/check/a\u{1}", "/check/a<b"] {
        assert_eq!(ask(&running, format!("GET {target} HTTP/1.1\nHost: a")).await.status, 400, "{target}");
        assert_eq!(running.script.asked(), Vec::<String>::new(), "{target}");
    }
    for head in [
        "CONNECT a:1 HTTP/1.1\nHost: a:1",
        "GET /check/a HTTP/1.1\nHost: a\nHost: b",
        "GET /check/a HTTP/1.1\nHost: a@b",
    ] {
        assert_eq!(ask(&running, head).await.status, 400, "{head}");
        assert_eq!(running.script.asked(), Vec::<String>::new(), "{head}");
    }
    // Two that Envoy joined.
    assert_eq!(ask(&running, "GET /check/a HTTP/1.1\nHost: a\nAuthorization: Bearer a,Bearer b").await.status, 400);
}

/// hyper drops what follows a `#`, which the upstream would get.
#[tokio::test]
async fn a_target_with_a_fragment_is_denied_and_the_connection_ends() {
    let running = Running::of(prefixed("/check"), allow()).await;
    for target in ["/check/a#", "/check/a#/../b", "/check/a?b#c"] {
        assert_eq!(ask(&running, format!("GET {target} HTTP/1.1\nHost: a")).await.status, 400, "{target}");
        assert_eq!((running.script.asked(), running.script.refused()), (vec![], vec!["malformed"]), "{target}");
    }
    let mut stream = TcpStream::connect(running.port()).await.unwrap();
    stream.write_all(b"GET /check/a HTTP/1.1\r\nHost: a\r\nX-Note: #1\r\n\r\n").await.unwrap();
    assert_eq!(next(&mut stream).await.status, 200);
    stream.write_all(b"GET /check/a#b HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let answer = next(&mut stream).await;
    assert_eq!((answer.status, answer.header("connection")), (400, Some("close")));
}

#[tokio::test]
async fn the_path_may_stand_in_a_header_that_envoy_overwrites() {
    let header = HeaderName::from_static;
    let target = EnvoyTarget::Header(header("x-target"));
    let dialect = Dialect::EnvoyHttp(EnvoyHttp { target, document: Some(header("x-policy")) });
    let running = Running::of(dialect, allow()).await;
    let whole = "PUT /check HTTP/1.1\nHost: a\nX-Target: /a/../b#c?d\nX-Policy: notes";
    assert_eq!(ask(&running, whole).await.status, 200);
    assert_eq!(running.script.asked_once(), "PUT /a/../b#c?d host=a document=notes");
    let contradiction = whole.replace("PUT /check", "PUT http://b/check");
    assert_eq!(ask(&running, &contradiction).await.status, 400);
    assert_eq!(running.script.asked(), Vec::<String>::new(), "the target has one authority and `Host` another");
    assert_eq!(ask(&running, whole.replace("PUT /check", "PUT http://a/check")).await.status, 200);
    assert_eq!(running.script.asked_once(), "PUT /a/../b#c?d host=a document=notes");
    for line in whole.lines().skip(2) {
        for wrong in [whole.replace(&format!("\n{line}"), ""), format!("{whole}\n{line}")] {
            assert_eq!(ask(&running, &wrong).await.status, 400, "{wrong}");
            assert_eq!(running.script.asked(), Vec::<String>::new(), "{wrong}");
        }
    }
}

#[tokio::test]
async fn only_an_allow_is_200_and_no_denial_is_an_error_of_the_server() {
    let running = Running::of(prefixed("/check"), allow()).await;
    for (word, expected) in [
        (
            Word::Allow(vec![("x-subject", "ali"), ("x-client", "")], vec!["authorization", "x-old"]),
            "200 | x-client:  | x-envoy-auth-headers-to-remove: authorization,x-old | x-subject: ali".to_owned(),
        ),
        (Word::Deny(401, vec![("www-authenticate", "Bearer")], ""), "401 | www-authenticate: Bearer".into()),
        (Word::Panic, "403 | content-type: application/problem+json | retry-after: 1 | x-policy-status: 503".into()),
    ]
    .into_iter()
    .chain([400, 403, 404, 405, 429].map(|status| (deny(status), status.to_string())))
    .chain([500, 502, 503, 599].map(|status| (deny(status), format!("403 | x-policy-status: {status}"))))
    .chain([200, 204, 302].map(|status| {
        (deny(status), "403 | content-type: application/problem+json | retry-after: 1 | x-policy-status: 503".into())
    })) {
        running.script.say(word.clone());
        let answer = ask(&running, "GET /check/a HTTP/1.1\nHost: a").await;
        assert_eq!(answer.line().trim_end(), expected, "{word:?}");
    }
}

#[tokio::test]
async fn a_decision_that_takes_longer_than_envoy_waits_is_a_denial() {
    let running = Running::of(prefixed("/check"), Word::Stall).await;
    for timeout in ["200", "0"] {
        let head = format!("GET /check/a HTTP/1.1\nHost: a\nX-Envoy-Expected-RQ-Timeout-Ms: {timeout}");
        assert_eq!(ask(&running, head).await.status, 403, "{timeout}");
        assert_eq!(running.script.refused(), ["late"]);
    }
}
