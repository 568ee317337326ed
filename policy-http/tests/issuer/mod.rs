//! An issuer of signed tokens, whose keys change, and which may be down.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "shared by test binaries that use parts of it; a test fails by panicking"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use policy_core::{AuthenticationFailure as Failure, Principal};
use policy_http::{Authenticator, Credential, Jwt, JwtAlgorithm, KeySource, ManualClock, Unavailable};
use serde_json::{Value, json};

use crate::common::{Api, schemes};

pub const NOW: u64 = 1_800_000_000;
pub const ISSUER: &str = "https://issuer.example";
pub const API: &str = "https://api.example";

/// A key of the issuer's: the private half, its algorithm, and its name.
pub struct Signer(pub EncodingKey, pub Algorithm, pub &'static str);

pub fn one() -> Signer {
    Signer(EncodingKey::from_ec_der(include_bytes!("../keys/ec-one.der")), Algorithm::ES256, "one")
}

pub fn two() -> Signer {
    Signer(EncodingKey::from_ec_der(include_bytes!("../keys/ec-two.der")), Algorithm::ES256, "two")
}

pub fn rsa() -> Signer {
    Signer(EncodingKey::from_rsa_der(include_bytes!("../keys/rsa.der")), Algorithm::RS256, "rsa")
}

pub fn ed() -> Signer {
    Signer(EncodingKey::from_ed_der(include_bytes!("../keys/ed25519.der")), Algorithm::EdDSA, "ed")
}

impl Signer {
    pub fn published(&self) -> Value {
        let mut key = serde_json::to_value(Jwk::from_encoding_key(&self.0, self.1).unwrap()).unwrap();
        key["kid"] = self.2.into();
        key["use"] = "sig".into();
        key
    }

    pub fn header(&self) -> Header {
        let mut header = Header::new(self.1);
        header.typ = Some("at+jwt".into());
        header.kid = Some(self.2.into());
        header
    }

    pub fn sign(&self, claims: &Value) -> String {
        encode(&self.header(), claims, &self.0).unwrap()
    }
}

pub fn claims() -> Value {
    json!({"iss": ISSUER, "aud": API, "sub": "ali", "exp": NOW + 60, "scope": "files:read unheard-of", "jti": "t-1"})
}

/// The claims, with some in another way; `null` takes one away.
pub fn but(changes: Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

/// An issuer whose keys change, that counts who asks, and that may be down.
#[derive(Default)]
pub struct Issuer {
    keys: Mutex<Vec<Value>>,
    down: Mutex<bool>,
    asked: AtomicUsize,
}

impl Issuer {
    pub fn with(keys: &[&Signer]) -> Arc<Self> {
        let issuer = Self::default();
        issuer.publish(keys);
        Arc::new(issuer)
    }

    pub fn publish(&self, keys: &[&Signer]) {
        *self.keys.lock().unwrap() = keys.iter().map(|key| key.published()).collect();
    }

    pub fn set_down(&self, down: bool) {
        *self.down.lock().unwrap() = down;
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

pub struct At(pub Arc<Issuer>);

impl KeySource for At {
    async fn fetch(&self) -> Result<String, Unavailable> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        if *self.0.down.lock().unwrap() {
            return Err(Unavailable::because("down"));
        }
        Ok(json!({"keys": *self.0.keys.lock().unwrap()}).to_string())
    }
}

pub type Tokens<K> = Jwt<K, Arc<ManualClock>>;

pub fn tokens(issuer: &Arc<Issuer>, clock: &Arc<ManualClock>) -> Tokens<At> {
    Jwt::new(ISSUER, API, JwtAlgorithm::Es256, At(Arc::clone(issuer))).with_clock(Arc::clone(clock))
}

pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(NOW))
}

pub async fn ask<K: KeySource>(tokens: &Tokens<K>, token: &str) -> Result<Principal<Api>, Failure> {
    tokens.authenticate(&Credential::new(schemes::OAUTH2, token)).await
}

pub async fn failure<K: KeySource>(tokens: &Tokens<K>, token: &str) -> Option<Failure> {
    ask(tokens, token).await.err()
}

/// A token with this header and these claims as they stand, signed by the key.
pub fn raw(header: &str, claims: &str, signer: &Signer) -> String {
    let encode = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
    let signed = format!("{}.{}", encode(header), encode(claims));
    format!("{signed}.{}", jsonwebtoken::crypto::sign(signed.as_bytes(), &signer.0, signer.1).unwrap())
}
