//! A JWT in its compact form (RFC 7515, section 7.1), taken apart and checked.

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::crypto::aws_lc;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::key_set::Key;

/// Longer than any token that fits a request's header.
const MOST_BYTES: usize = 16 << 10;

/// A token whose signature nobody has looked at yet.
pub(super) struct Unverified<'t> {
    pub(super) header: Header,
    signed: &'t str,
    payload: &'t str,
    signature: &'t str,
}

/// What is read of a token's header. A repeated member is an error; keys and addresses that a token brings are not looked at.
#[derive(Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    pub(super) kid: Option<String>,
    pub(super) typ: Option<String>,
    pub(super) crit: Option<IgnoredAny>,
}

impl<'t> Unverified<'t> {
    /// Takes a token apart. `None` where it is no signed JWT.
    pub(super) fn read(token: &'t str) -> Option<Self> {
        if token.len() > MOST_BYTES {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        if payload.contains('.') {
            return None;
        }
        Some(Self { header: decoded(header)?, signed, payload, signature })
    }

    /// Whether the header's `typ` is one of these media types, which may lack their `application/` (RFC 7515, section 4.1.9).
    pub(super) fn has_type(&self, types: &[String]) -> bool {
        let short = |name: &str| -> String {
            let name = name.to_ascii_lowercase();
            name.strip_prefix("application/").map_or(name.clone(), str::to_owned)
        };
        self.header.typ.as_deref().is_some_and(|typ| types.iter().any(|accepted| short(accepted) == short(typ)))
    }

    /// The claims, where the key made the signature with its own algorithm.
    pub(super) fn verify<T: DeserializeOwned>(&self, key: &Key) -> Option<T> {
        let signature = BASE64URL_NOPAD.decode(self.signature.as_bytes()).ok()?;
        // Named here and not taken from the process: a second implementation among the features of the build would make the
        // library's own choice a panic.
        let verifier = (aws_lc::DEFAULT_PROVIDER.verifier_factory)(&key.algorithm.library()?, &key.key).ok()?;
        verifier.verify(self.signed.as_bytes(), &signature).ok()?;
        decoded(self.payload)
    }
}

fn decoded<T: DeserializeOwned>(part: &str) -> Option<T> {
    let json = BASE64URL_NOPAD.decode(part.as_bytes()).ok()?;
    serde_json::from_slice(&json).ok()
}
