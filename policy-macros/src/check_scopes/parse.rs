//! What the operation's macro passes: its facts, then what `#[operation]` put into the call.
//!
//! ```text
//! { "ListEncounters" "GET" "/encounters" "openapi.yaml:41:28" [ ["a" "b"] ["c"] ] }
//! { ::policy_core } { operations::ListEncounters } { list_encounters } { Permit<ListEncounters> } { pub }
//! { LIST_ENCOUNTERS LIST_ENCOUNTERS_SCOPES } { scopes("a", "b") } { utoipa }
//! ```
//! The list may be the `security(…)` of utoipa's attribute. The word `utoipa` says that the function has this attribute.
//!
//! After the alternatives comes `code_first` if the program writes its document, or `draft` while it does. After `code_first` the
//! alternatives are repeated with the scopes of each scheme, if only schemes require scopes: `[ [("OAuth" "a" "b")] [("Key")] ]`.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Path, Visibility, braced, bracketed, parenthesized};

use crate::scope_list::{BySchemes, ScopeList};

/// What the document says of an operation.
pub(crate) struct Facts {
    pub(crate) type_name: String,
    pub(crate) method: String,
    pub(crate) template: String,
    /// `file:line:column` in the document.
    pub(crate) location: String,
    /// The alternatives in document order. Empty for a public operation.
    pub(crate) alternatives: Vec<BTreeSet<String>>,
    pub(crate) document: DocumentKind,
    /// The alternatives by their schemes, where they are known.
    pub(crate) by_scheme: Option<Vec<BySchemes>>,
}

/// Who writes the document.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DocumentKind {
    /// People do.
    ByHand,
    /// The program that is compiled does.
    CodeFirst,
    /// The program that is compiled is about to write it. Nothing is compared with the document yet.
    Draft,
}

/// One call of `__check_scopes!`.
pub(crate) struct Call {
    pub(crate) facts: Facts,
    pub(crate) core: TokenStream,
    pub(crate) operation: Path,
    pub(crate) handler: Ident,
    /// The type of the handler's first parameter.
    pub(crate) permit: TokenStream,
    /// The visibility of the handler and of its constants.
    pub(crate) visibility: Visibility,
    pub(crate) constant: Ident,
    pub(crate) scopes_constant: Ident,
    pub(crate) written: Option<ScopeList>,
    /// Whether an attribute of utoipa's stands below `#[operation]`.
    pub(crate) beside_utoipa: bool,
}

impl Parse for Facts {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let text = || input.parse::<LitStr>().map(|literal| literal.value());
        let (type_name, method, template, location) = (text()?, text()?, text()?, text()?);
        let list;
        bracketed!(list in input);
        let mut alternatives = Vec::new();
        while !list.is_empty() {
            let scopes;
            bracketed!(scopes in list);
            let mut names = BTreeSet::new();
            while !scopes.is_empty() {
                names.insert(scopes.parse::<LitStr>()?.value());
            }
            alternatives.push(names);
        }
        let document = match input.parse::<Option<Ident>>()? {
            None => DocumentKind::ByHand,
            Some(word) if word == "code_first" => DocumentKind::CodeFirst,
            Some(word) if word == "draft" => DocumentKind::Draft,
            Some(word) => return Err(syn::Error::new(word.span(), "no kind of document")),
        };
        let by_scheme = if input.is_empty() { None } else { Some(by_scheme(input)?) };
        Ok(Self { type_name, method, template, location, alternatives, document, by_scheme })
    }
}

fn by_scheme(input: ParseStream<'_>) -> syn::Result<Vec<BySchemes>> {
    let list;
    bracketed!(list in input);
    let mut alternatives = Vec::new();
    while !list.is_empty() {
        let schemes;
        bracketed!(schemes in list);
        let mut alternative = BySchemes::new();
        while !schemes.is_empty() {
            let scheme;
            parenthesized!(scheme in schemes);
            let name = scheme.parse::<LitStr>()?.value();
            let scopes = alternative.entry(name).or_default();
            while !scheme.is_empty() {
                scopes.insert(scheme.parse::<LitStr>()?.value());
            }
        }
        alternatives.push(alternative);
    }
    Ok(alternatives)
}

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (facts, core, operation, handler, permit, visibility, constants, written, beside);
        braced!(facts in input);
        braced!(core in input);
        braced!(operation in input);
        braced!(handler in input);
        braced!(permit in input);
        braced!(visibility in input);
        braced!(constants in input);
        braced!(written in input);
        braced!(beside in input);
        let security = written.peek(Ident) && written.fork().parse::<Ident>()? == "security";
        Ok(Self {
            facts: facts.parse()?,
            core: core.parse()?,
            operation: operation.parse()?,
            handler: handler.parse()?,
            permit: permit.parse()?,
            visibility: visibility.parse()?,
            constant: constants.parse()?,
            scopes_constant: constants.parse()?,
            written: match () {
                () if written.is_empty() => None,
                () if security => Some(ScopeList::parse_security(&written)?),
                () => Some(written.parse()?),
            },
            beside_utoipa: beside.parse::<Option<Ident>>()?.is_some(),
        })
    }
}
