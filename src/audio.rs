//! Signed, expiring URLs for recordings. The URL is the credential. Whoever has it may read one recording, with one method, until it
//! expires. It is used on behalf of the key that asked for it, and only while this key may still ask.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The signature covers this text and the claim. So a signature for another purpose is never valid here.
const CONTEXT: &[u8] = b"charthero recording url 2\0";

/// How long a URL may be valid at most. People send URLs on, browsers keep them in their history, and others log them. So an operator
/// cannot choose more.
pub const LONGEST: SignedDuration = SignedDuration::from_mins(15);

/// What a URL grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudioClaim {
    /// The HTTP method for which it is valid.
    #[serde(rename = "m")]
    pub method: String,
    /// The recording.
    #[serde(rename = "r")]
    pub recording_id: String,
    /// The organization for which it was made.
    #[serde(rename = "o")]
    pub organization: String,
    /// The public id of the key that asked for it. What this key may do is looked up when the URL is used.
    #[serde(rename = "k")]
    pub key_id: String,
    /// The second at which it expires, since the Unix epoch.
    #[serde(rename = "e")]
    pub expires_at: i64,
}

/// A claim whose signature, method and time were verified. Only [`AudioSigner::verify`] makes one. Where a signed URL is the
/// credential, it takes the place of the permit.
#[derive(Debug, PartialEq, Eq)]
pub struct VerifiedClaim(AudioClaim);

impl VerifiedClaim {
    /// What the URL grants.
    #[must_use]
    pub fn claim(&self) -> &AudioClaim {
        &self.0
    }
}

/// Signs and verifies URLs with the signing key of one database.
#[derive(Clone)]
pub struct AudioSigner {
    keyed: Hmac<Sha256>,
}

impl AudioSigner {
    /// How many random bytes a signing key has.
    pub const KEY_BYTES: usize = 32;

    /// A signer with this key.
    ///
    /// # Errors
    /// [`AudioUrlError::Key`] if the key does not have [`KEY_BYTES`](Self::KEY_BYTES).
    pub fn new(key: &[u8]) -> Result<Self, AudioUrlError> {
        if key.len() != Self::KEY_BYTES {
            return Err(AudioUrlError::Key);
        }
        let mut keyed = <Hmac<Sha256> as KeyInit>::new_from_slice(key).map_err(|_| AudioUrlError::Key)?;
        keyed.update(CONTEXT);
        Ok(Self { keyed })
    }

    /// The token for the URL: the claim and its signature.
    ///
    /// # Errors
    /// [`AudioUrlError::Invalid`] if the claim cannot be serialised.
    pub fn sign(&self, claim: &AudioClaim) -> Result<String, AudioUrlError> {
        let claim = serde_json::to_vec(claim).map_err(|_| AudioUrlError::Invalid)?;
        let mut mac = self.keyed.clone();
        mac.update(&claim);
        let signature = mac.finalize().into_bytes();
        Ok(format!("{}.{}", BASE64URL_NOPAD.encode(&claim), BASE64URL_NOPAD.encode(&signature)))
    }

    /// The claim of a token that is valid now for this method. The signature is compared in constant time, before anything in the
    /// claim is read.
    ///
    /// # Errors
    /// [`AudioUrlError::Invalid`] if it was not signed with this key or not for this method, or would be valid for longer than
    /// [`LONGEST`] from now. [`AudioUrlError::Expired`] if it has expired.
    pub fn verify(&self, token: &str, method: &str, now: Timestamp) -> Result<VerifiedClaim, AudioUrlError> {
        let (claim, signature) = token.split_once('.').ok_or(AudioUrlError::Invalid)?;
        let claim = BASE64URL_NOPAD.decode(claim.as_bytes()).map_err(|_| AudioUrlError::Invalid)?;
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).map_err(|_| AudioUrlError::Invalid)?;
        let mut mac = self.keyed.clone();
        mac.update(&claim);
        mac.verify_slice(&signature).map_err(|_| AudioUrlError::Invalid)?;
        let claim: AudioClaim = serde_json::from_slice(&claim).map_err(|_| AudioUrlError::Invalid)?;
        if claim.method != method {
            return Err(AudioUrlError::Invalid);
        }
        if claim.expires_at <= now.as_second() {
            return Err(AudioUrlError::Expired);
        }
        // It was signed while `LONGEST` was greater, or by a clock that was wrong.
        if claim.expires_at.saturating_sub(now.as_second()) > LONGEST.as_secs() {
            return Err(AudioUrlError::Invalid);
        }
        Ok(VerifiedClaim(claim))
    }
}

impl fmt::Debug for AudioSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AudioSigner(redacted)")
    }
}

/// Why a recording's URL is refused. The log has the reason. The answer is the same for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AudioUrlError {
    /// The signing key has the wrong length.
    Key,
    /// It was not signed with this key, or not for this method.
    Invalid,
    /// It has expired.
    Expired,
}

impl fmt::Display for AudioUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AudioUrlError::Key => "the database's signing key is damaged",
            AudioUrlError::Invalid => "the URL was not signed here, or not for this",
            AudioUrlError::Expired => "the URL has expired",
        })
    }
}

impl std::error::Error for AudioUrlError {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::string_slice, reason = "a test")]
    use super::*;

    fn claim() -> AudioClaim {
        AudioClaim {
            method: "GET".into(),
            recording_id: "rec_synthetic_0001".into(),
            organization: "northwind".into(),
            key_id: "0123456789abcdef".into(),
            expires_at: 1_000,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_url_is_good_for_its_method_until_it_expires() {
        let signer = AudioSigner::new(&[7; 32]).unwrap();
        let token = signer.sign(&claim()).unwrap();
        assert_eq!(signer.verify(&token, "GET", at(999)), Ok(VerifiedClaim(claim())));
        assert_eq!(signer.verify(&token, "GET", at(1_000)), Err(AudioUrlError::Expired));
        // No URL is valid for longer than fifteen minutes, whatever was signed.
        assert!(signer.verify(&token, "GET", at(100)).is_ok());
        assert_eq!(signer.verify(&token, "GET", at(99)), Err(AudioUrlError::Invalid));
        assert_eq!(signer.verify(&token, "GET", at(-4_000_000)), Err(AudioUrlError::Invalid));
        for method in ["HEAD", "get", "POST", ""] {
            assert_eq!(signer.verify(&token, method, at(999)), Err(AudioUrlError::Invalid), "{method}");
        }
    }

    #[test]
    fn no_byte_of_it_can_be_changed() {
        let signer = AudioSigner::new(&[7; 32]).unwrap();
        let token = signer.sign(&claim()).unwrap();
        for at_byte in 0..token.len() {
            for replacement in [b'A', b'B', b'.', b'='] {
                let mut changed = token.clone().into_bytes();
                let byte = changed.get_mut(at_byte).unwrap();
                if *byte == replacement {
                    continue;
                }
                *byte = replacement;
                let changed = String::from_utf8(changed).unwrap();
                assert_eq!(signer.verify(&changed, "GET", at(500)), Err(AudioUrlError::Invalid), "{changed}");
            }
        }
        let mut short = token.clone();
        short.pop();
        for cut in ["", ".", "..", &short, token.split('.').next().unwrap(), &format!("{token}A")] {
            assert_eq!(signer.verify(cut, "GET", at(500)), Err(AudioUrlError::Invalid), "{cut}");
        }
    }

    #[test]
    fn the_signature_of_one_claim_fits_no_other_and_no_other_key() {
        let (signer, other) = (AudioSigner::new(&[7; 32]).unwrap(), AudioSigner::new(&[8; 32]).unwrap());
        let token = signer.sign(&claim()).unwrap();
        assert_eq!(other.verify(&token, "GET", at(500)), Err(AudioUrlError::Invalid));
        let signature = token.split('.').nth(1).unwrap();
        for forged in [
            AudioClaim { expires_at: 1_001, ..claim() },
            AudioClaim { key_id: "fedcba9876543210".into(), ..claim() },
            AudioClaim { organization: "lakeside".into(), ..claim() },
            AudioClaim { recording_id: "rec_synthetic_0002".into(), ..claim() },
            AudioClaim { method: "HEAD".into(), ..claim() },
        ] {
            let body = BASE64URL_NOPAD.encode(&serde_json::to_vec(&forged).unwrap());
            let token = format!("{body}.{signature}");
            assert_eq!(signer.verify(&token, &forged.method, at(500)), Err(AudioUrlError::Invalid));
        }
    }

    #[test]
    fn a_signing_key_has_its_length() {
        assert_eq!(AudioSigner::new(b"short").err(), Some(AudioUrlError::Key));
        assert_eq!(format!("{:?}", AudioSigner::new(&[7; 32]).unwrap()), "AudioSigner(redacted)");
    }
}
