//! A token that is bound to a key is no bearer token: it is refused everywhere, but where this very request proves the key.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod several;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::request::Parts;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use policy_core::AuthenticationFailure as Failure;
use policy_http::{
    Authenticator, BoundToken, Confirmation, Credential, Demands, Introspection, Jwt, JwtAlgorithm, NoProof, Proof,
    ProofOfPossession, identify,
};
use serde_json::{Value, json};
use several::{Api, at, parts};

/// What the TLS layer would have put beside the request: the thumbprint of the client's certificate.
#[derive(Clone)]
struct Certificate(&'static str);

/// Believes the header `dpop` to be the thumbprint of the key that signed it, and the certificate beside the request.
#[derive(Clone, Default)]
struct Believes(Arc<AtomicUsize>);

impl ProofOfPossession for Believes {
    async fn verify<'r>(&self, token: &BoundToken<'r>) -> Result<Proof<'r>, Failure> {
        self.0.fetch_add(1, Ordering::SeqCst);
        assert_eq!((token.method(), token.path(), token.query()), ("GET", "/x", Some("a=1")));
        assert!(!token.token().is_empty() && !format!("{token:?}").contains(token.token()));
        let jkt = token.header("dpop").first().map(|value| std::str::from_utf8(value).unwrap());
        let certificate = token.extensions().and_then(|beside| beside.get::<Certificate>()).map(|found| found.0);
        match (jkt, certificate) {
            (Some("down"), _) => Err(Failure::Unavailable),
            (Some(jkt), Some(certificate)) => token.prove(&[("jkt", jkt), ("x5t#S256", certificate)]),
            (Some(jkt), None) => token.prove(&[("jkt", jkt)]),
            (None, Some(certificate)) => token.prove(&[("x5t#S256", certificate)]),
            (None, None) => token.prove(&[]),
        }
    }
}

fn key() -> EncodingKey {
    EncodingKey::from_ec_der(include_bytes!("keys/ec-one.der"))
}

/// A signed token with this confirmation, and the same for an introspection server.
fn token(cnf: Option<&Value>) -> String {
    let mut claims = json!({"iss": "i", "aud": "a", "sub": "ali", "exp": 4_000_000_000_u64, "active": true});
    if let Some(cnf) = cnf {
        claims["cnf"] = cnf.clone();
    }
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("at+jwt".into());
    encode(&header, &claims, &key()).unwrap()
}

fn signed() -> Jwt<impl policy_http::KeySource> {
    let published = Jwk::from_encoding_key(&key(), Algorithm::ES256).unwrap();
    let set = json!({"keys": [published]}).to_string();
    Jwt::new("i", "a", JwtAlgorithm::Es256, move || {
        let set = set.clone();
        async { Ok(set) }
    })
}

/// A server that answers the claims of the token that it is sent.
fn introspected() -> Introspection<Api, impl policy_http::IntrospectionServer> {
    let server = |form: String| async move {
        let token = form.strip_prefix("token=").unwrap().split('&').next().unwrap();
        let token = percent_encoding::percent_decode_str(token).decode_utf8().unwrap();
        let claims = token.split('.').nth(1).unwrap();
        Ok(String::from_utf8(data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap())
    };
    Introspection::new(server, Demands::new().audience("a")).unwrap()
}

fn request(auth_scheme: &str, token: &str, dpop: Option<&str>, certificate: Option<&'static str>) -> Parts {
    let authorization = format!("{auth_scheme} {token}");
    let mut headers = vec![("authorization", &*authorization)];
    headers.extend(dpop.map(|dpop| ("dpop", dpop)));
    let mut parts = parts("/x?a=1", &headers);
    parts.extensions.extend(
        certificate
            .map(|found| {
                let mut beside = http::Extensions::new();
                beside.insert(Certificate(found));
                beside
            })
            .unwrap_or_default(),
    );
    parts
}

/// Whether the request's token is accepted: by a bearer scheme, or where it came as `DPoP`, by that scheme.
async fn found(authenticator: &impl Authenticator<Api>, request: &Parts) -> Option<Failure> {
    let is_dpop = request.headers["authorization"].as_bytes().starts_with(b"DPoP");
    let operation = at(if is_dpop { "/dpop" } else { "/one-or-two" });
    identify(Some(operation), request, authenticator).await.err()
}

#[tokio::test]
async fn a_bound_token_is_good_with_its_proof_alone() {
    let (jkt, certificate) = (json!({"jkt": "k"}), json!({"x5t#S256": "c"}));
    let both = json!({"jkt": "k", "x5t#S256": "c"});
    let (unknown, text, empty, null) = (json!({"jkt": "k", "new": "n"}), json!("k"), json!({}), Value::Null);
    let embedded = json!({"jwk": {"kty": "EC"}});
    let invalid = Some(Failure::Invalid);
    for (auth_scheme, cnf, dpop, beside, expected) in [
        ("Bearer", None, None, None, None),
        ("Bearer", Some(&jkt), Some("k"), None, None),
        ("Bearer", Some(&jkt), Some("other"), None, invalid),
        ("Bearer", Some(&jkt), None, None, invalid),
        ("Bearer", Some(&jkt), None, Some("c"), invalid),
        ("Bearer", Some(&jkt), Some("k"), Some("c"), invalid),
        ("Bearer", Some(&jkt), Some("down"), None, Some(Failure::Unavailable)),
        ("Bearer", Some(&certificate), None, Some("c"), None),
        ("Bearer", Some(&certificate), None, Some("other"), invalid),
        ("Bearer", Some(&both), Some("k"), Some("c"), None),
        ("Bearer", Some(&both), Some("k"), None, invalid),
        ("Bearer", Some(&both), None, Some("c"), invalid),
        ("Bearer", Some(&unknown), Some("k"), None, invalid),
        ("Bearer", Some(&text), Some("k"), None, invalid),
        ("Bearer", Some(&empty), None, None, invalid),
        ("Bearer", Some(&null), None, None, invalid),
        ("Bearer", Some(&embedded), None, None, invalid),
        ("DPoP", Some(&jkt), Some("k"), None, None),
        ("DPoP", Some(&jkt), None, None, invalid),
        // What is bound to nothing is no DPoP token.
        ("DPoP", None, Some("k"), None, invalid),
    ] {
        let token = token(cnf);
        let request = request(auth_scheme, &token, dpop, beside);
        let case = format!("{auth_scheme} {cnf:?} {dpop:?} {beside:?}");
        let (believes, asked) = (Believes::default(), Believes::default());
        let signed = signed().with_proof_of_possession(believes.clone());
        assert_eq!(found(&signed, &request).await, expected, "signed: {case}");
        let introspected = introspected().with_proof_of_possession(asked);
        assert_eq!(found(&introspected, &request).await, expected, "introspected: {case}");
    }
}

#[tokio::test]
async fn without_a_verifier_or_a_request_nothing_is_proved() {
    let bound = token(Some(&json!({"jkt": "k"})));
    let request = request("Bearer", &bound, Some("k"), Some("c"));
    assert_eq!(found(&signed(), &request).await, Some(Failure::Invalid));
    assert_eq!(found(&introspected(), &request).await, Some(Failure::Invalid));
    let of_no_request = Credential::<Api>::new(at("/dpop").schemes().next().unwrap(), &*bound);
    let believes = Believes::default();
    let tokens = signed().with_proof_of_possession(believes.clone());
    assert_eq!(tokens.authenticate(&of_no_request).await.err(), Some(Failure::Invalid));
    assert_eq!(believes.0.load(Ordering::SeqCst), 0);
    // An authenticator of the application's own refuses in the same way.
    for cnf in ["{\"jkt\":\"k\"}", "null", "", "nonsense", "{\"jkt\":\"k\",\"jkt\":\"k\"}"] {
        let confirmation = Confirmation::from_json(cnf);
        let checked = Confirmation::check(Some(&confirmation), &of_no_request, &NoProof).await;
        assert_eq!(checked, Err(Failure::Invalid), "{cnf}");
    }
}

/// The server's answer is repeated for a while. The proof is that of each request.
#[tokio::test]
async fn an_answer_that_is_repeated_proves_nothing() {
    let (believes, bound) = (Believes::default(), token(Some(&json!({"jkt": "k"}))));
    let tokens = introspected().with_proof_of_possession(believes.clone());
    for (dpop, expected) in [(Some("k"), None), (None, Some(Failure::Invalid)), (Some("k"), None)] {
        assert_eq!(found(&tokens, &request("Bearer", &bound, dpop, None)).await, expected, "{dpop:?}");
    }
    // Two bearer schemes read the token at each request.
    assert_eq!(believes.0.load(Ordering::SeqCst), 6);
}
