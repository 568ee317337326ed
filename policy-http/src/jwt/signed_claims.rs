//! The claims of a token whose signature was verified.

use serde::Deserialize as _;
use serde_json::Value;

use crate::claim_path::ClaimPath;
use crate::claims::{names_any, seconds};
use crate::credential_fault::CredentialFault;
use crate::members::Members;
use crate::proof_of_possession::Confirmation;

/// The claims of a token. Registered claims have the types that RFC 7519 gives them, and no claim is repeated.
pub(super) struct Claims(pub(super) Members);

impl Claims {
    pub(super) fn read(members: Members) -> Result<Self, CredentialFault> {
        let is_text_or_list = |value: &Value| names_any(value, &[""]).is_some();
        let is_right = members.0.iter().all(|(name, value)| match &**name {
            "iss" | "sub" | "jti" => value.is_string(),
            "exp" | "nbf" => value.is_number(),
            "aud" => is_text_or_list(value),
            _ => true,
        });
        if is_right { Ok(Self(members)) } else { Err(CredentialFault::IllFormedClaims) }
    }

    /// A claim that is a text and not an empty one.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.text(name).flatten()
    }

    pub(super) fn text_at(&self, path: &ClaimPath) -> Option<&str> {
        path.find(&self.0).ok().flatten()?.as_str().filter(|text| !text.is_empty())
    }

    /// A time. `None` if the token lacks the claim, `Some(None)` if its value cannot be a time.
    pub(super) fn time(&self, name: &str) -> Option<Option<u64>> {
        let value = self.0.0.get(name)?;
        Some(if let Value::Number(date) = value { seconds(date) } else { None })
    }

    /// The key that the token is bound to. A token with `cnf` is bound whatever the claim's value is, even `null`.
    pub(super) fn confirmation(&self) -> Option<Confirmation> {
        let value = self.0.0.get("cnf")?;
        Some(Confirmation::deserialize(value).unwrap_or_else(|_| Confirmation::from_json("null")))
    }
}
