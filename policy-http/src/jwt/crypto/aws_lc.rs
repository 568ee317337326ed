//! Signatures, checked by aws-lc.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};
use jsonwebtoken::crypto::JwtVerifier;
use jsonwebtoken::signature::{Error, Verifier as Checks};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};

use super::Verifier;
use crate::jwt::algorithm::JwtAlgorithm;

struct AwsLc {
    algorithm: Algorithm,
    key: Key,
}

enum Key {
    Rsa(&'static RsaParameters, RsaPublicKeyComponents<Vec<u8>>),
    Curve(UnparsedPublicKey<Vec<u8>>),
}

pub(super) fn verifier(algorithm: JwtAlgorithm, key: &DecodingKey) -> Option<Verifier> {
    let rsa = |parameters| match key.kind() {
        DecodingKeyKind::RsaModulusExponent { n, e } => {
            Some(Key::Rsa(parameters, RsaPublicKeyComponents { n: n.clone(), e: e.clone() }))
        }
        DecodingKeyKind::SecretOrDer(_) => None,
    };
    let bytes = || key.try_get_as_bytes().ok().map(<[u8]>::to_vec);
    let key = match algorithm {
        JwtAlgorithm::Rs256 => rsa(&RSA_PKCS1_2048_8192_SHA256),
        JwtAlgorithm::Rs384 => rsa(&RSA_PKCS1_2048_8192_SHA384),
        JwtAlgorithm::Rs512 => rsa(&RSA_PKCS1_2048_8192_SHA512),
        JwtAlgorithm::Ps256 => rsa(&RSA_PSS_2048_8192_SHA256),
        JwtAlgorithm::Ps384 => rsa(&RSA_PSS_2048_8192_SHA384),
        JwtAlgorithm::Ps512 => rsa(&RSA_PSS_2048_8192_SHA512),
        JwtAlgorithm::Es256 => Some(Key::Curve(UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes()?))),
        JwtAlgorithm::Es384 => Some(Key::Curve(UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, bytes()?))),
        JwtAlgorithm::EdDsa => Some(Key::Curve(UnparsedPublicKey::new(&ED25519, bytes()?))),
    }?;
    Some(Box::new(AwsLc { algorithm: algorithm.library(), key }))
}

impl Checks<Vec<u8>> for AwsLc {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), Error> {
        let checked = match &self.key {
            Key::Rsa(parameters, key) => key.verify(parameters, message, signature),
            Key::Curve(key) => key.verify(message, signature),
        };
        checked.map_err(|_| Error::new())
    }
}

impl JwtVerifier for AwsLc {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
