//! Compares the facts of an operation, which its generated macro passes, with the permit and the list of the handler.

mod expand;
mod parse;
mod validate;

use proc_macro2::TokenStream;

pub(crate) fn run(input: TokenStream) -> TokenStream {
    match syn::parse2::<parse::Call>(input) {
        Ok(call) => {
            // The constants are generated even if the list is wrong, so that one mistake is one error.
            let mut tokens = validate::validate(&call).into_tokens();
            tokens.extend(expand::expand(&call));
            tokens
        }
        Err(error) => error.into_compile_error(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    /// A wrong list is an error, but the constants exist, so that code with their names does not fail too.
    #[test]
    fn a_wrong_list_costs_no_constant() {
        for (written, mistakes) in [("", 0), (r#"scopes("a")"#, 0), (r#"scopes("a", "files:read")"#, 1)] {
            let call = format!(
                r#"{{ "ListFiles" "GET" "/files" "openapi.yaml:41:28" [ ["a"] ] }} {{ ::policy_core }} {{ ListFiles }}
                {{ list_files }} {{ Permit<ListFiles> }} {{ pub }} {{ LIST_FILES LIST_FILES_SCOPES }} {{ {written} }} {{}}"#
            );
            let tokens = super::run(call.parse().unwrap()).to_string();
            assert_eq!(tokens.matches("compile_error").count(), mistakes, "{written}");
            for part in [
                "pub const LIST_FILES :",
                "pub const LIST_FILES_SCOPES :",
                ":: policy_core :: handler_list :: assert_permit :: < ListFiles , Permit < ListFiles > >",
            ] {
                assert!(tokens.contains(part), "{part} in {tokens}");
            }
        }
    }

    /// While the document is being written, nothing is compared. Where a program writes it, utoipa's attribute must not stand above.
    #[test]
    fn what_is_checked_depends_on_who_writes_the_document() {
        for (document, beside, is_compared, is_checked) in [
            ("", "", true, false),
            ("code_first", "", true, true),
            ("code_first", "utoipa", true, false),
            ("draft", "", false, false),
            ("draft", "utoipa", false, false),
        ] {
            let call = format!(
                r#"{{ "ListFiles" "GET" "/files" "openapi.yaml:41:28" [ ["a"] ] {document} }} {{ ::policy_core }} {{ ListFiles }}
                {{ list_files }} {{ Permit<ListFiles> }} {{ pub }} {{ LIST_FILES LIST_FILES_SCOPES }} {{ scopes("b") }} {{ {beside} }}"#
            );
            let tokens = super::run(call.parse().unwrap()).to_string();
            assert_eq!(tokens.contains("compile_error"), is_compared, "{document} {beside}: {tokens}");
            assert_eq!(tokens.contains("is_above_utoipa"), is_checked, "{document} {beside}: {tokens}");
            assert!(tokens.contains("pub const LIST_FILES :"), "{tokens}");
        }
    }

    /// Generated modules hold these calls. One of another version is an error and no panic.
    #[test]
    fn a_call_of_another_shape_is_an_error() {
        let of_another_kind = r#"{ "ListFiles" "GET" "/files" "openapi.yaml:41:28" [ ["a"] ] other } { ::policy_core } { ListFiles }
            { list_files } { Permit<ListFiles> } { pub } { LIST_FILES LIST_FILES_SCOPES } {} {}"#;
        for call in [
            "",
            r#"{ "ListFiles" "GET" }"#,
            r#"{ "ListFiles" "GET" "/files" "openapi.yaml:41:28" [ [a] ] }"#,
            of_another_kind,
        ] {
            let tokens = super::run(call.parse().unwrap()).to_string();
            assert!(tokens.contains("compile_error"), "{call}: {tokens}");
        }
    }
}
