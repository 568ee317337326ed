//! The keys with which the gateway signs assertions: a file that only the gateway reads, and the public half for services.
//!
//! A key that is made in place of another signs only after an overlap, in which services learn of it. So no assertion is refused while keys
//! change.

mod command;
mod file;

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

pub use self::command::KeysCommand;
pub(crate) use self::command::duration;
pub use self::file::KeysError;

/// For how long a key is published after its successor signs: longer than the longest assertion lives, with clocks that differ.
const AFTERLIFE: u64 = 60;

/// The keys of one gateway. One of them signs.
pub struct SigningKeys(Vec<SigningKey>);

/// A key, and from when on it signs.
struct SigningKey {
    id: String,
    pair: Ed25519KeyPair,
    /// What the pair is made of. It is kept since the file is written again when a successor is made.
    seed: [u8; 32],
    signs_from: u64,
}

impl SigningKey {
    fn generate(signs_from: u64) -> Result<Self, KeysError> {
        let mut seed = [0; 32];
        aws_lc_rs::rand::fill(&mut seed).map_err(|_| KeysError::NoRandomness)?;
        Self::of(seed, signs_from)
    }

    fn of(seed: [u8; 32], signs_from: u64) -> Result<Self, KeysError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| KeysError::NoRandomness)?;
        // RFC 7638: the name of a key is the hash of what it is.
        let public = BASE64URL_NOPAD.encode(pair.public_key().as_ref());
        let thumbprint = digest(&SHA256, format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#).as_bytes());
        Ok(Self { id: BASE64URL_NOPAD.encode(thumbprint.as_ref()), pair, seed, signs_from })
    }

    fn public(&self) -> Value {
        let x = BASE64URL_NOPAD.encode(self.pair.public_key().as_ref());
        json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.id, "x": x})
    }
}

impl SigningKeys {
    /// One new key, which signs from now on.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn generate(now: SystemTime) -> Result<Self, KeysError> {
        Ok(Self(vec![SigningKey::generate(seconds(now))?]))
    }

    /// Adds a successor, which signs when the overlap is over. Keys whose time is over are dropped. Answers the successor's name.
    ///
    /// # Errors
    /// A successor waits already; the operating system gives no random bytes.
    pub fn rotate(&mut self, now: SystemTime, overlap: Duration) -> Result<String, KeysError> {
        let now = seconds(now);
        if let Some(waiting) = self.0.iter().find(|key| key.signs_from > now) {
            return Err(KeysError::Waiting { id: waiting.id.clone(), seconds: waiting.signs_from - now });
        }
        let successor = SigningKey::generate(now.saturating_add(overlap.as_secs()))?;
        let id = successor.id.clone();
        let live: Vec<String> = self.live(now).map(|key| key.id.clone()).collect();
        self.0.retain(|key| live.contains(&key.id));
        self.0.push(successor);
        Ok(id)
    }

    /// The public halves, as services take them: a JWK set (RFC 7517). It holds keys that wait to sign, and those that have just been
    /// followed by another.
    #[must_use]
    pub fn public(&self, now: SystemTime) -> String {
        let keys: Vec<Value> = self.live(seconds(now)).map(SigningKey::public).collect();
        format!("{:#}\n", json!({ "keys": keys }))
    }

    /// Signs a text with the key that signs now. The text is made for the name of that key. `None` where no key signs yet.
    pub(crate) fn sign(&self, now: u64, unsigned: impl FnOnce(&str) -> String) -> Option<String> {
        let key = self.0.iter().filter(|key| key.signs_from <= now).max_by_key(|key| key.signs_from)?;
        let unsigned = unsigned(&key.id);
        let signature = key.pair.sign(unsigned.as_bytes());
        Some(format!("{unsigned}.{}", BASE64URL_NOPAD.encode(signature.as_ref())))
    }

    /// The keys whose assertions may still count, now or later.
    fn live(&self, now: u64) -> impl Iterator<Item = &SigningKey> {
        self.0.iter().filter(move |key| {
            let is_followed = |other: &SigningKey| {
                other.signs_from > key.signs_from && other.signs_from.saturating_add(AFTERLIFE) <= now
            };
            !self.0.iter().any(is_followed)
        })
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
