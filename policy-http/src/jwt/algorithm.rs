//! The algorithms that a signed token may have.

use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm};

/// A signature algorithm (RFC 7518, section 3.1; RFC 8037). All are asymmetric: whoever can check a token cannot make one.
/// `none` and the HMAC family do not exist here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JwtAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// EdDSA on Ed25519.
    EdDsa,
}

impl JwtAlgorithm {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Rs256, "RS256"),
        (Self::Rs384, "RS384"),
        (Self::Rs512, "RS512"),
        (Self::Ps256, "PS256"),
        (Self::Ps384, "PS384"),
        (Self::Ps512, "PS512"),
        (Self::Es256, "ES256"),
        (Self::Es384, "ES384"),
        (Self::EdDsa, "EdDSA"),
    ];

    /// The algorithm that a token's header names; case-sensitive (RFC 7515, section 4.1.1).
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(algorithm, _)| algorithm)
    }

    /// The same in the words of the library.
    pub(super) fn library(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Rs384 => Algorithm::RS384,
            Self::Rs512 => Algorithm::RS512,
            Self::Ps256 => Algorithm::PS256,
            Self::Ps384 => Algorithm::PS384,
            Self::Ps512 => Algorithm::PS512,
            Self::Es256 => Algorithm::ES256,
            Self::Es384 => Algorithm::ES384,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }

    /// The same as a published key names it.
    fn of_a_key(self) -> KeyAlgorithm {
        match self {
            Self::Rs256 => KeyAlgorithm::RS256,
            Self::Rs384 => KeyAlgorithm::RS384,
            Self::Rs512 => KeyAlgorithm::RS512,
            Self::Ps256 => KeyAlgorithm::PS256,
            Self::Ps384 => KeyAlgorithm::PS384,
            Self::Ps512 => KeyAlgorithm::PS512,
            Self::Es256 => KeyAlgorithm::ES256,
            Self::Es384 => KeyAlgorithm::ES384,
            Self::EdDsa => KeyAlgorithm::EdDSA,
        }
    }

    /// The algorithm with which a published key may be used. It is one of those that are accepted, and the key can have it by its type. If
    /// the key names an algorithm, it is that one. `None` if no algorithm is left, or more than one: the token must not choose.
    pub(super) fn of_key(key: &Jwk, accepted: &[Self]) -> Option<Self> {
        let fits = accepted.iter().copied().filter(|algorithm| algorithm.fits(&key.algorithm));
        let mut fits =
            fits.filter(|algorithm| key.common.key_algorithm.is_none_or(|said| said == algorithm.of_a_key()));
        let only = fits.next()?;
        fits.next().is_none().then_some(only)
    }

    fn fits(self, key: &AlgorithmParameters) -> bool {
        match (self, key) {
            (Self::Rs256 | Self::Rs384 | Self::Rs512, AlgorithmParameters::RSA(_))
            | (Self::Ps256 | Self::Ps384 | Self::Ps512, AlgorithmParameters::RSA(_)) => true,
            (Self::Es256, AlgorithmParameters::EllipticCurve(key)) => key.curve == EllipticCurve::P256,
            (Self::Es384, AlgorithmParameters::EllipticCurve(key)) => key.curve == EllipticCurve::P384,
            (Self::EdDsa, AlgorithmParameters::OctetKeyPair(key)) => key.curve == EllipticCurve::Ed25519,
            _ => false,
        }
    }
}
