//! Checks that need only the signature. Whether the permit is the right one depends on types, so the expansion checks that.

use std::collections::BTreeSet;

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Error, FnArg, GenericParam, Path, Signature};

use crate::operation::parse::{Arguments, Handler};
use crate::scope_list::{ScopeList, WrittenAlternative, are_same};
use crate::utoipa;

/// An attribute that can be expanded.
pub(crate) struct Operation {
    pub(crate) path: Path,
    pub(crate) scopes: Option<ScopeList>,
    /// Whether an attribute of utoipa's stands below this one.
    pub(crate) beside_utoipa: bool,
    pub(crate) handler: Handler,
    /// The type of the first parameter, free of the function's own lifetimes.
    pub(crate) permit: TokenStream,
    /// The handler's name in upper case.
    pub(crate) constant: Ident,
    pub(crate) scopes_constant: Ident,
}

pub(crate) fn validate(arguments: Arguments, handler: Handler) -> syn::Result<Operation> {
    let Arguments { operation, scopes } = arguments;
    let (scopes, beside_utoipa) = agreed(scopes, &handler)?;
    refuse_receivers(&operation, &handler.signature)?;
    let permit = permit(&operation, &handler.signature)?;
    let name = &handler.signature.ident;
    let upper = name.unraw().to_string().to_uppercase();
    let span = Span::call_site().located_at(name.span());
    Ok(Operation {
        permit,
        constant: Ident::new(&upper, span),
        scopes_constant: Ident::new(&format!("{upper}_SCOPES"), span),
        path: operation,
        scopes,
        beside_utoipa,
        handler,
    })
}

/// The one list, written here or for utoipa, and whether there is an attribute of utoipa's.
fn agreed(written: Option<ScopeList>, handler: &Handler) -> syn::Result<(Option<ScopeList>, bool)> {
    let beside = utoipa::is_beside(&handler.attributes);
    let Some(security) = utoipa::scopes(&handler.attributes)? else { return Ok((written, beside)) };
    let Some(written) = written else { return Ok((Some(security), beside)) };
    let sets = |list: &ScopeList| -> Vec<BTreeSet<String>> {
        list.alternatives.iter().map(WrittenAlternative::names).collect()
    };
    if are_same(&sets(&written), &sets(&security)) {
        return Ok((Some(security), beside));
    }
    Err(Error::new_spanned(
        &written.tokens,
        "these are other scopes than those of `security(…)` in utoipa's attribute\n\
         help: leave this list out; `security(…)` is read as it",
    ))
}

/// A handler has no receiver, since a request has no value for `self`. A function of an `impl` without a receiver can be a handler.
fn refuse_receivers(operation: &Path, signature: &Signature) -> syn::Result<()> {
    let Some(FnArg::Receiver(receiver)) = signature.inputs.first() else { return Ok(()) };
    let name = &signature.ident;
    let operation = operation.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
    Err(Error::new_spanned(
        receiver,
        format!(
            "handler `{name}` takes `self`, and a request brings nothing that could be it\n\
             help: make `permit: Permit<{operation}>` its first parameter, take what `self` would be as state behind it \
             (`State<Arc<Self>>` in axum), and name it in the list as `Type::{name}`"
        ),
    ))
}

fn permit(operation: &Path, signature: &Signature) -> syn::Result<TokenStream> {
    let name = &signature.ident;
    let operation = operation.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
    let parameter = match signature.inputs.first() {
        Some(FnArg::Typed(parameter)) => parameter,
        _ => {
            return Err(Error::new_spanned(
                signature,
                format!(
                    "handler `{name}` takes no permit, so it could run without a decision\n\
                     help: make `permit: Permit<{operation}>` its first parameter"
                ),
            ));
        }
    };
    let generics: Vec<String> = signature
        .generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(parameter.ident.to_string()),
            GenericParam::Const(parameter) => Some(parameter.ident.to_string()),
            GenericParam::Lifetime(_) => None,
        })
        .collect();
    let tokens = parameter.ty.to_token_stream();
    // A permit of a generic operation could not be compared with the operation that the attribute names.
    if mentions(tokens.clone(), &|word| word == "impl" || generics.iter().any(|name| word == name)) {
        return Err(Error::new_spanned(
            &parameter.ty,
            format!(
                "the permit of handler `{name}` depends on a generic parameter, so it could be another operation's\n\
                 help: make `permit: Permit<{operation}>` its first parameter"
            ),
        ));
    }
    Ok(without_lifetimes(tokens))
}

fn mentions(tokens: TokenStream, wanted: &impl Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Ident(word) => wanted(&word),
        TokenTree::Group(group) => mentions(group.stream(), wanted),
        _ => false,
    })
}

/// Replaces named lifetimes by `'_`, since the function's lifetimes are unknown outside of it.
fn without_lifetimes(tokens: TokenStream) -> TokenStream {
    let mut after_apostrophe = false;
    tokens
        .into_iter()
        .map(|tree| {
            let named = std::mem::replace(
                &mut after_apostrophe,
                matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '\''),
            );
            match tree {
                TokenTree::Ident(word) if named && word != "static" => TokenTree::Ident(Ident::new("_", word.span())),
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), without_lifetimes(group.stream()));
                    inner.set_span(group.span());
                    TokenTree::Group(inner)
                }
                tree => tree,
            }
        })
        .collect()
}
