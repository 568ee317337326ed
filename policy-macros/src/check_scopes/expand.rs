//! The handler's constants, and the check that its permit is of the operation.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::check_scopes::parse::Call;
use crate::core_path;

pub(crate) fn expand(call: &Call) -> TokenStream {
    let Call { facts, core, operation, handler, permit, visibility, constant, scopes_constant, .. } = call;
    let operation_documentation = format!(
        "The operation of the handler `{handler}`: `{} {}`, as {} declares it.",
        facts.method, facts.template, facts.location
    );
    let scopes_documentation = format!(
        "The scopes that `{} {}` requires, as {} declares them: one slice for each alternative, sorted by name; none for a public operation.",
        facts.method, facts.template, facts.location
    );
    let alternatives = facts.alternatives.iter().map(|names| quote!(&[#(#names),*]));

    // The error belongs to the type that the author wrote, not to the attribute.
    let span = Span::mixed_site().located_at(permit.span());
    let located_core = core_path::located_at(core, span);
    let check = quote_spanned!(span=> #located_core::handler_list::assert_permit::<#operation, #permit>());

    // Naming the constants in a nameless one keeps them from being unused where nobody asks for them.
    quote! {
        #[doc = #operation_documentation]
        #visibility const #constant: #core::OperationRef<<#operation as #core::Operation>::Document> =
            #core::OperationRef::of::<#operation>();
        #[doc = #scopes_documentation]
        #visibility const #scopes_constant: &[&[&::core::primitive::str]] = &[#(#alternatives),*];
        const _: () = {
            let _ = (#constant, #scopes_constant);
            #check
        };
    }
}
