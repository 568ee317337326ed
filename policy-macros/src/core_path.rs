//! The path of `policy_core`, which generated code or a macro of core passes.

use proc_macro2::{Span, TokenStream};

/// The path with all its tokens at `span`, since rustc underlines an expression from its first token to its last.
pub(crate) fn located_at(core: &TokenStream, span: Span) -> TokenStream {
    core.clone()
        .into_iter()
        .map(|mut tree| {
            tree.set_span(tree.span().located_at(span));
            tree
        })
        .collect()
}
