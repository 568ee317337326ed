//! Const proofs: what keeps a hand-written operation or scope from being anything but the table's own.
//!
//! `Operation` and `ScopeType` each have a hidden constant of one of these types. An impl that leaves it out does not compile (`E0046`).
//! The only way to a value of it is `check`, which compares what the type says with the table and panics where they differ. Whatever
//! makes an `OperationRef`, a permit or a `Scope` of a type evaluates its constant first, and a panic there is a compile error.

use core::marker::PhantomData;

use crate::policy::{Document, Operation, ScopeType};
use crate::scope_tree::{ScopePath, ScopeTree};

/// Proof that `O` names the operation that the table holds at its index, and claims no scope but what this one requires.
#[derive(Debug)]
pub struct OperationProof<O>(PhantomData<fn() -> O>);

impl<O: Operation> OperationProof<O> {
    /// Checks the table.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "evaluated at compile time; the panic is the compile error")]
    pub const fn check(method: &str, template: &str) -> Self {
        match <O::Document as Document>::DEFINITION.operation(O::INDEX) {
            Some(found) if equal(found.method(), method) && equal(found.template(), template) => {
                assert!(
                    O::Always::NODE.always_in(found.requirement()),
                    "this type claims a scope that the operation does not require in every alternative"
                );
                Self(PhantomData)
            }
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
        let placed = S::Path::NUMBER == S::INDEX as u32;
        assert!(known && placed, "this type is not a scope of the policy; scopes are generated from the document");
        Self(PhantomData)
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
