//! The proof of an allow, and what it carries.

use core::fmt;
use core::marker::PhantomData;

use crate::branch::{AlternativeAt, Alternatives, Branch, Met};
use crate::policy::{Document, Operation, OperationRef, Policy, ScopeType};
use crate::principal::Principal;
use crate::scope_tree::{Has, ScopeTree};
use crate::stage::Stage;

/// The proof that this request may run the handler of `O`.
///
/// Only the pipeline makes one, at its end. It is not `Clone`, and a handler that takes it cannot run without it. Where
/// shadow mode let the request through, the permit says so: [`would_deny`](Self::would_deny).
///
/// # What it proves
/// A request for `O` passed every stage, in order, and the principal in the permit was granted what one alternative of `O`'s
/// requirement asks for. The same is true of a [`Branch`], and the document gives every [`Carries`]. Code without `unsafe` can get around
/// this only in the following ways, which no language rule can prevent:
/// - Any code can write `Principal::new(…)`, as authenticators do, and so say who is calling and what was granted. With such a principal
///   it can go through the stages of [`Pending`](crate::Pending).
/// - A type can claim to be a [`Wrapper`] of a permit that it does not hold, by a method `held` that never returns. A function that takes
///   it and asks for neither caller nor permit does not notice.
/// - A handler owns its permit. Kept in a static or a task, the permit outlives its request and perhaps the credential. The principal's
///   expiry says how long the credential is valid.
/// - Features are shared by all crates of a build. With `test-permits` each of them can make a permit that passed the stage `scopes` alone
///   (`testing::permit`). With `shadow` each of them can turn a denial into a permit, which then says so.
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

    /// The stage that denied this request before shadow mode let it through. `None` for a request that passed every stage. Without the
    /// feature `shadow` it is always `None`.
    ///
    /// A permit with such a stage still [`Carries`] the scopes that the document requires, but they were not granted, and the alternative
    /// that it names was not met. Its caller is the one who authenticated. If authentication failed, the caller is anonymous.
    #[must_use]
    pub fn would_deny(&self) -> Option<Stage> {
        self.would_deny
    }

    /// The fingerprint of the policy that decided.
    #[must_use]
    pub fn fingerprint(&self) -> &'static str {
        Policy::<O::Document>::new().fingerprint()
    }

    /// Which alternative of the requirement was met, as a type that carries the scopes of this alternative.
    #[must_use]
    pub fn alternative(&self) -> O::Alternative<'_>
    where
        O: Alternatives,
    {
        O::alternative(self)
    }

    /// The same, for asking about one alternative after the other. The generated [`Alternatives::alternative`] uses it.
    pub const fn met(&self) -> Met<'_, O, 0> {
        Met::first(self)
    }

    /// The index of the met alternative, in document order.
    #[doc(hidden)]
    #[must_use]
    pub const fn alternative_index(&self) -> usize {
        self.alternative
    }
}

impl<O: Operation> fmt::Debug for Permit<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("operation", &self.operation()).finish_non_exhaustive()
    }
}

/// A value with the principal of a request: a permit, a branch of one, or a [`Wrapper`] of either.
///
/// It says who is calling. What the caller may do is proved by [`Carries`].
pub trait Holder {
    /// The policy.
    type Document: Document;
    /// The caller.
    fn principal(&self) -> &Principal<Self::Document>;
}

/// The caller of a wrapper is the caller of the permit inside it. No other impl can be written.
impl<W: Wrapper + ?Sized> Holder for W {
    type Document = <W::Held as Held>::Document;

    #[inline]
    fn principal(&self) -> &Principal<Self::Document> {
        self.held().caller()
    }
}

/// What the pipeline gave out: a [`Permit`], or a [`Branch`] of one. Sealed.
pub trait Held: sealed::Sealed {
    /// The policy.
    #[doc(hidden)]
    type Document: Document;
    /// The scopes that are granted to everybody who has it.
    #[doc(hidden)]
    type Scopes: ScopeTree;
    /// The caller.
    #[doc(hidden)]
    fn caller(&self) -> &Principal<Self::Document>;
}

/// A value with a permit, or a branch of one, inside it: an adapter's `Permit`, or a type of the application that its data functions take
/// instead of the permit.
///
/// ```
/// use policy_core::{Operation, Permit, Wrapper};
///
/// struct Call<O: Operation> {
///     permit: Permit<O>,
///     language: String,
/// }
///
/// impl<O: Operation> Wrapper for Call<O> {
///     type Held = Permit<O>;
///     fn held(&self) -> &Permit<O> {
///         &self.permit
///     }
/// }
/// ```
/// `Call<O>` carries the scopes that `Permit<O>` carries, without another line.
///
/// The compiler cannot check that the type holds a permit: a method `held` that never returns compiles for a type that holds none. A
/// function that asks such a value for its caller never gets an answer ([`Permit`], *What it proves*).
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds no permit",
    label = "neither a permit nor a wrapper of one",
    note = "pass the permit that the handler was given"
)]
pub trait Wrapper {
    /// What is inside.
    type Held: Held;
    /// What is inside.
    fn held(&self) -> &Self::Held;
}

impl<O: Operation> Wrapper for Permit<O> {
    type Held = Self;

    #[inline]
    fn held(&self) -> &Self {
        self
    }
}

impl<O: Operation> Held for Permit<O> {
    type Document = O::Document;
    type Scopes = O::Always;

    #[inline]
    fn caller(&self) -> &Principal<O::Document> {
        &self.principal
    }
}

mod sealed {
    use super::{AlternativeAt, Branch, Operation, Permit};

    pub trait Sealed {}
    impl<O: Operation> Sealed for Permit<O> {}
    impl<O: AlternativeAt<N>, const N: usize> Sealed for Branch<'_, O, N> {}
}

/// Proves that the scope `S` was granted. A data function uses it as a bound.
///
/// `permit: &impl Carries<PatientsRead>` accepts only permits of operations that require `patients:read` in every alternative, and
/// [`Wrapper`]s of these. It is implemented for all of them, and an application cannot implement it.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// use policy::scopes::EncountersRead;
/// use policy_core::Carries;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// /// Only operations that require `encounters:read` can call this.
/// fn encounters_of(permit: &impl Carries<EncountersRead>) -> Option<&str> {
///     permit.principal().tenant()
/// }
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not carry the scope `{S}`",
    note = "require the scope for the operation in the document, or do not reach this data from it"
)]
pub trait Carries<S: ScopeType>: Holder<Document = S::Document> + Wrapper<Held: Grants<S>> {}

impl<W, S> Carries<S> for W
where
    S: ScopeType,
    W: Wrapper<Held: Grants<S>> + ?Sized,
{
}

/// A permit or a branch that exists only where the scope `S` was granted. Generated for permits. An impl compiles only where the
/// document requires the scope.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not carry the scope `{S}`",
    label = "the document does not require the scope here",
    note = "require the scope for the operation in the document, or do not reach this data from it"
)]
pub trait Grants<S: ScopeType>: Held<Document = S::Document, Scopes: Has<S::Path>> {}

/// A permit of another operation was asked for than the one that was allowed.
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
