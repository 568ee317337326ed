//! `#[operation(ListEncounters, scopes(…))]`

mod expand;
mod parse;
mod validate;

use proc_macro2::TokenStream;

pub(crate) fn run(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let parsed = syn::parse2::<parse::Arguments>(arguments)
        .and_then(|arguments| Ok((arguments, syn::parse2::<parse::Handler>(item.clone())?)));
    match parsed.and_then(|(arguments, handler)| validate::validate(arguments, handler)) {
        Ok(operation) => expand::expand(&operation),
        // The function itself stays, so that code that names it does not fail too.
        Err(error) => {
            let mut tokens = error.into_compile_error();
            tokens.extend(item);
            tokens
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    /// What is wrong with a function under the attribute: the first line of the message.
    fn mistake(arguments: &str, function: &str) -> Option<String> {
        let arguments = syn::parse_str::<parse::Arguments>(arguments);
        let read = arguments.and_then(|arguments| validate::validate(arguments, syn::parse_str(function)?));
        read.err().map(|error| error.to_string().lines().next().unwrap().to_owned())
    }

    #[test]
    fn an_argument_is_the_operation_or_its_scopes() {
        let unknown = Some("unknown argument");
        for (arguments, expected) in [
            ("ListFiles", None),
            ("operations::ListFiles,", None),
            (r#"::policy::ListFiles, scopes("a", "b"),"#, None),
            ("", Some("the attribute names no operation")),
            (r#""ListFiles""#, Some("expected the path of an operation")),
            (r#"ListFiles scopes("a")"#, Some("expected `,`")),
            (r#"ListFiles, scope("a")"#, unknown),
            (r#"ListFiles, "a""#, unknown),
            (r#"ListFiles, scopes("a"), public"#, unknown),
            (r#"ListFiles, scopes("a"), scopes("b")"#, Some("`scopes` is given twice")),
        ] {
            let found = mistake(arguments, "async fn list_files(permit: Permit<ListFiles>) {}");
            assert_eq!(found.as_deref(), expected, "{arguments}");
        }
    }

    #[test]
    fn a_handler_is_a_function_without_self_that_takes_one_known_permit_first() {
        let no_function = Some("`#[operation]` belongs on a handler function");
        let receiver = Some("handler `list` takes `self`, and a request brings nothing that could be it");
        let no_permit = Some("handler `list` takes no permit, so it could run without a decision");
        let generic =
            Some("the permit of handler `list` depends on a generic parameter, so it could be another operation's");
        for (function, expected) in [
            ("fn list(permit: Permit<ListFiles>) {}", None),
            ("pub(crate) async fn list(permit: Permit<ListFiles>, page: u32) -> Page { page }", None),
            ("struct ListFiles;", no_function),
            ("const LIST: fn() = list;", no_function),
            ("fn list(&self, permit: Permit<ListFiles>) {}", receiver),
            ("fn list(self: Arc<Self>, permit: Permit<ListFiles>) {}", receiver),
            ("fn list(permit: Permit<ListFiles>) -> Self {}", None),
            ("fn list(permit: Permit<ListFiles>, (own, [other]): (Self, [Self; 1])) {}", None),
            ("fn list() {}", no_permit),
            ("fn list(permit: impl Carries<ListFiles>) {}", generic),
            ("fn list<O>(permit: Permit<O>) {}", generic),
            ("fn list<O>(permit: (Permit<O>,)) {}", generic),
            ("fn list<O, const N: usize>(permit: Permit<Numbered<N>>, of: O) {}", generic),
            // A handler may be generic in another parameter, and in the lifetime of its permit.
            ("fn list<O, const N: usize>(permit: Permit<ListFiles>, of: O, places: [u8; N]) {}", None),
            ("fn list<'p>(permit: &'p Permit<ListFiles>) {}", None),
        ] {
            assert_eq!(mistake("ListFiles", function).as_deref(), expected, "{function}");
        }
    }

    /// Tokens as text, without the spaces between them.
    fn compact(tokens: &TokenStream) -> String {
        tokens.to_string().replace(' ', "")
    }

    /// The permit's type is named outside of the function, where the function's lifetimes are unknown.
    #[test]
    fn the_permit_is_passed_on_without_the_lifetimes_of_the_function() {
        for (written, passed_on) in [
            ("Permit<ListFiles>", "Permit<ListFiles>"),
            ("&'p Permit<'q, ListFiles>", "&'_ Permit<'_, ListFiles>"),
            ("(Lent<'p>, [Lent<'p>; 1])", "(Lent<'_>, [Lent<'_>; 1])"),
            ("&'static Permit<'_, ListFiles>", "&'static Permit<'_, ListFiles>"),
        ] {
            let function = format!("fn r#type<'p, 'q>(permit: {written}) {{}}");
            let arguments = syn::parse_str("ListFiles").unwrap();
            let operation = validate::validate(arguments, syn::parse_str(&function).unwrap()).ok().unwrap();
            assert_eq!(compact(&operation.permit), passed_on.replace(' ', ""));
            assert_eq!(operation.constant, "TYPE");
            assert_eq!(operation.scopes_constant, "TYPE_SCOPES");
        }
    }

    /// A list that is written in both attributes is one list, and utoipa's is the one that is passed on.
    #[test]
    fn the_scopes_of_utoipas_attribute_are_the_list() {
        let other = "these are other scopes than those of `security(…)` in utoipa's attribute";
        let security = r#"#[utoipa::path(get, security(("O" = ["a", "b"])))]"#;
        for (attribute, arguments, expected) in [
            ("", "ListFiles", Ok(("", false))),
            ("", r#"ListFiles, scopes("a")"#, Ok(("scopes", false))),
            (security, "ListFiles", Ok(("security", true))),
            (security, r#"ListFiles, scopes("b", "a")"#, Ok(("security", true))),
            (security, r#"ListFiles, scopes("a")"#, Err(other)),
            ("#[utoipa::path(get)]", r#"ListFiles, scopes("a")"#, Ok(("scopes", true))),
            // Neither is utoipa's.
            (r#"#[path(security(("O" = ["b"])))]"#, r#"ListFiles, scopes("a")"#, Ok(("scopes", false))),
            (r#"#[docs::other(security(("O" = ["b"])))]"#, r#"ListFiles, scopes("a")"#, Ok(("scopes", false))),
        ] {
            let function = format!("{attribute} fn list(permit: Permit<ListFiles>) {{}}");
            let arguments_read = syn::parse_str::<parse::Arguments>(arguments).unwrap();
            let found = validate::validate(arguments_read, syn::parse_str(&function).unwrap());
            let found = found.map(|operation| {
                let word = operation.scopes.as_ref().and_then(|list| list.tokens.clone().into_iter().next());
                (word.map(|word| word.to_string()).unwrap_or_default(), operation.beside_utoipa)
            });
            let found = found.map_err(|error| error.to_string().lines().next().unwrap().to_owned());
            let found = found.as_ref().map(|(word, beside)| (word.as_str(), *beside)).map_err(String::as_str);
            assert_eq!(found, expected, "{attribute} {arguments}");
        }
    }

    /// The function stays beside any error, so that code that calls it does not fail too.
    #[test]
    fn the_function_stays() {
        let function: TokenStream = "async fn list_files(permit: Permit<ListFiles>) {}".parse().unwrap();
        for (arguments, error) in
            [("ListFiles", false), (r#"ListFiles, scopes("a")"#, false), ("", true), ("A, b", true)]
        {
            let tokens = compact(&run(arguments.parse().unwrap(), function.clone()));
            assert!(tokens.contains(&compact(&function)), "{tokens}");
            assert_eq!(tokens.contains("compile_error"), error, "{arguments}: {tokens}");
            assert_eq!(tokens.contains("{LIST_FILESLIST_FILES_SCOPES}"), !error, "{arguments}: {tokens}");
        }
    }
}
