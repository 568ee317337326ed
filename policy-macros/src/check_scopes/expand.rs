//! The handler's constants, and the check that its permit is of the operation.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::check_scopes::parse::{Call, DocumentKind};
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

    let above = above_utoipa(call);

    // In an `impl` these are associated constants, which do not see each other: the only error is then that this one, whose
    // name says what is wrong, is not found.
    let free = format_ident!("THE_HANDLER_{}_MUST_BE_A_FREE_FUNCTION_OUTSIDE_OF_ITS_IMPL", constant);
    let free_here = Ident::new(&free.to_string(), free.span().located_at(handler.span()));
    let checked = format_ident!("__{}_CHECKED", constant);
    quote! {
        #[allow(dead_code, reason = "not every handler's constants are asked for")]
        #[doc = #operation_documentation]
        #visibility const #constant: #core::OperationRef<<#operation as #core::Operation>::Document> =
            #core::OperationRef::of::<#operation>();
        #[allow(dead_code, reason = "not every handler's constants are asked for")]
        #[doc = #scopes_documentation]
        #visibility const #scopes_constant: &[&[&::core::primitive::str]] = &[#(#alternatives),*];
        const #free: () = #check;
        #above
        #[allow(dead_code, reason = "it is there to be checked")]
        const #checked: () = #free_here;
    }
}

/// Where `#[utoipa::path]` stands above `#[operation]`, it is expanded first, and nothing of it can be seen here but one thing: it left
/// a type `__path_list_files` beside the function. A type of this name is imported by `*`, which gives way to a type that is really
/// there. So the name is the imported type, which has the trait, or it is utoipa's, which has not.
///
/// It is asked only where a program writes its document: everybody else would compile it for nothing.
fn above_utoipa(call: &Call) -> TokenStream {
    let Call { facts, core, handler, beside_utoipa, .. } = call;
    if facts.document != DocumentKind::CodeFirst || *beside_utoipa {
        return TokenStream::new();
    }
    let name = handler.unraw();
    let (left, module) = (format_ident!("__path_{}", name), format_ident!("__{}_without_utoipa", name));
    let span = Span::mixed_site().located_at(handler.span());
    let located_core = core_path::located_at(core, span);
    let check = quote_spanned!(span=> #located_core::handler_list::assert_above_utoipa::<#left>());
    quote! {
        #[doc(hidden)]
        #[allow(dead_code, missing_docs, non_camel_case_types, unreachable_pub, reason = "it is there to be named once")]
        mod #module {
            pub struct #left;
            impl #core::handler_list::AboveUtoipa for #left {}
        }
        #[allow(unused_imports, reason = "a type of utoipa's takes its place, and is the error")]
        use #module::*;
        const _: () = #check;
    }
}
