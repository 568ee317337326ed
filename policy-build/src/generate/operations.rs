//! One type for each operation, the macro that hands its facts to `#[operation]`, and the branches of alternatives.

use policy_spec::{AlternativeFacts, InWords, OperationModel};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::plan::{DocumentKind, Operation, Plan};
use super::sentence;
use crate::text;

/// Each `macro_rules!` is in sight of everything that follows it in its module, and rustc looks through them one by one for
/// each name and each attribute there. With all macros of 10,000 operations in one module that took about a fifth of its time.
const MACROS_IN_A_MODULE: usize = 64;

pub(super) fn module(plan: &Plan<'_>) -> TokenStream {
    let operations = plan.operations.iter().map(|operation| {
        let definition = definition(plan, operation);
        let branches = branches(plan, operation);
        quote!(#definition #branches)
    });
    let facts = plan.operations.chunks(MACROS_IN_A_MODULE).zip(0_usize..).map(|(operations, number)| {
        let module = format_ident!("__facts{number}");
        let visibility = visibility(plan);
        let facts = operations.iter().map(|operation| facts(plan, operation));
        quote! {
            mod #module { #(#facts)* }
            #[doc(hidden)]
            #visibility use #module::*;
        }
    });
    quote! {
        /// The operations of the document, as types; each has a macro of the same name, which `#[operation]` calls.
        #[allow(dead_code, unused_imports, unused_macros, reason = "not every crate handles every operation")]
        #[allow(clippy::doc_markdown, reason = "the document's own words")]
        pub mod operations { #(#operations)* #(#facts)* }
    }
}

fn definition(plan: &Plan<'_>, operation: &Operation<'_>) -> TokenStream {
    let core = &plan.core;
    let name = &operation.name;
    let (method, template, index) = (&operation.model.method, &operation.template, operation.index);
    let index = Literal::u32_unsuffixed(index);
    let summary = operation
        .model
        .summary
        .as_deref()
        .filter(|_| plan.options.notes)
        .map(text::prose)
        .filter(|summary| !summary.is_empty());
    let key = text::code(&format!("{method} {template}"));
    let heading = match summary {
        Some(summary) => format!(" {key}: {summary}"),
        None => format!(" {key}"),
    };
    // One line, since each attribute costs rustc as much as a hundred characters of it.
    let place = plan.options.notes.then(|| format!(" Declared at {}.", text::code(&operation.location)));
    let requirement = format!(" {}{}", sentence::requirement(operation.model), place.unwrap_or_default());
    let always = plan.places.set(&operation.always);
    quote! {
        #[doc = #heading]
        #[doc = ""]
        #[doc = #requirement]
        pub enum #name {}
        impl #core::Operation for #name {
            type Document = super::Api;
            type Always = super::__places::#always;
            const INDEX: u32 = #index;
            const PROOF: #core::__private::OperationProof<Self> =
                #core::__private::OperationProof::check(#method, #template);
        }
    }
}

/// The facts macro. It stands in the macro namespace under the type's own name, so that one import brings both.
///
/// It also tells the attribute where `policy_core` is, which this module knows and the attribute could only guess.
fn facts(plan: &Plan<'_>, operation: &Operation<'_>) -> TokenStream {
    let core = &plan.core;
    let name = &operation.name;
    let (method, template, location) = (&operation.model.method, &operation.template, &operation.location);
    let type_name = name.to_string();
    let alternatives = operation.alternatives.iter().map(|alternative| {
        let scopes = alternative.scopes.iter().map(|scope| plan.scope_text(*scope));
        quote!([#(#scopes)*])
    });
    let key = text::code(&format!("{method} {template}"));
    let sentence =
        format!("Operation {key} ({}). {}", text::one_line(location), sentence::requirement(operation.model));
    let kind = plan.kind.word();
    let by_scheme = matches!(plan.kind, DocumentKind::CodeFirst).then(|| by_scheme(operation.model)).flatten();
    // An exported macro stands at the root of the crate, where two policies meet.
    let visibility = visibility(plan);
    let (exported, hidden) = if plan.options.export {
        let policy = super::macro_prefix(&plan.options.name);
        (quote!(#[doc(hidden)] #[macro_export]), format_ident!("__{policy}_{name}"))
    } else {
        (TokenStream::new(), format_ident!("__{name}"))
    };
    quote! {
        #exported
        macro_rules! #hidden {
            (@doc) => { #sentence };
            ($($passed:tt)*) => {
                #core::__private::check_scopes! {
                    { #type_name #method #template #location [#(#alternatives)*] #kind #by_scheme } { #core } $($passed)*
                }
            };
        }
        #[doc(hidden)]
        #visibility use #hidden as #name;
    }
}

/// The alternatives with the scopes of each scheme, which utoipa's attribute writes as well. None where others than schemes ask for scopes.
fn by_scheme(operation: &OperationModel) -> Option<TokenStream> {
    let mut alternatives = Vec::new();
    for alternative in operation.alternatives() {
        let schemes = match alternative {
            AlternativeFacts::Anonymous => &[],
            AlternativeFacts::Credentials { schemes, extension } if extension.is_empty() => schemes.as_slice(),
            AlternativeFacts::Credentials { .. } => return None,
        };
        let schemes = schemes.iter().map(|(name, scopes)| quote!((#name #(#scopes)*)));
        alternatives.push(quote!([#(#schemes)*]));
    }
    Some(quote!([#(#alternatives)*]))
}

/// How far the macros of facts are visible.
fn visibility(plan: &Plan<'_>) -> TokenStream {
    if plan.options.export { quote!(pub) } else { quote!(pub(crate)) }
}

/// Which alternative was met, as a type, and which scopes each one requires.
fn branches(plan: &Plan<'_>, operation: &Operation<'_>) -> TokenStream {
    let Some(branches) = &operation.branches else { return TokenStream::new() };
    let core = &plan.core;
    let name = &operation.name;
    // A macro has the name too.
    let doc = format!(" The alternatives of [`{name}`](enum@{name}).");
    let numbered = || operation.alternatives.iter().zip((0_usize..).map(Literal::usize_unsuffixed));
    let words = InWords::new(&text::code);
    let variants = numbered().zip(operation.model.alternatives()).map(|((alternative, number), said)| {
        let variant = &alternative.variant;
        let doc = format!(" {}.", capitalised(&words.alternative(said)));
        quote! {
            #[doc = #doc]
            #variant(#core::Branch<'p, #name, #number>)
        }
    });
    let claims = numbered().map(|(alternative, number)| {
        let set = plan.places.set(&alternative.scopes);
        quote! {
            impl #core::AlternativeAt<#number> for #name {
                type Scopes = super::__places::#set;
            }
        }
    });
    let arms = numbered().zip(1_usize..).map(|((alternative, _), next)| {
        let variant = &alternative.variant;
        if next == operation.alternatives.len() {
            return quote!(#branches::#variant(met.last()));
        }
        let next = Literal::usize_unsuffixed(next);
        quote! {
            let met = match met.split::<#next>() {
                ::core::result::Result::Ok(branch) => return #branches::#variant(branch),
                ::core::result::Result::Err(met) => met,
            };
        }
    });
    quote! {
        #(#claims)*
        #[doc = #doc]
        #[derive(::core::fmt::Debug)]
        pub enum #branches<'p> { #(#variants),* }
        impl #core::Alternatives for #name {
            type Alternative<'p> = #branches<'p>;
            fn alternative(permit: &#core::Permit<Self>) -> Self::Alternative<'_> {
                let met = permit.met();
                #(#arms)*
            }
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}
