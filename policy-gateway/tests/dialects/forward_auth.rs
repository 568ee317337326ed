//! Traefik's `ForwardAuth` and Caddy's `forward_auth`.

use http::HeaderName;
use policy_gateway::dialects::{Dialect, ForwardAuth};

use crate::raw::ask;
use crate::script::{Running, Word, allow, deny};

fn dialect(document: Option<&'static str>) -> Dialect {
    Dialect::ForwardAuth(ForwardAuth { document: document.map(HeaderName::from_static) })
}

const WHOLE: &str = "GET / HTTP/1.1\nHost: gateway:9001\nX-Forwarded-Method: PUT\nX-Forwarded-Uri: /a?b=c\n\
                     X-Forwarded-Host: api.example\nX-Forwarded-Proto: https";

#[tokio::test]
async fn the_request_is_the_one_that_the_proxy_tells_of() {
    let running = Running::of(dialect(None), allow()).await;
    for (target, expected) in [
        ("/a", "/a"),
        ("//a/b", "//a/b"),
        ("/a/../b", "/a/../b"),
        ("/a/%2e%2e/b?", "/a/%2e%2e/b?"),
        ("/a%2fb", "/a%2fb"),
        ("/%61/b", "/%61/b"),
        ("/a\\b", "/a\\b"),
        ("/a#b?c#d", "/a#b?c#d"),
        ("/a;b=c,d?x=y&x=%20+z", "/a;b=c,d?x=y&x=%20+z"),
        ("/ä", "/ä"),
        ("/a<>^`{|}\"", "/a<>^`{|}\""),
    ] {
        let head = WHOLE.replace("/a?b=c", target);
        assert_eq!(ask(&running, head).await.status, 200, "{target}");
        assert_eq!(running.script.asked_once(), format!("PUT {expected} host=api.example"));
    }
}

#[tokio::test]
async fn what_the_client_sent_is_passed_on_and_never_counts_for_what_the_proxy_tells() {
    let running = Running::of(dialect(None), allow()).await;
    let head = format!(
        "{WHOLE}\nAuthorization: Bearer a\nAuthorization: Bearer b\nX-Original-URI: /c\nX_Forwarded_Uri: /d\n\
         X-HTTP-Method-Override: GET\nX-Rewrite-URL: /e\nForwarded: host=f\nCookie: g=h"
    );
    assert_eq!(ask(&running, head).await.status, 200);
    assert_eq!(
        running.script.asked_once(),
        "PUT /a?b=c host=api.example | authorization: Bearer a | authorization: Bearer b | cookie: g=h | forwarded: host=f \
         | x-http-method-override: GET | x-original-uri: /c | x-rewrite-url: /e | x_forwarded_uri: /d"
    );
}

/// The client's own words about its connection mean nothing for the sub-request's.
#[tokio::test]
async fn a_client_that_upgrades_or_expects_something_is_decided_like_any_other() {
    let running = Running::of(dialect(None), allow()).await;
    for (fields, expected) in [
        ("Upgrade: websocket\nSec-WebSocket-Version: 13", " | sec-websocket-version: 13 | upgrade: websocket"),
        ("Upgrade: h2c\nHTTP2-Settings: AAMAAABk", " | http2-settings: AAMAAABk | upgrade: h2c"),
        ("Expect: 100-continue", " | expect: 100-continue"),
        ("Content-Length: 0", ""),
    ] {
        assert_eq!(ask(&running, format!("{WHOLE}\n{fields}")).await.status, 200, "{fields}");
        assert_eq!(running.script.asked_once(), format!("PUT /a?b=c host=api.example{expected}"));
    }
}

#[tokio::test]
async fn what_tells_of_the_request_must_be_there_exactly_once() {
    let running = Running::of(dialect(Some("x-policy")), allow()).await;
    let whole = format!("{WHOLE}\nX-Policy: notes");
    assert_eq!(ask(&running, &whole).await.status, 200);
    assert_eq!(running.script.asked_once(), "PUT /a?b=c host=api.example document=notes");
    for line in whole.lines().skip(2) {
        let (name, value) = line.split_once(": ").unwrap();
        for wrong in [
            whole.replace(&format!("\n{line}"), ""),
            format!("{whole}\n{line}"),
            format!("{whole}\n{name}: "),
            whole.replace(line, &format!("{name}:")),
            whole.replace(line, &format!("{}: {value}", name.replace('-', "_"))),
        ] {
            let answer = ask(&running, &wrong).await;
            assert_eq!(answer.status, 400, "{wrong}");
            assert_eq!(
                answer.body,
                r#"{"type":"about:blank","title":"Bad Request","status":400,"reason_code":"malformed"}"#
            );
            assert_eq!((running.script.asked(), running.script.refused()), (vec![], vec!["malformed"]), "{wrong}");
        }
    }
}

#[tokio::test]
async fn what_is_no_request_is_denied() {
    let running = Running::of(dialect(None), allow()).await;
    for (was, is) in [
        ("/a?b=c", "a"),
        ("/a?b=c", "*"),
        ("/a?b=c", "http://other/a"),
        ("/a?b=c", "/a b"),
        ("/a?b=c", "/a\tb"),
        ("PUT", "P T"),
        ("PUT", "GET, PUT"),
        ("api.example", "a, b"),
        ("api.example", "user@a"),
        ("api.example", "a/b"),
        ("https", "https, http"),
        ("https", "HTTPS"),
    ] {
        let wrong = WHOLE.replace(&format!(": {was}"), &format!(": {is}"));
        assert_ne!(wrong, WHOLE);
        assert_eq!(ask(&running, &wrong).await.status, 400, "{wrong}");
        assert_eq!(running.script.asked(), Vec::<String>::new(), "{wrong}");
    }
    let not_utf8 =
        [WHOLE.replace("/a?b=c", "/").replace("/\nX-Forwarded-Host", "/\u{1}\nX-Forwarded-Host").as_bytes(), b""]
            .concat();
    let not_utf8: Vec<_> = not_utf8.iter().map(|byte| if *byte == 1 { 0xff } else { *byte }).collect();
    assert_eq!(ask(&running, not_utf8).await.status, 400);
    assert_eq!(running.script.refused().len(), 13);
}

#[tokio::test]
async fn an_allow_carries_the_identity_and_a_denial_is_whole() {
    let running = Running::of(dialect(None), allow()).await;
    for (word, expected, body) in [
        (allow(), "200", ""),
        (
            Word::Allow(vec![("x-subject", "ali"), ("x-client", "")], vec!["authorization"]),
            "200 | x-client:  | x-subject: ali",
            "",
        ),
        (
            Word::Deny(401, vec![("www-authenticate", "Bearer"), ("content-type", "application/problem+json")], "{}"),
            "401 | content-type: application/problem+json | www-authenticate: Bearer",
            "{}",
        ),
        (Word::Deny(405, vec![("allow", "GET, HEAD"), ("content-length", "77")], "no"), "405 | allow: GET, HEAD", "no"),
        (Word::Deny(503, vec![("retry-after", "3")], "later"), "503 | retry-after: 3", "later"),
    ] {
        running.script.say(word.clone());
        let answer = ask(&running, WHOLE).await;
        assert_eq!((answer.line().trim_end(), answer.body.as_str()), (expected, body), "{word:?}");
    }
    // A status that is no error is an error of the gateway, and never an answer.
    for status in [100, 103, 200, 204, 299, 302, 304, 999] {
        running.script.say(deny(status));
        assert_eq!(ask(&running, WHOLE).await.status, 503, "{status}");
    }
}
