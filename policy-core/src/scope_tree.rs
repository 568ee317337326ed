//! Sets of scopes as types, so that the compiler knows what a requirement asks for.
//!
//! A scope is a path: the bits of its number, the lowest first, written with [`Zero`] and [`One`] and ended by [`End`]. A set is a tree
//! with a [`Fork`] at each bit. It has a [`Leaf`] where a scope is in the set, and [`Nothing`] where none is. For example, with four
//! scopes, the set of the numbers 0 and 3 is
//!
//! ```text
//! Fork<               lowest bit 0              lowest bit 1
//!     Fork<Leaf, Nothing>,                      Fork<Nothing, Leaf>>
//!          0 = Zero<Zero<End>>                           3 = One<One<End>>
//! ```
//! The compiler can check the bound `Set: Has<Path>`. These types belong to this crate and the traits are sealed, so no other crate can
//! add an impl. The set that an operation claims is compared with the table before there is a permit of it
//! ([`check_row`](crate::proof::check_row)).

use core::marker::PhantomData;

use crate::requirement::Requirement;

/// A path whose next bit is 0.
#[derive(Debug)]
pub struct Zero<P>(PhantomData<fn() -> P>);

/// A path whose next bit is 1.
#[derive(Debug)]
pub struct One<P>(PhantomData<fn() -> P>);

/// The end of a path.
#[derive(Debug)]
pub enum End {}

/// The scopes below the next bit: of those with 0, and of those with 1.
#[derive(Debug)]
pub struct Fork<A, B>(PhantomData<fn() -> (A, B)>);

/// The one scope that is here.
#[derive(Debug)]
pub enum Leaf {}

/// No scope.
#[derive(Debug)]
pub enum Nothing {}

/// Where a scope is in every tree.
pub trait ScopePath: sealed::Sealed {
    /// The scope's number.
    const NUMBER: u32;
}

impl ScopePath for End {
    const NUMBER: u32 = 0;
}
impl<P: ScopePath> ScopePath for Zero<P> {
    const NUMBER: u32 = P::NUMBER << 1;
}
impl<P: ScopePath> ScopePath for One<P> {
    const NUMBER: u32 = P::NUMBER << 1 | 1;
}

/// A set of scopes.
pub trait ScopeTree: sealed::Sealed {
    /// The same tree as a value, for what is checked when constants are evaluated.
    const NODE: &'static Node;
}

impl ScopeTree for Nothing {
    const NODE: &'static Node = &Node::Nothing;
}
impl ScopeTree for Leaf {
    const NODE: &'static Node = &Node::Leaf;
}
impl<A: ScopeTree, B: ScopeTree> ScopeTree for Fork<A, B> {
    const NODE: &'static Node = &Node::Fork(A::NODE, B::NODE);
}

/// A set that has the scope with this path.
#[diagnostic::on_unimplemented(
    message = "the document does not require this scope here",
    label = "this requirement does not name the scope",
    note = "what an operation, or one alternative of it, requires is the document's to say; an impl cannot add to it"
)]
pub trait Has<P: ScopePath>: ScopeTree {}

impl Has<End> for Leaf {}
impl<P: ScopePath, A: Has<P>, B: ScopeTree> Has<Zero<P>> for Fork<A, B> {}
impl<P: ScopePath, A: ScopeTree, B: Has<P>> Has<One<P>> for Fork<A, B> {}

mod sealed {
    use super::{End, Fork, Leaf, Nothing, One, Zero};

    pub trait Sealed {}
    impl Sealed for End {}
    impl<P> Sealed for Zero<P> {}
    impl<P> Sealed for One<P> {}
    impl Sealed for Leaf {}
    impl Sealed for Nothing {}
    impl<A, B> Sealed for Fork<A, B> {}
}

/// A tree as a value.
#[derive(Debug)]
pub enum Node {
    /// No scope.
    Nothing,
    /// The scope that is here.
    Leaf,
    /// Those whose next bit is 0, and those whose next bit is 1.
    Fork(&'static Node, &'static Node),
}

impl Node {
    /// Whether every alternative of the requirement has all scopes of the tree.
    pub(crate) const fn always_in(&self, requirement: Requirement<'_>) -> bool {
        self.within(requirement, None, 0, 0)
    }

    /// Whether the alternative with this index has all scopes of the tree.
    pub(crate) const fn in_alternative(&self, requirement: Requirement<'_>, index: usize) -> bool {
        self.within(requirement, Some(index), 0, 0)
    }

    const fn within(&self, requirement: Requirement<'_>, index: Option<usize>, number: u32, bit: u32) -> bool {
        match self {
            Node::Nothing => true,
            Node::Leaf if number >= u16::MAX as u32 => false,
            Node::Leaf => {
                #[expect(clippy::cast_possible_truncation, reason = "compared in the arm above")]
                let scope = number as u16;
                match index {
                    None => requirement.always_requires(scope),
                    Some(index) => match requirement.alternative(index) {
                        Some(alternative) => alternative.requires(scope),
                        None => false,
                    },
                }
            }
            Node::Fork(..) if bit >= u16::BITS => false,
            Node::Fork(zero, one) => {
                zero.within(requirement, index, number, bit + 1)
                    && one.within(requirement, index, number | 1 << bit, bit + 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::owned::AlternativeFacts;
    use crate::requirement::words;

    type Three = One<One<End>>;
    type ZeroAndThree = Fork<Fork<Leaf, Nothing>, Fork<Nothing, Leaf>>;

    #[test]
    fn a_path_is_its_number() {
        assert_eq!((End::NUMBER, <Zero<End>>::NUMBER, <One<End>>::NUMBER), (0, 0, 1));
        assert_eq!((<Zero<One<End>>>::NUMBER, <One<Zero<One<End>>>>::NUMBER, Three::NUMBER), (2, 5, 3));
    }

    fn requirement(alternatives: &[&[u16]]) -> Vec<u16> {
        let named = |scopes: &&[u16]| AlternativeFacts::of(0_u16, scopes.iter().copied());
        words(&alternatives.iter().map(named).collect::<Vec<_>>()).unwrap_or_default()
    }

    #[test]
    fn a_tree_is_within_a_requirement_that_has_all_of_its_scopes() {
        let tree = ZeroAndThree::NODE;
        for (alternatives, always, first, second) in [
            (&[&[0, 3][..], &[3, 1, 0]][..], true, true, true),
            (&[&[0, 3], &[3]], false, true, false),
            (&[&[0], &[0, 3]], false, false, true),
            (&[&[0, 3]], true, true, false),
            (&[&[0, 1, 2]], false, false, false),
            (&[], false, false, false),
        ] {
            let words = requirement(alternatives);
            let requirement = Requirement::from_words(&words);
            assert_eq!(tree.always_in(requirement), always, "{alternatives:?}");
            assert_eq!(tree.in_alternative(requirement, 0), first, "{alternatives:?}");
            assert_eq!(tree.in_alternative(requirement, 1), second, "{alternatives:?}");
            assert!(Node::Nothing.always_in(requirement) && Node::Nothing.in_alternative(requirement, 7));
        }
    }

    /// Scopes are numbered by sixteen bits: what stands deeper is no scope, and the highest number is none either.
    #[test]
    fn what_no_scope_can_be_is_in_no_requirement() {
        type Twice<P> = One<One<P>>;
        type Eight<P> = Twice<Twice<Twice<Twice<P>>>>;
        assert_eq!(<Eight<Eight<End>>>::NUMBER, 0xffff);
        fn below(bits: u32, last: &'static Node) -> &'static Node {
            (0..bits)
                .fold(last, |node, _| alloc::boxed::Box::leak(alloc::boxed::Box::new(Node::Fork(&Node::Nothing, node))))
        }
        let words = requirement(&[&[u16::MAX, u16::MAX >> 1]]);
        let requirement = Requirement::from_words(&words);
        assert!(below(15, &Node::Leaf).always_in(requirement));
        assert!(!below(16, &Node::Leaf).always_in(requirement));
        assert!(!below(17, &Node::Leaf).always_in(requirement));
        assert!(!below(16, &Node::Fork(&Node::Nothing, &Node::Nothing)).always_in(requirement));
    }
}
