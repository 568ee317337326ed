//! The constant with the scopes by name.

use proc_macro2::TokenStream;
use quote::quote;

use crate::check_scopes::parse::Call;

pub(crate) fn expand(call: &Call) -> TokenStream {
    let Call { facts, visibility, constant, .. } = call;
    let documentation = format!(
        "The scopes that `{} {}` requires, as {} declares them: one slice for each alternative, sorted by name; none for a public operation.",
        facts.method, facts.template, facts.location
    );
    let alternatives = facts.alternatives.iter().map(|names| quote!(&[#(#names),*]));
    quote! {
        #[doc = #documentation]
        #visibility const #constant: &[&[&::core::primitive::str]] = &[#(#alternatives),*];
        const _: &[&[&::core::primitive::str]] = #constant;
    }
}
