//! The proof of an allow, and what it carries.

use core::fmt;
use core::marker::PhantomData;

use crate::policy::{Document, Operation, OperationRef, Policy, ScopeType};
use crate::principal::Principal;
use crate::proof::CarriesProof;
use crate::stage::Stage;

/// The proof that this request may run the handler of `O`.
///
/// Only the pipeline makes one, at its end. It is not `Clone`, and a handler that demands it cannot run without. Where
/// shadow mode let the request through, the permit says so: [`would_deny`](Self::would_deny).
///
/// ```compile_fail,E0277
/// fn keep<O: policy_core::Operation>(permit: &policy_core::Permit<O>) -> policy_core::Permit<O> {
///     fn duplicate<T: Clone>(value: &T) -> T { value.clone() }
///     duplicate(permit)
/// }
/// ```
pub struct Permit<O: Operation> {
    principal: Principal<O::Document>,
    alternative: usize,
    would_deny: Option<Stage>,
    operation: PhantomData<fn() -> O>,
}

impl<O: Operation> Permit<O> {
    pub(crate) fn new(principal: Principal<O::Document>, alternative: usize, would_deny: Option<Stage>) -> Self {
        Self { principal, alternative, would_deny, operation: PhantomData }
    }

    /// The operation.
    #[must_use]
    pub fn operation(&self) -> OperationRef<O::Document> {
        OperationRef::of::<O>()
    }

    /// The caller.
    #[must_use]
    pub fn principal(&self) -> &Principal<O::Document> {
        &self.principal
    }

    /// The stage that denied this request before shadow mode let it through. `None` for a permit that was earned, which is
    /// every permit where the feature `shadow` is off.
    ///
    /// What such a permit [`Carries`] is what the document requires of its operation; it was not granted. The caller is
    /// the one who authenticated, and nobody where authentication is what failed.
    #[must_use]
    pub fn would_deny(&self) -> Option<Stage> {
        self.would_deny
    }

    /// The fingerprint of the policy that decided.
    #[must_use]
    pub fn fingerprint(&self) -> &'static str {
        Policy::<O::Document>::new().fingerprint()
    }

    /// Which alternative of the requirement was met, as a type that carries what this one gives.
    #[must_use]
    pub fn alternative(&self) -> O::Alternative<'_>
    where
        O: Alternatives,
    {
        O::alternative(self)
    }

    /// The place of the met alternative in document order.
    #[doc(hidden)]
    #[must_use]
    pub fn alternative_index(&self) -> usize {
        self.alternative
    }
}

impl<O: Operation> fmt::Debug for Permit<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("operation", &self.operation()).finish_non_exhaustive()
    }
}

/// Whatever holds an authenticated request's principal: a permit, a branch of one, an adapter's wrapper.
pub trait Holder {
    /// The policy.
    type Document: Document;
    /// The caller.
    fn principal(&self) -> &Principal<Self::Document>;
}

impl<O: Operation> Holder for Permit<O> {
    type Document = O::Document;

    fn principal(&self) -> &Principal<O::Document> {
        &self.principal
    }
}

/// Whoever holds this was granted the scope `S`: the bound that a data function writes.
///
/// `permit: &impl Carries<PatientsRead>` compiles only for permits of operations that require `patients:read` in every
/// alternative. A hand-written impl lacks its proof.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not carry the scope `{S}`",
    note = "require the scope for the operation in the document, or do not reach this data from it"
)]
pub trait Carries<S: ScopeType>: Holder<Document = S::Document> {
    /// What a hand-written impl cannot have.
    #[doc(hidden)]
    const CARRIES: CarriesProof<Self, S>;
}

/// An operation whose requirement has several alternatives.
#[diagnostic::on_unimplemented(
    message = "operation `{Self}` has no alternatives to tell apart",
    note = "only operations whose requirement is an OR have typed branches"
)]
pub trait Alternatives: Operation {
    /// One variant for each alternative, in document order.
    type Alternative<'p>
    where
        Self: 'p;
    /// The variant of the alternative that was met.
    fn alternative(permit: &Permit<Self>) -> Self::Alternative<'_>;
}

/// A permit of which it is known that its alternative number `N` was met, and so what this one requires is granted.
pub struct Branch<'p, O: Operation, const N: usize> {
    permit: &'p Permit<O>,
}

impl<'p, O: Operation, const N: usize> Branch<'p, O, N> {
    /// The branch. Generated code calls it in the arm of this alternative, which the pipeline chose.
    #[doc(hidden)]
    #[must_use]
    pub const fn of(permit: &'p Permit<O>) -> Self {
        Self { permit }
    }

    /// The permit.
    #[must_use]
    pub fn permit(&self) -> &'p Permit<O> {
        self.permit
    }
}

impl<O: Operation, const N: usize> Holder for Branch<'_, O, N> {
    type Document = O::Document;

    fn principal(&self) -> &Principal<O::Document> {
        &self.permit.principal
    }
}

impl<O: Operation, const N: usize> fmt::Debug for Branch<'_, O, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Branch").field("operation", &self.permit.operation()).field("alternative", &N).finish()
    }
}

/// A permit was asked for that belongs to another operation: the route is not the one whose policy decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForeignPermit<D: Document> {
    pub(crate) allowed: OperationRef<D>,
    pub(crate) wanted: OperationRef<D>,
}

impl<D: Document> fmt::Display for ForeignPermit<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the request was allowed for `{}`, not for `{}`", self.allowed, self.wanted)
    }
}

impl<D: Document> core::error::Error for ForeignPermit<D> {}
