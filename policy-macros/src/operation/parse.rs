//! The attribute's arguments, and the parts of the function that the attribute reads.

use proc_macro2::{Span, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Ident, Path, Signature, Token, Visibility};

use crate::scope_list::ScopeList;

/// `ListEncounters, scopes(…)`
pub(crate) struct Arguments {
    pub(crate) operation: Path,
    pub(crate) scopes: Option<ScopeList>,
}

/// The function. Its tokens are kept unchanged.
pub(crate) struct Handler {
    pub(crate) attributes: Vec<Attribute>,
    /// Everything after the attributes.
    pub(crate) rest: TokenStream,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            return Err(Error::new(
                Span::call_site(),
                "the attribute names no operation\n\
                 help: write `#[operation(Name)]` with a type of the generated module `operations`",
            ));
        }
        let operation = input.call(Path::parse_mod_style).map_err(|error| {
            Error::new(
                error.span(),
                "expected the path of an operation\n\
                 help: write `#[operation(Name)]` with a type of the generated module `operations`",
            )
        })?;
        let mut arguments = Self { operation, scopes: None };
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let span = input.span();
            if input.peek(Ident) && input.fork().parse::<Ident>()? == "scopes" {
                if arguments.scopes.replace(input.parse()?).is_some() {
                    return Err(Error::new(
                        span,
                        "`scopes` is given twice\nhelp: alternatives are written `scopes(any(all(\"a\", \"b\"), all(\"c\")))`",
                    ));
                }
            } else {
                return Err(Error::new(
                    span,
                    "unknown argument\nhelp: after the operation comes `scopes(…)`, or nothing",
                ));
            }
        }
        Ok(arguments)
    }
}

impl Parse for Handler {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let rest = input.fork().parse()?;
        let span = input.span();
        let visibility = input.parse()?;
        let signature = input.parse().map_err(|_| {
            Error::new(span, "`#[operation]` belongs on a handler function\nhelp: put it above a `fn` or `async fn`")
        })?;
        input.parse::<TokenStream>()?;
        Ok(Self { attributes, rest, visibility, signature })
    }
}
