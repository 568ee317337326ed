//! Which alternative of a requirement was met, as a type.

use core::fmt;

use crate::permit::{Grants, Held, Permit, Wrapper};
use crate::policy::{Document, Operation, ScopeType};
use crate::principal::Principal;
use crate::proof::proven_index;
use crate::requirement::Requirement;
use crate::scope_tree::{Has, ScopeTree};

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

/// An operation with an alternative number `N`, counted from 0 in document order. Generated.
///
/// Its scopes are compared with the table before there is a [`Branch`] of it.
pub trait AlternativeAt<const N: usize>: Operation {
    /// The scopes that this alternative asks for.
    #[doc(hidden)]
    type Scopes: ScopeTree;
}

/// A permit that was given because alternative number `N` was met. So the scopes of this alternative were granted.
///
/// Only [`Permit::met`] leads to one.
///
/// ```
/// use policy_core::{AlternativeAt, Branch, Holder};
///
/// /// A function for callers that met the first alternative of an operation, such as a partner's key.
/// fn partner<'p, O: AlternativeAt<0>>(branch: &'p Branch<'_, O, 0>) -> Option<&'p str> {
///     branch.principal().tenant()
/// }
/// ```
pub struct Branch<'p, O: AlternativeAt<N>, const N: usize> {
    permit: &'p Permit<O>,
}

impl<'p, O: AlternativeAt<N>, const N: usize> Branch<'p, O, N> {
    const fn of(permit: &'p Permit<O>) -> Self {
        const {
            assert!(
                <O as AlternativeAt<N>>::Scopes::NODE.in_alternative(requirement::<O>(), N),
                "this type claims a scope that the alternative does not require"
            );
        }
        Self { permit }
    }

    /// The permit.
    #[must_use]
    pub const fn permit(&self) -> &'p Permit<O> {
        self.permit
    }
}

impl<O: AlternativeAt<N>, const N: usize> Wrapper for Branch<'_, O, N> {
    type Held = Self;

    #[inline]
    fn held(&self) -> &Self {
        self
    }
}

impl<O: AlternativeAt<N>, const N: usize> Held for Branch<'_, O, N> {
    type Document = O::Document;
    type Scopes = <O as AlternativeAt<N>>::Scopes;

    #[inline]
    fn caller(&self) -> &Principal<O::Document> {
        self.permit.caller()
    }
}

/// A branch carries what its own alternative requires.
#[diagnostic::do_not_recommend]
impl<O, S, const N: usize> Grants<S> for Branch<'_, O, N>
where
    O: AlternativeAt<N>,
    S: ScopeType<Document = O::Document>,
    <O as AlternativeAt<N>>::Scopes: Has<S::Path>,
{
}

impl<O: AlternativeAt<N>, const N: usize> fmt::Debug for Branch<'_, O, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Branch").field("operation", &self.permit.operation()).field("alternative", &N).finish()
    }
}

/// A permit whose alternative is number `FROM` or a later one.
///
/// [`split`](Met::split) asks for one alternative after the other. [`last`](Met::last) takes the only one that is left:
///
/// ```
/// use policy_core::{AlternativeAt, Branch, Permit};
///
/// fn scheme<O: AlternativeAt<0> + AlternativeAt<1>>(permit: &Permit<O>) -> &'static str {
///     match permit.met().split() {
///         Ok(_) => "the first alternative",
///         Err(rest) => {
///             let _: Branch<'_, O, 1> = rest.last();
///             "the second and last"
///         }
///     }
/// }
/// ```
#[must_use = "it says which alternative was met only when it is asked"]
pub struct Met<'p, O: Operation, const FROM: usize> {
    permit: &'p Permit<O>,
}

impl<'p, O: Operation> Met<'p, O, 0> {
    pub(crate) const fn first(permit: &'p Permit<O>) -> Self {
        Self { permit }
    }
}

impl<'p, O: AlternativeAt<FROM>, const FROM: usize> Met<'p, O, FROM> {
    /// The branch of alternative `FROM`, if it was met. `NEXT` is `FROM + 1`. Any other number does not compile.
    ///
    /// # Errors
    /// A later alternative was met.
    #[inline]
    pub const fn split<const NEXT: usize>(self) -> Result<Branch<'p, O, FROM>, Met<'p, O, NEXT>> {
        const {
            assert!(NEXT == FROM + 1, "no alternative may be passed over");
        }
        if self.permit.alternative_index() == FROM {
            Ok(Branch::of(self.permit))
        } else {
            Err(Met { permit: self.permit })
        }
    }

    /// The branch of alternative `FROM`, which is the last. It does not compile if there is a later one.
    #[inline]
    #[must_use]
    pub const fn last(self) -> Branch<'p, O, FROM> {
        const {
            let requirement = requirement::<O>();
            assert!(
                requirement.alternative(FROM).is_some() && requirement.alternative(FROM + 1).is_none(),
                "this alternative is not the last one"
            );
        }
        Branch::of(self.permit)
    }
}

impl<O: Operation, const FROM: usize> fmt::Debug for Met<'_, O, FROM> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Met").field("operation", &self.permit.operation()).field("from", &FROM).finish()
    }
}

/// What the table says that `O` requires.
const fn requirement<O: Operation>() -> Requirement<'static> {
    match <O::Document as Document>::DEFINITION.operation(proven_index::<O>()) {
        Some(found) => found.requirement(),
        None => Requirement::NONE,
    }
}
