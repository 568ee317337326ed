//! A request on its way through the stages. Invariant *order is a type*: each stage takes what only the one before made.
//!
//! With the order authentication, enablement, scopes, query, a request is in turn
//!
//! ```text
//! Pending<D, Then<Authentication, Then<Enablement, Then<Scopes, Then<Query, Done>>>>>   has `authenticate`
//! Pending<D, Then<Enablement, Then<Scopes, Then<Query, Done>>>>                         has `enablement`
//! Pending<D, Then<Scopes, Then<Query, Done>>>                                           has `scopes`
//! Pending<D, Then<Query, Done>>                                                         has `query`
//! Pending<D, Done>                                                                      has `allow`
//! ```
//!
//! All of these types have the same fields. Only `authenticate` changes one, the caller. Each stage takes one of these values and
//! returns the next, and a call would copy every field. So each stage is inlined (`#[inline(always)]`), and nothing is copied.

use core::fmt;
use core::marker::PhantomData;

use crate::decision::{self, Known};
use crate::definition::Access;
use crate::denial::{AuthenticationFailure, Denial, EnablementFailure, Reason};
use crate::operation_set::OperationSet;
use crate::order::{Authentication, Done, Enablement, Query, Scopes, Then};
use crate::permit::{ForeignPermit, Permit};
use crate::policy::{Document, Operation, OperationRef};
use crate::principal::Principal;
use crate::query;
use crate::stage::Stage;

/// A request for one operation, with the stages `R` still ahead of it.
///
/// It starts with the document's whole order, and has only the method of the first stage of `R`. A program that skips a stage, or takes
/// one too early, does not compile.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// use policy::operations::ListEncounters;
/// use policy::schemes::API_KEY;
/// use policy_core::{OperationRef, OperationSet, Pending, Principal, ScopeSet};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let caller = Principal::new("a partner").with_grant(API_KEY, ScopeSet::parse("encounters:read")?.set());
/// let pending = Pending::start(OperationRef::of::<ListEncounters>());
/// let denied = pending
///     .authenticate(Ok(Some(caller)))
///     .and_then(|pending| pending.enablement(Ok(&OperationSet::all())))
///     .and_then(|pending| pending.scopes());
/// // No stage can be left out: `Pending` has only the method of the next one.
/// let Err(denial) = denied else { return Err("let in without patients:read".into()) };
/// assert_eq!(denial.status(), 403);
/// assert_eq!(denial.missing().iter().map(|scope| scope.name()).collect::<Vec<_>>(), ["patients:read"]);
/// # Ok(())
/// # }
/// ```
#[must_use = "a request that is not taken through every stage is neither allowed nor denied"]
pub struct Pending<D: Document, R> {
    operation: OperationRef<D>,
    principal: Principal<D>,
    alternative: usize,
    rest: PhantomData<fn() -> R>,
}

impl<D: Document> Pending<D, D::Order> {
    /// A request for the operation, before any check.
    #[inline(always)]
    pub fn start(operation: OperationRef<D>) -> Self {
        Self { operation, principal: Principal::ANONYMOUS, alternative: 0, rest: PhantomData }
    }
}

impl<D: Document, R> Pending<D, R> {
    /// The operation that is asked for.
    #[must_use]
    pub fn operation(&self) -> OperationRef<D> {
        self.operation
    }

    #[inline(always)]
    fn passed<N>(self) -> Pending<D, N> {
        Pending {
            operation: self.operation,
            principal: self.principal,
            alternative: self.alternative,
            rest: PhantomData,
        }
    }

    #[inline(always)]
    fn deny<'r>(self, stage: Stage, reason: Reason<'r>) -> Denial<'r, D> {
        Denial::new(Some(self.operation), stage, reason, Some(self.principal))
    }
}

impl<D: Document, R> Pending<D, Then<Authentication, R>> {
    /// Whether the operation looks at credentials. A public operation does not.
    #[must_use]
    pub fn needs_authentication(&self) -> bool {
        self.operation.access() != Access::Public
    }

    /// Takes what the authenticator found; `Ok(None)` says that the request carries no credential.
    ///
    /// A credential that fails is denied even where an anonymous caller would pass, since its sender wanted to be known.
    ///
    /// # Errors
    /// The caller is not known, or known by schemes that no alternative accepts.
    #[inline(always)]
    pub fn authenticate(
        self,
        found: Result<Option<Principal<D>>, AuthenticationFailure>,
    ) -> Result<Pending<D, R>, Denial<'static, D>> {
        let rule = self.operation.rule();
        let Self { operation, .. } = self;
        let (verdict, principal) = match found {
            Ok(Some(principal)) => match decision::authentication(rule, Ok(Some(&principal))) {
                Ok(Known::Somebody) => return Ok(Pending { operation, principal, alternative: 0, rest: PhantomData }),
                // The caller is known, but by schemes that the operation does not accept.
                Err(Reason::SchemeNotSatisfied) => (Err(Reason::SchemeNotSatisfied), Some(principal)),
                // A public operation looks at no credential, so nobody is known there.
                verdict => (verdict, None),
            },
            Ok(None) => (decision::authentication(rule, Ok(None::<&Principal<D>>)), None),
            Err(failure) => (decision::authentication(rule, Err::<Option<&Principal<D>>, _>(failure)), None),
        };
        match verdict {
            Ok(_) => Ok(self.passed()),
            Err(reason) => Err(Denial::new(Some(operation), Stage::Authentication, reason, principal)),
        }
    }
}

impl<D: Document, R> Pending<D, Then<Enablement, R>> {
    /// The caller, as authenticated.
    #[must_use]
    pub fn principal(&self) -> &Principal<D> {
        &self.principal
    }

    /// Whether there is a caller for whom operations are enabled. An anonymous one has no organization: the document
    /// alone opens the operation to everybody.
    #[inline(always)]
    #[must_use]
    pub fn needs_enablement(&self) -> bool {
        !self.principal.is_anonymous()
    }

    /// Takes the operations that are enabled for the caller.
    ///
    /// # Errors
    /// The operation is not among them, or they are not known.
    #[inline(always)]
    pub fn enablement(
        self,
        enabled: Result<&OperationSet<D>, EnablementFailure>,
    ) -> Result<Pending<D, R>, Denial<'static, D>> {
        let operation = self.operation;
        self.enablement_of(enabled.map(|enabled| enabled.contains(operation)))
    }

    /// [`enablement`](Self::enablement), where the answer is about this operation alone.
    ///
    /// # Errors
    /// The operation is not enabled for the caller, or it is not known.
    #[inline(always)]
    pub fn enablement_of(self, enabled: Result<bool, EnablementFailure>) -> Result<Pending<D, R>, Denial<'static, D>> {
        let known = if self.needs_enablement() { Known::Somebody } else { Known::Nobody };
        match decision::enablement(known, enabled) {
            Ok(()) => Ok(self.passed()),
            Err(reason) => Err(self.deny(Stage::Enablement, reason)),
        }
    }
}

impl<D: Document, R> Pending<D, Then<Scopes, R>> {
    /// Compares what was granted with what the operation requires.
    ///
    /// # Errors
    /// No alternative is met; the denial holds what the closest one lacks.
    #[inline(always)]
    pub fn scopes(mut self) -> Result<Pending<D, R>, Denial<'static, D>> {
        match decision::scopes(self.operation.rule(), &self.principal) {
            Ok(alternative) => {
                self.alternative = alternative;
                Ok(self.passed())
            }
            Err(reason) => Err(self.deny(Stage::Scopes, reason)),
        }
    }
}

impl<D: Document, R> Pending<D, Then<Query, R>> {
    /// Takes the raw query string, without the `?`. Nothing of it is looked at before this stage.
    ///
    /// # Errors
    /// A name in it is not one that the operation accepts.
    #[inline(always)]
    pub fn query(self, raw: Option<&str>) -> Result<Pending<D, R>, Denial<'_, D>> {
        // Without a query string, the accepted names are not looked up.
        let unsupported = raw.and_then(|raw| query::unsupported(self.operation.accepted_query(), raw));
        match unsupported {
            None => Ok(self.passed()),
            Some(key) => Err(self.deny(Stage::Query, Reason::UnsupportedQuery(key))),
        }
    }
}

impl<D: Document> Pending<D, Done> {
    /// Every stage passed.
    #[inline(always)]
    pub fn allow(self) -> Allowed<D> {
        Allowed {
            operation: self.operation,
            principal: self.principal,
            alternative: self.alternative,
            would_deny: None,
        }
    }
}

impl<D: Document, R> fmt::Debug for Pending<D, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// An allowed request. It becomes the [`Permit`] of its operation, and of no other.
#[must_use = "an allowed request becomes the permit that its handler demands"]
pub struct Allowed<D: Document> {
    pub(crate) operation: OperationRef<D>,
    pub(crate) principal: Principal<D>,
    pub(crate) alternative: usize,
    pub(crate) would_deny: Option<Stage>,
}

impl<D: Document> Allowed<D> {
    /// The operation.
    #[must_use]
    pub fn operation(&self) -> OperationRef<D> {
        self.operation
    }

    /// The caller.
    #[must_use]
    pub fn principal(&self) -> &Principal<D> {
        &self.principal
    }

    /// The index of the met alternative, in document order.
    #[doc(hidden)]
    #[must_use]
    pub fn alternative_index(&self) -> usize {
        self.alternative
    }

    /// The stage that denied the request before shadow mode let it through ([`Permit::would_deny`]).
    #[must_use]
    pub fn would_deny(&self) -> Option<Stage> {
        self.would_deny
    }

    /// The permit of `O`.
    ///
    /// # Errors
    /// `O` is not the operation that was allowed.
    pub fn into_permit<O: Operation<Document = D>>(self) -> Result<Permit<O>, ForeignPermit<D>> {
        if OperationRef::of::<O>() == self.operation {
            Ok(Permit::new(self.principal, self.alternative, self.would_deny))
        } else {
            Err(ForeignPermit { allowed: self.operation, wanted: OperationRef::of::<O>() })
        }
    }

    /// The denial of a request that passed every stage, because the operation has no handler yet.
    #[must_use]
    pub fn without_handler(self) -> Denial<'static, D> {
        Denial::new(Some(self.operation), Stage::Query, Reason::NoHandler, Some(self.principal))
    }
}

impl<D: Document> fmt::Debug for Allowed<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Allowed").field("operation", &self.operation).finish_non_exhaustive()
    }
}
