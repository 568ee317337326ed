//! An application that signs tokens of its own by `jsonwebtoken`, and is guarded. Built by `tests/jwt_hosts.rs`, with each
//! combination of back ends.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking")]

#[path = "../several/mod.rs"]
mod several;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use policy_http::{Jwt, JwtAlgorithm, identify};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let key = EncodingKey::from_ec_der(include_bytes!("../keys/ec-one.der"));
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("at+jwt".into());
    let token = |subject: &str| {
        // The application's own call: it panics where the library finds two back ends.
        encode(&header, &json!({"iss": "i", "aud": "a", "sub": subject, "exp": 4_000_000_000_u64}), &key).unwrap()
    };
    let set = json!({"keys": [Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap()]}).to_string();
    let tokens = Jwt::new("i", "a", JwtAlgorithm::Es256, move || {
        let set = set.clone();
        async { Ok(set) }
    });
    let (ali, eve) = (token("ali"), token("eve"));
    let forged = format!("{}.{}", eve.rsplit_once('.').unwrap().0, ali.rsplit_once('.').unwrap().1);
    for (token, expected) in [(ali, Some("ali")), (forged, None)] {
        let request = several::parts("/", &[("authorization", &format!("Bearer {token}"))]);
        let caller = identify(Some(several::at("/one-or-two")), &request, &tokens).await;
        assert_eq!(caller.as_ref().ok().and_then(|caller| caller.as_ref()?.subject()), expected);
    }
    println!("encoded and verified");
}
