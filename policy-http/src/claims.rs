//! Claims of tokens, in the forms in which issuers write them. JWTs and introspection answers share this file.

use std::fmt;

use policy_core::{Document, IllFormedScope, Policy, ScopeSet, is_scope_token};
use serde::{Deserialize, Deserializer};
use serde_json::Number;

use crate::members::Members;

/// One text or several. `aud` can be both (RFC 7519, section 4.1.3), and so can `scp`, which is not standardised.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(crate) fn contains(&self, text: &str) -> bool {
        match self {
            OneOrMany::One(one) => one == text,
            OneOrMany::Many(many) => many.iter().any(|one| one == text),
        }
    }

    /// Whether it contains one of these.
    pub(crate) fn contains_any(&self, texts: &[String]) -> bool {
        texts.iter().any(|text| self.contains(text))
    }
}

/// Reads an optional member. If it is there, its value must be of the type, and must not be `null`.
pub(crate) fn present<'de, R: Deserializer<'de>, T: Deserialize<'de>>(deserializer: R) -> Result<Option<T>, R::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Members {
    /// Whether a member says that the token is of a kind that is not for an API, such as an id token.
    ///
    /// RFC 7662 and RFC 7519 do not say how a server marks the kind. Known servers use `typ` (Keycloak), `token_use` (Cognito, Hydra) and
    /// `token_type`.
    pub(crate) fn is_of_another_kind(&self) -> bool {
        ["token_type", "typ", "token_use"].into_iter().any(|member| match self.text(member) {
            None => false,
            Some(None) => true,
            Some(Some(said)) => {
                let short = said.strip_prefix("urn:ietf:params:oauth:token-type:").unwrap_or(media_type(said));
                OTHER_KINDS.iter().any(|kind| short.eq_ignore_ascii_case(kind))
            }
        })
    }
}

/// The kinds of tokens that are not for an API. They give no access.
const OTHER_KINDS: &[&str] = &[
    "refresh",
    "refresh_token",
    "refresh-token",
    "refreshtoken",
    "rt+jwt",
    "offline",
    "offline_token",
    "id",
    "id_token",
    "id-token",
    "idtoken",
    "id+jwt",
    "logout",
    "logout_token",
    "logout+jwt",
    "secevent+jwt",
    "dpop+jwt",
    "token-introspection+jwt",
];

/// A media type without its `application/` (RFC 7515, section 4.1.9).
pub(crate) fn media_type(name: &str) -> &str {
    const PREFIX: &str = "application/";
    match name.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => name,
    }
}

/// The member of a token that names the organization on whose behalf the caller acts.
#[derive(Clone, Debug)]
pub(crate) struct TenantClaim(pub(crate) String);

impl TenantClaim {
    /// Registered members whose value is never a single text.
    const NEVER_A_TEXT: [&str; 12] = [
        "aud",
        "exp",
        "nbf",
        "iat",
        "auth_time",
        "scope",
        "scp",
        "cnf",
        "active",
        "act",
        "may_act",
        "authorization_details",
    ];

    pub(crate) fn named(name: impl Into<String>) -> Result<Self, TenantClaimError> {
        let name = name.into();
        if name.is_empty() || Self::NEVER_A_TEXT.contains(&&*name) {
            return Err(TenantClaimError { name });
        }
        Ok(Self(name))
    }
}

/// A claim that cannot name an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantClaimError {
    name: String,
}

impl fmt::Display for TenantClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the claim `{}` cannot name an organization, because its value is no single text; name one whose value is, such as `org_id`",
            self.name.escape_debug()
        )
    }
}

impl std::error::Error for TenantClaimError {}

/// A `NumericDate` in whole seconds (RFC 7519, section 2). Fractions are dropped. A time before the epoch becomes the epoch.
pub(crate) fn seconds(date: &Number) -> Option<u64> {
    if let Some(seconds) = date.as_u64() {
        return Some(seconds);
    }
    // The cast saturates.
    date.as_f64().filter(|seconds| seconds.is_finite()).map(|seconds| seconds as u64)
}

/// The grant in `scope` (RFC 9068, section 2.2.3) or in `scp`, which other issuers write as a text or a list. If a token has both, they
/// must be equal, since nobody could tell which one counts.
pub(crate) fn grant<D: Document>(scope: Option<&str>, scp: Option<&OneOrMany>) -> Result<ScopeSet<D>, IllFormedScope> {
    let scope = scope.map(|text| ScopeSet::parse(text).map(|parsed| parsed.set())).transpose()?;
    let scp = scp
        .map(|scp| match scp {
            OneOrMany::One(text) => ScopeSet::parse(text).map(|parsed| parsed.set()),
            OneOrMany::Many(names) => listed(names),
        })
        .transpose()?;
    match (scope, scp) {
        (Some(scope), Some(scp)) if scope != scp => Err(IllFormedScope),
        (scope, scp) => Ok(scope.or(scp).unwrap_or_default()),
    }
}

fn listed<D: Document>(names: &[String]) -> Result<ScopeSet<D>, IllFormedScope> {
    let mut set = ScopeSet::EMPTY;
    for name in names {
        if !is_scope_token(name) {
            return Err(IllFormedScope);
        }
        if let Some(scope) = Policy::<D>::new().scope(name) {
            set.insert(scope);
        }
    }
    Ok(set)
}
