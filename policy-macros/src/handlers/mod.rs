//! `handlers![list_encounters, pending!(GetAudio, "moves in March")]`

mod expand;
mod parse;
mod validate;

use proc_macro2::TokenStream;

pub(crate) fn run(list: TokenStream) -> TokenStream {
    match syn::parse2::<parse::List>(list).and_then(validate::validate) {
        Ok(list) => expand::expand(&list),
        Err(error) => expand::failed(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    /// What is wrong with a list: the first line of each message.
    fn mistakes(list: &str) -> Vec<String> {
        let tokens = format!("{{ ::policy_core }} {list}").parse().unwrap();
        let read = syn::parse2::<parse::List>(tokens).and_then(validate::validate);
        let errors = read.err().into_iter().flatten();
        errors.map(|error| error.to_string().lines().next().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_list_holds_paths_with_their_layers_and_operations_that_are_pending_or_served_elsewhere() {
        let no_handler = "the list names no handler, so no document can be told from it";
        let neither = "this is neither a handler nor `pending!(…)` nor `elsewhere!(…)`";
        let no_layer = "this is no `.layer(…)` with one argument";
        for (list, expected) in [
            ("list_files", &[][..]),
            (r#"list_files, files::get::<u8>, pending!(GetAudio, "moves in March"), pending!(a::B, "c",)"#, &[]),
            ("", &[no_handler]),
            ("list_files()", &[neither]),
            (r#""list_files""#, &[neither]),
            ("|| list_files", &[neither]),
            ("#[cfg(test)] list_files", &[neither]),
            ("#[cfg(test)] list_files.layer(limit)", &[neither]),
            (r#"later!(GetAudio, "moves in March")"#, &[neither]),
            (r#"a::pending!(GetAudio, "moves in March")"#, &[neither]),
            ("pending!(GetAudio)", &["expected `,`"]),
            ("pending!(GetAudio, why)", &["expected string literal"]),
            (r#"pending!(GetAudio, "why", "when")"#, &["unexpected argument"]),
            ("list_files.layer(limit(4)).layer(timeout)", &[]),
            ("files::list::<u8>.layer(limit)", &[]),
            ("list_files.wrap(limit)", &[no_layer]),
            ("list_files.layer()", &[no_layer]),
            ("list_files.layer(limit, timeout)", &[no_layer]),
            ("list_files.layer::<u8>(limit)", &[no_layer]),
            ("list_files().layer(limit)", &["layers stand behind a handler's path"]),
            (
                r#"elsewhere!(GetAudio, "old"), elsewhere!(a::B, "old", until = "2027-06-30",), elsewhere!(C, "old",)"#,
                &[],
            ),
            ("elsewhere!(GetAudio)", &["expected `,`"]),
            (r#"elsewhere!(GetAudio, "old", before = "2027-06-30")"#, &["unexpected argument"]),
            (r#"elsewhere!(GetAudio, "old", until = 2027)"#, &["expected string literal"]),
            (r#"elsewhere!(GetAudio, "old", until = "2027-06-30", old_audio)"#, &["unexpected argument"]),
            (r#"elsewhere!(GetAudio, " ")"#, &["the reason is empty"]),
            (
                r#"pending!(GetAudio, ""), list_files, pending!(PutAudio, "  ")"#,
                &["the reason is empty", "the reason is empty"],
            ),
        ] {
            assert_eq!(mistakes(list), expected, "{list}");
        }
    }

    /// Both are an expression that can stand where the list did.
    #[test]
    fn a_list_becomes_a_closure_and_a_wrong_one_an_error_beside_a_closure() {
        for (list, parts) in [
            (
                r#"{ ::policy_core } list_files, pending!(GetAudio, "later")"#,
                &["mount . handler (list_files)", r#"mount . pending :: < GetAudio > ("later")"#, "assert_exhaustive"]
                    [..],
            ),
            (
                r#"{ ::policy_core } list_files.layer(inner).layer(outer), elsewhere!(GetAudio, "old", until = "2027-06-30")"#,
                &[
                    "mount . handler (list_files) ; let mount = mount . layer (inner) ; let mount = mount . layer (outer) ;",
                    r#"Elsewhere :: new ("old" , const {"#,
                    r#"last_day ("2027-06-30")"#,
                ],
            ),
            ("{ ::policy_core }", &["compile_error", "| mount | mount"]),
            ("list_files", &["compile_error", "| mount | mount"]),
        ] {
            let tokens = run(list.parse().unwrap());
            syn::parse2::<syn::Expr>(tokens.clone()).unwrap();
            let text = tokens.to_string();
            for part in parts {
                assert!(text.contains(part), "{part} in {text}");
            }
            assert_eq!(text.contains("compile_error"), parts.contains(&"compile_error"), "{text}");
        }
    }
}
