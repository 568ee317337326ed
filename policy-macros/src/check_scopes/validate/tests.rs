//! Written lists against the document's, and what is said where they differ.
#![allow(clippy::unwrap_used, reason = "a test")]

use super::*;

fn messages(document: &str, written: &str) -> Vec<String> {
    let call = format!(
        r#"{{ "ListEncounters" "GET" "/encounters" "openapi.yaml:41:28" [ {document} ] }} {{ ::policy_core }} {{ ListEncounters }} {{ list_encounters }} {{ Permit<ListEncounters> }} {{ }} {{ LIST_ENCOUNTERS LIST_ENCOUNTERS_SCOPES }} {{ {written} }} {{ }}"#
    );
    let errors = validate(&syn::parse_str(&call).unwrap());
    errors.or_ok(()).err().into_iter().flatten().map(|error| error.to_string()).collect()
}

fn headlines(document: &str, written: &str) -> Vec<String> {
    messages(document, written).iter().map(|message| message.lines().next().unwrap().to_owned()).collect()
}

#[test]
fn security_of_utoipa_is_compared_as_the_list() {
    for (document, written, expected) in [
        (r#"["a" "b"]"#, r#"security(("O" = ["b", "a"]))"#, &[][..]),
        (r#"["a" "b"] ["c"]"#, r#"security(("K" = ["c"]), ("O" = ["a"], "K" = ["b"]))"#, &[]),
        (r#"[] ["a"]"#, r#"security((), ("O" = ["a"]))"#, &[]),
        ("", "security()", &[]),
        ("", "security(())", &[]),
        (
            "",
            r#"security(("K" = []))"#,
            &["operation `ListEncounters` is public, so a list of scopes says what is not so"],
        ),
        (r#"["a"]"#, "security()", &["missing alternative `a` of operation `ListEncounters`"]),
        (r#"["a" "b"]"#, r#"security(("O" = ["a"]))"#, &["missing scope `b`: operation `ListEncounters` requires it"]),
    ] {
        assert_eq!(headlines(document, written), expected, "{document} against {written}");
    }
    let told = messages(r#"["files:read"]"#, r#"security(("O" = ["files:raed"]))"#);
    assert_eq!(
        told,
        ["surplus scope `files:raed`: operation `ListEncounters` does not require it\n\
          note: openapi.yaml:41:28 requires `files:read`\n\
          help: did you mean `files:read`?\n\
          help: if `security(…)` is right, `cargo policy draft` writes the document anew"]
    );
}

/// Who grants a scope is a part of the alternative: `files:read` of a session is not that of an API key.
#[test]
fn the_schemes_of_utoipa_are_compared_where_the_document_says_them() {
    let of = |schemes: &str| format!(r#"["a"] ["b"] ] code_first [ {schemes}"#);
    for (schemes, written, expected) in [
        (r#"[("O" "a")] [("K" "b")]"#, r#"security(("K" = ["b"]), ("O" = ["a"]))"#, &[][..]),
        (
            r#"[("O" "a")] [("K" "b")]"#,
            r#"security(("O" = ["b"]), ("O" = ["a"]))"#,
            &[
                "operation `ListEncounters` does not accept `O` with `b`: the scopes are the document's, and the schemes are not",
            ],
        ),
        (
            r#"[("O" "a")] [("O" "b")] [("K" "b")]"#,
            r#"security(("O" = ["b"]), ("O" = ["a"]))"#,
            &["missing alternative `K` with `b` of operation `ListEncounters`"],
        ),
        (
            r#"[("O" "a")] [("K" "b")]"#,
            r#"security(("O" = ["a"], "K" = []), ("K" = ["b"]))"#,
            &[
                "operation `ListEncounters` does not accept `K` and `O` with `a`: the scopes are the document's, and the schemes are not",
            ],
        ),
        // The attribute's own list names no schemes.
        (r#"[("O" "a")] [("K" "b")]"#, r#"scopes(any("a", "b"))"#, &[]),
        // What the scopes say goes first.
        (
            r#"[("O" "a")] [("K" "b")]"#,
            r#"security(("K" = ["b"]), ("K" = ["c"]))"#,
            &["surplus scope `c`: operation `ListEncounters` does not require it"],
        ),
    ] {
        assert_eq!(headlines(&of(schemes), written), expected, "{schemes} against {written}");
    }
    let told = messages(&of(r#"[("O" "a")] [("K" "b")]"#), r#"security(("K" = ["b"]), ("K" = ["a"]))"#);
    assert_eq!(
        told,
        [
            "operation `ListEncounters` does not accept `K` with `a`: the scopes are the document's, and the schemes are not\n\
          note: openapi.yaml:41:28 accepts `O` with `a`\n\
          help: if `security(…)` is right, `cargo policy draft` writes the document anew"
        ]
    );
}

#[test]
fn equal_sets_pass_in_any_order_and_repetition() {
    for (document, written) in [
        (r#"["a" "b"]"#, r#"scopes("b", "a", "b")"#),
        (r#"["a" "b"] ["c"]"#, r#"scopes(any(all("c"), all("b", "a"), all("a", "b")))"#),
        (r#"["a"] ["a"]"#, r#"scopes("a")"#),
        (r#"[]"#, "scopes()"),
        (r#"[] ["a"]"#, r#"scopes(any(all(), "a"))"#),
        (r#"["a"]"#, ""),
    ] {
        assert_eq!(messages(document, written), Vec::<String>::new(), "{document} against {written}");
    }
}

#[test]
fn a_difference_is_reported_where_it_is() {
    for (document, written, expected) in [
        (r#"["a" "b"]"#, r#"scopes("a")"#, &["missing scope `b`: operation `ListEncounters` requires it"][..]),
        (r#"["a" "b"]"#, "scopes()", &["missing scopes `a`, `b`: operation `ListEncounters` requires them"]),
        (r#"["a"]"#, r#"scopes("a", "z")"#, &["surplus scope `z`: operation `ListEncounters` does not require it"]),
        (
            r#"["a" "b"] ["c"]"#,
            r#"scopes(any(all("a"), "c"))"#,
            &["missing scope `b`: operation `ListEncounters` requires it"],
        ),
        (r#"["a" "b"] ["c"]"#, r#"scopes("a", "b")"#, &["missing alternative `c` of operation `ListEncounters`"]),
        (
            r#"["a"]"#,
            r#"scopes(any("a", "z"))"#,
            &["surplus alternative `z`: operation `ListEncounters` does not accept it"],
        ),
        // The alternatives must not be merged: `a` or `b` is less than `a` and `b`.
        (
            r#"["a"] ["b"]"#,
            r#"scopes("a", "b")"#,
            &[
                "surplus scope `b`: operation `ListEncounters` does not require it",
                "missing alternative `b` of operation `ListEncounters`",
            ],
        ),
        // Two alternatives that the document lacks: neither of them is taken for the one that was not written.
        (
            r#"["admin"] ["files:read"]"#,
            r#"scopes(any("admin", "audio", "meta:write"))"#,
            &[
                "surplus alternative `audio`: operation `ListEncounters` does not accept it",
                "surplus alternative `meta:write`: operation `ListEncounters` does not accept it",
                "missing alternative `files:read` of operation `ListEncounters`",
            ],
        ),
        ("", r#"scopes("a")"#, &["operation `ListEncounters` is public, so a list of scopes says what is not so"]),
    ] {
        assert_eq!(headlines(document, written), expected, "{document} against {written}");
    }
}

/// One mistake, one error, wherever it is.
#[test]
fn each_misspelt_or_mistaken_scope_is_one_error() {
    let did_you_mean = |document: &str, written: &str| -> Vec<String> {
        let messages = messages(document, written);
        messages.iter().map(|message| message.lines().last().unwrap().to_owned()).collect()
    };
    for (document, written, expected) in [
        (r#"["files:read"]"#, r#"scopes("files:raed")"#, &["help: did you mean `files:read`?"][..]),
        (
            r#"["files:read"] ["admin"]"#,
            r#"scopes(any("file:read", "admn"))"#,
            &["help: did you mean `files:read`?", "help: did you mean `admin`?"],
        ),
        (
            r#"["admin"] ["files:read" "meta:read"] ["files:write"]"#,
            r#"scopes(any("admin", all("file:read", "meta:raed"), "files:wirte"))"#,
            &[
                "help: did you mean `files:read`?",
                "help: did you mean `meta:read`?",
                "help: did you mean `files:write`?",
            ],
        ),
        (
            r#"["files:read" "meta:read"]"#,
            r#"scopes("read:files", "meta:read")"#,
            &["help: write `files:read` in its place, or change the document"],
        ),
        // Of nine characters three may differ, and not four.
        (r#"["meta:read"]"#, r#"scopes("mate:reed")"#, &["help: did you mean `meta:read`?"]),
        (
            r#"["meta:read"]"#,
            r#"scopes("mate:roed")"#,
            &["help: write `meta:read` in its place, or change the document"],
        ),
        // One scope where two are required was written for neither of them.
        (
            r#"["files:read" "meta:read"]"#,
            r#"scopes("admin")"#,
            &[
                "help: remove it here, or require it in the document",
                "help: write `scopes(\"files:read\", \"meta:read\")`, or change the document",
            ],
        ),
    ] {
        assert_eq!(did_you_mean(document, written), expected, "{document} against {written}");
    }
}

#[test]
fn a_misspelt_scope_is_one_error_that_names_the_right_one() {
    let messages = messages(r#"["documents:read" "patients:read"]"#, r#"scopes("document:read", "patients:read")"#);
    assert_eq!(
        messages,
        ["surplus scope `document:read`: operation `ListEncounters` does not require it\n\
          note: openapi.yaml:41:28 requires `documents:read`, `patients:read`\n\
          help: did you mean `documents:read`?"]
    );
}

/// The note says what the document requires, and the help is the list to copy.
#[test]
fn the_document_is_quoted_in_words_and_as_a_list() {
    for (document, written, note, help) in [
        (
            "[]",
            r#"scopes("admin")"#,
            "note: openapi.yaml:41:28 requires authentication and no scope",
            "help: remove it here, or require it in the document",
        ),
        (
            r#"["admin"]"#,
            r#"scopes(any("admin", "audit:read"))"#,
            "note: openapi.yaml:41:28 requires `admin`",
            r#"help: write `scopes("admin")`, or change the document"#,
        ),
        (
            r#"["files:read" "meta:read"] ["admin"] ["admin"] []"#,
            r#"scopes(any(all("files:read", "meta:read"), "admin", all(), "backup:all"))"#,
            "note: openapi.yaml:41:28 requires `files:read` and `meta:read`, or `admin`, or `admin`, or no scope",
            r#"help: write `scopes(any(all("files:read", "meta:read"), all("admin"), all()))`, or change the document"#,
        ),
    ] {
        let messages = messages(document, written);
        let message = messages.first().unwrap();
        assert_eq!(message.lines().skip(1).collect::<Vec<_>>(), [note, help], "{document} against {written}");
        assert_eq!(messages.len(), 1, "{document} against {written}");
    }
}
