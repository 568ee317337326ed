//! The unchanged function, its rustdoc, and a call of the operation's own macro with what is to be checked.
//!
//! All code that names the operation's type comes from that call, so that an unknown operation is one error.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Attribute;

use crate::operation::validate::Operation;

pub(crate) fn expand(operation: &Operation) -> TokenStream {
    let Operation { path, scopes, beside_utoipa, handler, permit, constant, scopes_constant } = operation;
    let beside = beside_utoipa.then(|| quote!(utoipa));
    let name = &handler.signature.ident;
    let (attributes, rest, visibility) = (&handler.attributes, &handler.rest, &handler.visibility);
    let conditions: Vec<&Attribute> = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
    let written = scopes.as_ref().map(|list| &list.tokens);
    quote! {
        #(#attributes)*
        #[cfg_attr(doc, doc = "", doc = #path!(@doc))]
        #rest

        #(#conditions)*
        #path! {
            { #path }
            { #name }
            { #permit }
            { #visibility }
            { #constant #scopes_constant }
            { #written }
            { #beside }
        }
    }
}
