//! A JWT in its compact form (RFC 7515, section 7.1), taken apart and checked.

use data_encoding::BASE64URL_NOPAD;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

use super::key_set::Key;
use crate::claims::media_type;
use crate::credential_fault::CredentialFault;
use crate::members::Members;

/// Longer than any token that fits a request's header.
const MOST_BYTES: usize = 16 << 10;

/// A token whose signature nobody has looked at yet.
pub(super) struct Unverified<'t> {
    pub(super) header: Header,
    signed: &'t str,
    payload: &'t str,
    signature: &'t str,
}

/// What is read of a token's header. A repeated member is an error (RFC 7515, section 4), whatever it is called; keys and addresses
/// that a token brings are not looked at.
#[derive(Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    #[serde(default, deserialize_with = "present")]
    pub(super) kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    typ: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    b64: Option<IgnoredAny>,
    #[serde(flatten)]
    _others: Members,
}

impl Header {
    /// Whether the token asks for an extension. `crit` lists those that its reader must understand (RFC 7515, section 4.1.11), and none is
    /// understood here. An empty `crit` is not allowed either. `b64` says whether the payload is encoded; in a JWT it always is (RFC 7797,
    /// section 7).
    pub(super) fn has_rules_of_its_own(&self) -> bool {
        self.crit.is_some() || self.b64.is_some()
    }
}

impl<'t> Unverified<'t> {
    /// Takes a token apart.
    pub(super) fn read(token: &'t str) -> Result<Self, CredentialFault> {
        if token.len() > MOST_BYTES {
            return Err(CredentialFault::TokenTooLong);
        }
        let parts = token.rsplit_once('.').and_then(|(signed, signature)| {
            let (header, payload) = signed.split_once('.')?;
            (!payload.contains('.')).then_some((signed, header, payload, signature))
        });
        let (signed, header, payload, signature) = parts.ok_or(CredentialFault::NoSignedToken)?;
        let header = decoded(header).ok_or(CredentialFault::IllFormedHeader)?;
        Ok(Self { header, signed, payload, signature })
    }

    /// Whether the header's `typ` is one of these media types, with or without `application/` (RFC 7515, section 4.1.9). `may_lack_type`
    /// accepts a header without `typ`, for issuers that never write one.
    pub(super) fn has_type(&self, types: &[String], may_lack_type: bool) -> bool {
        let same = |typ: &str, accepted: &str| media_type(typ).eq_ignore_ascii_case(media_type(accepted));
        match &self.header.typ {
            Some(typ) => types.iter().any(|accepted| same(typ, accepted)),
            None => may_lack_type,
        }
    }

    /// The claims, where the key made the signature.
    pub(super) fn verify(&self, key: &Key) -> Result<Members, CredentialFault> {
        let signature = BASE64URL_NOPAD.decode(self.signature.as_bytes()).ok();
        if !signature.is_some_and(|signature| key.signed(self.signed, &signature)) {
            return Err(CredentialFault::WrongSignature);
        }
        decoded(self.payload).ok_or(CredentialFault::IllFormedClaims)
    }
}

fn decoded<T: DeserializeOwned>(part: &str) -> Option<T> {
    let json = BASE64URL_NOPAD.decode(part.as_bytes()).ok()?;
    serde_json::from_slice(&json).ok()
}

/// Reads an optional member. If it is there, its value must be of the type, and must not be `null`.
fn present<'de, R: Deserializer<'de>, T: Deserialize<'de>>(deserializer: R) -> Result<Option<T>, R::Error> {
    T::deserialize(deserializer).map(Some)
}
