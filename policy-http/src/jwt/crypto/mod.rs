//! Who checks signatures: our own implementations of [`JwtVerifier`], on one of two back ends.
//!
//! `jsonwebtoken` has back ends of its own, as features. It takes the one that is enabled, and panics where both are. Cargo enables for all
//! what anybody asks for, so that one enabled here would make an application panic that enables the other one for its own
//! tokens. We enable neither, and use what the library has besides: keys as issuers publish them, and this trait.

#[cfg(feature = "jwt-aws-lc")]
mod aws_lc;
#[cfg(all(feature = "jwt-rust-crypto", any(test, not(feature = "jwt-aws-lc"))))]
mod rust_crypto;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::crypto::JwtVerifier;

use super::algorithm::JwtAlgorithm;

/// Checks signatures of one algorithm, by one key.
pub(super) type Verifier = Box<dyn JwtVerifier + Send + Sync>;

/// The verifier of a key. `None` where the key is none of the algorithm.
///
/// An RSA key has 2048 bits at least (RFC 7518, section 3.3), and 8192 at most: a longer one costs whoever checks.
pub(super) fn verifier(algorithm: JwtAlgorithm, key: &DecodingKey) -> Option<Verifier> {
    #[cfg(feature = "jwt-aws-lc")]
    return aws_lc::verifier(algorithm, key);
    #[cfg(all(feature = "jwt-rust-crypto", not(feature = "jwt-aws-lc")))]
    return rust_crypto::verifier(algorithm, key);
    #[cfg(not(any(feature = "jwt-aws-lc", feature = "jwt-rust-crypto")))]
    return None;
}

#[cfg(all(test, feature = "jwt-aws-lc", feature = "jwt-rust-crypto"))]
mod tests {
    use jsonwebtoken::EncodingKey;
    use jsonwebtoken::jwk::Jwk;

    use super::*;

    type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

    const ALGORITHMS: [JwtAlgorithm; 9] = [
        JwtAlgorithm::Rs256,
        JwtAlgorithm::Rs384,
        JwtAlgorithm::Rs512,
        JwtAlgorithm::Ps256,
        JwtAlgorithm::Ps384,
        JwtAlgorithm::Ps512,
        JwtAlgorithm::Es256,
        JwtAlgorithm::Es384,
        JwtAlgorithm::EdDsa,
    ];

    type BackEnd = fn(JwtAlgorithm, &DecodingKey) -> Option<Verifier>;

    const BACK_ENDS: [(&str, BackEnd); 2] = [("aws-lc", aws_lc::verifier), ("RustCrypto", rust_crypto::verifier)];

    fn signer(algorithm: JwtAlgorithm) -> EncodingKey {
        match algorithm {
            JwtAlgorithm::Es256 => EncodingKey::from_ec_der(include_bytes!("../../../tests/keys/ec-one.der")),
            JwtAlgorithm::Es384 => EncodingKey::from_ec_der(include_bytes!("../../../tests/keys/ec-384.der")),
            JwtAlgorithm::EdDsa => EncodingKey::from_ed_der(include_bytes!("../../../tests/keys/ed25519.der")),
            _ => EncodingKey::from_rsa_der(include_bytes!("../../../tests/keys/rsa.der")),
        }
    }

    #[test]
    fn both_back_ends_accept_what_was_signed_and_nothing_else() -> Result {
        for algorithm in ALGORITHMS {
            let signer = signer(algorithm);
            let published = Jwk::from_encoding_key(&signer, algorithm.library())?;
            let key = DecodingKey::from_jwk(&published)?;
            let signed = jsonwebtoken::crypto::sign(b"message", &signer, algorithm.library())?;
            let good = data_encoding::BASE64URL_NOPAD.decode(signed.as_bytes())?;
            for (name, back_end) in BACK_ENDS {
                let verifier = back_end(algorithm, &key).ok_or("no verifier")?;
                let case = format!("{algorithm:?} by {name}");
                assert_eq!(verifier.algorithm(), algorithm.library());
                assert!(verifier.verify(b"message", &good).is_ok(), "{case}");
                assert!(verifier.verify(b"massage", &good).is_err(), "{case}");
                for at in [0, good.len() / 2, good.len() - 1] {
                    let mut changed = good.clone();
                    if let Some(byte) = changed.get_mut(at) {
                        *byte ^= 1;
                    }
                    assert!(verifier.verify(b"message", &changed).is_err(), "{case} {at}");
                }
                let (longer, zeros) = ([&*good, &[0]].concat(), vec![0; good.len()]);
                let shorter = good.get(1..).unwrap_or_default().to_vec();
                for void in [Vec::new(), zeros, longer, shorter] {
                    assert!(verifier.verify(b"message", &void).is_err(), "{case} {void:?}");
                }
                // No other algorithm takes the signature, whether or not it takes the key.
                for other in ALGORITHMS.into_iter().filter(|other| *other != algorithm) {
                    let accepts = |other: Verifier| other.verify(b"message", &good).is_ok();
                    assert!(!back_end(other, &key).is_some_and(accepts), "{case} as {other:?}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn keys_that_are_none_check_nothing() -> Result {
        let signature = vec![1; 128];
        for (algorithm, key) in [
            (JwtAlgorithm::Rs256, DecodingKey::from_rsa_raw_components(&[0xff; 128], &[1, 0, 1])),
            (JwtAlgorithm::Rs256, DecodingKey::from_rsa_raw_components(&[0xff; 1025], &[1, 0, 1])),
            (JwtAlgorithm::Rs256, DecodingKey::from_rsa_raw_components(&[], &[])),
            (JwtAlgorithm::Rs256, DecodingKey::from_secret(b"secret")),
            (JwtAlgorithm::Es256, DecodingKey::from_ec_components("AA", "AA")?),
            (JwtAlgorithm::Es384, DecodingKey::from_ec_components("AA", "AA")?),
            (JwtAlgorithm::EdDsa, DecodingKey::from_ed_components("AA")?),
        ] {
            for (name, back_end) in BACK_ENDS {
                let accepts = |verifier: Verifier| verifier.verify(b"message", &signature).is_ok();
                assert!(!back_end(algorithm, &key).is_some_and(accepts), "{algorithm:?} by {name}");
            }
        }
        Ok(())
    }
}
