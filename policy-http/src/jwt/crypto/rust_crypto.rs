//! Signatures, checked by the RustCrypto crates.
//!
//! The known weakness of `rsa` (RUSTSEC-2023-0071) is one of private keys. There are only public ones here.

use ed25519_dalek::VerifyingKey as EdKey;
use jsonwebtoken::crypto::JwtVerifier;
use jsonwebtoken::signature::{Error, Verifier as Checks};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use rsa::sha2::{Sha256, Sha384, Sha512};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPublicKey, pkcs1v15, pss};

use super::Verifier;
use crate::jwt::algorithm::JwtAlgorithm;

const FEWEST_BITS: usize = 2048;
const MOST_BITS: usize = 8192;

struct RustCrypto {
    algorithm: Algorithm,
    key: Key,
}

enum Key {
    Rs256(pkcs1v15::VerifyingKey<Sha256>),
    Rs384(pkcs1v15::VerifyingKey<Sha384>),
    Rs512(pkcs1v15::VerifyingKey<Sha512>),
    Ps256(pss::VerifyingKey<Sha256>),
    Ps384(pss::VerifyingKey<Sha384>),
    Ps512(pss::VerifyingKey<Sha512>),
    Es256(p256::ecdsa::VerifyingKey),
    Es384(p384::ecdsa::VerifyingKey),
    EdDsa(EdKey),
}

pub(super) fn verifier(algorithm: JwtAlgorithm, key: &DecodingKey) -> Option<Verifier> {
    let bytes = || key.try_get_as_bytes().ok();
    let read = match algorithm {
        JwtAlgorithm::Rs256 => Key::Rs256(pkcs1v15::VerifyingKey::new(rsa(key)?)),
        JwtAlgorithm::Rs384 => Key::Rs384(pkcs1v15::VerifyingKey::new(rsa(key)?)),
        JwtAlgorithm::Rs512 => Key::Rs512(pkcs1v15::VerifyingKey::new(rsa(key)?)),
        JwtAlgorithm::Ps256 => Key::Ps256(pss::VerifyingKey::new(rsa(key)?)),
        JwtAlgorithm::Ps384 => Key::Ps384(pss::VerifyingKey::new(rsa(key)?)),
        JwtAlgorithm::Ps512 => Key::Ps512(pss::VerifyingKey::new(rsa(key)?)),
        JwtAlgorithm::Es256 => Key::Es256(p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes()?).ok()?),
        JwtAlgorithm::Es384 => Key::Es384(p384::ecdsa::VerifyingKey::from_sec1_bytes(bytes()?).ok()?),
        JwtAlgorithm::EdDsa => Key::EdDsa(EdKey::from_bytes(bytes()?.try_into().ok()?).ok()?),
    };
    Some(Box::new(RustCrypto { algorithm: algorithm.library(), key: read }))
}

fn rsa(key: &DecodingKey) -> Option<RsaPublicKey> {
    let DecodingKeyKind::RsaModulusExponent { n, e } = key.kind() else { return None };
    let (n, e) = (BigUint::from_bytes_be(n), BigUint::from_bytes_be(e));
    let key = RsaPublicKey::new_with_max_size(n, e, MOST_BITS).ok()?;
    (key.n().bits() >= FEWEST_BITS).then_some(key)
}

impl Checks<Vec<u8>> for RustCrypto {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), Error> {
        let pkcs1v15 = || pkcs1v15::Signature::try_from(signature.as_slice());
        let pss = || pss::Signature::try_from(signature.as_slice());
        match &self.key {
            Key::Rs256(key) => key.verify(message, &pkcs1v15()?),
            Key::Rs384(key) => key.verify(message, &pkcs1v15()?),
            Key::Rs512(key) => key.verify(message, &pkcs1v15()?),
            Key::Ps256(key) => key.verify(message, &pss()?),
            Key::Ps384(key) => key.verify(message, &pss()?),
            Key::Ps512(key) => key.verify(message, &pss()?),
            Key::Es256(key) => key.verify(message, &p256::ecdsa::Signature::from_slice(signature)?),
            Key::Es384(key) => key.verify(message, &p384::ecdsa::Signature::from_slice(signature)?),
            // Keys of small order, for which signatures of many messages are the same, are refused.
            Key::EdDsa(key) => key.verify_strict(message, &ed25519_dalek::Signature::from_slice(signature)?),
        }
    }
}

impl JwtVerifier for RustCrypto {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
