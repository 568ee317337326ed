//! One type for each scope, and the trait of the operations whose every alternative requires it.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::plan::Plan;
use super::scope_sets::ScopeSets;
use crate::text;

pub(super) fn module(plan: &Plan<'_>) -> TokenStream {
    let scopes = (0_u16..).zip(plan.scope_names.iter().zip(&plan.scope_traits)).zip(&plan.model.scopes);
    let scopes = scopes.map(|((index, (name, requires)), scope)| {
        let core = &plan.core;
        let private = quote!(#core::__private);
        let text = &scope.name;
        let number = Literal::u16_unsuffixed(index);
        let path = ScopeSets::path(index);
        let description = scope.description.as_deref().filter(|_| plan.options.notes).map(text::prose).filter(|description| !description.is_empty());
        let declared = plan.options.notes.then(|| format!(" ({})", text::code(&scope.location.to_string())));
        let key = format!(" {}{}", text::code(text), declared.unwrap_or_default());
        let doc = match description {
            Some(description) => format!("{key}: {description}"),
            None => key,
        };
        let trait_doc = format!(" The operations whose every alternative requires {}.", text::code(text));
        let shown = text::message(text);
        let message = format!("operation `{{Self}}` does not require scope `{shown}`");
        let label = format!("an operation that requires `{shown}` is needed here");
        let note = format!(
            "scope `{shown}` is declared at {}; require it in every alternative of the operation, or do not reach this data from it",
            text::message(&if plan.options.notes { scope.location.to_string() } else { plan.options.source.clone() })
        );
        quote! {
            #[doc = #doc]
            pub enum #name {}
            impl #core::ScopeType for #name {
                type Document = super::Api;
                type Path = super::__sets::#path;
                const INDEX: u16 = #number;
                const PROOF: #private::ScopeProof<Self> = #private::ScopeProof::check(#text);
            }
            #[doc = #trait_doc]
            #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
            pub trait #requires: #core::Operation<Document = super::Api, Always: #private::Has<super::__sets::#path>> {}
            #[diagnostic::do_not_recommend]
            impl<O> #requires for O where
                O: #core::Operation<Document = super::Api, Always: #private::Has<super::__sets::#path>>
            {}
            impl<O: #requires> #private::Grants<#name> for #core::Permit<O> {}
        }
    });
    quote! {
        /// The scopes of the document, as types.
        #[allow(dead_code, reason = "not every crate uses every scope")]
        #[allow(clippy::doc_markdown, reason = "the document's own words")]
        pub mod scopes {
            #(#scopes)*
        }
    }
}
