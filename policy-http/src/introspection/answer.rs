//! What an introspection server answers (RFC 7662, section 2.2).

use std::sync::Arc;

use policy_core::Identity;
use serde::Deserialize as _;
use serde_json::Value;

use super::demands::Checked;
use crate::claim_path::ClaimPath;
use crate::claims::{GrantRules, media_type, names_any, seconds};
use crate::credential_fault::CredentialFault;
use crate::members::Members;
use crate::proof_of_possession::Confirmation;
use crate::unavailable::Unavailable;
use crate::verified::{Issued, Verified};

/// What the server answers: a JSON object that says whether the token is active. Registered members have the type that RFC 7662 gives
/// them; with another one, or without `active`, it is no answer.
pub(super) struct Answer {
    active: bool,
    confirmation: Option<Confirmation>,
    members: Members,
}

impl Answer {
    pub(super) fn read(body: &str) -> Result<Self, Unavailable> {
        let mut members: Members = serde_json::from_str(body)?;
        // Whatever stands in `cnf` binds the token, `null` too.
        let confirmation = members.0.get("cnf").map(Confirmation::deserialize).transpose()?;
        // Some servers write `null` for a member that they do not have.
        members.0.retain(|name, value| name == "cnf" || !value.is_null());
        let is_text_or_list = |value: &Value| names_any(value, &[""]).is_some();
        let wrong = members.0.iter().find(|(name, value)| match &***name {
            "active" => !value.is_boolean(),
            "iss" | "sub" | "jti" | "client_id" => !value.is_string(),
            "exp" | "nbf" => !value.is_number(),
            "aud" => !is_text_or_list(value),
            _ => false,
        });
        if let Some((name, _)) = wrong {
            return Err(Unavailable::because(format!("the member `{name}` of the answer has another type")));
        }
        let active = members.0.get("active").and_then(Value::as_bool);
        let active = active.ok_or_else(|| Unavailable::because("the answer has no member `active`"))?;
        Ok(Self { active, confirmation, members })
    }

    /// Whom the token belongs to, where it is active and for this API.
    pub(super) fn verified(
        self,
        accepts: &Checked,
        grant: Arc<GrantRules>,
        now: u64,
    ) -> Result<Verified, CredentialFault> {
        if !self.active {
            return Err(CredentialFault::NotActive);
        }
        self.meets(accepts)?;
        let expiry = self.time("exp", CredentialFault::MissingExpiry)?;
        if expiry.is_some_and(|end| end <= now) {
            return Err(CredentialFault::ExpiredToken);
        }
        if self.time("nbf", CredentialFault::IllFormedClaims)?.is_some_and(|begin| begin > now) {
            return Err(CredentialFault::NotYetValid);
        }
        // A client that acts for itself may have no `sub`.
        let own = |name: &str| self.members.0.get(name).and_then(Value::as_str);
        let subject = own("sub").or_else(|| own("client_id")).filter(|subject| !subject.is_empty());
        let mut identity = Identity::new(subject.ok_or(CredentialFault::MissingSubject)?);
        identity.expires_at = expiry;
        identity.credential_id = own("jti").or_else(|| own("client_id")).map(Into::into);
        if let Some(claim) = &accepts.tenant_claim {
            identity.tenant = Some(self.text(&claim.0).ok_or(CredentialFault::MissingTenant)?.into());
        }
        let Self { confirmation, members, .. } = self;
        let confirmation = confirmation.map(Arc::new);
        Ok(Verified { identity, issued: Issued::Claims(members, grant), confirmation })
    }

    /// Whether the token is of the demanded issuer, audience and kind, and no token of another kind.
    fn meets(&self, Checked { demands, .. }: &Checked) -> Result<(), CredentialFault> {
        let says = |member: &str| self.members.text(member).flatten();
        if demands.issuer.as_deref().is_some_and(|own| says("iss") != Some(own)) {
            return Err(CredentialFault::WrongIssuer);
        }
        let audience = self.members.0.get("aud");
        let is_for_us = audience.is_some_and(|aud| names_any(aud, &demands.audiences) == Some(true));
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
        if self.members.is_of_another_kind() {
            return Err(CredentialFault::AnotherKind);
        }
        // A type of token that must be proved, without the key that could be (RFC 9449, section 6.2).
        let is_bound_type = |said: &str| ["dpop", "pop", "mac"].contains(&&*said.to_ascii_lowercase());
        if self.confirmation.is_none() && says("token_type").is_some_and(is_bound_type) {
            return Err(CredentialFault::NotBoundToKey);
        }
        Ok(())
    }

    /// A member that is a text, and not an empty one.
    fn text(&self, path: &ClaimPath) -> Option<&str> {
        path.find(&self.members).ok().flatten()?.as_str().filter(|text| !text.is_empty())
    }

    /// A time, where the answer has it.
    fn time(&self, name: &str, fault: CredentialFault) -> Result<Option<u64>, CredentialFault> {
        let Some(Value::Number(date)) = self.members.0.get(name) else { return Ok(None) };
        seconds(date).map(Some).ok_or(fault)
    }
}
