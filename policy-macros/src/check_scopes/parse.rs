//! `{ "ListEncounters" "GET" "/encounters" "openapi.yaml:41:28" [ ["a" "b"] ["c"] ] } { pub LIST_ENCOUNTERS_SCOPES } { scopes(…) }`

use std::collections::BTreeSet;

use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Visibility, braced, bracketed};

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
    /// Of the constant that holds the scopes.
    pub(crate) visibility: Visibility,
    pub(crate) constant: Ident,
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
        let (facts, constant, written);
        braced!(facts in input);
        braced!(constant in input);
        braced!(written in input);
        Ok(Self {
            facts: facts.parse()?,
            visibility: constant.parse()?,
            constant: constant.parse()?,
            written: if written.is_empty() { None } else { Some(written.parse()?) },
        })
    }
}
