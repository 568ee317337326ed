//! Models that no document has to be written for.
#![allow(clippy::too_many_lines, dead_code, reason = "a list of names is long, and no test uses all models")]

use policy_spec::{
    AlternativeFacts, AsNobody, BeforeOverlays, Date, Location, OperationModel, PolicyModel, QueryFacts,
    RemovedOperation, RequirementFacts, Scheme, SchemeKind, ScopeEntry, ScopeMapping, Stale, WebhookModel,
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
        let requirement = if is_public { RequirementFacts::Public } else { RequirementFacts::AnyOf(alternatives) };
        let path = format!("/v1/{{id}}/\"quoted\"/`tick`/\u{202e}/[x]/{number}");
        let mut operation = OperationModel::new("GET", path, requirement, at(number + 1));
        operation.template = operation.template.replacen("/v1", "", 1);
        operation.operation_id = id.map(str::to_owned);
        operation.rust_name = id.filter(|id| !id.is_empty()).and_then(given);
        operation.summary =
            Some("See [Foo], <script>`x`</script>, https://example.com/a_b\n\n# Head\n1. one\u{202e}{}".to_owned());
        operation.query = QueryFacts {
            names: vec!["\"\\".to_owned()],
            prefixes: vec!["filter[".to_owned()],
            any: number == 0,
            ignores_others: number == 1,
        };
        operation.public_reason = is_public.then(|| "*/ {} \"why\"\n\u{202e}\\".to_owned());
        operation.before_overlays = (number == 1).then_some(BeforeOverlays::Absent);
        operation
    });
    let kinds = [
        ("OAuth2", SchemeKind::OAuth2),
        ("oauth2", SchemeKind::HttpOther("di\"gest".to_owned())),
        ("\u{1f511}", SchemeKind::ApiKeyCookie("a\nb".to_owned())),
        ("", SchemeKind::MutualTls),
        ("1", SchemeKind::ApiKeyQuery(String::new())),
    ];
    let mut model = PolicyModel::new("*/ [hostile] <b>\n# title", "\"1\"");
    "/v1".clone_into(&mut model.base_path);
    model.schemes = kinds
        .map(|(name, kind)| {
            let mut scheme = Scheme::new(name, kind, at(1));
            scheme.rust_name = given(name);
            if name == "OAuth2" {
                scheme.as_nobody = AsNobody::NONE.with(Stale::Expired).with(Stale::Unknown);
            }
            scheme
        })
        .to_vec();
    model.scopes = scopes
        .map(|name| {
            let mut scope = ScopeEntry::new(name, at(2));
            scope.description = Some("[`Foo`]: http://example.com <i>\u{202e}\n- x".to_owned());
            scope.declared = true;
            scope.rust_name = given(&format!("scope {name}"));
            scope
        })
        .to_vec();
    model.operations = operations.collect();
    let mut webhook = WebhookModel::new("a\"b");
    webhook.summary = Some("{}".to_owned());
    webhook.follow_up = vec![3, 1];
    model.webhooks = vec![webhook];
    model.overlays = vec!["a\"b.yaml".to_owned()];
    model.removed = vec![RemovedOperation::new("GET /\"\n", RequirementFacts::Undeclared)];
    model.scope_map = vec![
        ScopeMapping::new("OAuth2", "*/#{}", ["Foo", "123"]).with_until(Date::parse("2027-03-31")),
        // Of what the entry before grants, nothing is mapped.
        ScopeMapping::new("OAuth2", "Foo", ["self"]),
        ScopeMapping::new("OAuth2", "a \"b\"\n*/ \u{202e}\\", ["files:read"]).with_claim(["realm\n\"}", "roles.x"]),
        ScopeMapping::new("oauth2", "Foo", ["files_read"]).with_until(Date::parse("1969-12-31")),
        ScopeMapping::new("\u{1f511}", "new", ["Foo"]),
    ];
    model
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
