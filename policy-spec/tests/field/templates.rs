//! Which keys of `paths` are templates, and what routers make of them.

use policy_spec::Engine;
use policy_spec::Level::{Error, Warning};

use super::{Case, Document, check, paths, text};

#[test]
fn what_no_request_can_have_is_no_template() {
    let mut cases = vec![
        Case {
            name: "an empty segment, as reported",
            document: Document::File("template-empty-segment.yaml"),
            said: &[(Error, "ill-formed-template", "write one `/`")],
        },
        Case {
            name: "an encoded slash, as reported",
            document: Document::File("template-encoded-slash.yaml"),
            said: &[(Error, "ill-formed-template", "an encoded slash")],
        },
        Case {
            name: "parameters that touch, as reported",
            document: Document::File("template-adjacent-parameters.yaml"),
            said: &[(Error, "ill-formed-template", "two parameters touch")],
        },
    ];
    let siblings: &[(&str, &str)] = &[
        ("notes", "a path starts with `/`"),
        ("", "a path starts with `/`"),
        ("//notes", "an empty segment matches no request"),
        ("/notes//", "an empty segment matches no request"),
        ("/./notes", "write the resolved path"),
        ("/notes/..", "write the resolved path"),
        ("/notes/%2e%2e/x", "an encoded slash, backslash or dot matches no request"),
        ("/a%5Cb", "an encoded slash, backslash or dot matches no request"),
        ("/a%5cb", "an encoded slash, backslash or dot matches no request"),
        ("/a\\b", "write a slash, or leave it out"),
        ("/a\u{1}b", "0x01"),
        ("/a\tb", "0x09"),
        ("/a\u{1f}", "0x1f"),
        ("/café", "`/caf%C3%A9`"),
        ("/über/{größe}/maß", "`/%C3%BCber/{größe}/ma%C3%9F`"),
        ("/two words", "`/two%20words`"),
        ("/<id>", "write a parameter as `{name}`"),
        ("/a|b", "percent-encoded"),
        ("/[0-9]+", "percent-encoded"),
        ("/a^b", "percent-encoded"),
        ("/a\"b", "percent-encoded"),
        ("/100%", "`%25`"),
        ("/%zz", "`%25`"),
        ("/%{x}", "`%25`"),
        ("/%41", "write `A`"),
        ("/%7Euser", "write `~`"),
        ("/caf%c3%a9", "write `%C3`"),
        ("/{a}{b}", "two parameters touch"),
        ("/{a}.{b}{c}", "two parameters touch"),
        ("/{}", "a parameter has no name"),
        ("/{a", "with the braces in one segment"),
        ("/a}", "with the braces in one segment"),
        ("/{{a}}", "with the braces in one segment"),
        ("/{path:[^/]+}", "OpenAPI has no patterns"),
        ("/{name=projects/*}", "OpenAPI has no patterns"),
        ("/notes/{id?}", "OpenAPI has no optional parameters"),
        ("/notes{?page,size}", "OpenAPI has no optional parameters"),
        ("/notes{#part}", "OpenAPI has no optional parameters"),
        ("/notes?=1", "a name in its query is empty"),
        ("/notes?a=1&&b=2", "a name in its query is empty"),
        ("/notes?%ff=1", "not UTF-8"),
    ];
    for (key, part) in siblings {
        let said = vec![(Error, "ill-formed-template", *part)];
        cases.push(Case { name: key, document: paths(&[key]), said: said.leak() });
    }
    check(&cases);
    // A key as long as that is none for a reader of YAML, but is one for JSON.
    let long = format!(
        "{{\"openapi\": \"3.1.0\", \"paths\": {{\"/{}\": {{\"get\": {{\"security\": []}}}}}}}}",
        "a".repeat(40_000)
    );
    check(&[Case {
        name: "a segment that is too long",
        document: Document::Text(long),
        said: &[(Error, "ill-formed-template", "a segment is longer than")],
    }]);
}

#[test]
fn what_no_request_can_have_is_shown_to_reviewers_and_never_served() {
    let Document::Text(text) = text(
        "paths: { /a//b: { get: {} }, /<c>: { get: {} }, /d: { get: { operationId: d } } }\nwebhooks: { w: { x-follow-up: [d] } }",
    ) else {
        return;
    };
    let text = text.replace("openapi: 3.0.3", "openapi: 3.1.0");
    let read = |level: &str| {
        let toml = format!("[levels]\nill-formed-template = \"{level}\"\n");
        let settings = policy_spec::Configuration::parse("policy.toml", &toml).unwrap().settings;
        policy_spec::read("api.yaml", text.as_bytes(), &settings)
    };
    let refused = read("error");
    assert!(refused.model.is_none() && refused.is_complete());
    assert_eq!(refused.readable().unwrap().operations.len(), 3);
    for level in ["warning", "allow"] {
        let lived_with = read(level);
        assert!(!lived_with.is_complete());
        let model = lived_with.model.unwrap();
        let paths: Vec<&str> = model.operations.iter().map(|operation| operation.path.as_str()).collect();
        assert_eq!(paths, ["/d"]);
        assert_eq!(model.webhooks.first().unwrap().follow_up, [0]);
        assert!(Engine::new(&model).is_ok());
    }
}

#[test]
fn what_is_a_template_is_one() {
    let keys = [
        "/",
        "/notes/",
        "/notes/...",
        "/a%20b",
        "/caf%C3%A9",
        "/%2B",
        "/a;v=1",
        "/$count",
        "/{größe}",
        "/{a}-{b}.json",
        "/me/drive/root:/{id}:/content",
        "/documents:commit",
        "/fn(a='{a}',b={b})",
        "/@{user}",
        "/~{user}",
        "/x/{a b}",
    ];
    check(&[Case { name: "templates", document: paths(&keys), said: &[] }]);
}

#[test]
fn what_a_router_reads_otherwise_is_said() {
    const ONE: &str = "takes any text, and never more than one segment";
    let mut cases = vec![Case {
        name: "routers' own syntax, as reported",
        document: Document::File("template-greedy.yaml"),
        said: &[
            (Warning, "router-syntax", "`{rest+}` is one parameter here"),
            (Warning, "router-syntax", "`{*vehicleId}` is one parameter here"),
            (Warning, "router-syntax", "`{path:.+}` is one parameter here"),
            (Warning, "router-syntax", "`{file_path:path}` is one parameter here"),
            (Warning, "router-syntax", "`:token` is text here"),
            (Warning, "router-syntax", "`*` is text here"),
        ],
    }];
    let siblings: &[(&str, &str)] = &[
        ("/a/{**rest}", ONE),
        ("/a/{rest*}", ONE),
        ("/a/{rest...}", ONE),
        ("/a/{rest..}", ONE),
        ("/a/{+rest}", ONE),
        ("/a/{id:int}", ONE),
        ("/a/{id<int>}", ONE),
        ("/a/{id|[0-9]+}", ONE),
        ("/a/{id=7}", ONE),
        ("/a{.format}", ONE),
        ("/a{;matrix}", ONE),
        ("/a/{$}", ONE),
        ("/a/*rest", "`*rest` is text here"),
        ("/a/**", "`**` is text here"),
        ("/a*", "`a*` is text here"),
        ("/(.*)", "is text here"),
        ("/posts/:id.:format", "is text here"),
        ("/posts(.:format)", "is text here"),
        ("/a/${id}", "`$` is text here"),
    ];
    for (key, part) in siblings {
        let said = vec![(Warning, "router-syntax", *part)];
        cases.push(Case { name: key, document: paths(&[key]), said: said.leak() });
    }
    check(&cases);
}
