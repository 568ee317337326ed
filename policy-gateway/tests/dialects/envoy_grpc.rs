//! Envoy's `ext_authz` with a `grpc_service`.

use std::time::Duration;

use policy_gateway::dialects::{Dialect, EnvoyGrpc};
use proptest::prelude::*;
use prost::Message as _;

use crate::grpc::{CHECK, CheckRequest, Client, HttpRequest, RawHeader, RawHeaders, framed, joined, listed, of, with};
use crate::script::{Running, Word, allow, deny};

fn dialect() -> Dialect {
    Dialect::EnvoyGrpc(EnvoyGrpc::default())
}

#[tokio::test]
async fn both_forms_of_header_fields_tell_the_request_byte_for_byte() {
    let running = Running::of(dialect(), allow()).await;
    let client = Client::new(&running).await;
    for form in [joined, listed] {
        for target in [
            "/a",
            "//a/b",
            "/a/../b",
            "/a/%2e%2e/b",
            "/a%2fb",
            "/%61/b",
            "/a\\b",
            "/a?b=c&b=d?e",
            "/a#b",
            "/ä",
            "/a;b=c",
        ] {
            let request = form("PATCH", target, &[("authorization", "Bearer a"), ("x-key", "1")]);
            assert_eq!(client.check(&request).await.line(), "allow");
            let expected = format!("PATCH {target} host=api.example | authorization: Bearer a | x-key: 1");
            assert_eq!(running.script.asked_once(), expected);
        }
    }
    // Two fields of one name: joined by Envoy, or still two. It joins several `Authorization` in both forms.
    let two = [("x-key", "1"), ("x-key", "2"), ("authorization", "Bearer a")];
    for (form, keys) in
        [(joined as fn(&str, &str, &[(&str, &str)]) -> _, "x-key: 1,2"), (listed, "x-key: 1 | x-key: 2")]
    {
        assert_eq!(client.check(&form("GET", "/a", &two)).await.line(), "allow");
        assert_eq!(running.script.asked_once(), format!("GET /a host=api.example | authorization: Bearer a | {keys}"));
        let joined = [("authorization", "Bearer a,Bearer b")];
        assert_eq!(client.check(&form("GET", "/a", &joined)).await.line(), MALFORMED);
        assert_eq!((running.script.asked(), running.script.refused()), (vec![], vec!["malformed"]));
    }
    let two = [("authorization", "Bearer a"), ("authorization", "Bearer b")];
    assert_eq!(client.check(&joined("GET", "/a", &two)).await.line(), MALFORMED);
    assert_eq!(running.script.refused(), ["malformed"]);
    assert_eq!(client.check(&listed("GET", "/a", &two)).await.line(), "allow");
    assert_eq!(
        running.script.asked_once(),
        "GET /a host=api.example | authorization: Bearer a | authorization: Bearer b"
    );
    let raw = with(listed("GET", "/a", &[]), |http| {
        let headers = &mut http.header_map.as_mut().unwrap().headers;
        headers.push(RawHeader { key: "x-note".into(), value: String::new(), raw_value: vec![0xff] });
        headers.push(RawHeader { key: "x-text".into(), value: "b".into(), raw_value: Vec::new() });
    });
    assert_eq!(client.check(&raw).await.line(), "allow");
    assert_eq!(running.script.asked_once(), "GET /a host=api.example | x-note: \\xff | x-text: b");
}

const MALFORMED: &str = "deny 3 400 | overwrites content-type: application/problem+json \
                         | {\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"reason_code\":\"malformed\"}";

#[tokio::test]
async fn a_request_that_is_not_told_or_told_in_two_ways_is_denied() {
    let running = Running::of(dialect(), allow()).await;
    let client = Client::new(&running).await;
    let both = |change: fn(&mut HttpRequest)| {
        let fields = [("x-key", "1"), ("x-key", "2"), ("x-note", "3")];
        let header_map =
            with(listed("GET", "/a", &fields), |_| {}).attributes.unwrap().request.unwrap().http.unwrap().header_map;
        let whole = with(joined("GET", "/a", &fields), |http| http.header_map = header_map);
        with(whole, change)
    };
    assert_eq!(client.check(&both(|_| {})).await.line(), "allow");
    assert_eq!(running.script.asked_once(), "GET /a host=api.example | x-key: 1 | x-key: 2 | x-note: 3");

    let listed = || listed("GET", "/a", &[]);
    let joined = || joined("GET", "/a", &[]);
    fn raw(key: &str, value: &str) -> RawHeader {
        RawHeader { key: key.into(), value: String::new(), raw_value: value.into() }
    }
    fn push(http: &mut HttpRequest, field: RawHeader) {
        http.header_map.as_mut().unwrap().headers.push(field);
    }
    for (name, wrong) in [
        ("nothing", CheckRequest::default()),
        ("no attributes", CheckRequest { attributes: Some(crate::grpc::Attributes::default()) }),
        ("no fields", of(HttpRequest { headers: Default::default(), header_map: None, ..http_of(joined()) })),
        ("an empty list", with(listed(), |http| http.header_map = Some(RawHeaders::default()))),
        ("no method", with(joined(), |http| http.method.clear())),
        ("another method", with(joined(), |http| http.method = "PUT".into())),
        ("no token", with(joined(), |http| http.method = "G T".into())),
        ("no path", with(joined(), |http| http.path.clear())),
        ("another path", with(joined(), |http| http.path = "/b".into())),
        ("a path that was replaced", with(listed(), |http| http.path = "/!".into())),
        ("a star", with(joined(), |http| http.path = "*".into())),
        ("another host", with(joined(), |http| http.host = "b".into())),
        ("a query beside the path", with(joined(), |http| http.query = "a=b".into())),
        ("a fragment beside the path", with(joined(), |http| http.fragment = "a".into())),
        ("two paths", with(listed(), |http| push(http, raw(":path", "/a")))),
        ("two methods", with(listed(), |http| push(http, raw(":method", "GET")))),
        ("two hosts", with(listed(), |http| push(http, raw(":authority", "api.example")))),
        ("a name that is none", with(listed(), |http| push(http, raw("a b", "c")))),
        ("a value that is none", with(listed(), |http| push(http, raw("a", "b\nc")))),
        ("two values", with(listed(), |http| push(http, RawHeader { value: "d".into(), ..raw("a", "b") }))),
        (
            "a key in another case",
            with(joined(), |http| {
                http.headers.insert("x-key".into(), "1".into());
                http.headers.insert("X-Key".into(), "2".into());
            }),
        ),
        (
            "another value in the map",
            both(|http| {
                http.headers.insert("x-key".into(), "1".into());
            }),
        ),
        (
            "another order in the map",
            both(|http| {
                http.headers.insert("x-key".into(), "2,1".into());
            }),
        ),
        (
            "more in the map",
            both(|http| {
                http.headers.insert("x-more".into(), String::new());
            }),
        ),
        (
            "less in the map",
            both(|http| {
                http.headers.remove("x-note");
            }),
        ),
    ] {
        assert_eq!(client.check(&wrong).await.line(), MALFORMED, "{name}");
        assert_eq!((running.script.asked(), running.script.refused()), (vec![], vec!["malformed"]), "{name}");
    }
}

fn http_of(request: CheckRequest) -> HttpRequest {
    request.attributes.unwrap().request.unwrap().http.unwrap()
}

#[tokio::test]
async fn the_route_names_the_document() {
    for (key, extensions, expected) in [
        ("policy", vec![("policy", "notes"), ("other", "x")], Some(" document=notes")),
        ("policy", vec![("other", "x")], Some("")),
        ("other", vec![("policy", "notes"), ("other", "x")], Some(" document=x")),
        ("policy", vec![("policy", "")], None),
    ] {
        let running = Running::of(Dialect::EnvoyGrpc(EnvoyGrpc { document: key.into() }), allow()).await;
        let client = Client::new(&running).await;
        let mut request = listed("GET", "/a", &[]);
        request.attributes.as_mut().unwrap().context_extensions =
            extensions.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let answer = client.check(&request).await.line();
        match expected {
            Some(expected) => assert_eq!(running.script.asked_once(), format!("GET /a host=api.example{expected}")),
            None => assert_eq!(answer, MALFORMED),
        }
        // The same key once more: on the wire, a map is a list.
        let entry = |value: &str| {
            let entry = RawHeader { key: key.into(), value: value.into(), raw_value: Vec::new() }.encode_to_vec();
            [&[0x52, u8::try_from(entry.len()).unwrap()][..], &entry].concat()
        };
        let attributes = [request.attributes.unwrap().encode_to_vec(), entry("a"), entry("b")].concat();
        let length = u8::try_from(attributes.len() & 0x7f).unwrap() | 0x80;
        let doubled = [&[0x0a, length, u8::try_from(attributes.len() >> 7).unwrap()][..], &attributes].concat();
        assert_eq!(client.call(CHECK, &[], framed(&doubled)).await.check().line(), MALFORMED, "{key}");
    }
}

#[tokio::test]
async fn an_allow_is_code_0_and_a_denial_is_whole_and_never_0() {
    let running = Running::of(dialect(), allow()).await;
    let client = Client::new(&running).await;
    let unavailable = "deny 14 503 | overwrites content-type: application/problem+json | overwrites retry-after: 1 \
                       | {\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\"reason_code\":\"failed\"}";
    for (word, expected) in [
        (
            Word::Allow(vec![("x-subject", "ali"), ("x-client", "")], vec!["authorization", "x-old"]),
            "allow | overwrites x-subject: ali | overwrites x-client:  | removes authorization | removes x-old",
        ),
        (
            Word::Deny(401, vec![("www-authenticate", "Bearer"), ("www-authenticate", "Basic")], "{}"),
            "deny 16 401 | overwrites www-authenticate: Bearer, Basic | {}",
        ),
        (
            Word::Deny(403, vec![("content-type", "text/x"), ("content-length", "9")], "no"),
            "deny 7 403 | overwrites content-type: text/x | no",
        ),
        (
            Word::Deny(403, vec![("set-cookie", "a"), ("set-cookie", "b")], ""),
            "deny 7 403 | appends set-cookie: a | appends set-cookie: b",
        ),
        (deny(400), "deny 3 400"),
        (deny(404), "deny 5 404"),
        (deny(405), "deny 7 405"),
        (deny(429), "deny 7 429"),
        (deny(418), "deny 7 403"),
        (deny(500), "deny 14 500"),
        (deny(503), "deny 14 503"),
        (deny(599), "deny 14 503"),
        (deny(200), unavailable),
        (deny(204), unavailable),
        (deny(307), unavailable),
        (Word::Panic, unavailable),
    ] {
        running.script.say(word.clone());
        assert_eq!(client.check(&listed("GET", "/a", &[])).await.line(), expected, "{word:?}");
    }
}

#[tokio::test]
async fn a_call_that_cannot_be_read_is_denied_and_no_error_of_grpc() {
    let running = Running::of(dialect(), allow()).await;
    let client = Client::new(&running).await;
    let whole = framed(&listed("GET", "/a", &[]).encode_to_vec());
    for (name, path, body) in [
        ("no frame", CHECK, Vec::new()),
        ("half a prefix", CHECK, vec![0, 0, 0]),
        ("an empty message", CHECK, framed(&[])),
        ("half a message", CHECK, whole[..whole.len() - 1].to_vec()),
        ("two frames", CHECK, [whole.clone(), whole.clone()].concat()),
        ("a compressed frame", CHECK, [&[1], &whole[1..]].concat()),
        ("no message", CHECK, framed(&[0xff; 20])),
        ("another service", "/envoy.service.auth.v2.Authorization/Check", whole.clone()),
        ("another method", "/envoy.service.auth.v3.Authorization/Other", whole.clone()),
        ("another path", "/", whole.clone()),
    ] {
        assert_eq!(client.call(path, &[], body).await.check().line(), MALFORMED, "{name}");
        assert_eq!((running.script.asked(), running.script.refused()), (vec![], vec!["malformed"]), "{name}");
    }
    let line = client.call(CHECK, &[], framed(&vec![0; 300_000])).await.check().line();
    assert_eq!(line, MALFORMED.replace("malformed", "too-large"));
    assert_eq!(running.script.refused(), ["too-large"]);
    // Whoever does not speak gRPC may take a 200 for an allow.
    let called = client.call(CHECK, &[("content-type", "application/json")], whole).await;
    assert_eq!((called.http, called.grpc), (403, None));
}

#[tokio::test]
async fn a_decision_that_takes_longer_than_the_proxy_waits_is_a_denial() {
    let running = Running::of(dialect(), Word::Stall).await;
    let client = Client::new(&running).await;
    let body = framed(&listed("GET", "/a", &[]).encode_to_vec());
    for timeout in ["200m", "50000u", "1n", "0S"] {
        let called = client.call(CHECK, &[("grpc-timeout", timeout)], body.clone()).await;
        assert!(called.check().line().starts_with("deny 14 503 "), "{timeout}");
        assert_eq!(running.script.refused(), ["late"]);
    }
    let mut settings = crate::script::on_loopback(dialect());
    settings.limits.decision = Duration::from_millis(50);
    let running = Running::with(settings, Word::Stall).await;
    let client = Client::new(&running).await;
    for timeout in ["1H", "99999999H", "1x", "", "-1m"] {
        let called = client.call(CHECK, &[("grpc-timeout", timeout)], body.clone()).await;
        assert!(called.check().line().starts_with("deny 14 503 "), "{timeout}");
    }
}

#[tokio::test]
async fn the_health_of_the_service_can_be_asked_for() {
    let running = Running::of(dialect(), deny(403)).await;
    let client = Client::new(&running).await;
    let called = client.call("/grpc.health.v1.Health/Check", &[], framed(&[])).await;
    assert_eq!((called.grpc.as_deref(), &called.body[..]), (Some("0"), &framed(&[8, 1])[..]));
    let called = client.call("/grpc.health.v1.Health/Watch", &[], framed(&[])).await;
    assert_eq!((called.grpc.as_deref(), called.body.len()), (Some("12"), 0));
    assert_eq!((running.script.asked(), running.script.refused()), (vec![], vec![]));
}

fn any_word() -> impl Strategy<Value = Word> {
    prop_oneof![
        (0..2_u8).prop_map(|fields| Word::Allow(vec![("x-subject", "a"); usize::from(fields)], Vec::new())),
        (100..1000_u16, 0..3_usize).prop_map(|(status, fields)| Word::Deny(status, vec![("x-a", "b"); fields], "body")),
        Just(Word::Panic),
    ]
}

/// Messages with random bytes, and such as begin well and are then damaged.
fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let text = "[ -~]{0,8}|/[a-z/.%]{0,8}|GET|:path|:method|é";
    let fields = proptest::collection::vec((text, text), 0..4);
    let message = (text, text, fields, any::<bool>()).prop_map(|(method, path, fields, raw)| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = if raw { listed(&method, &path, &fields) } else { joined(&method, &path, &fields) };
        framed(&request.encode_to_vec())
    });
    let damaged = (message, any::<proptest::sample::Index>(), any::<u8>(), any::<bool>()).prop_map(
        |(mut body, at, byte, damage)| {
            if damage {
                let at = at.index(body.len());
                body[at] = byte;
            }
            body
        },
    );
    let random = proptest::collection::vec(any::<u8>(), 0..64);
    prop_oneof![damaged, random.clone(), random.prop_map(|message| framed(&message))]
}

/// Whatever comes and whatever is decided, Envoy is never told two things, and code 0 is told of an allow alone.
#[test]
fn no_call_and_no_outcome_makes_a_denial_that_envoy_takes_for_an_allow() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (running, client) = runtime.block_on(async {
        let running = Running::of(dialect(), allow()).await;
        let client = Client::new(&running).await;
        (running, client)
    });
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { failure_persistence: None, ..Default::default() });
    let ran = runner.run(&(any_body(), any_word()), |(body, word)| {
        running.script.say(word.clone());
        let line = runtime.block_on(client.call(CHECK, &[], body)).check().line();
        let asked = running.script.asked().len();
        prop_assert_eq!(line.starts_with("allow"), asked == 1 && matches!(word, Word::Allow(..)), "{}", line);
        Ok(())
    });
    ran.unwrap();
}
