//! nginx's `auth_request`.

use http::HeaderName;
use policy_gateway::dialects::{Dialect, Nginx};

use crate::raw::ask;
use crate::script::{Running, Word, allow, deny};

const WHOLE: &str = "GET /policy HTTP/1.0\nHost: gateway\nX-Original-Method: POST\nX-Original-URI: /a?b=c";

#[tokio::test]
async fn the_request_is_the_one_that_nginx_tells_of() {
    let running = Running::of(Dialect::Nginx(Nginx::default()), allow()).await;
    for target in ["/a", "//a/b", "/a/../b", "/a%2fb", "/%61/b", "/a\\b", "/a#/../b", "/?"] {
        assert_eq!(ask(&running, WHOLE.replace("/a?b=c", target)).await.status, 200, "{target}");
        assert_eq!(running.script.asked_once(), format!("POST {target}"));
    }
    let head =
        format!("{WHOLE}\nX-Forwarded-Uri: /c\nX-Forwarded-Host: d\nX_Original_URI: /e\nAuthorization: Bearer a");
    assert_eq!(ask(&running, head).await.status, 200);
    assert_eq!(
        running.script.asked_once(),
        "POST /a?b=c | authorization: Bearer a | x-forwarded-host: d | x-forwarded-uri: /c | x_original_uri: /e"
    );
}

#[tokio::test]
async fn what_tells_of_the_request_must_be_there_exactly_once() {
    let nginx = Nginx {
        host: Some(HeaderName::from_static("x-original-host")),
        document: Some(HeaderName::from_static("x-policy")),
    };
    let running = Running::of(Dialect::Nginx(nginx), allow()).await;
    let whole = format!("{WHOLE}\nX-Original-Host: api.example:8080\nX-Policy: notes");
    assert_eq!(ask(&running, &whole).await.status, 200);
    assert_eq!(running.script.asked_once(), "POST /a?b=c host=api.example:8080 document=notes");
    for line in whole.lines().skip(2) {
        let (name, value) = line.split_once(": ").unwrap();
        for wrong in [
            whole.replace(&format!("\n{line}"), ""),
            format!("{whole}\n{line}"),
            whole.replace(line, &format!("{name}:")),
            whole.replace(line, &format!("{}: {value}", name.replace('-', "_"))),
        ] {
            let answer = ask(&running, &wrong).await;
            assert_eq!(answer.line(), "403 | x-policy-status: 400", "{wrong}");
            assert_eq!((running.script.asked(), running.script.refused()), (vec![], vec!["malformed"]), "{wrong}");
        }
    }
}

#[tokio::test]
async fn nginx_is_told_what_it_understands_and_the_status_beside_it() {
    let running = Running::of(Dialect::Nginx(Nginx::default()), allow()).await;
    for (word, expected) in [
        (Word::Allow(vec![("x-subject", "ali")], vec!["cookie"]), "200 | x-subject: ali".to_owned()),
        (
            Word::Deny(401, vec![("www-authenticate", "Bearer"), ("content-type", "text/plain")], "body"),
            "401 | www-authenticate: Bearer | x-policy-status: 401".into(),
        ),
        (Word::Deny(405, vec![("allow", "GET")], ""), "403 | allow: GET | x-policy-status: 405".into()),
        (Word::Panic, "403 | retry-after: 1 | x-policy-status: 503".into()),
    ]
    .into_iter()
    .chain(
        [400, 403, 404, 418, 429, 500, 503, 599]
            .map(|status| (deny(status), format!("403 | x-policy-status: {status}"))),
    ) {
        running.script.say(word.clone());
        let answer = ask(&running, WHOLE).await;
        assert_eq!((answer.line(), answer.body.as_str()), (expected, ""), "{word:?}");
    }
}
