//! What an introspection server answers (RFC 7662, section 2.2).

use std::sync::Arc;

use policy_core::{Document, Principal, Scheme};
use serde::Deserialize;
use serde_json::{Number, Value};

use super::demands::Checked;
use crate::claim_path::ClaimPath;
use crate::claims::{OneOrMany, grant, media_type, present, seconds};
use crate::credential_fault::CredentialFault;
use crate::members::Members;
use crate::proof_of_possession::Confirmation;

/// The members that are looked at. A body without `active`, or with a member of another type, is no answer.
#[derive(Deserialize)]
pub(super) struct Answer {
    active: bool,
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
        mut self,
        scheme: Scheme<D>,
        accepts: &Checked,
        now: u64,
    ) -> Result<Known<D>, CredentialFault> {
        if !self.active {
            return Err(CredentialFault::NotActive);
        }
        self.meets(accepts)?;
        let time = |date: &Option<Number>, fault| date.as_ref().map(|date| seconds(date).ok_or(fault)).transpose();
        let expiry = time(&self.exp, CredentialFault::MissingExpiry)?;
        if expiry.is_some_and(|end| end <= now) {
            return Err(CredentialFault::ExpiredToken);
        }
        if time(&self.nbf, CredentialFault::IllFormedClaims)?.is_some_and(|begin| begin > now) {
            return Err(CredentialFault::NotYetValid);
        }
        // Servers are found that write `null` for a member that they do not have.
        self.others.0.retain(|_, value| !value.is_null());
        let scopes = grant(&self.others, &accepts.demands.scope_claims, scheme, now)?;
        let tenant = match &accepts.tenant_claim {
            None => None,
            Some(claim) => Some(self.text(&claim.0).ok_or(CredentialFault::MissingTenant)?.to_owned()),
        };
        // A client that acts for itself may have no `sub`.
        let subject = self.sub.or_else(|| self.client_id.clone()).filter(|subject| !subject.is_empty());
        let mut principal = Principal::new(subject.ok_or(CredentialFault::MissingSubject)?).with_grant(scheme, scopes);
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
    fn meets(&self, Checked { demands, .. }: &Checked) -> Result<(), CredentialFault> {
        let says = |member: &str| self.others.text(member).flatten();
        if demands.issuer.as_ref().is_some_and(|own| self.iss.as_ref() != Some(own)) {
            return Err(CredentialFault::WrongIssuer);
        }
        let is_for_us = self.aud.as_ref().is_some_and(|aud| aud.contains_any(&demands.audiences));
        if !demands.audiences.is_empty() && !is_for_us {
            return Err(CredentialFault::WrongAudience);
        }
        let is_one_of = |member: &str, accepted: &[String]| {
            let same = |said: &str| accepted.iter().any(|one| media_type(one).eq_ignore_ascii_case(media_type(said)));
            accepted.is_empty() || says(member).is_some_and(same)
        };
        if !is_one_of("token_type", &demands.token_types) || !is_one_of("typ", &demands.types) {
            return Err(CredentialFault::MissingKind);
        }
        if self.others.is_of_another_kind() {
            return Err(CredentialFault::AnotherKind);
        }
        // A type of token that must be proved, without the key that could be (RFC 9449, section 6.2).
        let is_bound_type = |said: &str| ["dpop", "pop", "mac"].contains(&&*said.to_ascii_lowercase());
        if self.cnf.is_none() && says("token_type").is_some_and(is_bound_type) {
            return Err(CredentialFault::NotBoundToKey);
        }
        Ok(())
    }

    /// A member that is a text, wherever it stands.
    fn text(&self, path: &ClaimPath) -> Option<&str> {
        let named = match path.sole() {
            Some("iss") => self.iss.as_deref(),
            Some("sub") => self.sub.as_deref(),
            Some("jti") => self.jti.as_deref(),
            Some("client_id") => self.client_id.as_deref(),
            _ => path.find(&self.others).ok().flatten().and_then(Value::as_str),
        };
        named.filter(|text| !text.is_empty())
    }
}
