//! The list as it is written.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, ExprPath, LitStr, Macro, Path, Token, braced};

const SHAPE: &str = "help: name a handler function by its path, or write `pending!(Operation, \"reason\")`";

/// The whole list.
pub(crate) struct List {
    /// The path of `policy_core`, which the macro of core writes in front of the list.
    pub(crate) core: TokenStream,
    pub(crate) entries: Vec<Entry>,
}

/// What answers one operation.
pub(crate) enum Entry {
    Handler(ExprPath),
    Pending(Pending),
}

/// `pending!(Operation, "reason")`
pub(crate) struct Pending {
    pub(crate) operation: Path,
    pub(crate) reason: LitStr,
}

impl Parse for List {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let core;
        braced!(core in input);
        let core = core.parse()?;
        let entries = input.parse_terminated(Entry::parse, Token![,])?;
        Ok(Self { core, entries: entries.into_iter().collect() })
    }
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        match input.parse::<Expr>()? {
            Expr::Path(path) if path.attrs.is_empty() => Ok(Entry::Handler(path)),
            Expr::Macro(call) if call.mac.path.is_ident("pending") => pending(&call.mac).map(Entry::Pending),
            other => Err(Error::new_spanned(other, format!("this is neither a handler nor `pending!(…)`\n{SHAPE}"))),
        }
    }
}

fn pending(call: &Macro) -> syn::Result<Pending> {
    call.parse_body_with(|input: ParseStream<'_>| {
        let operation = input.parse()?;
        input.parse::<Token![,]>()?;
        let reason = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        if input.is_empty() { Ok(Pending { operation, reason }) } else { Err(input.error("unexpected argument")) }
    })
    .map_err(|error| {
        Error::new_spanned(
            call,
            format!(
                "{error}\nhelp: write `pending!(Operation, \"reason\")`, with the reason that the audit is to show"
            ),
        )
    })
}
