//! The list of scopes as it is written in an attribute: `scopes("a", "b")`, `scopes(any(all("a", "b"), all("c")))`.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Span, TokenStream};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitStr, Token};

const SHAPE: &str =
    "help: write `scopes(\"a\", \"b\")`, or `scopes(any(all(\"a\", \"b\"), all(\"c\")))` for alternatives";

/// The whole list.
pub(crate) struct ScopeList {
    /// The word `scopes` and what follows it, to be underlined and to be passed on.
    pub(crate) tokens: TokenStream,
    pub(crate) alternatives: Vec<WrittenAlternative>,
    pub(crate) source: Source,
    /// Whether it says that anybody may call, without a credential.
    pub(crate) everybody: bool,
}

/// Where a list is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// As `scopes(…)` in `#[operation]`.
    Attribute,
    /// As `security(…)` in the attribute of utoipa, from which the document is made.
    Utoipa,
}

/// One alternative: all of its scopes.
pub(crate) struct WrittenAlternative {
    /// What to underline when the alternative as such is wrong.
    pub(crate) tokens: TokenStream,
    pub(crate) scopes: Vec<LitStr>,
    /// The same by scheme, where the schemes are written too.
    pub(crate) by_scheme: Option<BySchemes>,
}

/// The scopes of an alternative, by the names of its schemes.
pub(crate) type BySchemes = BTreeMap<String, BTreeSet<String>>;

impl WrittenAlternative {
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.scopes.iter().map(LitStr::value).collect()
    }
}

/// Whether two lists have the same alternatives, in whatever order and however often. They are short, so that a set of sets is not worth
/// its compilation.
pub(crate) fn are_same(one: &[BTreeSet<String>], other: &[BTreeSet<String>]) -> bool {
    one.iter().all(|names| other.contains(names)) && other.iter().all(|names| one.contains(names))
}

/// Something within the parentheses of `scopes`, `any` or `all`.
enum Entry {
    Scope(LitStr),
    Group { tokens: TokenStream, word: Ident, entries: Vec<Entry> },
}

impl Entry {
    fn span(&self) -> Span {
        match self {
            Entry::Scope(literal) => literal.span(),
            Entry::Group { word, .. } => word.span(),
        }
    }
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            return input.parse().map(Entry::Scope);
        }
        let Ok(word) = input.parse::<Ident>() else {
            return Err(input.error(format!("a scope is written as a string literal\n{SHAPE}")));
        };
        if (word != "any" && word != "all") || !input.peek(syn::token::Paren) {
            return Err(Error::new(
                word.span(),
                format!("`{word}` is neither a scope nor `any(…)` nor `all(…)`\n{SHAPE}"),
            ));
        }
        let group: proc_macro2::Group = input.parse()?;
        let entries = entries(group.stream())?;
        let tokens = quote::quote!(#word #group);
        Ok(Entry::Group { tokens, word, entries })
    }
}

fn entries(tokens: TokenStream) -> syn::Result<Vec<Entry>> {
    Ok(Punctuated::<Entry, Token![,]>::parse_terminated.parse2(tokens)?.into_iter().collect())
}

impl Parse for ScopeList {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let word: Ident = input.parse()?;
        if word != "scopes" || !input.peek(syn::token::Paren) {
            return Err(Error::new(word.span(), format!("expected `scopes(…)`\n{SHAPE}")));
        }
        let group: proc_macro2::Group = input.parse()?;
        let tokens = quote::quote!(#word #group);
        let mut entries = entries(group.stream())?;
        let alternatives = match entries.as_slice() {
            [Entry::Group { word, .. }] if word == "any" => match entries.pop() {
                Some(Entry::Group { tokens, entries, .. }) => alternatives(&tokens, entries)?,
                _ => Vec::new(),
            },
            _ => vec![WrittenAlternative { tokens: tokens.clone(), scopes: all(entries)?, by_scheme: None }],
        };
        Ok(Self { tokens, alternatives, source: Source::Attribute, everybody: false })
    }
}

/// The entries of `any(…)`. A bare literal is an alternative of one scope.
fn alternatives(any: &TokenStream, entries: Vec<Entry>) -> syn::Result<Vec<WrittenAlternative>> {
    if entries.is_empty() {
        return Err(Error::new_spanned(any, format!("`any()` without an alternative can never be met\n{SHAPE}")));
    }
    entries
        .into_iter()
        .map(|entry| match entry {
            Entry::Scope(literal) => {
                Ok(WrittenAlternative { tokens: quote::quote!(#literal), scopes: vec![literal], by_scheme: None })
            }
            Entry::Group { tokens, word, entries } if word == "all" => {
                Ok(WrittenAlternative { tokens, scopes: all(entries)?, by_scheme: None })
            }
            Entry::Group { word, .. } => {
                Err(Error::new(word.span(), format!("`any(…)` stands once, around all alternatives\n{SHAPE}")))
            }
        })
        .collect()
}

/// Scopes that are all required: literals, or `all(…)` around them.
fn all(entries: Vec<Entry>) -> syn::Result<Vec<LitStr>> {
    let alone = entries.len() == 1;
    let mut scopes = Vec::new();
    for entry in entries {
        match entry {
            Entry::Scope(literal) => scopes.push(literal),
            Entry::Group { word, entries, .. } if alone && word == "all" => return all(entries),
            Entry::Group { ref word, .. } => {
                return Err(Error::new(
                    entry.span(),
                    format!(
                        "`{word}(…)` stands beside a scope; alternatives are whole, and `any(…)` is around them\n{SHAPE}"
                    ),
                ));
            }
        }
    }
    Ok(scopes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn read(text: &str) -> Result<Vec<Vec<String>>, String> {
        let list: ScopeList =
            syn::parse_str(text).map_err(|error| error.to_string().lines().next().unwrap().to_owned())?;
        Ok(list.alternatives.iter().map(|one| one.scopes.iter().map(LitStr::value).collect()).collect())
    }

    fn lists(lists: &[&[&str]]) -> Result<Vec<Vec<String>>, String> {
        Ok(lists.iter().map(|one| one.iter().map(ToString::to_string).collect()).collect())
    }

    #[test]
    fn reads_every_shape() {
        for (text, meaning) in [
            (r#"scopes("a", "b",)"#, lists(&[&["a", "b"]])),
            (r#"scopes(all("a", "b"))"#, lists(&[&["a", "b"]])),
            (r#"scopes(any(all("a", "b"), all("c")))"#, lists(&[&["a", "b"], &["c"]])),
            (r#"scopes(any("a", "b"))"#, lists(&[&["a"], &["b"]])),
            (r#"scopes(any(all(), "a"))"#, lists(&[&[], &["a"]])),
            (r#"scopes()"#, lists(&[&[]])),
        ] {
            assert_eq!(read(text), meaning, "{text}");
        }
    }

    #[test]
    fn refuses_what_would_flatten_alternatives() {
        for (text, message) in [
            (
                r#"scopes("a", any("b"))"#,
                "`any(…)` stands beside a scope; alternatives are whole, and `any(…)` is around them",
            ),
            (
                r#"scopes(all("a"), all("b"))"#,
                "`all(…)` stands beside a scope; alternatives are whole, and `any(…)` is around them",
            ),
            (r#"scopes(any(any("a")))"#, "`any(…)` stands once, around all alternatives"),
            (r#"scopes(any())"#, "`any()` without an alternative can never be met"),
            (r#"scopes(a)"#, "`a` is neither a scope nor `any(…)` nor `all(…)`"),
            (r#"scopes(some("a"))"#, "`some` is neither a scope nor `any(…)` nor `all(…)`"),
            (r#"scopes(any)"#, "`any` is neither a scope nor `any(…)` nor `all(…)`"),
            (r#"scopes(1)"#, "a scope is written as a string literal"),
            (r#"scopes"#, "expected `scopes(…)`"),
        ] {
            assert_eq!(read(text), Err(message.to_owned()), "{text}");
        }
    }
}
