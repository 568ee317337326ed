//! Claims of tokens, in the forms in which issuers write them. JWTs and introspection answers share this file.

use std::fmt;

use policy_core::owned::{OwnedPolicy, OwnedScheme, OwnedScopeSet};
use policy_core::{Document, MappedScope, Policy, Scheme, ScopeSet, ScopeString, is_scope_token};
use serde_json::{Number, Value};

use crate::claim_path::{ClaimPath, NotAnObject, ScopeClaims, find};
use crate::credential_fault::CredentialFault;
use crate::members::Members;
use crate::narrowing::{Rule, narrowed};

/// Whether a claim that is a text or a list of texts names one of these. `None` where it is neither.
pub(crate) fn names_any(value: &Value, texts: &[impl AsRef<str>]) -> Option<bool> {
    let is_one = |text: &str| texts.iter().any(|one| one.as_ref() == text);
    match value {
        Value::String(text) => Some(is_one(text)),
        Value::Array(list) => list.iter().try_fold(false, |found, item| Some(is_one(item.as_str()?) | found)),
        _ => None,
    }
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
pub(crate) struct TenantClaim(pub(crate) ClaimPath);

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

    pub(crate) fn named(path: impl Into<ClaimPath>) -> Result<Self, TenantClaimError> {
        let path = path.into();
        if path.is_void() || path.sole().is_some_and(|name| Self::NEVER_A_TEXT.contains(&name)) {
            return Err(TenantClaimError { path });
        }
        Ok(Self(path))
    }
}

/// A claim that cannot name an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantClaimError {
    path: ClaimPath,
}

impl fmt::Display for TenantClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the claim `{}` cannot name an organization, because its value is no single text; name one whose value is, such as `org_id`",
            self.path
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

/// Where scopes stand in the tokens of an issuer, and the application's own rule about them.
#[derive(Clone, Default)]
pub(crate) struct GrantRules {
    pub(crate) scope_claims: ScopeClaims,
    pub(crate) narrowing: Option<Rule>,
}

/// What a token grants by that scheme: the scopes of the first scope claim that it has. A token without one grants nothing.
///
/// What `scopes.map` grants for them, and for claims that it names, is added. An entry that names another scope claim than the one that
/// counts grants nothing: the token's other scope claims are not read at all. The application's own rule is asked last.
pub(crate) fn grant<D: Document>(
    members: &Members,
    rules: &GrantRules,
    scheme: Scheme<D>,
    now: u64,
) -> Result<ScopeSet<D>, CredentialFault> {
    let issued = IssuedScopes::read(members, &rules.scope_claims)?;
    let policy = Policy::<D>::new();
    let mut granted: ScopeSet<D> = issued.names.iter().filter_map(|name| policy.scope(name)).collect();
    let is_own = |entry: &MappedScope<D>| entry.scheme() == Some(scheme) && entry.holds_at(now);
    for entry in policy.scope_map().filter(is_own) {
        if issued.says(|| entry.claim().iter().copied(), entry.from())? {
            granted = granted.union(&entry.scopes());
        }
    }
    narrowed(rules.narrowing.as_ref(), members, granted)
}

/// [`grant`], for a policy that was read at run time.
pub(crate) fn grant_at_run_time(
    members: &Members,
    rules: &GrantRules,
    policy: &OwnedPolicy,
    scheme: OwnedScheme,
    now: u64,
) -> Result<OwnedScopeSet, CredentialFault> {
    let issued = IssuedScopes::read(members, &rules.scope_claims)?;
    let says = |claim: &[Box<str>], from: &str| issued.says(|| claim.iter().map(|name| &**name), from);
    let granted = policy.granted_by_names(scheme, issued.names.iter().copied(), now, says)?;
    Ok(narrowed(rules.narrowing.as_ref(), members, (policy, granted))?.1)
}

/// The scopes of a token.
struct IssuedScopes<'t> {
    members: &'t Members,
    claims: &'t ScopeClaims,
    /// The claim that they stand in.
    counting: Option<&'t ClaimPath>,
    names: Vec<&'t str>,
}

impl<'t> IssuedScopes<'t> {
    fn read(members: &'t Members, claims: &'t ScopeClaims) -> Result<Self, CredentialFault> {
        const SCOPES: CredentialFault = CredentialFault::IllFormedScopes;
        let counting = claims.counting(members).map_err(|NotAnObject| SCOPES)?;
        let names = counting.map(|(_, value)| scope_names(value).ok_or(SCOPES)).transpose()?.unwrap_or_default();
        Ok(Self { members, claims, counting: counting.map(|(claim, _)| claim), names })
    }

    /// Whether what an entry of the scope map demands was issued: a scope, where it names no claim, or a text in the claim.
    fn says<'n, I: Iterator<Item = &'n str> + Clone>(
        &self,
        claim: impl Fn() -> I,
        from: &str,
    ) -> Result<bool, CredentialFault> {
        const ROLES: CredentialFault = CredentialFault::IllFormedRoles;
        let is_about_scopes = claim().next().is_none();
        if is_about_scopes || self.counting.is_some_and(|counting| counting.names().eq(claim())) {
            return Ok(self.names.contains(&from));
        }
        if self.claims.contains(claim()) {
            return Ok(false);
        }
        let found = find(claim(), self.members).map_err(|NotAnObject| ROLES)?;
        Ok(found.map(|value| names_any(value, &[from]).ok_or(ROLES)).transpose()?.unwrap_or(false))
    }
}

/// The scope names of a claim: a text with single spaces between them (RFC 6749, section 3.3), or a list with one in each text. `None`
/// where it is neither.
fn scope_names(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(ScopeString::new(text).ok()?.tokens().collect()),
        Value::Array(names) => names.iter().map(|name| name.as_str().filter(|name| is_scope_token(name))).collect(),
        _ => None,
    }
}
