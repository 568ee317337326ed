//! An operation of a policy that was read at run time.

use alloc::boxed::Box;
use core::fmt;

use super::decide::{self, Decision, Request};
use super::grant::{Caller, Grant, OwnedScheme};
use super::policy::{Description, OwnedPolicy, StoredRule};
use crate::as_nobody::Stale;
use crate::decision::{self, Rule};
use crate::definition::{Access, QueryAllowList};
use crate::requirement::Requirement;

/// An operation of an [`OwnedPolicy`]. Displays as `GET /template`.
#[derive(Clone, Copy)]
pub struct OwnedOperation<'p> {
    pub(super) policy: &'p OwnedPolicy,
    pub(super) rule: StoredRule,
    pub(super) index: usize,
}

impl<'p> OwnedOperation<'p> {
    /// Its index among the facts.
    #[must_use]
    pub fn index(self) -> usize {
        self.index
    }

    /// The HTTP method, exact bytes.
    #[must_use]
    pub fn method(self) -> &'p str {
        self.description().map_or("", |said| &said.method)
    }

    /// The path template as it is served.
    #[must_use]
    pub fn template(self) -> &'p str {
        self.description().map_or("", |said| &said.template)
    }

    /// The policy that it belongs to.
    #[must_use]
    pub fn policy(self) -> &'p OwnedPolicy {
        self.policy
    }

    /// Whom it lets in before scopes are looked at.
    #[must_use]
    pub fn access(self) -> Access {
        self.rule.access
    }

    /// The schemes that any alternative names, each once, in document order of the schemes.
    pub fn schemes(self) -> impl Iterator<Item = OwnedScheme> + Clone + use<'p> {
        let policy = self.policy.id;
        self.rule().requirement.schemes().iter().map(move |index| OwnedScheme { policy, index: *index })
    }

    /// Whether some alternative requires authentication without naming a scheme, so that any scheme of the document is enough.
    #[must_use]
    pub fn accepts_any_scheme(self) -> bool {
        self.rule().requirement.accepts_any_scheme()
    }

    /// Whether a caller with these grants meets some alternative, by its schemes and its scopes.
    #[must_use]
    pub fn is_met_by(self, grants: &[Grant<'_>]) -> bool {
        let (rule, caller) = (self.rule(), Caller { policy: self.policy, grants: Some(grants) });
        decision::authentication(rule, Ok(Some(&caller))).is_ok() && decision::scopes(rule, &caller).is_ok()
    }

    /// Whether a request whose only credential is such a one of that scheme is decided like one without a credential:
    /// [`Request::caller`] is then `Ok(None)`. That is so only where anybody may call, and the policy's owner said so of the scheme.
    ///
    /// A credential of any other kind is refused: a signature that is wrong, one that is malformed, repeated or revoked, and one that could
    /// not be looked at.
    ///
    /// ```
    /// use policy_core::owned::{AlternativeFacts, OperationFacts, OwnedPolicy, PolicyFacts, RequirementFacts};
    /// use policy_core::{AsNobody, Stale};
    ///
    /// let key = || AlternativeFacts::of("Key", Vec::<String>::new());
    /// let optional = RequirementFacts::AnyOf(vec![key(), AlternativeFacts::Anonymous]);
    /// let operations = vec![
    ///     OperationFacts::new("GET", "/news", optional),
    ///     OperationFacts::new("GET", "/files", RequirementFacts::AnyOf(vec![key()])),
    /// ];
    /// let facts = PolicyFacts::new(vec!["Key".into()], Vec::new(), operations)
    ///     .with_as_nobody(vec![("Key".into(), AsNobody::NONE.with(Stale::Expired))]);
    /// let policy = OwnedPolicy::new(facts)?;
    /// let key = policy.scheme("Key").ok_or("no such scheme")?;
    /// let counts: Vec<bool> = policy.operations().map(|one| one.counts_as_nobody(key, Stale::Expired)).collect();
    /// assert_eq!(counts, [true, false]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn counts_as_nobody(self, scheme: OwnedScheme, stale: Stale) -> bool {
        let own = self.policy.as_nobody.get(usize::from(scheme.index)).filter(|_| scheme.policy == self.policy.id);
        own.is_some_and(|own| decision::counts_as_nobody(self.rule.access, *own, stale))
    }

    /// Takes a request through the stages, in the policy's order, up to the first that denies it.
    #[inline(always)]
    #[must_use]
    pub fn decide<'r>(self, request: &Request<'r>) -> Decision<'p, 'r> {
        decide::decide(self, request)
    }

    #[inline]
    pub(super) fn rule(self) -> Rule<'p> {
        let words = self.policy.words.get(self.rule.start as usize..self.rule.end as usize);
        Rule { access: self.rule.access, requirement: Requirement::from_own_words(words.unwrap_or_default()) }
    }

    #[inline]
    pub(super) fn accepted_query(self) -> QueryAllowList<'p, Box<str>> {
        match self.description() {
            Some(Description { query, .. }) => QueryAllowList {
                ignores_others: query.ignores_others,
                ..QueryAllowList::new(&query.names, &query.prefixes, query.any)
            },
            None => QueryAllowList::NONE,
        }
    }

    fn description(self) -> Option<&'p Description> {
        self.policy.descriptions.get(self.index)
    }
}

impl fmt::Display for OwnedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.template())
    }
}

impl fmt::Debug for OwnedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnedOperation({self})")
    }
}
