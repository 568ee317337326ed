//! What a token must say to be one for this API.

use std::sync::Arc;

use super::JwtAlgorithm;
use super::signed_claims::Claims;
use crate::claim_path::ClaimPath;
use crate::claims::{GrantRules, TenantClaim, names_any};
use crate::credential_fault::CredentialFault;

/// What a token must say.
pub(super) struct Expected {
    pub(super) issuer: String,
    /// The claim that names the audience: `aud`, or what an issuer without `aud` has in its place.
    pub(super) audience_claim: ClaimPath,
    /// The audiences that are accepted. One is enough.
    pub(super) audiences: Vec<String>,
    pub(super) algorithms: Vec<JwtAlgorithm>,
    /// The values of the header's `typ` that are accepted.
    pub(super) types: Vec<String>,
    /// Whether a header without `typ` is accepted.
    pub(super) may_lack_type: bool,
    /// The claim that names the client, and those that are accepted. Without a list each one is, and the claim must be there.
    pub(super) clients: Option<(ClaimPath, Option<Vec<String>>)>,
    /// Claims that must be there, each with the values that are accepted.
    pub(super) demanded: Vec<(ClaimPath, Vec<String>)>,
    /// Where its scopes stand. Each verified token shares it.
    pub(super) grant: Arc<GrantRules>,
    pub(super) tenant_claim: Option<TenantClaim>,
    /// By how many seconds the issuer's clock may differ.
    pub(super) leeway: u64,
}

impl Expected {
    /// Whether the claims are of a token for this API, at this time. Answers when it ends.
    pub(super) fn accept(&self, claims: &Claims, now: u64) -> Result<u64, CredentialFault> {
        if claims.text("iss") != Some(&*self.issuer) {
            return Err(CredentialFault::WrongIssuer);
        }
        let is_accepted = |value| names_any(value, &self.audiences) == Some(true);
        let audience = self.audience_claim.find(&claims.0).ok().flatten();
        // Where another claim stands for the audience, a token may have `aud` as well. Then it was issued for that one alone.
        if !audience.is_some_and(is_accepted) || !claims.0.0.get("aud").is_none_or(is_accepted) {
            return Err(CredentialFault::WrongAudience);
        }
        if claims.0.is_of_another_kind() {
            return Err(CredentialFault::AnotherKind);
        }
        let is_one_of = |claim: &ClaimPath, accepted: Option<&[String]>| {
            let is_accepted = |text: &str| accepted.is_none_or(|accepted| accepted.iter().any(|one| one == text));
            claims.text_at(claim).is_some_and(is_accepted)
        };
        if !self.demanded.iter().all(|(claim, accepted)| is_one_of(claim, Some(accepted))) {
            return Err(CredentialFault::MissingClaim);
        }
        if !self.clients.iter().all(|(claim, accepted)| is_one_of(claim, accepted.as_deref())) {
            return Err(CredentialFault::WrongClient);
        }
        let expiry = claims.time("exp").flatten().ok_or(CredentialFault::MissingExpiry)?;
        let end = expiry.saturating_add(self.leeway);
        if end <= now {
            return Err(CredentialFault::ExpiredToken);
        }
        match claims.time("nbf") {
            None => Ok(end),
            Some(Some(begin)) if begin <= now.saturating_add(self.leeway) => Ok(end),
            Some(Some(_)) => Err(CredentialFault::NotYetValid),
            Some(None) => Err(CredentialFault::IllFormedClaims),
        }
    }
}
