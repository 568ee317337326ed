//! Proofs at compile time that a type is the operation or the scope of the table that it claims to be.
//!
//! An operation names its row of the table by a type ([`TableRow`]), and a scope has a hidden constant ([`ScopeProof`]). Whatever makes an
//! `OperationRef`, a permit or a `Scope` of a type first compares what the type says with the table. That happens at compile time, and
//! where the two differ, it is a compile error.

use core::marker::PhantomData;

use crate::policy::{Document, Operation, ScopeType};
use crate::scope_tree::{ScopePath, ScopeTree};

/// A row of the table of operations, as a type: its index and a hash of its method and template, as [`row_key`] packs
/// them.
///
/// It is a type with one number, and not a few constants, because rustc checks a body for each constant. With 10,000 operations that
/// took a third of its time.
#[derive(Debug)]
pub enum Row<const KEY: u64> {}

/// The number of a [`Row`]: 16 bits of index, then 48 bits of hash.
///
/// The hash is FNV-1a. It tells a row from the one that an edited document has at the same index. It needs no protection against
/// collisions that somebody makes on purpose, since no caller chooses what is hashed.
#[must_use]
pub const fn row_key(index: u32, method: &str, template: &str) -> u64 {
    const fn hash(mut state: u64, text: &str) -> u64 {
        let mut bytes = text.as_bytes();
        while let [byte, rest @ ..] = bytes {
            state = (state ^ *byte as u64).wrapping_mul(0x100_0000_01b3);
            bytes = rest;
        }
        state
    }
    let route = hash(hash(hash(0xcbf2_9ce4_8422_2325, method), " "), template);
    ((index as u64) << HASH_BITS) | ((route ^ (route >> HASH_BITS)) & ((1 << HASH_BITS) - 1))
}

const HASH_BITS: u32 = 48;

/// A [`Row`]. The trait is sealed, so that no other type implements it.
pub trait TableRow: sealed::Sealed {
    /// The number.
    const KEY: u64;
}

impl<const KEY: u64> TableRow for Row<KEY> {
    const KEY: u64 = KEY;
}

mod sealed {
    pub trait Sealed {}
    impl<const KEY: u64> Sealed for super::Row<KEY> {}
}

/// The index of the operation `O`, which [`check_row`] has compared with the table at compile time.
pub(crate) const fn proven_index<O: Operation>() -> u32 {
    const { check_row::<O>() }
}

/// Checks that the table has this operation in its row, and that `O` claims only scopes that the operation requires. Returns the
/// row's index.
#[must_use]
#[expect(clippy::panic, reason = "evaluated at compile time; the panic is the compile error")]
pub const fn check_row<O: Operation>() -> u32 {
    let key = <O::Row as TableRow>::KEY;
    let index = (key >> HASH_BITS) as u32;
    match <O::Document as Document>::DEFINITION.operation(index) {
        Some(found) if row_key(index, found.method(), found.template()) == key => {
            assert!(
                O::Always::NODE.always_in(found.requirement()),
                "this type claims a scope that the operation does not require in every alternative"
            );
            index
        }
        _ => panic!("this type is not an operation of the policy; operations are generated from the document"),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What a stale impl would say of a row that the document changed.
    #[test]
    fn the_key_of_a_row_tells_its_index_its_method_and_its_template() {
        let key = row_key(7, "GET", "/notes");
        assert_eq!(key, 0x0007_6687_b3ec_2a7a, "FNV-1a, by a program of its own");
        assert_ne!(row_key(7, "PUT", "/notes"), key);
        assert_ne!(row_key(7, "GET", "/note"), key);
        assert_ne!(row_key(7, "GET ", "/notes"), key);
        assert_ne!(row_key(7, "", "GET /notes"), key);
        assert_eq!(row_key(8, "GET", "/notes") ^ key, (7 ^ 8) << HASH_BITS, "the hash is the route's");
        assert_eq!(row_key(0xffff, "GET", "/notes") >> HASH_BITS, 0xffff);
    }
}
