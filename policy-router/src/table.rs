//! The table that both forms of a router read.

use alloc::boxed::Box;

use crate::parameters::Parameters;
use crate::slot::Slot;

/// The version of the table's shape. Generated code asserts that it equals the one it was written for.
#[doc(hidden)]
pub const FORMAT: u32 = 2;

/// The tables of a router as plain data that a constant can hold. Written by `policy-build`.
///
/// The fields are an agreement between `policy-build` and this crate and change with [`FORMAT`]. What belongs in them is
/// what [`OwnedRouter::plain`](crate::OwnedRouter::plain) gives. `L` is a list of strings: a slice in a constant, a `Vec` for whoever
/// writes source code.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Tables<'t, L = &'t [&'t str]> {
    /// The nodes. The first is the root.
    pub slots: &'t [[u32; 8]],
    /// For each slot the next one with the same place, or 0.
    pub siblings: &'t [u32],
    /// Indices of operations, by template and then by the method's bit.
    pub operations: &'t [u32],
    /// The literals.
    pub text: &'t str,
    /// A hash table of methods: their keys with their indices among `methods`.
    pub method_keys: &'t [u64],
    /// Distinct methods, sorted.
    pub methods: L,
    /// The template of each operation.
    pub templates: L,
}

/// Method and raw path to operation.
///
/// A view of tables: static ones, or those of an [`OwnedRouter`](crate::OwnedRouter). One code reads both.
#[derive(Debug, Clone, Copy)]
pub struct Router<'t> {
    pub(crate) slots: &'t [Slot],
    pub(crate) siblings: &'t [u32],
    pub(crate) operations: &'t [u32],
    pub(crate) text: &'t [u8],
    pub(crate) method_keys: &'t [u64],
    pub(crate) methods: Strings<'t>,
    pub(crate) templates: Strings<'t>,
}

impl<'t> Router<'t> {
    /// A router over tables written by `policy-build`.
    ///
    /// Tables that were not made by this crate lead to wrong answers or to none.
    #[doc(hidden)]
    pub const fn from_tables(tables: Tables<'t>) -> Self {
        Self {
            slots: tables.slots,
            siblings: tables.siblings,
            operations: tables.operations,
            text: tables.text.as_bytes(),
            method_keys: tables.method_keys,
            methods: Strings::Borrowed(tables.methods),
            templates: Strings::Borrowed(tables.templates),
        }
    }

    pub(crate) fn owned(tables: Tables<'t>, methods: &'t [Box<str>], templates: &'t [Box<str>]) -> Self {
        Self { methods: Strings::Owned(methods), templates: Strings::Owned(templates), ..Self::from_tables(tables) }
    }

    /// The template of an operation, as it was given.
    pub const fn template(&self, operation: usize) -> Option<&'t str> {
        self.templates.get(operation)
    }

    /// The parameters of a path that led to the operation: what [`Match::Found`](crate::Match::Found) gave, read again.
    ///
    /// ```
    /// let router = policy_router::Router::build([("GET", "/items/{id}")])?;
    /// assert_eq!(router.router().parameters(0, "/items/7").get("id"), Some("7"));
    /// # Ok::<(), policy_router::BuildError>(())
    /// ```
    pub fn parameters<'p>(&self, operation: usize, path: &'p (impl AsRef<[u8]> + ?Sized)) -> Parameters<'t, 'p> {
        Parameters::new(self.templates, operation, path.as_ref())
    }

    /// How many operations there are.
    pub const fn len(&self) -> usize {
        self.templates.len()
    }

    /// Whether there are no operations.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Strings of a static table, or of an owned one: a `Vec` cannot hold slices of its neighbour.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Strings<'t> {
    Borrowed(&'t [&'t str]),
    Owned(&'t [Box<str>]),
}

impl<'t> Strings<'t> {
    pub(crate) const fn get(self, index: usize) -> Option<&'t str> {
        match self {
            Self::Borrowed(strings) => match strings.split_at_checked(index) {
                Some((_, [string, ..])) => Some(string),
                _ => None,
            },
            Self::Owned(strings) => match strings.split_at_checked(index) {
                Some((_, [string, ..])) => Some(string),
                _ => None,
            },
        }
    }

    const fn len(self) -> usize {
        match self {
            Self::Borrowed(strings) => strings.len(),
            Self::Owned(strings) => strings.len(),
        }
    }
}
