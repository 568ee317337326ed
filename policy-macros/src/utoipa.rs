//! What `#[utoipa::path(…)]` says of a handler's scopes: its `security(…)`, read as the list of scopes.
//!
//! `#[operation]` sees it only if it stands above: attributes are expanded from the top, and those below are still part of the item.
//!
//! | in `security(…)` | is |
//! |---|---|
//! | `("OAuth" = ["a", "b"])` | an alternative with the scopes `a` and `b` |
//! | `("OAuth" = ["a"], "Key" = ["b"])` | one alternative, since both schemes are needed: `a` and `b` |
//! | several tuples | alternatives, of which one is enough |
//! | `()` | the alternative that is anonymous, which needs no scope |
//! | nothing, or `()` alone | a list that lets anybody call |

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, LitStr, Meta, Path, Token, bracketed};

use crate::scope_list::{BySchemes, ScopeList, Source, WrittenAlternative};

/// The list in utoipa's attribute, if one of these is utoipa's.
///
/// `None` if it has no `security(…)`, so that nothing is compared. `None` too if its scopes are not known here, because one is not a
/// literal or because there are extensions, which may hold scopes too.
pub(crate) fn scopes(attributes: &[Attribute]) -> syn::Result<Option<ScopeList>> {
    let Some(tokens) = attributes.iter().find_map(arguments) else { return Ok(None) };
    let mut rest = tokens.into_iter().peekable();
    let (mut found, mut begins) = (None, true);
    while let Some(tree) = rest.next() {
        let at_begin =
            std::mem::replace(&mut begins, matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == ','));
        let (TokenTree::Ident(word), true) = (&tree, at_begin) else { continue };
        let Some(TokenTree::Group(group)) = rest.peek() else { continue };
        if group.delimiter() != Delimiter::Parenthesis {
            continue;
        }
        if word == "extensions" {
            return Ok(None);
        }
        if word == "security" {
            found = Some((word.clone(), group.clone()));
        }
    }
    found.map_or(Ok(None), |(word, group)| list(&word, &group))
}

/// Whether an attribute of utoipa's is among these.
pub(crate) fn is_beside(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| is_path(attribute.path()))
}

/// The arguments of `#[utoipa::path(…)]`. The attribute has a path of several segments, since `#[path]` alone is the compiler's own.
fn arguments(attribute: &Attribute) -> Option<TokenStream> {
    let Meta::List(list) = &attribute.meta else { return None };
    is_path(&list.path).then(|| list.tokens.clone())
}

fn is_path(path: &Path) -> bool {
    path.segments.len() > 1 && path.segments.last().is_some_and(|last| last.ident == "path")
}

/// One scheme with its scopes. A scope that is not a literal is `None`.
struct SchemeScopes(String, Vec<Option<LitStr>>);

impl Parse for SchemeScopes {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse::<LitStr>()?.value();
        input.parse::<Token![=]>()?;
        let scopes;
        bracketed!(scopes in input);
        let mut found = Vec::new();
        while !scopes.is_empty() {
            let literal = scopes.peek(LitStr).then(|| scopes.parse()).transpose()?;
            if literal.is_none() {
                scopes.parse::<syn::Expr>()?;
            }
            found.push(literal);
            if !scopes.is_empty() {
                scopes.parse::<Token![,]>()?;
            }
        }
        Ok(Self(name, found))
    }
}

/// The list of `security(…)`. utoipa itself reports what is not a tuple.
fn list(word: &Ident, group: &Group) -> syn::Result<Option<ScopeList>> {
    let (mut alternatives, mut everybody) = (Vec::new(), true);
    for tuple in Punctuated::<Group, Token![,]>::parse_terminated.parse2(group.stream())? {
        if tuple.delimiter() != Delimiter::Parenthesis {
            return Err(Error::new(
                tuple.span(),
                "an alternative is written in parentheses: `(\"Scheme\" = [\"scope\"])`",
            ));
        }
        let schemes = Punctuated::<SchemeScopes, Token![,]>::parse_terminated.parse2(tuple.stream())?;
        everybody &= schemes.is_empty();
        let (mut scopes, mut by_scheme) = (Vec::new(), BySchemes::new());
        for SchemeScopes(name, found) in schemes {
            let Some(found) = found.into_iter().collect::<Option<Vec<LitStr>>>() else { return Ok(None) };
            by_scheme.entry(name).or_default().extend(found.iter().map(LitStr::value));
            scopes.extend(found);
        }
        alternatives.push(WrittenAlternative { tokens: quote!(#tuple), scopes, by_scheme: Some(by_scheme) });
    }
    let tokens = quote!(#word #group);
    Ok(Some(ScopeList { tokens, alternatives, source: Source::Utoipa, everybody }))
}

/// `security(…)`, as `#[operation]` passes it to the comparison with the document.
impl ScopeList {
    pub(crate) fn parse_security(input: ParseStream<'_>) -> syn::Result<Self> {
        let word: Ident = input.parse()?;
        let group: Group = input.parse()?;
        list(&word, &group)?.ok_or_else(|| Error::new(word.span(), "a scope is written as a string literal"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use quote::ToTokens;
    use syn::ItemFn;

    use super::scopes;

    /// The alternatives of the attributes above a function, in words.
    fn read(attributes: &str) -> String {
        let function: ItemFn = syn::parse_str(&format!("{attributes} async fn a() {{}}")).unwrap();
        match scopes(&function.attrs) {
            Err(error) => format!("error: {error}"),
            Ok(None) => "none".to_owned(),
            Ok(Some(list)) => {
                assert!(list.tokens.to_token_stream().to_string().starts_with("security"));
                let names =
                    |scopes: &Vec<syn::LitStr>| scopes.iter().map(syn::LitStr::value).collect::<Vec<_>>().join(" ");
                list.alternatives.iter().map(|one| format!("[{}]", names(&one.scopes))).collect()
            }
        }
    }

    #[test]
    fn security_is_read_as_the_list_of_scopes() {
        for (attributes, expected) in [
            (r#"#[utoipa::path(get, path = "/a", security(("O" = ["a", "b"])))]"#, "[a b]"),
            (r#"#[::utoipa::path(security(("O" = ["a"], "K" = ["b"]), ("K" = []),), get)]"#, "[a b][]"),
            (r#"#[docs::path(get, security((), ("O" = ["a",])))]"#, "[][a]"),
            ("#[utoipa::path(get, security())]", ""),
            ("#[utoipa::path(get, path = \"/a\")]", "none"),
            ("#[utoipa::path]", "none"),
            ("#[other(security((\"O\" = [\"a\"])))]", "none"),
            ("", "none"),
            // It is another argument's word.
            (r#"#[utoipa::path(get, responses((status = 200, security(("O" = ["a"])))))]"#, "none"),
            // A scope that is not a literal is not known here.
            (r#"#[utoipa::path(get, security(("O" = [SCOPE, "a"])))]"#, "none"),
            (
                r#"#[utoipa::path(get, security(("O" = ["a"])), extensions(("x-required-scopes" = json!(["b"]))))]"#,
                "none",
            ),
            (r#"#[utoipa::path(get, security("O" = ["a"]))]"#, "error: expected any delimiter"),
        ] {
            let found = read(attributes);
            if let Some(error) = expected.strip_prefix("error: ") {
                assert!(found.starts_with("error: "), "{attributes}: {found} ({error})");
            } else {
                assert_eq!(found, expected, "{attributes}");
            }
        }
    }
}
