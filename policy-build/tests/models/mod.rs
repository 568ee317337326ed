//! Models that no document has to be written for.
#![allow(clippy::too_many_lines, dead_code, reason = "a list of names is long, and no test uses all models")]

use policy_build::Stage;
use policy_spec::{
    AlternativeFacts, BeforeOverlays, Location, OperationModel, PolicyModel, QueryFacts, RemovedOperation,
    RequirementFacts, Scheme, SchemeKind, ScopeEntry, WebhookModel,
};

fn at(line: usize) -> Location {
    Location { file: "hostile \u{202e}\"{}.yaml".to_owned(), line, column: 5 }
}

fn all(scheme: &str, scopes: &[&str]) -> AlternativeFacts {
    let scopes = scopes.iter().copied();
    AlternativeFacts::of(scheme, scopes)
}

/// Names for those of `hostile` that would have the name of another.
const GIVEN: [(&str, &str); 10] = [
    ("self", "SelfSmall"),
    ("foo", "FooSmall"),
    ("FOO", "FooLarge"),
    ("FooAlternative", "FooOfOthers"),
    ("RequiresFilesRead", "RequiresMuch"),
    ("scope files_read", "FilesReadOnce"),
    ("scope Foo", "FooScope"),
    ("scope self", "SelfScopeSmall"),
    ("oauth2", "OAUTH2_SMALL"),
    ("", "NAMELESS"),
];

fn given(name: &str) -> Option<String> {
    GIVEN.iter().find(|(of, _)| *of == name).map(|(_, given)| (*given).to_owned())
}

/// Everything a document could say to break the generated source, or to slip something into it.
pub(crate) fn hostile() -> PolicyModel {
    let scopes = [
        "#billing:read",
        "*",
        "123",
        "Foo",
        "`{Self}`",
        "files:read",
        "files_read",
        "https://api.example.com/auth/x",
        "self",
    ];
    let ids = [
        Some("Self"),
        Some("self"),
        Some("crate"),
        Some("super"),
        Some("type"),
        Some("fn"),
        Some("async"),
        Some(""),
        Some("\u{1f680}"),
        Some("123"),
        Some("2fa"),
        Some("\"\n*/ }} #![allow(warnings)] //"),
        Some("r#\"x\"#"),
        Some("listÜbersicht"),
        Some("列表"),
        Some("e\u{301}"),
        Some("\u{e9}"),
        Some("Option"),
        Some("some"),
        Some("None"),
        Some("Result"),
        Some("String"),
        Some("Box"),
        Some("Vec"),
        Some("Clone"),
        Some("Debug"),
        Some("Operation"),
        Some("Permit"),
        Some("Api"),
        Some("POLICY"),
        Some("Foo"),
        Some("foo"),
        Some("FOO"),
        Some("Foo2"),
        Some("FooAlternative"),
        Some("RequiresFilesRead"),
        Some("_"),
        Some("__"),
        Some("a_b_c"),
        None,
        None,
        None,
    ];
    let operations = ids.iter().enumerate().map(|(number, id)| {
        let alternatives = match number % 5 {
            0 => vec![
                all("OAuth2", &["files:read", "`{Self}`"]),
                all("OAuth2", &["files:read", "*"]),
                all("oauth2", &[]),
            ],
            1 => vec![all("\u{1f511}", &scopes)],
            2 => vec![
                AlternativeFacts::Anonymous,
                AlternativeFacts::Credentials { schemes: Vec::new(), extension: vec!["123".to_owned()] },
            ],
            3 => vec![AlternativeFacts::Credentials {
                schemes: vec![("OAuth2".to_owned(), vec!["Foo".to_owned()]), ("oauth2".to_owned(), Vec::new())],
                extension: vec!["self".to_owned()],
            }],
            _ => Vec::new(),
        };
        let is_public = alternatives.is_empty();
        OperationModel {
            method: "GET".to_owned(),
            path: format!("/v1/{{id}}/\"quoted\"/`tick`/\u{202e}/[x]/{number}"),
            template: format!("/{{id}}/\"quoted\"/`tick`/\u{202e}/[x]/{number}"),
            operation_id: id.map(str::to_owned),
            rust_name: id.filter(|id| !id.is_empty()).and_then(given),
            summary: Some(
                "See [Foo], <script>`x`</script>, https://example.com/a_b\n\n# Head\n1. one\u{202e}{}".to_owned(),
            ),
            requirement: if is_public { RequirementFacts::Public } else { RequirementFacts::AnyOf(alternatives) },
            alternative_spans: Vec::new(),
            query: QueryFacts {
                names: vec!["\"\\".to_owned()],
                prefixes: vec!["filter[".to_owned()],
                any: number == 0,
            },
            location: at(number + 1),
            scopes_location: None,
            reasons: Vec::new(),
            spans: Vec::new(),
            public_reason: is_public.then(|| "*/ {} \"why\"\n\u{202e}\\".to_owned()),
            before_overlays: (number == 1).then_some(BeforeOverlays::Absent),
        }
    });
    let kinds = [
        ("OAuth2", SchemeKind::OAuth2),
        ("oauth2", SchemeKind::HttpOther("di\"gest".to_owned())),
        ("\u{1f511}", SchemeKind::ApiKeyCookie("a\nb".to_owned())),
        ("", SchemeKind::MutualTls),
        ("1", SchemeKind::ApiKeyQuery(String::new())),
    ];
    PolicyModel {
        title: "*/ [hostile] <b>\n# title".to_owned(),
        version: "\"1\"".to_owned(),
        openapi: "3.1.0".to_owned(),
        base_path: "/v1".to_owned(),
        check_order: Stage::ALL,
        schemes: kinds
            .map(|(name, kind)| Scheme {
                name: name.to_owned(),
                kind,
                deprecated: false,
                rust_name: given(name),
                location: at(1),
            })
            .to_vec(),
        scopes: scopes
            .map(|name| ScopeEntry {
                name: name.to_owned(),
                description: Some("[`Foo`]: http://example.com <i>\u{202e}\n- x".to_owned()),
                declared: true,
                rust_name: given(&format!("scope {name}")),
                location: at(2),
            })
            .to_vec(),
        operations: operations.collect(),
        webhooks: vec![WebhookModel { name: "a\"b".to_owned(), summary: Some("{}".to_owned()), follow_up: vec![3, 1] }],
        overlays: vec!["a\"b.yaml".to_owned()],
        removed: vec![RemovedOperation { key: "GET /\"\n".to_owned(), before: RequirementFacts::Undeclared }],
    }
}

/// [`hostile`] twice, at different paths: as many operations as are not written as rows any more. One is in no order, one
/// begins like another, and the queries differ.
pub(crate) fn large() -> PolicyModel {
    let mut model = hostile();
    let second = model.operations.clone().into_iter().enumerate().map(|(number, mut operation)| {
        operation.path.push_str(if number % 2 == 0 { "" } else { "/é" });
        operation.template.push_str(if number % 2 == 0 { "" } else { "/é" });
        operation.method = String::from(["PUT", "x-odd", "DELETE"].into_iter().cycle().nth(number).unwrap_or("PUT"));
        operation.query.names = vec![format!("q{}", number % 7)];
        operation.location = at(number + 100);
        operation
    });
    model.operations.extend(second.collect::<Vec<_>>());
    // A column has no text for an empty name, which is as good as none.
    for operation in &mut model.operations {
        operation.operation_id = operation.operation_id.take().filter(|id| !id.is_empty());
    }
    for scope in model.scopes.iter_mut().step_by(4) {
        (scope.declared, scope.description) = (false, Some(String::new()));
    }
    model
}

/// The same in the order of templates, as large documents are written.
pub(crate) fn sorted() -> PolicyModel {
    let mut model = large();
    model.operations.sort_by(|one, other| (&one.template, &one.method).cmp(&(&other.template, &other.method)));
    model.webhooks.clear();
    model
}
