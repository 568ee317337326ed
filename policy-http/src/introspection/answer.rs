//! What an introspection server answers (RFC 7662, section 2.2).

use policy_core::{AuthenticationFailure, Document, Principal, Scheme};
use serde::Deserialize;
use serde_json::Number;

use super::Accepts;
use crate::claims::{OneOrMany, Others, grant, seconds};

/// The members that are looked at. A body without `active`, or with a member of another type, is no answer.
#[derive(Deserialize)]
pub(super) struct Answer {
    active: bool,
    scope: Option<String>,
    scp: Option<OneOrMany>,
    client_id: Option<String>,
    sub: Option<String>,
    aud: Option<OneOrMany>,
    iss: Option<String>,
    exp: Option<Number>,
    nbf: Option<Number>,
    jti: Option<String>,
    #[serde(flatten)]
    others: Others,
}

impl Answer {
    /// The caller, where the token is active and for this API.
    pub(super) fn principal<D: Document>(
        self,
        scheme: Scheme<D>,
        accepts: &Accepts,
        now: u64,
    ) -> Result<Principal<D>, AuthenticationFailure> {
        const INVALID: AuthenticationFailure = AuthenticationFailure::Invalid;
        let audience = |own: &String| self.aud.as_ref().is_some_and(|aud| aud.contains(own));
        let issuer = |own: &String| self.iss.as_ref() == Some(own);
        if !self.active || !accepts.audience.iter().all(audience) || !accepts.issuer.iter().all(issuer) {
            return Err(INVALID);
        }
        let expiry = self.exp.as_ref().map(|date| seconds(date).ok_or(INVALID)).transpose()?;
        if expiry.is_some_and(|end| end <= now) {
            return Err(AuthenticationFailure::Expired);
        }
        let begin = self.nbf.as_ref().map(|date| seconds(date).ok_or(INVALID)).transpose()?;
        if begin.is_some_and(|begin| begin > now) {
            return Err(AuthenticationFailure::Inactive);
        }
        let scopes = grant(self.scope.as_deref(), self.scp.as_ref()).map_err(|_| INVALID)?;
        // A client that acts for itself may have no `sub`.
        let subject = self.sub.or_else(|| self.client_id.clone()).filter(|subject| !subject.is_empty());
        let mut principal = Principal::new(subject.ok_or(INVALID)?).with_grant(scheme, scopes);
        if let Some(end) = expiry {
            principal = principal.with_expiry(end);
        }
        if let Some(id) = self.jti.or(self.client_id) {
            principal = principal.with_credential_id(id);
        }
        match accepts.tenant_claim.as_ref().and_then(|claim| self.others.get(claim)) {
            None => Ok(principal),
            Some(tenant) => Ok(principal.with_tenant(tenant.ok_or(INVALID)?)),
        }
    }
}
