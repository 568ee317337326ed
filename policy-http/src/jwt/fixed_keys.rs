//! Keys that the application has, and fetches from nobody.

use super::algorithm::JwtAlgorithm;
use super::key_set::{Found, KeySet};
use super::signed_claims::Claims;
use super::token::Unverified;
use crate::credential_fault::CredentialFault;
use crate::members::Members;
use crate::unavailable::Unavailable;

/// Keys of one algorithm, which check tokens of one type. The token chooses neither.
pub(crate) struct FixedKeys {
    keys: KeySet,
    algorithm: JwtAlgorithm,
    types: [String; 1],
}

impl FixedKeys {
    /// Reads a JWK set (RFC 7517). `None` where it holds no key of the algorithm.
    pub(crate) fn read(keys: &str, algorithm: JwtAlgorithm, typ: &str) -> Result<Option<Self>, Unavailable> {
        let keys = KeySet::read(keys, &[algorithm])?;
        Ok((!keys.is_empty()).then(|| Self { keys, algorithm, types: [typ.to_owned()] }))
    }

    /// The claims of a token that one of the keys has signed, which the token must name.
    pub(crate) fn claims(&self, token: &str) -> Result<Members, CredentialFault> {
        let token = Unverified::read(token)?;
        if token.header.has_rules_of_its_own() {
            return Err(CredentialFault::UnknownExtension);
        }
        if !token.has_type(&self.types, false) {
            return Err(CredentialFault::WrongType);
        }
        if JwtAlgorithm::named(&token.header.alg) != Some(self.algorithm) {
            return Err(CredentialFault::WrongAlgorithm);
        }
        let id = token.header.kid.as_deref().ok_or(CredentialFault::UnknownKey)?;
        match self.keys.find(Some(id), self.algorithm) {
            Found::Key(key) => Ok(Claims::read(token.verify(&key)?)?.0),
            Found::Unknown => Err(CredentialFault::UnknownKey),
            Found::Unusable => Err(CredentialFault::UnusableKey),
        }
    }
}
