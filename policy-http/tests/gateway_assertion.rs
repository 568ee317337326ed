//! A service that trusts its gateway alone: what an assertion gives, and everything by which somebody else could try to make or use one.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod entry;
mod issuer;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Api, POLICY, operation, request, schemes};
use entry::Entry;
use http::HeaderName;
use http::request::Parts;
use issuer::{NOW, Signer, ed, one};
use jsonwebtoken::{Algorithm, EncodingKey};
use policy_core::Principal;
use policy_http::{
    AssertedCaller, AssertionStatement, ByScheme, CredentialFault as Fault, Decision, DecisionLog, EnableAll,
    GatewayAssertion, GatewayAssertionError, ManualClock, Options,
};
use serde_json::{Value, json};

const AUDIENCE: &str = "files";
const FILES: (&str, &str) = ("GET", "/v1/files");
const TARGET: &str = "/v1/files?limit=%35";

fn published(signers: &[&Signer]) -> String {
    json!({"keys": signers.iter().map(|signer| signer.published()).collect::<Vec<_>>()}).to_string()
}

fn gateway() -> GatewayAssertion<Api, Arc<ManualClock>> {
    GatewayAssertion::new(AUDIENCE, POLICY.schemes(), &published(&[&ed()])).unwrap().with_clock(clock())
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(NOW))
}

fn statement() -> AssertionStatement<'static> {
    AssertionStatement::new(AUDIENCE, "GET", TARGET, FILES, POLICY.fingerprint())
        .with_caller("ali")
        .with_tenant("north")
        .with_credential_id("key-7")
        .with_credential_expiry(NOW + 3_600)
        .with_grant("OAuth2", ["files:read", "unheard-of"])
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}

fn sealed(unsigned: &str, signer: &Signer) -> String {
    format!("{unsigned}.{}", jsonwebtoken::crypto::sign(unsigned.as_bytes(), &signer.0, signer.1).unwrap())
}

fn signed(statement: &AssertionStatement<'_>) -> String {
    sealed(&statement.unsigned("ed", "request-1", NOW, Duration::from_secs(30)), &ed())
}

fn parts(token: &str) -> Parts {
    request("GET", TARGET, &[("policy-assertion", token)])
}

/// The assertion, with other members in its header and its payload; `null` takes one away.
fn but(header: Value, payload: Value) -> String {
    let unsigned = statement().unsigned("ed", "request-1", NOW, Duration::from_secs(30));
    let changed: Vec<String> = unsigned
        .split('.')
        .zip([header, payload])
        .map(|(part, changes)| {
            let decoded = data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).unwrap();
            let mut members: Value = serde_json::from_slice(&decoded).unwrap();
            for (name, value) in changes.as_object().unwrap() {
                match value {
                    Value::Null => drop(members.as_object_mut().unwrap().remove(name)),
                    value => members[name] = value.clone(),
                }
            }
            base64(members.to_string().as_bytes())
        })
        .collect();
    sealed(&changed.join("."), &ed())
}

/// Keeps the fault of the last decision.
#[derive(Clone, Default)]
struct Last(Arc<Mutex<Option<Fault>>>);

impl DecisionLog<Api> for Last {
    fn record(&self, decision: &Decision<'_, Api>) {
        *self.0.lock().unwrap() = decision.fault();
    }
}

/// The caller whom the guard lets in, or the fault and the status.
async fn ask(
    gateway: GatewayAssertion<Api, Arc<ManualClock>>,
    (method, template): (&str, &str),
    parts: &Parts,
) -> Result<Principal<Api>, (Option<Fault>, u16)> {
    let last = Last::default();
    let entry = Entry::new(gateway, EnableAll, Options::new().log(last.clone()).clock(ManualClock::at(NOW)));
    let said = entry.endpoint(operation(method, template)).admit(parts).await;
    match said {
        Ok(mut admitted) => Ok(admitted.take_allowed().unwrap().principal().clone()),
        Err(answer) => {
            let fault = *last.0.lock().unwrap();
            Err((fault, answer.status().as_u16()))
        }
    }
}

#[tokio::test]
async fn an_assertion_gives_its_caller_with_the_grants_of_each_scheme() {
    let caller = ask(gateway(), FILES, &parts(&signed(&statement()))).await.unwrap();
    assert_eq!((caller.subject(), caller.tenant()), (Some("ali"), Some("north")));
    assert_eq!((caller.credential_id(), caller.expires_at()), (Some("key-7"), Some(NOW + 3_600)));
    assert_eq!(caller.grant(schemes::OAUTH2).unwrap().to_string(), "files:read");
    assert!(caller.grant(schemes::KEY).is_none(), "a grant belongs to the scheme that gave it");
    let facts = caller.data::<AssertedCaller>().unwrap();
    assert_eq!((&*facts.assertion_id, &*facts.policy), ("request-1", POLICY.fingerprint()));
}

#[tokio::test]
async fn the_service_decides_by_its_own_policy_and_looks_at_no_other_credential() {
    // The gateway says that it may; the service's policy demands a scope that the caller has not.
    let statement = AssertionStatement::new(AUDIENCE, "DELETE", "/v1/files/7", ("DELETE", "/v1/files/{id}"), "other")
        .with_caller("ali")
        .with_grant("OAuth2", ["files:read"]);
    let token = signed(&statement);
    let delete =
        request("DELETE", "/v1/files/7", &[("policy-assertion", &token), ("authorization", "Bearer any thing")]);
    let refused = ask(gateway(), ("DELETE", "/v1/files/{id}"), &delete).await.unwrap_err();
    assert_eq!(refused, (None, 403));
    // What a client sends as a credential neither helps nor harms.
    let token = signed(&self::statement());
    for authorization in ["Bearer ali/files.read", "Basic broken", ""] {
        let with = request("GET", TARGET, &[("policy-assertion", &token), ("authorization", authorization)]);
        assert_eq!(ask(gateway(), FILES, &with).await.unwrap().subject(), Some("ali"));
        let without = request("GET", TARGET, &[("authorization", authorization)]);
        let refused = ask(gateway(), FILES, &without).await.unwrap_err();
        assert_eq!(refused, (Some(Fault::MissingAssertion), 401));
    }
}

#[tokio::test]
async fn somebody_unknown_may_do_what_anybody_may() {
    let target = "/v1/search";
    let nobody = AssertionStatement::new(AUDIENCE, "GET", target, ("GET", "/v1/search"), POLICY.fingerprint());
    let token = signed(&nobody);
    let search = request("GET", target, &[("policy-assertion", &token)]);
    assert!(ask(gateway(), ("GET", "/v1/search"), &search).await.unwrap().is_anonymous());
    let past = request("GET", target, &[]);
    let refused = ask(gateway(), ("GET", "/v1/search"), &past).await.unwrap_err();
    assert_eq!(refused.0, Some(Fault::MissingAssertion), "past the gateway, not even what anybody may");
    // A public operation looks at no credential.
    let status = request("GET", "/v1/status", &[]);
    assert!(ask(gateway(), ("GET", "/v1/status"), &status).await.is_ok());
    // Where a caller is needed, nobody is not enough.
    let target = "/v1/files";
    let nobody = AssertionStatement::new(AUDIENCE, "GET", target, ("GET", target), POLICY.fingerprint());
    let token = signed(&nobody);
    let files = request("GET", target, &[("policy-assertion", &token)]);
    assert_eq!(ask(gateway(), ("GET", target), &files).await.unwrap_err(), (None, 401));
}

/// What an attacker may try who reads assertions, who reaches the service, or who is a client of the gateway. Each is denied for its own
/// reason.
#[tokio::test]
async fn whatever_was_not_asserted_of_this_very_request_is_denied() {
    let good = signed(&statement());
    let with = |name: &str, value: &str| request("GET", TARGET, &[(name, value)]);
    let at = |method: &str, target: &str| request(method, target, &[("policy-assertion", &good)]);
    let payload = |changes: Value| with("policy-assertion", &but(json!({}), changes));
    let header = |changes: Value| with("policy-assertion", &but(changes, json!({})));
    let no_change = || json!({});
    let (head, tail) = good.rsplit_once('.').unwrap();
    let by_public_key = {
        // HS256 with the published key as its secret: what a verifier accepts that lets the token choose.
        let public = published(&[&ed()]);
        let secret = Signer(EncodingKey::from_secret(public.as_bytes()), Algorithm::HS256, "ed");
        let unsigned = but(json!({"alg": "HS256"}), no_change());
        sealed(unsigned.rsplit_once('.').unwrap().0, &secret)
    };
    let attacks: Vec<(&str, Parts, Fault)> = vec![
        ("past the gateway", request("GET", TARGET, &[]), Fault::MissingAssertion),
        ("in another header", with("gateway-assertion", &good), Fault::MissingAssertion),
        (
            "two headers, the same twice",
            request("GET", TARGET, &[("policy-assertion", &good), ("policy-assertion", &good)]),
            Fault::RepeatedAssertion,
        ),
        (
            "two headers, the client's first",
            request("GET", TARGET, &[("policy-assertion", "x"), ("policy-assertion", &good)]),
            Fault::RepeatedAssertion,
        ),
        ("two that a proxy has joined", with("policy-assertion", &format!("{good},{good}")), Fault::NoSignedToken),
        ("an empty one", with("policy-assertion", ""), Fault::NoSignedToken),
        ("claims without a signature", with("policy-assertion", head), Fault::NoSignedToken),
        ("an empty signature", with("policy-assertion", &format!("{head}.")), Fault::WrongSignature),
        ("too long", with("policy-assertion", &"a".repeat(17 << 10)), Fault::TokenTooLong),
        ("a header that is none", with("policy-assertion", &format!("e30x.{tail}.{tail}")), Fault::IllFormedHeader),
        ("alg none", header(json!({"alg": "none"})), Fault::WrongAlgorithm),
        ("alg none in capitals", header(json!({"alg": "NONE"})), Fault::WrongAlgorithm),
        ("HS256 with the public key", with("policy-assertion", &by_public_key), Fault::WrongAlgorithm),
        ("ES256", header(json!({"alg": "ES256"})), Fault::WrongAlgorithm),
        ("another type of token", header(json!({"typ": "at+jwt"})), Fault::WrongType),
        ("no type", header(json!({"typ": null})), Fault::WrongType),
        ("a critical extension", header(json!({"crit": ["exp"]})), Fault::UnknownExtension),
        ("an unknown key", header(json!({"kid": "other"})), Fault::UnknownKey),
        ("no name of a key", header(json!({"kid": null})), Fault::UnknownKey),
        ("a key of its own", header(json!({"kid": "own", "jwk": ed().published()})), Fault::UnknownKey),
        ("for another service", payload(json!({"aud": "orders"})), Fault::WrongAudience),
        ("for no service", payload(json!({"aud": null})), Fault::WrongAudience),
        ("for services that are no texts", payload(json!({"aud": ["files", 7]})), Fault::IllFormedClaims),
        ("good for longer", payload(json!({"exp": NOW + 31})), Fault::LongLivedAssertion),
        ("good for ever", payload(json!({"exp": null})), Fault::LongLivedAssertion),
        ("of no time", payload(json!({"iat": null})), Fault::LongLivedAssertion),
        ("over before it began", payload(json!({"iat": NOW + 1, "exp": NOW})), Fault::LongLivedAssertion),
        ("of a time to come", payload(json!({"iat": NOW + 6, "exp": NOW + 30})), Fault::EarlyAssertion),
        ("of half a second", payload(json!({"iat": 0.5})), Fault::IllFormedClaims),
        ("replayed", payload(json!({"iat": NOW - 30, "exp": NOW})), Fault::ExpiredAssertion),
        ("another method", at("DELETE", "/v1/files/7"), Fault::AssertedMethod),
        ("HEAD for GET", at("HEAD", TARGET), Fault::AssertedMethod),
        ("a method in other letters", payload(json!({"htm": "get"})), Fault::AssertedMethod),
        ("another path", at("GET", "/v1/status?limit=%35"), Fault::AssertedTarget),
        ("the path encoded otherwise", at("GET", "/v1/%66iles?limit=%35"), Fault::AssertedTarget),
        ("a slash more", at("GET", "/v1//files?limit=%35"), Fault::AssertedTarget),
        ("a slash at the end", at("GET", "/v1/files/?limit=%35"), Fault::AssertedTarget),
        ("dots that mean nothing", at("GET", "/v1/./files?limit=%35"), Fault::AssertedTarget),
        ("the query's mark encoded", at("GET", "/v1/files%3Flimit=%35"), Fault::AssertedTarget),
        ("the query decoded", at("GET", "/v1/files?limit=5"), Fault::AssertedTarget),
        ("another query", at("GET", "/v1/files?limit=%36"), Fault::AssertedTarget),
        ("a longer query", at("GET", "/v1/files?limit=%35&x"), Fault::AssertedTarget),
        ("no query", at("GET", "/v1/files"), Fault::AssertedTarget),
        ("an empty query", at("GET", "/v1/files?"), Fault::AssertedTarget),
        ("a target that is no hash", payload(json!({"target": TARGET})), Fault::AssertedTarget),
        ("no target", payload(json!({"target": null})), Fault::IllFormedClaims),
        ("another operation", payload(json!({"operation": "GET /v1/files/{id}"})), Fault::AssertedOperation),
        ("another operation's method", payload(json!({"operation": "POST /v1/files"})), Fault::AssertedOperation),
        ("an operation with more", payload(json!({"operation": "GET /v1/files "})), Fault::AssertedOperation),
        ("no operation", payload(json!({"operation": null})), Fault::IllFormedClaims),
        ("a scheme that is not the document's", payload(json!({"grants": {"Admin": []}})), Fault::AssertedScheme),
        (
            "a scope that is none",
            payload(json!({"grants": {"OAuth2": ["files:read files:write"]}})),
            Fault::IllFormedScopes,
        ),
        ("scopes that are no list", payload(json!({"grants": {"OAuth2": "files:read"}})), Fault::IllFormedScopes),
        ("grants that are none", payload(json!({"grants": ["OAuth2"]})), Fault::IllFormedClaims),
        ("no grants", payload(json!({"grants": null})), Fault::IllFormedClaims),
        ("grants of nobody", payload(json!({"sub": null})), Fault::IllFormedClaims),
        ("an empty name", payload(json!({"sub": ""})), Fault::IllFormedClaims),
        ("a tenant that is no text", payload(json!({"tenant": ["north", "south"]})), Fault::IllFormedClaims),
        ("no identifier", payload(json!({"jti": null})), Fault::IllFormedClaims),
        ("a credential that has expired", payload(json!({"credential_exp": NOW})), Fault::ExpiredCaller),
        ("no policy", payload(json!({"policy": null})), Fault::IllFormedClaims),
    ];
    let mut faults = BTreeSet::new();
    for (attack, parts, expected) in &attacks {
        let run = if parts.method == "DELETE" { ("DELETE", "/v1/files/{id}") } else { FILES };
        let Err((fault, status)) = ask(gateway(), run, parts).await else { panic!("{attack} is let in") };
        assert_eq!(fault, Some(*expected), "{attack}");
        assert!(matches!(status, 400 | 401), "{attack}: {status}");
        faults.insert(expected.code());
    }

    // Each claim is of the signature: to change any makes it void.
    let changed = but(no_change(), json!({"sub": "eve"}));
    let (eves, _) = changed.rsplit_once('.').unwrap();
    let forged = parts(&format!("{eves}.{tail}"));
    assert_eq!(ask(gateway(), FILES, &forged).await.unwrap_err().0, Some(Fault::WrongSignature));
    // Another key by the name of the gateway's.
    let other = Signer(EncodingKey::from_ed_der(&another_key()), Algorithm::EdDSA, "ed");
    let forged = parts(&sealed(head, &other));
    assert_eq!(ask(gateway(), FILES, &forged).await.unwrap_err().0, Some(Fault::WrongSignature));
    // Two keys of one name: nobody knows which one counts.
    let twins = published(&[&ed(), &Signer(EncodingKey::from_ed_der(&another_key()), Algorithm::EdDSA, "ed")]);
    let twins = GatewayAssertion::new(AUDIENCE, POLICY.schemes(), &twins).unwrap().with_clock(clock());
    assert_eq!(ask(twins, FILES, &parts(&good)).await.unwrap_err().0, Some(Fault::UnusableKey));
    // Another policy, where the service insists on its own.
    let strict = gateway().with_same_policy();
    let elsewhere = payload(json!({"policy": "fedcba9876543210"}));
    assert_eq!(ask(strict, FILES, &elsewhere).await.unwrap_err().0, Some(Fault::AssertedPolicy));
    assert!(ask(gateway().with_same_policy(), FILES, &parts(&good)).await.is_ok());
    assert!(ask(gateway(), FILES, &elsewhere).await.is_ok());
    // A scheme of the document for which the gateway does not speak.
    let key_alone = GatewayAssertion::new(AUDIENCE, [schemes::KEY], &published(&[&ed()])).unwrap().with_clock(clock());
    assert_eq!(ask(key_alone, FILES, &parts(&good)).await.unwrap_err().0, Some(Fault::AssertedScheme));

    faults.extend([Fault::AssertedPolicy.code(), Fault::UnusableKey.code()]);
    let own = Fault::ALL.iter().map(|fault| fault.code());
    let untried = own.filter(|code| code.ends_with("_assertion") || code.starts_with("asserted_"));
    assert_eq!(untried.filter(|code| !faults.contains(code)).collect::<Vec<_>>(), [""; 0]);
}

/// An Ed25519 key in PKCS #8 whose seed is a row of one byte.
fn another_key() -> Vec<u8> {
    const PREFIX: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    [&PREFIX[..], &[7; 32]].concat()
}

#[tokio::test]
async fn an_assertion_lives_for_thirty_seconds_by_the_services_clock() {
    let token = signed(&statement());
    for (now, lives) in [(NOW - 6, false), (NOW - 5, true), (NOW, true), (NOW + 29, true), (NOW + 30, false)] {
        let gateway = GatewayAssertion::new(AUDIENCE, POLICY.schemes(), &published(&[&ed()])).unwrap();
        let gateway = gateway.with_clock(Arc::new(ManualClock::at(now)));
        assert_eq!(ask(gateway, FILES, &parts(&token)).await.is_ok(), lives, "{}", now.wrapping_sub(NOW));
    }
    let asked_for_more = statement().unsigned("ed", "r", NOW, Duration::from_secs(3_600));
    assert!(ask(gateway(), FILES, &parts(&sealed(&asked_for_more, &ed()))).await.is_ok(), "it is cut to what may be");
}

#[tokio::test]
async fn keys_are_rotated_while_the_service_runs() {
    let (old, new) = (ed(), Signer(EncodingKey::from_ed_der(&another_key()), Algorithm::EdDSA, "next"));
    let by_new = sealed(&statement().unsigned("next", "r", NOW, Duration::from_secs(30)), &new);
    let by_old = signed(&statement());
    let shared = Arc::new(gateway());
    let entry = Entry::new(Arc::clone(&shared), EnableAll, Options::new().clock(ManualClock::at(NOW)));
    let is_good = async |token: &str| {
        let parts = parts(token);
        entry.endpoint(operation(FILES.0, FILES.1)).admit(&parts).await.is_ok()
    };
    assert_eq!([is_good(&by_old).await, is_good(&by_new).await], [true, false]);
    shared.replace_keys(&published(&[&old, &new])).unwrap();
    assert_eq!([is_good(&by_old).await, is_good(&by_new).await], [true, true], "the overlap");
    shared.replace_keys(&published(&[&new])).unwrap();
    assert_eq!([is_good(&by_old).await, is_good(&by_new).await], [false, true]);
    assert!(shared.replace_keys("{}").is_err());
    assert!(is_good(&by_new).await, "keys that cannot be read change nothing");
}

#[tokio::test]
async fn a_proxy_may_strip_what_the_service_knows_of() {
    let stripped = AssertionStatement::new(AUDIENCE, "GET", &format!("/shop{TARGET}"), FILES, POLICY.fingerprint())
        .with_caller("ali")
        .with_grant("OAuth2", ["files:read"]);
    let token = signed(&stripped);
    assert!(ask(gateway().with_stripped_prefix("/shop"), FILES, &parts(&token)).await.is_ok());
    assert_eq!(ask(gateway(), FILES, &parts(&token)).await.unwrap_err().0, Some(Fault::AssertedTarget));
    let own = gateway().with_header(HeaderName::from_static("x-decided")).unwrap();
    let in_own = request("GET", TARGET, &[("x-decided", &signed(&statement()))]);
    assert!(ask(own, FILES, &in_own).await.is_ok());
}

#[tokio::test]
async fn a_path_without_an_operation_tells_nobody_that_it_has_none() {
    let entry = Entry::new(gateway(), EnableAll, Options::new().clock(ManualClock::at(NOW)));
    let token = signed(&AssertionStatement::new(AUDIENCE, "GET", "/v1/none", ("GET", "/v1/none"), "p"));
    for headers in [&[][..], &[("policy-assertion", token.as_str())]] {
        assert_eq!(entry.not_found(&request("GET", "/v1/none", headers)).await.status(), 401);
    }
}

#[tokio::test]
async fn within_a_list_by_scheme_it_denies_everything() {
    let by_scheme = ByScheme::new().bearer(gateway()).scheme(schemes::KEY, gateway());
    let said = entry::decide(operation(FILES.0, FILES.1), &parts(&signed(&statement())), by_scheme, EnableAll).await;
    assert_eq!(said.unwrap_err().status(), 401);
    let by_scheme = ByScheme::new().bearer(gateway());
    let bearer = request("GET", TARGET, &[("authorization", &format!("Bearer {}", signed(&statement())))]);
    assert_eq!(
        entry::decide(operation(FILES.0, FILES.1), &bearer, by_scheme, EnableAll).await.unwrap_err().status(),
        401
    );
}

#[test]
fn what_cannot_verify_is_refused_at_the_start_with_what_to_do() {
    let keys = published(&[&ed()]);
    let new = |audience: &str, schemes: Vec<_>, keys: &str| GatewayAssertion::<Api>::new(audience, schemes, keys);
    let all = || POLICY.schemes().collect::<Vec<_>>();
    for (made, part) in [
        (new("", all(), &keys), "the service has no name"),
        (new("files", Vec::new(), &keys), "no security scheme is named"),
        (new("files", all(), "none"), "the gateway's keys cannot be read"),
        (new("files", all(), r#"{"keys": []}"#), "hold no Ed25519 key"),
        (new("files", all(), &published(&[&one()])), "hold no Ed25519 key"),
        (gateway_at("x_decided"), "the header `x_decided` cannot bring"),
        (gateway_at("authorization"), "the header `authorization` cannot bring"),
    ] {
        let error = made.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

fn gateway_at(header: &'static str) -> Result<GatewayAssertion<Api>, GatewayAssertionError> {
    let gateway = GatewayAssertion::new(AUDIENCE, POLICY.schemes(), &published(&[&ed()]))?;
    gateway.with_header(HeaderName::from_static(header))
}
