//! Who calls, and what each scheme granted.

use policy_core::owned::{Grant, OwnedOperation, OwnedPolicy, OwnedScheme, OwnedScopeSet};
use policy_core::{Access, Identity, SchemeKind, Stale};

use crate::callers::Callers;
use crate::credential_fault::CredentialFault;
use crate::verified::Verified;

/// The caller of a request, and the scopes that each satisfied scheme of one policy granted.
#[derive(Clone, Debug)]
pub struct Caller {
    identity: Identity,
    grants: Vec<(OwnedScheme, OwnedScopeSet)>,
}

impl Caller {
    /// Who was verified, with what the scheme grants at this second since the Unix epoch.
    ///
    /// # Errors
    /// What was issued cannot be read.
    pub fn new(
        verified: &Verified,
        policy: &OwnedPolicy,
        scheme: OwnedScheme,
        now: u64,
    ) -> Result<Self, CredentialFault> {
        let scopes = verified.grant_at_run_time(policy, scheme, now)?;
        Ok(Self { identity: verified.identity().clone(), grants: vec![(scheme, scopes)] })
    }

    /// Who is calling.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.identity.subject
    }

    /// The organization on whose behalf the caller acts.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.identity.tenant.as_deref()
    }

    /// The public identifier of the credential.
    #[must_use]
    pub fn credential_id(&self) -> Option<&str> {
        self.identity.credential_id.as_deref()
    }

    /// When the credential expires, in seconds since the Unix epoch.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.identity.expires_at
    }

    /// What each scheme granted, by its name: the scopes that the policy knows, sorted. Schemes come in document order.
    pub fn grants<'c>(&'c self, policy: &'c OwnedPolicy) -> impl Iterator<Item = (&'c str, Vec<&'c str>)> {
        let granted = |scheme: OwnedScheme| {
            let (_, scopes) = self.grants.iter().find(|(own, _)| *own == scheme)?;
            Some((policy.scheme_name(scheme), policy.scope_names(scopes).collect()))
        };
        policy.scheme_handles().filter_map(granted)
    }

    /// Adds what another scheme granted the same caller.
    ///
    /// # Errors
    /// The other caller, where it is another: two identities in one request are nobody's.
    pub fn merge(mut self, other: Self) -> Result<Self, Self> {
        if !self.identity.is_same(&other.identity) {
            return Err(other);
        }
        self.identity.add(&other.identity);
        for (scheme, scopes) in other.grants {
            match self.grants.iter_mut().find(|(own, _)| *own == scheme) {
                Some((_, own)) => own.add(&scopes),
                None => self.grants.push((scheme, scopes)),
            }
        }
        Ok(self)
    }

    /// The grants, as the stages take them.
    pub(super) fn granted(&self) -> Vec<Grant<'_>> {
        self.grants.iter().map(|(scheme, scopes)| scheme.grant(scopes)).collect()
    }
}

impl<'p> Callers for &'p OwnedPolicy {
    type Operation = OwnedOperation<'p>;
    type Scheme = OwnedScheme;
    type Caller = Caller;

    fn all_schemes(self) -> impl Iterator<Item = OwnedScheme> + Clone + Send {
        self.scheme_handles()
    }

    fn schemes(self, operation: OwnedOperation<'p>) -> impl Iterator<Item = OwnedScheme> + Clone + Send {
        operation.schemes()
    }

    fn name<'n>(self, scheme: OwnedScheme) -> &'n str
    where
        Self: 'n,
    {
        self.scheme_name(scheme)
    }

    fn kind<'n>(self, scheme: OwnedScheme) -> Option<SchemeKind<&'n str>>
    where
        Self: 'n,
    {
        self.scheme_kind(scheme)
    }

    fn access(self, operation: OwnedOperation<'p>) -> Access {
        operation.access()
    }

    fn accepts_any_scheme(self, operation: OwnedOperation<'p>) -> bool {
        operation.accepts_any_scheme()
    }

    fn counts_as_nobody(self, operation: OwnedOperation<'p>, scheme: OwnedScheme, stale: Stale) -> bool {
        operation.counts_as_nobody(scheme, stale)
    }

    fn is_met_by(self, operation: OwnedOperation<'p>, caller: &Caller) -> bool {
        operation.is_met_by(&caller.granted())
    }

    fn has_grant(self, caller: &Caller, scheme: OwnedScheme) -> bool {
        caller.grants.iter().any(|(own, _)| *own == scheme)
    }

    fn expires_at(self, caller: &Caller) -> Option<u64> {
        caller.expires_at()
    }

    fn merge(self, caller: Caller, other: Caller) -> Result<Caller, Caller> {
        caller.merge(other)
    }
}
