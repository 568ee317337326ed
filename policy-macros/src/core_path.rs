//! What `policy_core` is called in the crate that is being compiled.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::parse::ParseStream;
use syn::{Path, Token};

/// The crates that re-export `policy_core`.
const REEXPORTING: &[&str] = &include!("reexporting.rs");

/// The argument `crate = path`, if it stands next.
pub(crate) fn parse_argument(input: ParseStream<'_>) -> syn::Result<Option<Path>> {
    if !(input.peek(Token![crate]) && input.peek2(Token![=])) {
        return Ok(None);
    }
    input.parse::<Token![crate]>()?;
    input.parse::<Token![=]>()?;
    input.call(Path::parse_mod_style).map(Some)
}

/// The path with all its tokens at `span`: rustc underlines an expression from its first token to its last.
pub(crate) fn located_at(core: &TokenStream, span: Span) -> TokenStream {
    core.clone()
        .into_iter()
        .map(|mut tree| {
            tree.set_span(tree.span().located_at(span));
            tree
        })
        .collect()
}

/// The explicit path, or the dependency by the name that the manifest gives it, or what a dependency re-exports.
///
/// With `core = { package = "policy-core" }` in the manifest this is `::core`, and with `policy-axum` alone
/// `::policy_axum::policy_core`.
pub(crate) fn resolve(explicit: Option<&Path>) -> TokenStream {
    if let Some(path) = explicit {
        return quote!(#path);
    }
    if let Some(core) = dependency("policy-core") {
        return quote!(::#core);
    }
    for name in REEXPORTING {
        if let Some(adapter) = dependency(name) {
            return quote!(::#adapter::policy_core);
        }
    }
    // It is not in the manifest. rustc's own message, that it cannot find the crate, says so best.
    quote!(::policy_core)
}

fn dependency(name: &str) -> Option<Ident> {
    match crate_name(name).ok()? {
        // The crate's own tests and examples name it like everybody else.
        FoundCrate::Itself => Some(Ident::new(&name.replace('-', "_"), Span::call_site())),
        FoundCrate::Name(name) => syn::parse_str(&name).ok(),
    }
}
