//! The policy by which callers are found: compiled, or read at run time. The rules of `identify.rs` are written once, over this.

use std::borrow::Cow;
use std::future::Future;
use std::marker::PhantomData;

use policy_core::{Access, Document, OperationRef, Policy, Principal, Scheme, SchemeKind, Stale};

use crate::authenticator::Authenticator;
use crate::credential::Credential;
use crate::credential_fault::Refused;
use crate::head::Head;

/// What finding a caller needs to know of a policy. Each function is generic and not `dyn`, so that a compiled policy pays nothing for it.
pub(crate) trait Callers: Copy + Send + Sync {
    /// An operation of the policy.
    type Operation: Copy + Send + Sync;
    /// A security scheme of the policy.
    type Scheme: Copy + PartialEq + Send + Sync;
    /// Somebody who is known.
    type Caller: Send + Sync;

    /// The schemes of the document.
    fn all_schemes(self) -> impl Iterator<Item = Self::Scheme> + Clone + Send;
    /// The schemes in the operation's alternatives.
    fn schemes(self, operation: Self::Operation) -> impl Iterator<Item = Self::Scheme> + Clone + Send;
    fn name<'n>(self, scheme: Self::Scheme) -> &'n str
    where
        Self: 'n;
    /// How the scheme's credential travels. `None` where that is not known: no request has one then.
    fn kind<'n>(self, scheme: Self::Scheme) -> Option<SchemeKind<&'n str>>
    where
        Self: 'n;
    fn access(self, operation: Self::Operation) -> Access;
    fn accepts_any_scheme(self, operation: Self::Operation) -> bool;
    fn counts_as_nobody(self, operation: Self::Operation, scheme: Self::Scheme, stale: Stale) -> bool;
    /// Whether the caller meets some alternative, by its schemes and its scopes.
    fn is_met_by(self, operation: Self::Operation, caller: &Self::Caller) -> bool;
    fn has_grant(self, caller: &Self::Caller, scheme: Self::Scheme) -> bool;
    fn expires_at(self, caller: &Self::Caller) -> Option<u64>;
    /// Both as one, or the second where they are two callers.
    fn merge(self, caller: Self::Caller, other: Self::Caller) -> Result<Self::Caller, Self::Caller>;
}

/// Who is asked whom a credential belongs to.
pub(crate) trait Asked<P: Callers>: Sync {
    /// Whom a scheme's credential of the request belongs to, or why it is refused.
    fn ask<'a, 'r: 'a, H: Head>(
        &'a self,
        policy: P,
        scheme: P::Scheme,
        secret: Cow<'r, str>,
        head: &'r H,
    ) -> impl Future<Output = Result<P::Caller, Refused>> + Send
    where
        P: 'a;
}

/// The compiled policy `D`.
pub(crate) struct Compiled<D>(PhantomData<fn() -> D>);

impl<D> Compiled<D> {
    pub(crate) const POLICY: Self = Self(PhantomData);
}

impl<D> Clone for Compiled<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Compiled<D> {}

impl<D: Document> Callers for Compiled<D> {
    type Operation = OperationRef<D>;
    type Scheme = Scheme<D>;
    type Caller = Principal<D>;

    #[inline(always)]
    fn all_schemes(self) -> impl Iterator<Item = Scheme<D>> + Clone + Send {
        Policy::<D>::new().schemes()
    }

    #[inline(always)]
    fn schemes(self, operation: OperationRef<D>) -> impl Iterator<Item = Scheme<D>> + Clone + Send {
        operation.schemes()
    }

    #[inline(always)]
    fn name<'n>(self, scheme: Scheme<D>) -> &'n str
    where
        Self: 'n,
    {
        scheme.name()
    }

    #[inline(always)]
    fn kind<'n>(self, scheme: Scheme<D>) -> Option<SchemeKind<&'n str>>
    where
        Self: 'n,
    {
        Some(scheme.kind())
    }

    #[inline(always)]
    fn access(self, operation: OperationRef<D>) -> Access {
        operation.access()
    }

    #[inline(always)]
    fn accepts_any_scheme(self, operation: OperationRef<D>) -> bool {
        operation.accepts_any_scheme()
    }

    #[inline(always)]
    fn counts_as_nobody(self, operation: OperationRef<D>, scheme: Scheme<D>, stale: Stale) -> bool {
        operation.counts_as_nobody(scheme, stale)
    }

    #[inline(always)]
    fn is_met_by(self, operation: OperationRef<D>, caller: &Principal<D>) -> bool {
        operation.is_met_by(caller)
    }

    #[inline(always)]
    fn has_grant(self, caller: &Principal<D>, scheme: Scheme<D>) -> bool {
        caller.grant(scheme).is_some()
    }

    #[inline(always)]
    fn expires_at(self, caller: &Principal<D>) -> Option<u64> {
        caller.expires_at()
    }

    #[inline(always)]
    fn merge(self, caller: Principal<D>, other: Principal<D>) -> Result<Principal<D>, Principal<D>> {
        caller.merge(other)
    }
}

impl<D: Document, A: Authenticator<D>> Asked<Compiled<D>> for A {
    #[inline(always)]
    fn ask<'a, 'r: 'a, H: Head>(
        &'a self,
        _: Compiled<D>,
        scheme: Scheme<D>,
        secret: Cow<'r, str>,
        head: &'r H,
    ) -> impl Future<Output = Result<Principal<D>, Refused>> + Send
    where
        Compiled<D>: 'a,
    {
        // Made here, since what an `async` block makes it keeps beside what it was given.
        let credential = Credential::of(scheme, secret, head);
        async move {
            let said = self.authenticate(&credential).await;
            said.map_err(|failure| credential.refused(failure))
        }
    }
}
