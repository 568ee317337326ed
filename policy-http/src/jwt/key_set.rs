//! An issuer's published keys (RFC 7517), each bound to one algorithm.

use std::sync::Arc;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{Jwk, KeyOperations, PublicKeyUse};
use serde::Deserialize;
use serde_json::Value;

use super::algorithm::JwtAlgorithm;
use super::crypto::{Verifier, verifier};
use crate::unavailable::Unavailable;

/// More than any issuer publishes.
const MOST_BYTES: usize = 1 << 20;
const MOST_KEYS: usize = 256;

/// A key that checks signatures, and the only algorithm that it does so with.
pub(super) struct Key {
    id: Option<String>,
    algorithm: JwtAlgorithm,
    verifier: Verifier,
}

/// The keys that can be used here.
pub(super) struct KeySet(Vec<Arc<Key>>);

/// What a set says of a key that a token names.
pub(super) enum Found {
    Key(Arc<Key>),
    /// The set has no such key. A newer set may have it.
    Unknown,
    /// The set has the key, and it is for another algorithm than the token's. Or several keys have this name.
    Unusable,
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a key set. A key that is not for signatures, of a type that is unknown here or of no accepted algorithm is left
    /// out, as RFC 7517, section 5 has it.
    pub(super) fn read(text: &str, accepted: &[JwtAlgorithm]) -> Result<Self, Unavailable> {
        if text.len() > MOST_BYTES {
            return Err(Unavailable::because("the key set is larger than 1 MiB"));
        }
        let published: Published = serde_json::from_str(text)?;
        if published.keys.len() > MOST_KEYS {
            return Err(Unavailable::because("the key set has more than 256 keys"));
        }
        let keys: Vec<_> =
            published.keys.into_iter().filter_map(|key| Key::read(key, accepted)).map(Arc::new).collect();
        if keys.is_empty() {
            tracing::error!(target: "policy", "the issuer publishes no key that can be used; every token is denied");
        }
        Ok(Self(keys))
    }

    /// Whether none of the published keys can be used here.
    #[cfg(feature = "gateway-assertion")]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key that a token's header names by `kid`. For a token without `kid`, the key of the token's algorithm, if there is only one.
    pub(super) fn find(&self, id: Option<&str>, algorithm: JwtAlgorithm) -> Found {
        let mut named = self.0.iter().filter(|key| match id {
            Some(id) => key.id.as_deref() == Some(id),
            None => key.algorithm == algorithm,
        });
        let Some(first) = named.next() else { return Found::Unknown };
        let mut usable = std::iter::once(first).chain(named).filter(|key| key.algorithm == algorithm);
        match (usable.next(), usable.next()) {
            (Some(key), None) => Found::Key(Arc::clone(key)),
            _ => Found::Unusable,
        }
    }
}

impl Key {
    fn read(published: Value, accepted: &[JwtAlgorithm]) -> Option<Self> {
        let key: Jwk = serde_json::from_value(published).ok()?;
        let for_signatures = key.common.public_key_use.as_ref().is_none_or(|used| *used == PublicKeyUse::Signature)
            && key.common.key_operations.as_ref().is_none_or(|list| list.contains(&KeyOperations::Verify));
        let algorithm = JwtAlgorithm::of_key(&key, accepted).filter(|_| for_signatures)?;
        let verifier = verifier(algorithm, &DecodingKey::from_jwk(&key).ok()?)?;
        Some(Self { verifier, id: key.common.key_id, algorithm })
    }

    /// Whether the key made the signature, with its own algorithm.
    pub(super) fn signed(&self, message: &str, signature: &Vec<u8>) -> bool {
        self.verifier.verify(message.as_bytes(), signature).is_ok()
    }
}
