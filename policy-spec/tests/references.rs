//! References: which files they may lead to, and what they lead to.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

mod folder;

use folder::Folder;
use policy_spec::{Code, Configuration, SchemeKind, Settings};

const SCHEMES: &str = "
openapi: 3.1.0
info: { title: T, version: 1.0 }
components:
  securitySchemes:
    A: { type: http, scheme: Bearer }
    B: { type: apiKey, in: query, name: api_key }
    O: { type: oauth2, flows: { implicit: { authorizationUrl: https://a.example, scopes: { r: R, w: W } } } }
";

#[test]
fn references_to_other_files_are_followed_within_the_folder() {
    let entry = format!(
        "{SCHEMES}security: [{{A: []}}]\npaths:\n  /a: {{ $ref: 'paths/a.yaml' }}\n  /b: {{ get: {{ $ref: 'paths/a.yaml#/get' }} }}\n"
    );
    let folder = Folder::new(&[
        ("api/api.yaml", &entry),
        ("api/paths/a.yaml", "get:\n  x-required-scopes: [x]\n  parameters: [{ $ref: '../shared.yaml#/page' }]\n"),
        ("api/shared.yaml", "page: { name: page, in: query }\n"),
    ]);
    let path = folder.0.join("api/api.yaml");
    let loaded = policy_spec::load(&path, &Settings::default());
    let findings = loaded.render(false);
    let model = loaded.model.unwrap_or_else(|| panic!("{findings}"));
    for operation in &model.operations {
        assert_eq!(operation.alternatives()[0].schemes(), [("A".to_owned(), Vec::new())]);
        assert_eq!(operation.alternatives()[0].extension(), ["x"]);
        assert_eq!(operation.query.names, ["page"]);
    }
    assert!(model.operations[0].location.to_string().ends_with("api/paths/a.yaml:1:1"));
    let names: Vec<_> =
        loaded.files.iter().map(|file| file.strip_prefix(&folder.0).unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(names, ["api/api.yaml", "api/paths/a.yaml", "api/shared.yaml"]);
}

#[test]
fn references_out_of_the_folder_are_refused() {
    let entry = format!(
        "{SCHEMES}security: [{{A: []}}]\npaths:\n  /a: {{ $ref: '../outside.yaml' }}\n  /b: {{ $ref: '/etc/hostname' }}\n  /c: {{ $ref: 'missing.yaml' }}\n  /d: {{ $ref: '%2e%2e/outside.yaml' }}\n  /e: {{ $ref: 'link.yaml' }}\n"
    );
    let folder = Folder::new(&[("api/api.yaml", &entry), ("outside.yaml", "get: {}\n")]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.0.join("outside.yaml"), folder.0.join("api/link.yaml")).unwrap();
    let loaded = policy_spec::load(&folder.0.join("api/api.yaml"), &Settings::default());
    assert!(loaded.model.is_none());
    let codes: Vec<_> = loaded.findings.iter().map(|finding| finding.code.as_str()).collect();
    let outside = "reference-outside-tree";
    let linked = if cfg!(unix) { outside } else { "unresolved-ref" };
    assert_eq!(codes, [outside, outside, "unresolved-ref", outside, linked]);
}

#[test]
fn a_reference_to_a_folder_says_so() {
    for target in [".", "./", "./#/x", "x/.."] {
        let entry = format!("{SCHEMES}security: [{{A: []}}]\npaths: {{ /a: {{ $ref: '{target}' }} }}\n");
        let folder = Folder::new(&[("api.yaml", &entry)]);
        let loaded = policy_spec::load(&folder.0.join("api.yaml"), &Settings::default());
        let text = loaded.render(false);
        let said = text.contains("is a folder, and a reference leads to a file");
        assert!(loaded.model.is_none() && said, "{target}: {text}");
    }
}

#[test]
fn references_may_use_a_configured_folder_above() {
    let entry = format!("{SCHEMES}security: [{{A: []}}]\npaths:\n  /a: {{ $ref: '../shared/a.yaml' }}\n");
    let folder = Folder::new(&[
        ("project/policy.toml", "document = \"../contracts/api/api.yaml\"\nreference-root = \"../contracts\"\n"),
        ("contracts/api/api.yaml", &entry),
        (
            "contracts/shared/a.yaml",
            "get: { parameters: [{ $ref: '../../outside.yaml' }, { $ref: '../api/api.yaml#/x' }] }\nput: {}\n",
        ),
        ("outside.yaml", "{ name: p, in: query }\n"),
    ]);
    let settings = Configuration::load(&folder.0.join("project/policy.toml")).unwrap().settings;
    let path = folder.0.join("contracts/api/api.yaml");
    let loaded = policy_spec::load(&path, &settings);
    let codes: Vec<_> =
        loaded.findings.iter().filter(|finding| finding.is_error()).map(|finding| finding.code).collect();
    // The entry document is known by its path below the folder, so that nothing is read twice.
    assert_eq!(codes, [Code::ReferenceOutsideTree, Code::UnresolvedRef], "{}", loaded.render(false));
    assert_eq!(loaded.files.len(), 2);
    assert_eq!(loaded.readable().unwrap().operations.len(), 2);
    let elsewhere = Settings::default().with(|settings| settings.reference_root = Some(folder.0.join("project")));
    let loaded = policy_spec::load(&path, &elsewhere);
    assert_eq!(loaded.findings[0].code, Code::ReferenceOutsideTree);
    assert!(loaded.findings[0].message.contains("the document is not in the folder"));
}

#[test]
fn files_are_bounded_together() {
    let entry =
        format!("{SCHEMES}security: [{{A: []}}]\npaths: {{ /a: {{ $ref: a.yaml }}, /b: {{ $ref: b.yaml }} }}\n");
    let long = format!("x-long: {}\nget: {{}}\n", "a".repeat(1_000));
    let folder = Folder::new(&[("api.yaml", &entry), ("a.yaml", &long), ("b.yaml", &long)]);
    let mut settings = Settings::default();
    settings.limits.bytes = entry.len() + 1_500;
    let loaded = policy_spec::load(&folder.0.join("api.yaml"), &settings);
    let errors: Vec<_> = loaded.findings.iter().filter(|finding| finding.is_error()).collect();
    assert_eq!(errors.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::TooLarge]);
    assert!(loaded.sources.name(errors[0].primary.span.file).ends_with("b.yaml"));
    assert!(!loaded.is_complete());
}

#[test]
fn a_scheme_may_be_named_by_its_uri_from_3_2_on() {
    let schemes = "components: { securitySchemes: { 'k.yaml': { type: http, scheme: basic } } }";
    let files = |version: &str, name: &str| {
        let text = format!(
            "openapi: {version}\n{schemes}\npaths: {{ /a: {{ get: {{ security: [{{ '{name}': [] }}] }} }} }}\n"
        );
        let folder = Folder::new(&[
            ("api.yaml", &text),
            ("k.yaml", "{ type: mutualTLS }\n"),
            ("other.yaml", "{ type: mutualTLS }\n"),
            ("keys/all.yaml", "one: { $ref: '#/two' }\ntwo: { type: http, scheme: digest }\n"),
        ]);
        let loaded = policy_spec::load(&folder.0.join("api.yaml"), &Settings::default());
        let errors: Vec<_> =
            loaded.findings.iter().filter(|finding| finding.is_error()).map(|finding| finding.code).collect();
        loaded.model.map(|model| model.schemes.last().unwrap().kind.clone()).ok_or(errors)
    };
    // A component's name wins.
    assert_eq!(files("3.2.0", "k.yaml"), Ok(SchemeKind::Basic));
    assert_eq!(files("3.2.0", "./k.yaml"), Ok(SchemeKind::MutualTls));
    assert_eq!(files("3.2.0", "other.yaml"), Ok(SchemeKind::MutualTls));
    assert_eq!(files("3.2.0", "keys/all.yaml#/one"), Ok(SchemeKind::HttpOther("digest".to_owned())));
    assert_eq!(files("3.2.0", "keys/all.yaml#/three"), Err(vec![Code::UnresolvedRef]));
    assert_eq!(files("3.2.0", "https://example.com/k"), Err(vec![Code::ReferenceOutsideTree]));
    assert_eq!(files("3.2.0", "unknown"), Err(vec![Code::SchemeUnresolved]));
    assert_eq!(files("3.1.0", "./k.yaml"), Err(vec![Code::SchemeUnresolved]));
}

#[test]
fn the_document_s_own_uri_leads_to_itself() {
    let text = "openapi: 3.2.0\n$self: https://example.com/api.yaml\nsecurity: []\npaths: { /a: { get: { parameters: [{ $ref: 'https://example.com/api.yaml#/x-p' }] } } }\nx-p: { in: query, name: p }\n";
    let loaded = policy_spec::read("api.yaml", text.as_bytes(), &Settings::default());
    let findings = loaded.render(false);
    assert_eq!(loaded.model.unwrap_or_else(|| panic!("{findings}")).operations[0].query.names, ["p"]);
}
