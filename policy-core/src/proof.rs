//! Const proofs: what keeps a hand-written impl of a policy trait from compiling.
//!
//! Each of the policy's traits has a hidden constant of one of these types. Leaving it out is `E0046`; filling it with
//! anything but the table's own truth fails when the constant is evaluated, at compile time.

use core::marker::PhantomData;

use crate::permit::{Branch, Permit};
use crate::policy::{Document, Operation, ScopeType};

/// Proof that `O` names the operation that the table holds at its index.
#[derive(Debug)]
pub struct OperationProof<O>(PhantomData<fn() -> O>);

impl<O: Operation> OperationProof<O> {
    /// Checks the table.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "evaluated at compile time; the panic is the compile error")]
    pub const fn check(method: &str, template: &str) -> Self {
        match <O::Document as Document>::DEFINITION.operation(O::INDEX) {
            Some(found) if equal(found.method(), method) && equal(found.template(), template) => Self(PhantomData),
            _ => panic!("this type is not an operation of the policy; operations are generated from the document"),
        }
    }
}

/// Proof that `S` names the scope that the table holds at its index.
#[derive(Debug)]
pub struct ScopeProof<S>(PhantomData<fn() -> S>);

impl<S: ScopeType> ScopeProof<S> {
    /// Checks the table.
    #[must_use]
    #[track_caller]
    pub const fn check(name: &str) -> Self {
        let known = match <S::Document as Document>::DEFINITION.parts.scopes.name(S::INDEX) {
            Some(known) => equal(known, name),
            None => false,
        };
        assert!(known, "this type is not a scope of the policy; scopes are generated from the document");
        Self(PhantomData)
    }
}

/// Proof that every alternative of `O` requires `S`.
#[derive(Debug)]
pub struct RequiresProof<O, S>(PhantomData<fn() -> (O, S)>);

impl<O: Operation, S: ScopeType<Document = O::Document>> RequiresProof<O, S> {
    /// Checks the table.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "evaluated at compile time; the panic is the compile error")]
    pub const fn check() -> Self {
        match <O::Document as Document>::DEFINITION.operation(O::INDEX) {
            Some(found) if found.requirement().always_requires(S::INDEX) => Self(PhantomData),
            _ => panic!("the operation does not require this scope in every alternative of the document"),
        }
    }
}

/// Proof that whoever holds a `T` was granted `S`.
#[derive(Debug)]
pub struct CarriesProof<T: ?Sized, S>(PhantomData<fn() -> S>, PhantomData<T>);

impl<O: Operation, S: ScopeType<Document = O::Document>> CarriesProof<Permit<O>, S> {
    /// A permit carries what every alternative of its operation requires.
    #[must_use]
    pub const fn of_permit(_: RequiresProof<O, S>) -> Self {
        Self(PhantomData, PhantomData)
    }
}

impl<O, S, const N: usize> CarriesProof<Branch<'_, O, N>, S>
where
    O: Operation,
    S: ScopeType<Document = O::Document>,
{
    /// A branch carries what its own alternative requires.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "evaluated at compile time; the panic is the compile error")]
    pub const fn of_branch() -> Self {
        let Some(found) = <O::Document as Document>::DEFINITION.operation(O::INDEX) else {
            panic!("this type is not an operation of the policy; operations are generated from the document")
        };
        match found.requirement().alternative(N) {
            Some(alternative) if alternative.requires(S::INDEX) => Self(PhantomData, PhantomData),
            _ => panic!("this alternative of the operation does not require the scope"),
        }
    }
}

impl<T: ?Sized, S> CarriesProof<T, S> {
    /// An adapter's wrapper carries what the permit inside it carries.
    #[must_use]
    pub const fn forwarded<U: ?Sized>(_: CarriesProof<U, S>) -> Self {
        Self(PhantomData, PhantomData)
    }
}

#[expect(clippy::indexing_slicing, reason = "const fn; the index is below the length of both")]
pub(crate) const fn equal(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}
