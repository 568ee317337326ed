//! `[[public]]`: operations that the configuration opens, and every way in which an entry is wrong.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use policy_spec::{Configuration, Loaded, PublicOperation, RequirementFacts, Settings};

const DOCUMENT: &str = "openapi: 3.1.0
info: { title: Notes, version: '1' }
servers: [{ url: /v1 }]
components:
  securitySchemes:
    Key: { type: http, scheme: bearer }
paths:
  /notes/{id}: { get: { operationId: get, security: [{ Key: [] }] } }
  /scoped: { get: { operationId: scoped, x-required-scopes: [a] } }
  /open: { get: { operationId: open, security: [] } }
  /login: { post: { operationId: login } }
  /login#refresh: { post: { operationId: refresh } }
  /health: { get: { operationId: health }, head: { operationId: head } }
  /status/{part}: { get: { operationId: status } }
";

fn read(document: &str, toml: &str) -> Loaded {
    let configuration = Configuration::parse("policy.toml", toml).unwrap_or_else(|problem| panic!("{problem}"));
    policy_spec::read("api.yaml", document.as_bytes(), &configuration.settings)
}

fn entry(operations: &str) -> String {
    format!("[[public]]\noperations = [{operations}]\nreason = 'asked by machines'\n")
}

const ALL: &str = "'POST /login', 'POST /login#refresh', 'GET /health', 'HEAD /health', 'GET /status/{part}'";

#[test]
fn what_the_document_leaves_open_is_opened_by_name() {
    let loaded = read(DOCUMENT, &entry(ALL));
    let model = loaded.model.as_ref().unwrap_or_else(|| panic!("{}", loaded.render(false)));
    let public: Vec<_> = model
        .operations
        .iter()
        .filter(|operation| operation.requirement == RequirementFacts::Public)
        .map(|operation| (operation.key(), operation.public_reason.clone()))
        .collect();
    let said = |key: &str| (key.to_owned(), Some("asked by machines".to_owned()));
    assert_eq!(
        public,
        [
            // The document says so itself.
            ("GET /open".to_owned(), None),
            said("POST /login"),
            said("POST /login#refresh"),
            said("GET /health"),
            said("HEAD /health"),
            said("GET /status/{part}"),
        ]
    );
    // What is asked for the reason is shown the line in the configuration.
    let health = model.operations.iter().find(|operation| operation.key() == "GET /health").unwrap();
    assert_eq!(loaded.sources.name(health.reasons[0].file), "policy.toml");
}

/// What is not named stays what it was: an error, or denied.
#[test]
fn what_is_not_named_stays_undeclared() {
    let loaded = read(DOCUMENT, &entry("'GET /health'"));
    assert_eq!(loaded.findings.iter().filter(|finding| finding.code.as_str() == "undeclared-operation").count(), 4);
    let denied = read(DOCUMENT, &format!("undeclared = 'deny'\n{}", entry("'GET /health'")));
    let model = denied.model.unwrap();
    assert_eq!(
        model.operations.iter().filter(|operation| operation.requirement == RequirementFacts::Undeclared).count(),
        4
    );
}

#[test]
fn an_entry_changes_the_fingerprint_and_its_reason_does_not() {
    let fingerprint = |toml: &str| read(DOCUMENT, &format!("undeclared = 'deny'\n{toml}")).model.unwrap().fingerprint();
    let open = fingerprint(&entry("'GET /health'"));
    assert_ne!(open, fingerprint(""));
    assert_eq!(open, fingerprint(&entry("'GET /health'").replace("machines", "others")));
    // It decides as a document that says `security: []` there.
    let written = DOCUMENT.replace("operationId: health", "operationId: health, security: []");
    assert_eq!(open, read(&written, "undeclared = 'deny'\n").model.unwrap().fingerprint());
}

/// An undeclared route that a public template would decide in its place stays an error.
#[test]
fn a_public_template_does_not_open_what_is_denied_below_it() {
    let document =
        DOCUMENT.replace("  /status/{part}:", "  /status/secret: { get: { operationId: secret } }\n  /status/{part}:");
    let loaded = read(&document, &format!("undeclared = 'deny'\n{}", entry("'GET /status/{part}'")));
    assert!(loaded.model.is_none(), "{}", loaded.render(false));
}

/// Each wrong entry, where `policy.toml` says it, with the fix.
macro_rules! mistakes {
    ($($name:ident: $toml:expr;)*) => {$(
        #[test]
        fn $name() {
            let toml: String = $toml;
            let loaded = read(DOCUMENT, &toml);
            assert!(loaded.model.is_none());
            let errors = loaded.findings.iter().filter(|finding| finding.is_error());
            let errors: Vec<String> = errors.map(|finding| finding.render(&loaded.sources, false)).collect();
            insta::with_settings!({ description => toml, omit_expression => true }, {
                insta::assert_snapshot!(errors.join("\n\n"));
            });
        }
    )*};
}

mistakes! {
    an_operation_that_is_not_there: format!("undeclared = 'deny'\n{}", entry("'GET /helth', 'get /health', 'GET /v1/health', 'GET /status/{x}', 'PUT /health', '/health', 'GET  /health', 'DELETE /nothing/like/it'"));
    a_pattern: format!("undeclared = 'deny'\n{}", entry("'GET /status/*', '*'"));
    an_operation_that_the_document_decides_about: format!("undeclared = 'deny'\n{}", entry("'GET /notes/{id}', 'GET /scoped', 'GET /open'"));
    an_operation_twice: format!("undeclared = 'deny'\n{}{}", entry("'GET /health', 'GET /health'"), entry("'GET /health'"));
}

#[test]
fn an_operation_that_inherits_is_decided_by_what_it_inherits() {
    for security in ["security: [{ Key: [] }]\n", "security: []\n", "security: [{}]\n", "security: nonsense\n"] {
        let loaded = read(&format!("{DOCUMENT}{security}"), &entry("'GET /health'"));
        let shown = loaded.render(false);
        assert!(loaded.model.is_none(), "{shown}");
        assert!(shown.contains("the document says itself who may call `GET /health`"), "{security}: {shown}");
        assert!(shown.contains("by `security`, which it inherits, here"), "{shown}");
    }
}

#[test]
fn the_table_itself_is_checked() {
    let cases = [
        ("[[public]]\noperations = ['GET /health']\n", "`[[public]]` has no `reason`"),
        ("[[public]]\nreason = 'x'\n", "`[[public]]` has no `operations`"),
        ("[[public]]\noperations = ['GET /health']\nreason = ' '\n", "`[[public]]` gives no reason"),
        ("[[public]]\noperations = []\nreason = 'x'\n", "`operations` lists none"),
        ("[[public]]\noperations = 'GET /health'\nreason = 'x'\n", "`operations` lists none"),
        ("[[public]]\noperations = [7]\nreason = 'x'\n", "expected a string here"),
        ("[[public]]\noperation = ['GET /health']\nreason = 'x'\n", "did you mean `operations`?"),
        ("public = ['GET /health']\n", "expected a table here"),
    ];
    for (toml, expected) in cases {
        let problem = Configuration::parse("policy.toml", toml).unwrap_err().to_string();
        assert!(problem.contains(expected), "{toml}: {problem}");
    }
}

/// By settings that no file says, the same holds.
#[test]
fn entries_of_a_program_are_held_to_the_same_rules() {
    let read = |public: Vec<PublicOperation>| {
        let settings = Settings::default().with(|settings| {
            settings.public = public;
            settings.undeclared = policy_spec::Undeclared::Deny;
        });
        policy_spec::read("api.yaml", DOCUMENT.as_bytes(), &settings)
    };
    let health = |reason: &str| PublicOperation::new("GET /health", reason);
    assert!(read(vec![health("machines")]).model.is_some());
    for wrong in [vec![health("")], vec![health("one"), health("two")], vec![PublicOperation::new("GET /x", "y")]] {
        assert!(read(wrong).model.is_none());
    }
}
