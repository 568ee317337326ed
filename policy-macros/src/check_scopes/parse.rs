//! What the operation's macro passes along: its facts, then what `#[operation]` put into the call.
//!
//! ```text
//! { "ListEncounters" "GET" "/encounters" "openapi.yaml:41:28" [ ["a" "b"] ["c"] ] }
//! { ::policy_core } { operations::ListEncounters } { list_encounters } { Permit<ListEncounters> } { pub }
//! { LIST_ENCOUNTERS LIST_ENCOUNTERS_SCOPES } { scopes("a", "b") }
//! ```

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Path, Visibility, braced, bracketed};

use crate::scope_list::ScopeList;

/// What the document says of an operation.
pub(crate) struct Facts {
    pub(crate) type_name: String,
    pub(crate) method: String,
    pub(crate) template: String,
    /// `file:line:column` in the document.
    pub(crate) location: String,
    /// The alternatives in document order. Empty for a public operation.
    pub(crate) alternatives: Vec<BTreeSet<String>>,
}

/// One call of `__check_scopes!`.
pub(crate) struct Call {
    pub(crate) facts: Facts,
    pub(crate) core: TokenStream,
    pub(crate) operation: Path,
    pub(crate) handler: Ident,
    /// The type of the handler's first parameter.
    pub(crate) permit: TokenStream,
    /// Of the handler, and so of its constants.
    pub(crate) visibility: Visibility,
    pub(crate) constant: Ident,
    pub(crate) scopes_constant: Ident,
    pub(crate) written: Option<ScopeList>,
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
        Ok(Self { type_name, method, template, location, alternatives })
    }
}

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (facts, core, operation, handler, permit, visibility, constants, written);
        braced!(facts in input);
        braced!(core in input);
        braced!(operation in input);
        braced!(handler in input);
        braced!(permit in input);
        braced!(visibility in input);
        braced!(constants in input);
        braced!(written in input);
        Ok(Self {
            facts: facts.parse()?,
            core: core.parse()?,
            operation: operation.parse()?,
            handler: handler.parse()?,
            permit: permit.parse()?,
            visibility: visibility.parse()?,
            constant: constants.parse()?,
            scopes_constant: constants.parse()?,
            written: if written.is_empty() { None } else { Some(written.parse()?) },
        })
    }
}
