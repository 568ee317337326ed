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

    // In an `impl` these are associated constants, which cannot name each other without `Self`. So the check has its own constant.
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

/// Checks that `#[utoipa::path]` does not stand above `#[operation]`.
///
/// An attribute above is expanded first, and this macro does not see it. But it leaves a struct next to the function, such as
/// `__path_list_files`. The check uses this name as a pattern. If the struct exists, the pattern is the struct. If not, it is a new
/// variable, and the compiler infers the only type that the bound allows.
///
/// The check is generated only where a program writes its document, so that other programs need not compile it.
fn above_utoipa(call: &Call) -> TokenStream {
    let Call { facts, core, handler, beside_utoipa, .. } = call;
    if facts.document != DocumentKind::CodeFirst || *beside_utoipa {
        return TokenStream::new();
    }
    let left = format_ident!("__path_{}", handler.unraw());
    let span = Span::mixed_site().located_at(handler.span());
    let located_core = core_path::located_at(core, span);
    // The name has the author's span, so that it is resolved next to the function.
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
