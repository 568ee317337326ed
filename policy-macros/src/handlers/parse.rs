//! The list as it is written.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, ExprMethodCall, ExprPath, Ident, LitStr, Macro, Path, Token, braced};

const SHAPE: &str = "help: name a handler function by its path, or write `pending!(Operation, \"reason\")` or \
                     `elsewhere!(Operation, \"reason\")`";

/// The whole list.
pub(crate) struct List {
    /// The path of `policy_core`, which the macro of core writes in front of the list.
    pub(crate) core: TokenStream,
    pub(crate) entries: Vec<Entry>,
}

/// What answers one operation.
pub(crate) enum Entry {
    /// `list_encounters`, or `list_encounters.layer(limit).layer(timeout)`.
    Handler(ExprPath, Vec<Layer>),
    /// `pending!(Operation, "reason")`
    Pending(Unserved),
    /// `elsewhere!(Operation, "reason", until = "2027-06-30")`, with the day where there is one.
    Elsewhere(Unserved, Option<LitStr>),
}

/// `.layer(limit)`
pub(crate) struct Layer {
    pub(crate) method: Ident,
    pub(crate) argument: Expr,
}

/// An operation that no handler of the list serves, and why.
pub(crate) struct Unserved {
    pub(crate) operation: Path,
    pub(crate) reason: LitStr,
}

impl Entry {
    /// What the entry says of an operation without a handler.
    pub(crate) fn unserved(&self) -> Option<&Unserved> {
        match self {
            Entry::Handler(..) => None,
            Entry::Pending(unserved) | Entry::Elsewhere(unserved, _) => Some(unserved),
        }
    }
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
            Expr::Path(path) if path.attrs.is_empty() => Ok(Entry::Handler(path, Vec::new())),
            Expr::MethodCall(call) if call.attrs.is_empty() => layered(call),
            Expr::Macro(call) if call.mac.path.is_ident("pending") => pending(&call.mac),
            Expr::Macro(call) if call.mac.path.is_ident("elsewhere") => elsewhere(&call.mac),
            other => Err(Error::new_spanned(
                other,
                format!("this is neither a handler nor `pending!(…)` nor `elsewhere!(…)`\n{SHAPE}"),
            )),
        }
    }
}

/// A handler behind layers. The innermost is written first, as in `Router::layer`.
fn layered(call: ExprMethodCall) -> syn::Result<Entry> {
    let whole = call.clone();
    let (mut layers, mut rest) = (Vec::new(), Expr::MethodCall(call));
    while let Expr::MethodCall(call) = rest {
        let mut arguments = call.args.into_iter();
        let (Some(argument), None, true, None) =
            (arguments.next(), arguments.next(), call.method == "layer", call.turbofish)
        else {
            return Err(Error::new(
                call.method.span(),
                "this is no `.layer(…)` with one argument\nhelp: write `handler.layer(limit)`, with a layer of the framework",
            ));
        };
        layers.push(Layer { method: call.method, argument });
        rest = *call.receiver;
    }
    layers.reverse();
    match rest {
        Expr::Path(path) => Ok(Entry::Handler(path, layers)),
        _ => Err(Error::new_spanned(whole, format!("layers stand behind a handler's path\n{SHAPE}"))),
    }
}

fn pending(call: &Macro) -> syn::Result<Entry> {
    let shape = "`pending!(Operation, \"reason\")`, with the reason that the audit is to show";
    body(call, shape, |input| {
        let unserved = unserved(input)?;
        input.parse::<Option<Token![,]>>()?;
        Ok(Entry::Pending(unserved))
    })
}

fn elsewhere(call: &Macro) -> syn::Result<Entry> {
    let shape = "`elsewhere!(Operation, \"reason\", until = \"2027-06-30\")`, with the reason that the audit is to show, and \
                 the last day if there is one";
    body(call, shape, |input| {
        let unserved = unserved(input)?;
        let mut until = None;
        if input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let key: Ident = input.parse()?;
            if key != "until" {
                return Err(Error::new(key.span(), "unexpected argument"));
            }
            input.parse::<Token![=]>()?;
            until = Some(input.parse()?);
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(Entry::Elsewhere(unserved, until))
    })
}

fn unserved(input: ParseStream<'_>) -> syn::Result<Unserved> {
    let operation = input.parse()?;
    input.parse::<Token![,]>()?;
    Ok(Unserved { operation, reason: input.parse()? })
}

/// The arguments of an entry, of which none may be left over. `shape` says how they are written.
fn body(call: &Macro, shape: &str, parse: impl Fn(ParseStream<'_>) -> syn::Result<Entry>) -> syn::Result<Entry> {
    call.parse_body_with(|input: ParseStream<'_>| {
        let entry = parse(input)?;
        if input.is_empty() { Ok(entry) } else { Err(input.error("unexpected argument")) }
    })
    .map_err(|error| Error::new_spanned(call, format!("{error}\nhelp: write {shape}")))
}
