//! What an introspection server answers (RFC 7662, section 2.2).

use std::sync::Arc;

use policy_core::{AuthenticationFailure, Document, Principal, Scheme};
use serde::Deserialize;
use serde_json::Number;

use super::demands::Checked;
use crate::claims::{OneOrMany, grant, media_type, present, seconds};
use crate::members::Members;
use crate::proof_of_possession::Confirmation;

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
    #[serde(default, deserialize_with = "present")]
    cnf: Option<Confirmation>,
    #[serde(flatten)]
    others: Members,
}

/// A caller, and what the token is bound to.
#[derive(Clone)]
pub(super) struct Known<D: Document> {
    pub(super) principal: Principal<D>,
    pub(super) confirmation: Option<Arc<Confirmation>>,
}

impl Answer {
    /// The caller, where the token is active and for this API.
    pub(super) fn known<D: Document>(
        self,
        scheme: Scheme<D>,
        accepts: &Checked,
        now: u64,
    ) -> Result<Known<D>, AuthenticationFailure> {
        const INVALID: AuthenticationFailure = AuthenticationFailure::Invalid;
        if !self.active || !self.is_demanded(accepts) {
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
        let tenant = match &accepts.tenant_claim {
            None => None,
            Some(claim) => Some(self.text(&claim.0).ok_or(INVALID)?.to_owned()),
        };
        // A client that acts for itself may have no `sub`.
        let subject = self.sub.or_else(|| self.client_id.clone()).filter(|subject| !subject.is_empty());
        let mut principal = Principal::new(subject.ok_or(INVALID)?).with_grant(scheme, scopes);
        if let Some(end) = expiry {
            principal = principal.with_expiry(end);
        }
        if let Some(id) = self.jti.or(self.client_id) {
            principal = principal.with_credential_id(id);
        }
        if let Some(tenant) = tenant {
            principal = principal.with_tenant(tenant);
        }
        Ok(Known { principal, confirmation: self.cnf.map(Arc::new) })
    }

    /// Whether the token is of the demanded issuer, audience and kind, and no token of another kind.
    fn is_demanded(&self, Checked { demands, .. }: &Checked) -> bool {
        let says = |member: &str| self.others.text(member).flatten();
        let audience = || self.aud.as_ref().is_some_and(|aud| aud.contains_any(&demands.audiences));
        let is_one_of = |member: &str, accepted: &[String]| {
            let same = |said: &str| accepted.iter().any(|one| media_type(one).eq_ignore_ascii_case(media_type(said)));
            accepted.is_empty() || says(member).is_some_and(same)
        };
        // A type of token that must be proved, without the key that could be (RFC 9449, section 6.2).
        let is_unbound = self.cnf.is_none()
            && says("token_type").is_some_and(|said| ["dpop", "pop", "mac"].contains(&&*said.to_ascii_lowercase()));
        demands.issuer.iter().all(|own| self.iss.as_ref() == Some(own))
            && (demands.audiences.is_empty() || audience())
            && is_one_of("token_type", &demands.token_types)
            && is_one_of("typ", &demands.types)
            && !self.others.is_of_another_kind()
            && !is_unbound
    }

    /// A member that is a text, whatever it is called.
    fn text(&self, name: &str) -> Option<&str> {
        let named = match name {
            "iss" => self.iss.as_deref(),
            "sub" => self.sub.as_deref(),
            "jti" => self.jti.as_deref(),
            "client_id" => self.client_id.as_deref(),
            other => self.others.text(other).flatten(),
        };
        named.filter(|text| !text.is_empty())
    }
}
