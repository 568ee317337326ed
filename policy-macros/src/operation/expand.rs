//! The function as it was, its rustdoc, its constants and its checks.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Attribute;
use syn::spanned::Spanned;

use crate::core_path;
use crate::operation::validate::Operation;

pub(crate) fn expand(operation: &Operation) -> TokenStream {
    let Operation { path, scopes, core, handler, permit, constant, scopes_constant } = operation;
    let core = core_path::resolve(core.as_ref());
    let name = &handler.signature.ident;
    let (attributes, rest, visibility) = (&handler.attributes, &handler.rest, &handler.visibility);
    let conditions: Vec<&Attribute> = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
    let written = scopes.as_ref().map(|list| &list.tokens);
    let documentation = format!("The operation that the handler `{name}` serves.");

    // The error belongs to the type that the author wrote, not to the attribute.
    let span = Span::mixed_site().located_at(permit.span());
    let check = quote_spanned!(span=> #core::handlers::assert_permit::<#path, #permit>());

    quote! {
        #(#attributes)*
        #[doc = ""]
        #[doc = #path!(@doc)]
        #rest

        #(#conditions)*
        #[doc = #documentation]
        #visibility const #constant: #core::OperationRef<<#path as #core::Operation>::Document> = #core::OperationRef::of::<#path>();

        #(#conditions)*
        const _: () = {
            let _ = #constant;
            #check
        };

        #(#conditions)*
        #path! { #core::__private::check_scopes, { #visibility #scopes_constant } { #written } }
    }
}
