//! Scopes that nobody holds, that read like alternatives, or that no catalogue lists.

use policy_spec::{Code, Level};

use super::check;
use super::reading::{ERROR, NOTE, WARNING, document, file, operation, read, text};

#[test]
fn a_template_is_no_scope_that_anybody_holds() {
    let with = |scope: &str| {
        let text = operation("", &[&format!("security: [{{ OAuth: ['{scope}'] }}]")]);
        text.replace("read: R", &format!("'{scope}': R"))
    };
    check(&[file(
        "scope-placeholder.yaml",
        &[(WARNING, "scope-placeholder", "no token holds the scope `consent:{consentId}`")],
    )]);
    for (scope, is_template) in [
        ("consent:{consentId}", true),
        ("AIS:<consentId>", true),
        ("org:${orgId}:read", true),
        ("repos/:owner/read", true),
        ("https://api.example.org/auth/{tenant}", true),
        ("https://www.googleapis.com/auth/drive.file", false),
        ("https://api.example.org:8443/files", false),
        ("urn:zitadel:iam:org:project:roles", false),
        ("read:users", false),
    ] {
        let loaded = read(&with(scope));
        let said = loaded.findings.iter().any(|finding| finding.code == Code::ScopePlaceholder);
        assert_eq!(said, is_template, "{scope}\n{}", loaded.render(false));
        assert!(loaded.model.is_some(), "{scope}");
    }
}

#[test]
fn scopes_that_read_like_alternatives_are_told_in_one_group() {
    let with = |scopes: &str| {
        document(&format!("paths: {{ /a: {{ get: {{ operationId: a, security: [{{ Key: [{scopes}] }}] }} }} }}\n"))
    };
    let said = |part: &'static str| -> &'static [(Level, &'static str, &'static str)] {
        Vec::leak(vec![(WARNING, "and-that-reads-like-or", part)])
    };
    check(&[
        file(
            "wildcard-and.yaml",
            &[
                (WARNING, "and-that-reads-like-or", "both `tasks.*` and `tasks.get`"),
                (
                    WARNING,
                    "and-that-reads-like-or",
                    "`patient/Observation.s`, `system/Observation.s` and `user/Observation.s`",
                ),
            ],
        ),
        text(
            "a wildcard in the middle",
            with("'patient/*.read', 'patient/Patient.read'"),
            said("both `patient/*.read` and `patient/Patient.read`"),
        ),
        text("a wildcard and several", with("'a:*', 'a:b', 'a:c', 'd:e'"), said("`a:*`, `a:b` and `a:c`")),
        text("a wildcard beside another resource", with("'a:*', 'b:c'"), &[]),
        text("contexts of two resources", with("patient/A.r, user/B.r"), &[]),
        text("reading and writing", with("'a:read', 'a:write'"), said("both `a:read` and `a:write`")),
    ]);
}

#[test]
fn scopes_of_extensions_without_a_catalogue_are_those_in_use() {
    let operations = |scopes: &[&str]| -> String {
        let each = |(at, scopes): (usize, &&str)| {
            format!(
                "  /p{at}: {{ get: {{ operationId: o{at}, security: [{{ OAuth: [] }}], x-required-scopes: [{scopes}] }} }}\n"
            )
        };
        format!("paths:\n{}", scopes.iter().enumerate().map(each).collect::<String>())
    };
    let used = ["'files:view'", "'files:view', 'users:view'", "'users:view'", "'file:view'"];
    check(&[
        text(
            "one note for all, and the one that is misspelt",
            document(&operations(&used)),
            &[
                (NOTE, "unused-scope", "read"),
                (NOTE, "unused-scope", "write"),
                (NOTE, "uncatalogued-scopes", "3 scopes are demanded by extensions and in no catalogue"),
                (WARNING, "scope-typo", "did you mean `files:view`?"),
            ],
        ),
        text(
            "a letter away from a declared one",
            document(&operations(&["reed", "write", "write"])),
            &[(NOTE, "unused-scope", "read"), (ERROR, "undeclared-scope", "did you mean `read`?")],
        ),
        text(
            "a catalogue of their own",
            document(&operations(&["'files:view'", "'file:view'"]))
                .replace("OAuth: { type", "OAuth: { x-scopes: { 'files:view': V }, type"),
            &[(ERROR, "undeclared-scope", "declare it under `components.securitySchemes.OAuth.x-scopes`")],
        ),
        text(
            "a scope of OAuth",
            document("paths: { /a: { get: { operationId: a, security: [{ OAuth: ['files:view'] }] } } }\n"),
            &[(ERROR, "undeclared-scope", "declare it under `components.securitySchemes.OAuth.flows`")],
        ),
    ]);
    // Hundreds of them are one note.
    let many: Vec<String> = (0..300).map(|at| format!("'permission-{at}'")).collect();
    let loaded = read(&document(&operations(&many.iter().map(String::as_str).collect::<Vec<_>>())));
    let of = |code| loaded.findings.iter().filter(|finding| finding.code == code).count();
    assert_eq!((of(Code::UncataloguedScopes), of(Code::UndeclaredScope), of(Code::ScopeTypo)), (1, 0, 0));
    assert!(loaded.model.is_some());
}
