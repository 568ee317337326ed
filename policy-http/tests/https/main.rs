//! What the client asks, believes and gives up, against servers on this machine with certificates made here.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../issuer/mod.rs"]
mod issuer;
mod server;

use std::time::{Duration, Instant};

use common::Api;
use issuer::{API, claims, clock, one};
use policy_core::{AuthenticationFailure as Failure, Principal};
use policy_http::{
    Authenticator, Credential, Demands, Discovery, FetchFault as Fault, HttpsClient, HttpsClientError, Introspection,
    Jwt, JwtAlgorithm, KeySource,
};
use serde_json::json;
use server::{Authority, Certificate, Reply, Server};

fn client(authority: &Authority) -> HttpsClient {
    HttpsClient::trusting(authority.pem()).unwrap().with_timeout(Duration::from_secs(2))
}

fn text(body: &str) -> Reply {
    Reply::whole(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
}

/// The fault by its name, without what the libraries say of it.
fn name(fault: &Fault) -> String {
    format!("{fault:?}").split('(').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_certificate_must_be_of_the_name_and_of_now_and_of_a_trusted_authority() {
    let (ours, other, namesake) = (Authority::new(), Authority::named("another"), Authority::new());
    for (case, certificate, host, expected) in [
        ("ours, by its name", ours.certificate(&["localhost"]), "localhost", None),
        ("ours, by its address", ours.certificate(&["127.0.0.1"]), "127.0.0.1", None),
        ("of another name", ours.certificate(&["issuer.example"]), "localhost", Some("certificate not valid for name")),
        (
            "of a name that only begins alike",
            ours.certificate(&["localhost.example"]),
            "localhost",
            Some("not valid for name"),
        ),
        ("of the name, not of the address", ours.certificate(&["localhost"]), "127.0.0.1", Some("not valid for name")),
        ("expired", ours.expired(&["localhost"]), "localhost", Some("certificate expired")),
        ("not valid yet", ours.of_next_year(&["localhost"]), "localhost", Some("certificate not valid yet")),
        ("of an unknown authority", other.certificate(&["localhost"]), "localhost", Some("UnknownIssuer")),
        (
            "of an authority that has the name of ours",
            namesake.certificate(&["localhost"]),
            "localhost",
            Some("BadSignature"),
        ),
        ("signed by itself", Certificate::of_itself(&["localhost"]), "localhost", Some("")),
    ] {
        let server = Server::tls(&certificate, text("keys")).await;
        let url = server.url(host, "/keys?secret=s3cret");
        let answer = client(&ours).get(&url).await;
        match (answer, expected) {
            (Ok(body), None) => assert_eq!(body, "keys", "{case}"),
            (Err(error), Some(expected)) => {
                assert!(matches!(error.fault(), Fault::Untrusted(_)), "{case}: {error:?}");
                assert!(!error.is_outage(), "{case}");
                let said = error.to_string();
                assert!(
                    said.contains(expected) && said.contains("is not trusted") && !said.contains("s3cret"),
                    "{said}"
                );
                assert_eq!(server.requests(), Vec::<String>::new(), "{case}: nothing was sent");
            }
            (answer, _) => panic!("{case}: {answer:?}"),
        }
    }
}

#[tokio::test]
async fn an_answer_is_a_200_of_bounded_size_in_time_and_no_redirect_is_followed() {
    let authority = Authority::new();
    let elsewhere = Server::tls(&authority.certificate(&["localhost"]), text("elsewhere")).await;
    let redirect =
        format!("HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", elsewhere.url("localhost", "/"));
    let status = |status: &str| Reply::whole(&format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n"));
    let mebibyte = "a".repeat(1 << 20);
    let chunk = format!("400\r\n{}\r\n", "a".repeat(0x400));
    for (case, reply, expected, is_outage) in [
        ("a redirect", Reply::whole(&redirect), "Redirected", false),
        ("not modified", status("304 Not Modified"), "Redirected", false),
        ("the largest body", text(&mebibyte), "", false),
        ("a larger body", text(&format!("{mebibyte}a")), "TooLarge", false),
        ("a body without an end", Reply::endless("HTTP/1.1 200 OK\r\n\r\n", "aaaa"), "TooLarge", false),
        (
            "chunks without an end",
            Reply::endless("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", &chunk),
            "TooLarge",
            false,
        ),
        ("a body that never comes", Reply::stalled("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"), "TimedOut", true),
        ("a body byte by byte", Reply::slow("HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n", "a"), "TimedOut", true),
        ("no answer at all", Reply::stalled(""), "TimedOut", true),
        (
            "a head without an end",
            Reply::endless("HTTP/1.1 200 OK\r\n", "x-more: aaaaaaaaaaaaaaaa\r\n"),
            "NoAnswer",
            true,
        ),
        ("one huge header", Reply::endless("HTTP/1.1 200 OK\r\nx-more: ", "aaaaaaaa"), "NoAnswer", true),
        ("a body that is cut off", Reply::whole("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab"), "NoAnswer", true),
        ("no HTTP", Reply::whole("220 mail ready\r\n"), "NoAnswer", true),
        (
            "two lengths",
            Reply::whole("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
            "NoAnswer",
            true,
        ),
        ("nothing", Reply::whole(""), "NoAnswer", true),
        ("no text", Reply::bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n\xff"), "NoText", false),
        ("created", status("201 Created"), "Status", false),
        ("no content", status("204 No Content"), "Status", false),
        ("not found", status("404 Not Found"), "Status", false),
        ("not accepted", status("401 Unauthorized"), "Status", false),
        ("too many", status("429 Too Many Requests"), "Status", true),
        ("down", status("503 Service Unavailable"), "Status", true),
    ] {
        let server = Server::tls(&authority.certificate(&["localhost"]), reply).await;
        let begin = Instant::now();
        let answer = client(&authority).get(server.url("localhost", "/")).await;
        assert!(begin.elapsed() < Duration::from_secs(4), "{case}: {:?}", begin.elapsed());
        match answer {
            Ok(body) => assert_eq!((expected, body.len()), ("", 1 << 20), "{case}"),
            Err(error) => {
                assert_eq!(
                    (name(error.fault()), error.is_outage()),
                    (expected.to_owned(), is_outage),
                    "{case}: {error}"
                );
            }
        }
    }
    assert_eq!(elsewhere.requests(), Vec::<String>::new(), "the redirect was not followed");
}

#[tokio::test]
async fn addresses_are_https_and_nothing_is_sent_to_others() {
    let authority = Authority::new();
    let plain = Server::plain(text("keys")).await;
    let secure = client(&authority);
    for url in [
        &*plain.url("127.0.0.1", "/keys"),
        "http://issuer.example/keys",
        "ftp://issuer.example/keys",
        "file:///etc/passwd",
        "//issuer.example/keys",
        "/keys",
        "issuer.example",
        "https://",
        "https:///keys",
        "https://user:s3cret@issuer.example/keys",
        "https://issuer.example/keys#fragment",
        "https://issuer.example/keys\r\nx: y",
        "https://issuer.example/ä",
        "",
    ] {
        let error = secure.get(url).await.unwrap_err();
        assert!(matches!(error.fault(), Fault::NotAllowed(_)) && !error.is_outage(), "{url}: {error:?}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
        assert!(secure.keys(url).is_err() && secure.introspection(url, "id", "secret").is_err(), "{url}");
    }
    let development = secure.clone().with_plain_loopback();
    for host in
        ["issuer.example", "127.0.0.1.issuer.example", "10.0.0.1", "169.254.169.254", "0.0.0.0", "[::]", "a@127.0.0.1"]
    {
        let error = development.get(format!("http://{host}:{}/keys", plain.port())).await.unwrap_err();
        assert!(matches!(error.fault(), Fault::NotAllowed(_)), "{host}: {error:?}");
    }
    assert_eq!(plain.requests(), Vec::<String>::new());
    assert_eq!(development.get(plain.url("127.0.0.1", "/keys")).await.unwrap(), "keys");
    assert_eq!(development.get(plain.url("localhost", "/keys")).await.unwrap(), "keys");
    // A server that speaks no TLS is not one that can be asked by `https`.
    let error = secure.get(plain.url("localhost", "/keys").replace("http:", "https:")).await.unwrap_err();
    assert!(matches!(error.fault(), Fault::Untrusted(_) | Fault::TimedOut), "{error:?}");
}

#[tokio::test]
async fn nobody_there_is_an_outage() {
    let authority = Authority::new();
    let port = Server::closed_port().await;
    for url in [format!("https://127.0.0.1:{port}/keys"), "https://issuer.invalid/keys".into()] {
        let error = client(&authority).get(&url).await.unwrap_err();
        assert!(matches!(error.fault(), Fault::Unreachable(_) | Fault::TimedOut) && error.is_outage(), "{error:?}");
    }
}

#[test]
fn outside_of_a_runtime_it_says_so() {
    let (authority, url) = (Authority::new(), "https://localhost/keys");
    let error = futures_util::FutureExt::now_or_never(client(&authority).get(url)).unwrap().unwrap_err();
    assert_eq!(error.fault(), &Fault::NoRuntime);
}

#[test]
fn authorities_are_certificates() {
    let refused = |pem: &str| HttpsClient::trusting(pem).unwrap_err();
    assert_eq!(refused(""), HttpsClientError::NoAuthorities(None));
    assert_eq!(refused("no PEM"), HttpsClientError::NoAuthorities(None));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(refused(broken), HttpsClientError::IllFormedCertificate(_)));
    assert!(matches!(refused("-----BEGIN CERTIFICATE-----\n!\n"), HttpsClientError::IllFormedCertificate(_)));
}

async fn found<K: KeySource>(keys: K, issuer: &str) -> Result<Principal<Api>, Failure> {
    let tokens = Jwt::new(issuer, API, JwtAlgorithm::Es256, keys).with_clock(clock());
    let mut claims = claims();
    claims["iss"] = issuer.into();
    tokens.authenticate(&Credential::new(common::schemes::OAUTH2, one().sign(&claims))).await
}

fn key_set() -> String {
    json!({"keys": [one().published()]}).to_string()
}

#[tokio::test]
async fn keys_are_found_at_an_address_and_by_discovery() {
    let authority = Authority::new();
    let certificate = authority.certificate(&["localhost"]);
    let server = Server::tls(&certificate, text(&key_set())).await;
    let keys = client(&authority).keys(server.url("localhost", "/keys")).unwrap();
    assert!(found(keys, "https://issuer.example").await.is_ok());

    let server = Server::tls(&certificate, Reply::issuer(key_set())).await;
    let issuer = server.url("localhost", "");
    let keys = Discovery::new(issuer.clone(), client(&authority)).unwrap();
    assert!(found(keys, &issuer).await.is_ok());
    let asked: Vec<String> = server.requests().iter().map(|request| request.lines().next().unwrap().into()).collect();
    assert_eq!(asked, ["GET /.well-known/openid-configuration HTTP/1.1", "GET /keys HTTP/1.1"]);
    assert_eq!(server.connections(), 1, "the second question goes by the connection of the first");

    // Whom nobody trusts is not believed, and the token is answered 503.
    let keys = Discovery::new(issuer.clone(), client(&Authority::new())).unwrap();
    assert_eq!(found(keys, &issuer).await.unwrap_err(), Failure::Unavailable);
}

#[tokio::test]
async fn an_issuer_of_this_machine_needs_both_to_say_so() {
    let server = Server::plain(Reply::issuer(key_set())).await;
    let (issuer, authority) = (server.url("127.0.0.1", ""), Authority::new());
    assert!(Discovery::new(issuer.clone(), client(&authority)).is_err());
    for other in [
        "http://issuer.example",
        "https://127.0.0.1",
        "http://a@127.0.0.1",
        "http://127.0.0.1/?a",
        "http://127.0.0.1.example",
    ] {
        assert!(Discovery::on_loopback(other, client(&authority)).is_err(), "{other}");
    }
    let keys = Discovery::on_loopback(issuer.clone(), client(&authority)).unwrap();
    assert_eq!(found(keys, &issuer).await.unwrap_err(), Failure::Unavailable, "the client has its own word");
    let keys = Discovery::on_loopback(issuer.clone(), client(&authority).with_plain_loopback()).unwrap();
    assert!(found(keys, &issuer).await.is_ok());
}

#[tokio::test]
async fn tokens_are_introspected_with_the_credential_of_the_service() {
    let authority = Authority::new();
    let answer = json!({"active": true, "sub": "ali", "aud": API, "scope": "files:read"}).to_string();
    let server = Server::tls(&authority.certificate(&["localhost"]), text(&answer)).await;
    let post =
        client(&authority).introspection(server.url("localhost", "/introspect?a=b"), "files-api", "s:3 cr/t%").unwrap();
    assert!(!format!("{post:?}").contains("cr"), "{post:?}");
    let tokens = Introspection::<Api, _>::new(post, Demands::new().audience(API)).unwrap().with_clock(clock());
    let known = tokens.authenticate(&Credential::new(common::schemes::OAUTH2, "t&active=true")).await.unwrap();
    assert_eq!(known.subject(), Some("ali"));
    let request = &server.requests()[0];
    assert!(request.starts_with("POST /introspect?a=b HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("token=t%26active%3Dtrue&token_type_hint=access_token"), "{request}");
    // Each half is encoded like a form (RFC 6749, section 2.3.1).
    let encoded = data_encoding::BASE64.encode(b"files-api:s%3A3%20cr%2Ft%25");
    assert!(request.contains(&format!("authorization: Basic {encoded}\r\n")), "{request}");

    // What an authority that is not trusted gets: neither the token nor the credential.
    let post = client(&Authority::new()).introspection(server.url("localhost", "/"), "files-api", "secret").unwrap();
    let tokens = Introspection::<Api, _>::new(post, Demands::new().audience(API)).unwrap().with_clock(clock());
    let refused = tokens.authenticate(&Credential::new(common::schemes::OAUTH2, "token")).await.unwrap_err();
    assert_eq!((refused, server.requests().len()), (Failure::Unavailable, 1));
}

/// A redirect of the introspection server would take the token and the credential elsewhere.
#[tokio::test]
async fn a_redirected_introspection_takes_no_credential_along() {
    let authority = Authority::new();
    let certificate = authority.certificate(&["localhost"]);
    let thief = Server::tls(&certificate, text(r#"{"active":true,"sub":"eve","aud":"https://api.example"}"#)).await;
    for status in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let location = thief.url("localhost", "/");
        let reply = Reply::whole(&format!("HTTP/1.1 {status}\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"));
        let server = Server::tls(&certificate, reply).await;
        let post = client(&authority).introspection(server.url("localhost", "/"), "files-api", "secret").unwrap();
        let tokens = Introspection::<Api, _>::new(post, Demands::new().audience(API)).unwrap().with_clock(clock());
        let refused = tokens.authenticate(&Credential::new(common::schemes::OAUTH2, "token")).await.unwrap_err();
        assert_eq!(refused, Failure::Unavailable, "{status}");
    }
    assert_eq!(thief.requests(), Vec::<String>::new());
}

/// What the system trusts is not what a test made.
#[tokio::test]
async fn the_authorities_of_the_system_do_not_sign_for_tests() {
    let Ok(client) = HttpsClient::new() else { return };
    let server = Server::tls(&Authority::new().certificate(&["localhost"]), text("keys")).await;
    let error = client.get(server.url("localhost", "/")).await.unwrap_err();
    assert!(matches!(error.fault(), Fault::Untrusted(_)), "{error:?}");
}
