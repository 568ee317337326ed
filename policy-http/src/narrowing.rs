//! The application's own rule about a token's claims, which may only take away.

use std::sync::Arc;

use policy_core::owned::{OwnedPolicy, OwnedScopeSet};
use policy_core::{Document, Policy, ScopeSet};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::claim_path::ClaimPath;
use crate::credential_fault::CredentialFault;
use crate::members::Members;
use crate::mount::tell_once;

/// A rule, as an authenticator keeps it.
pub(crate) type Rule = Arc<dyn Fn(&VerifiedClaims<'_>, &mut Narrowing<'_>) + Send + Sync>;

/// The claims of a token whose signature, issuer, audience, type and times are right.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedClaims<'t>(pub(crate) &'t Members);

impl<'t> VerifiedClaims<'t> {
    /// A claim that is a text.
    pub fn text(self, claim: impl Into<ClaimPath>) -> Option<&'t str> {
        self.value(&claim.into())?.as_str()
    }

    /// Whether a claim that is a text or a list holds this text.
    pub fn contains(self, claim: impl Into<ClaimPath>, text: &str) -> bool {
        match self.value(&claim.into()) {
            Some(Value::String(one)) => one == text,
            Some(Value::Array(list)) => list.iter().any(|one| one.as_str() == Some(text)),
            _ => false,
        }
    }

    /// A claim of any type. `None` where there is none, or where it is of another type.
    pub fn read<T: DeserializeOwned>(self, claim: impl Into<ClaimPath>) -> Option<T> {
        T::deserialize(self.value(&claim.into())?).ok()
    }

    /// Whether the token has the claim, whatever its value.
    pub fn has(self, claim: impl Into<ClaimPath>) -> bool {
        self.value(&claim.into()).is_some()
    }

    fn value(self, claim: &ClaimPath) -> Option<&'t Value> {
        claim.find(self.0).ok().flatten()
    }
}

/// What a token granted, to be made smaller. There is no way to add to it.
pub struct Narrowing<'g> {
    grant: &'g mut dyn Shrink,
    is_refused: bool,
}

impl Narrowing<'_> {
    /// Whether the scope is granted.
    #[must_use]
    pub fn has(&self, scope: &str) -> bool {
        self.grant.has(scope)
    }

    /// Takes a scope away. A name that the document does not have is a mistake in the rule: the token is then refused, and the log
    /// says so.
    pub fn remove(&mut self, scope: &str) {
        if self.grant.is_known(scope) {
            self.grant.retain(&mut |name| name != scope);
            return;
        }
        self.is_refused = true;
        tracing::error!(target: "policy", scope, "a narrowing rule removes a scope that the document does not have; the token is refused");
        tell_once(format_args!(
            "a narrowing rule removes the scope `{}`, which the document does not have: each token that it is asked about is refused",
            scope.escape_debug()
        ));
    }

    /// Takes away every scope for which this is false.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.grant.retain(&mut |name| keep(name));
    }

    /// Takes every scope away. The caller is still known.
    pub fn clear(&mut self) {
        self.grant.retain(&mut |_| false);
    }

    /// Refuses the token: the caller is not known.
    pub fn refuse(&mut self) {
        self.is_refused = true;
    }
}

impl std::fmt::Debug for Narrowing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Narrowing").field("is_refused", &self.is_refused).finish_non_exhaustive()
    }
}

/// A set that only gets smaller, whatever document its scopes are of.
pub(crate) trait Shrink {
    fn is_known(&self, scope: &str) -> bool;
    fn has(&self, scope: &str) -> bool;
    fn retain(&mut self, keep: &mut dyn FnMut(&str) -> bool);
}

impl<D: Document> Shrink for ScopeSet<D> {
    fn is_known(&self, scope: &str) -> bool {
        Policy::<D>::new().scope(scope).is_some()
    }

    fn has(&self, scope: &str) -> bool {
        Policy::<D>::new().scope(scope).is_some_and(|scope| self.contains(scope))
    }

    fn retain(&mut self, keep: &mut dyn FnMut(&str) -> bool) {
        *self = self.iter().filter(|scope| keep(scope.name())).collect();
    }
}

/// The same for a policy that was read at run time.
impl Shrink for (&OwnedPolicy, OwnedScopeSet) {
    fn is_known(&self, scope: &str) -> bool {
        self.0.knows_scope(scope)
    }

    fn has(&self, scope: &str) -> bool {
        self.0.scope_names(&self.1).any(|name| name == scope)
    }

    fn retain(&mut self, keep: &mut dyn FnMut(&str) -> bool) {
        let (policy, set) = self;
        policy.retain(set, keep);
    }
}

/// The scopes that a rule leaves, where there is one.
pub(crate) fn narrowed<S: Shrink>(rule: Option<&Rule>, claims: &Members, mut scopes: S) -> Result<S, CredentialFault> {
    let Some(rule) = rule else { return Ok(scopes) };
    let mut narrowing = Narrowing { grant: &mut scopes, is_refused: false };
    rule(&VerifiedClaims(claims), &mut narrowing);
    if narrowing.is_refused { Err(CredentialFault::RefusedByNarrowing) } else { Ok(scopes) }
}
