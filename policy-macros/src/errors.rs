//! The errors of one macro call, so that all are reported at once.

use syn::Error;

/// Errors in the order they were found.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            none => *none = Some(error),
        }
    }

    /// The value, if nothing is wrong.
    pub(crate) fn or_ok<T>(self, value: T) -> syn::Result<T> {
        self.0.map_or(Ok(value), Err)
    }

    /// `compile_error!` for each; nothing if nothing is wrong.
    pub(crate) fn into_tokens(self) -> proc_macro2::TokenStream {
        self.0.map(Error::into_compile_error).unwrap_or_default()
    }
}
