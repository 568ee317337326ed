//! The assertion of the format, and the marker type that keeps the values of one policy apart from those of others.

use policy_core::Stage;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::plan::Plan;
use crate::text;

/// An assertion that fails the build if policy-core has another version than this crate expects.
pub(super) fn format(plan: &Plan<'_>) -> TokenStream {
    let core = &plan.core;
    let format = Literal::u32_unsuffixed(policy_core::FORMAT);
    quote! {
        const _: () = ::core::assert!(
            #core::FORMAT == #format,
            "this policy was generated for another version of policy-core; use policy-build and policy-core of the same version"
        );
    }
}

/// The type, and the policy as a value.
pub(super) fn marker(plan: &Plan<'_>) -> TokenStream {
    let core = &plan.core;
    let words = |count: usize| Literal::usize_unsuffixed(count.div_ceil(64).max(1));
    let (scopes, operations) = (words(plan.model.scopes.len()), words(plan.model.operations.len()));
    let schemes = Literal::usize_unsuffixed(plan.model.schemes.len());
    let order = plan.model.check_order.iter().rev().fold(quote!(#core::order::Done), |rest, stage| {
        let stage = match stage {
            Stage::Authentication => quote!(Authentication),
            Stage::Enablement => quote!(Enablement),
            Stage::Scopes => quote!(Scopes),
            Stage::Query => quote!(Query),
        };
        quote!(#core::order::Then<#core::order::#stage, #rest>)
    });
    let title = text::prose(&plan.model.title);
    let title = if title.is_empty() { "the document".to_owned() } else { title };
    let doc =
        format!(" The policy of {title}, as a type: it keeps its bits and ids apart from those of other policies.");
    quote! {
        #[doc = #doc]
        #[allow(clippy::doc_markdown, reason = "the document's own words")]
        #[derive(
            ::core::clone::Clone,
            ::core::marker::Copy,
            ::core::fmt::Debug,
            ::core::cmp::PartialEq,
            ::core::cmp::Eq,
            ::core::hash::Hash
        )]
        pub enum Api {}
        impl #core::Document for Api {
            type Words = [u64; #scopes];
            type OperationWords = [u64; #operations];
            type Grants = [::core::option::Option<#core::ScopeSet<Self>>; #schemes];
            type Order = #order;
            const DEFINITION: &'static #core::PolicyDefinition = &DEFINITION;
        }
        /// What the document says.
        #[allow(dead_code, reason = "a crate may use the types alone")]
        pub static POLICY: #core::Policy<Api> = #core::Policy::new();
    }
}
