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

    // In an `impl` these are associated constants, none of which sees another by its name.
    let checked = format_ident!("__{}_CHECKED", constant);
    quote! {
        #[allow(dead_code, reason = "not every handler's constants are asked for")]
        #[doc = #operation_documentation]
        #visibility const #constant: #core::OperationRef<<#operation as #core::Operation>::Document> =
            #core::OperationRef::of::<#operation>();
        #[allow(dead_code, reason = "not every handler's constants are asked for")]
        #[doc = #scopes_documentation]
        #visibility const #scopes_constant: &[&[&::core::primitive::str]] = &[#(#alternatives),*];
        #[allow(dead_code, reason = "it is there to be checked")]
        const #checked: () = { #check; #above };
    }
}

/// Where `#[utoipa::path]` stands above `#[operation]`, it is expanded first, and nothing of it can be seen here but one thing: it left
/// a struct `__path_list_files` beside the function. As a pattern, this name is that struct where there is one. Where there is none, it
/// is a new variable, and the compiler finds the only type that the bound leaves for it.
///
/// It is asked only where a program writes its document: everybody else would compile it for nothing.
fn above_utoipa(call: &Call) -> TokenStream {
    let Call { facts, core, handler, beside_utoipa, .. } = call;
    if facts.document != DocumentKind::CodeFirst || *beside_utoipa {
        return TokenStream::new();
    }
    let left = format_ident!("__path_{}", handler.unraw());
    let span = Span::mixed_site().located_at(handler.span());
    let located_core = core_path::located_at(core, span);
    // The name is the author's, so that it finds what stands beside the function.
    let left = Ident::new(&left.to_string(), handler.span());
    quote_spanned! {span=>
        #[allow(unused_variables, reason = "a variable is what is wanted")]
        const CHECKED: () = {
            let beside = |#left| ();
            #located_core::handler_list::parameter_of(&beside).is_above_utoipa();
        };
        CHECKED
    }
}
