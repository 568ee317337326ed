//! API keys: `ch_sk_<id>_<secret>`. The id is public and names the key; the secret is shown once and stored as a hash.

use std::fmt;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const PREFIX: &str = "ch_sk_";
const ID_BYTES: usize = 8;
const SECRET_BYTES: usize = 32;

/// The SHA-256 of a secret. The secret is 256 random bits, so a fast hash is enough: there is nothing to guess.
///
/// Hashes are compared in constant time; there is no `PartialEq` to compare them otherwise.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash of no secret, to compare with where there is no key: a miss takes as long as a mismatch.
    pub const NONE: Self = Self([0; 32]);

    /// The bytes, for the store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether both are the same, in time that does not depend on where they differ.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl TryFrom<Vec<u8>> for SecretHash {
    type Error = Vec<u8>;

    fn try_from(bytes: Vec<u8>) -> Result<Self, Vec<u8>> {
        <[u8; 32]>::try_from(bytes).map(Self)
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(redacted)")
    }
}

/// A key with its secret: just issued, or just presented. `Debug` shows the id alone; there is no `Display`.
pub struct Key {
    id: String,
    secret: [u8; SECRET_BYTES],
}

impl Key {
    /// A new key from the operating system's random source.
    ///
    /// # Errors
    /// The source cannot be read.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let (mut id, mut secret) = ([0; ID_BYTES], [0; SECRET_BYTES]);
        getrandom::fill(&mut id)?;
        getrandom::fill(&mut secret)?;
        Ok(Self { id: HEXLOWER.encode(&id), secret })
    }

    /// Reads a presented key. There is one spelling of each key.
    ///
    /// # Errors
    /// [`MalformedKey`] where the text is not of the form.
    pub fn parse(text: &str) -> Result<Self, MalformedKey> {
        let (id, secret) = text.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_')).ok_or(MalformedKey)?;
        let secret = HEXLOWER.decode(secret.as_bytes()).map_err(|_| MalformedKey)?;
        let secret = <[u8; SECRET_BYTES]>::try_from(secret).map_err(|_| MalformedKey)?;
        if !is_key_id(id) {
            return Err(MalformedKey);
        }
        Ok(Self { id: id.to_owned(), secret })
    }

    /// The public id: what logs and lists show.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What is stored of the secret.
    #[must_use]
    pub fn secret_hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.secret).into())
    }

    /// The whole key, secret included, to be handed to its owner once.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}_{}", self.id, HEXLOWER.encode(&self.secret))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).field("secret", &"redacted").finish()
    }
}

/// Whether the text has the form of a key's public id.
#[must_use]
pub fn is_key_id(text: &str) -> bool {
    text.len() == 2 * ID_BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A presented key is not of the form `ch_sk_<id>_<secret>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedKey;

impl fmt::Display for MalformedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key is not of the form `ch_sk_<id>_<secret>`")
    }
}

impl std::error::Error for MalformedKey {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn a_key_is_read_back_as_it_was_issued_and_no_two_are_alike() {
        let (one, other) = (Key::generate().unwrap(), Key::generate().unwrap());
        let read = Key::parse(&one.reveal()).unwrap();
        assert_eq!(read.id(), one.id());
        assert!(read.secret_hash().matches(&one.secret_hash()));
        assert!(!one.secret_hash().matches(&other.secret_hash()));
        assert!(!one.secret_hash().matches(&SecretHash::NONE));
        assert_ne!(one.id(), other.id());
    }

    #[test]
    fn there_is_one_spelling() {
        let key = Key::generate().unwrap().reveal();
        let secret = key.rsplit('_').next().unwrap();
        for malformed in [
            String::new(),
            "ch_sk_".into(),
            "ch_sk__".into(),
            key.to_uppercase(),
            format!("{key}0"),
            format!("{key}\n"),
            format!(" {key}"),
            key.replace("ch_sk_", "ch_pk_"),
            key.replacen("ch_sk_", "ch_sk", 1),
            format!("ch_sk_{secret}"),
            format!("ch_sk_xyz_{secret}"),
            format!("ch_sk_0123456789abcdef_{}", secret.replace(|c: char| c.is_ascii_hexdigit(), "é")),
            format!("ch_sk_0123456789abcde__{secret}"),
        ] {
            assert_eq!(Key::parse(&malformed).err(), Some(MalformedKey), "{malformed:?}");
        }
    }

    #[test]
    fn nothing_shows_the_secret() {
        let key = Key::generate().unwrap();
        let revealed = key.reveal();
        let secret = revealed.rsplit('_').next().unwrap();
        assert!(!format!("{key:?} {:?}", key.secret_hash()).contains(secret));
    }
}
