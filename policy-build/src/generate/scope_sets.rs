//! Scopes and sets of them as types: what an operation requires, in a form that the compiler compares.
//!
//! `policy-core/src/scope_tree.rs` draws the tree. Equal sets share one type.

use std::collections::{BTreeSet, HashMap};

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::plan::Plan;

/// The sets that the document's requirements name, numbered.
pub(super) struct ScopeSets {
    sets: Vec<BTreeSet<u16>>,
    numbers: HashMap<BTreeSet<u16>, usize>,
}

impl ScopeSets {
    /// Numbers the sets, in the order in which they come. Equal sets have one number.
    pub(super) fn new<'s>(sets: impl IntoIterator<Item = &'s BTreeSet<u16>>) -> Self {
        let mut numbered = Self { sets: Vec::new(), numbers: HashMap::new() };
        for set in sets {
            if !numbered.numbers.contains_key(set) {
                numbered.numbers.insert(set.clone(), numbered.sets.len());
                numbered.sets.push(set.clone());
            }
        }
        numbered
    }

    /// The name of the type of a set. For a set that was not numbered it is the name of no type, so that the source
    /// does not compile.
    pub(super) fn set(&self, scopes: &BTreeSet<u16>) -> Ident {
        match self.numbers.get(scopes) {
            Some(number) => format_ident!("Set{number}"),
            None => format_ident!("NoSuchSet"),
        }
    }

    /// The name of the type that is a scope's path in every tree.
    pub(super) fn path(scope: u16) -> Ident {
        format_ident!("Scope{scope}")
    }
}

pub(super) fn module(plan: &Plan<'_>) -> TokenStream {
    let core = &plan.core;
    let bits = bits(plan.model.scopes.len());
    let scopes = (0..plan.model.scopes.len()).filter_map(|scope| u16::try_from(scope).ok()).map(|scope| {
        let (name, path) = (ScopeSets::path(scope), path(scope, bits));
        quote!(pub(super) type #name = #path;)
    });
    let sets = plan.scope_sets.sets.iter().map(|set| {
        let (name, tree) = (plan.scope_sets.set(set), tree(&set.iter().copied().collect::<Vec<_>>(), 0, bits));
        quote!(pub(super) type #name = #tree;)
    });
    quote! {
        /// The scopes of the document, and the sets of scopes that requirements name, as types that the compiler
        /// compares.
        #[allow(dead_code, unused_imports, reason = "not every document has all of them")]
        mod __sets {
            use #core::__private::{End, Fork, Leaf, Nothing, One, Zero};
            #(#scopes)*
            #(#sets)*
        }
    }
}

/// How many bits number so many scopes.
fn bits(scopes: usize) -> u32 {
    usize::BITS - scopes.saturating_sub(1).leading_zeros()
}

/// The bits of a number, the lowest first.
fn path(scope: u16, bits: u32) -> TokenStream {
    (0..bits)
        .rev()
        .fold(quote!(End), |rest, bit| if scope >> bit & 1 == 0 { quote!(Zero<#rest>) } else { quote!(One<#rest>) })
}

/// The tree of some scopes that share their lowest bits.
fn tree(scopes: &[u16], bit: u32, bits: u32) -> TokenStream {
    if scopes.is_empty() {
        return quote!(Nothing);
    }
    if bit == bits {
        return quote!(Leaf);
    }
    let (one, zero): (Vec<u16>, Vec<u16>) = scopes.iter().partition(|scope| **scope >> bit & 1 == 1);
    let (zero, one) = (tree(&zero, bit + 1, bits), tree(&one, bit + 1, bits));
    quote!(Fork<#zero, #one>)
}
