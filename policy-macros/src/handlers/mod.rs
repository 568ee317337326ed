//! `handlers![list_encounters, pending!(GetAudio, "moves in March")]`

mod expand;
mod parse;
mod validate;

use proc_macro2::TokenStream;

pub(crate) fn run(list: TokenStream) -> TokenStream {
    match syn::parse2::<parse::List>(list).and_then(validate::validate) {
        Ok(list) => expand::expand(&list),
        Err(error) => expand::failed(error),
    }
}
