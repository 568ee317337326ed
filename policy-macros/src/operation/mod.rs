//! `#[operation(ListEncounters, scopes(…))]`

mod expand;
mod parse;
mod validate;

use proc_macro2::TokenStream;

pub(crate) fn run(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let parsed = syn::parse2::<parse::Arguments>(arguments)
        .and_then(|arguments| Ok((arguments, syn::parse2::<parse::Handler>(item.clone())?)));
    match parsed.and_then(|(arguments, handler)| validate::validate(arguments, handler)) {
        Ok(operation) => expand::expand(&operation),
        // The function itself stays, so that whatever names it does not fail too.
        Err(error) => {
            let mut tokens = error.into_compile_error();
            tokens.extend(item);
            tokens
        }
    }
}
