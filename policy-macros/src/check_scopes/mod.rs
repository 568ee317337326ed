//! The facts of an operation, handed over by its generated macro, against the permit and the list that a handler's author wrote.

mod expand;
mod parse;
mod validate;

use proc_macro2::TokenStream;

pub(crate) fn run(input: TokenStream) -> TokenStream {
    match syn::parse2::<parse::Call>(input) {
        Ok(call) => {
            // The constant is there even if the list is wrong, so that one mistake is one error.
            let mut tokens = validate::validate(&call).into_tokens();
            tokens.extend(expand::expand(&call));
            tokens
        }
        Err(error) => error.into_compile_error(),
    }
}
