//! Findings speak of the places that the document's own version has.

use policy_spec::{Finding, Loaded, Settings};

/// What the versions call things, and the heads of their documents.
struct Version {
    title: &'static str,
    head: &'static str,
    /// Schemes `Key`, and `OA` with one flow and the scope `read`.
    schemes: fn(oauth: &str) -> String,
    implicit: &'static str,
    password: &'static str,
    client: &'static str,
    /// Words that no finding about such a document says.
    foreign: &'static [&'static str],
}

const SWAGGER_WORDS: &[&str] = &["securityDefinitions", "basePath", "Swagger", "swagger", "accessCode", "formData"];
const OPENAPI_WORDS: &[&str] =
    &["components", "servers", "flows", "`openapi`", "authorizationCode", "clientCredentials", "cookie", "openapi:"];

const VERSIONS: [Version; 4] = [
    Version {
        title: "2.0",
        head: "swagger: '2.0'\ninfo: { title: T, version: '1' }\n",
        schemes: |oauth| {
            format!(
                "securityDefinitions:\n  Key: {{ type: apiKey, in: header, name: X-Key }}\n  OA: {{ type: oauth2, {oauth} }}\n"
            )
        },
        implicit: "flow: implicit, authorizationUrl: /a, scopes: { read: R }",
        password: "flow: password, tokenUrl: /t, scopes: { read: R }",
        client: "flow: application, tokenUrl: /t, scopes: { read: R }",
        foreign: OPENAPI_WORDS,
    },
    Version { title: "3.0", head: "openapi: 3.0.4\ninfo: { title: T, version: '1' }\n", ..OPENAPI_3 },
    Version { title: "3.1", head: "openapi: 3.1.1\ninfo: { title: T, version: '1' }\n", ..OPENAPI_3 },
    Version { title: "3.2", head: "openapi: 3.2.0\ninfo: { title: T, version: '1' }\n", ..OPENAPI_3 },
];

const OPENAPI_3: Version = Version {
    title: "",
    head: "",
    schemes: |oauth| {
        format!(
            "components:\n  securitySchemes:\n    Key: {{ type: apiKey, in: header, name: X-Key }}\n    OA: {{ type: oauth2, {oauth} }}\n"
        )
    },
    implicit: "flows: { implicit: { authorizationUrl: /a, scopes: { read: R } } }",
    password: "flows: { password: { tokenUrl: /t, scopes: { read: R } } }",
    client: "flows: { clientCredentials: { tokenUrl: /t, scopes: { read: R } } }",
    foreign: SWAGGER_WORDS,
};

/// Everything that is said of a document but what it holds itself: message, underline and help.
fn said(loaded: &Loaded) -> String {
    let words = |finding: &Finding| {
        let labels: Vec<&str> = finding.secondary.iter().map(|label| label.text.as_str()).collect();
        let help = finding.help.as_deref().unwrap_or("");
        format!("[{}] {} | {} | {} | {help}\n", finding.code, finding.message, finding.primary.text, labels.join(" | "))
    };
    loaded.findings.iter().map(words).collect()
}

#[test]
fn the_same_fault_is_told_in_the_words_of_each_version() {
    type Fault = (&'static str, fn(&Version) -> String, [&'static str; 4]);
    let faults: [Fault; 12] = [
        (
            "a scope that is not declared",
            |version| whole(version, version.client, "security: [{ OA: [raed] }]"),
            [
                "`securityDefinitions.OA.scopes`",
                "`components.securitySchemes.OA.flows`",
                "`components.securitySchemes.OA.flows`",
                "`components.securitySchemes.OA.flows`",
            ],
        ),
        (
            "a scheme that is not declared",
            |version| whole(version, version.client, "security: [{ Nope: [] }]"),
            [
                "not under `securityDefinitions`",
                "not under `components.securitySchemes`",
                "not under `components.securitySchemes`",
                "not under `components.securitySchemes`",
            ],
        ),
        (
            "scopes without any scheme",
            |version| {
                format!("{}paths: {{ /a: {{ get: {{ operationId: a, x-required-scopes: [read] }} }} }}\n", version.head)
            },
            [
                "under `securityDefinitions`",
                "under `components.securitySchemes`",
                "under `components.securitySchemes`",
                "under `components.securitySchemes`",
            ],
        ),
        (
            "scopes of an extension in no catalogue",
            |version| whole(version, version.client, "security: [{ Key: [] }], x-required-scopes: [see]"),
            [
                "under `securityDefinitions`",
                "under `components.securitySchemes`",
                "under `components.securitySchemes`",
                "under `components.securitySchemes`",
            ],
        ),
        (
            "the implicit flow",
            |version| whole(version, version.implicit, "security: [{ OA: [read] }]"),
            ["`accessCode`", "`authorizationCode`", "`authorizationCode`", "`authorizationCode`"],
        ),
        (
            "the password flow",
            |version| whole(version, version.password, "security: [{ OA: [read] }]"),
            ["`application`", "`clientCredentials`", "`clientCredentials`", "`clientCredentials`"],
        ),
        (
            "a type that there is not",
            |version| whole(version, version.client, "security: [{ Key: [] }]").replace("type: apiKey", "type: magic"),
            ["`basic`, `apiKey` or `oauth2`", "`http`, `oauth2` or `openIdConnect`", "`mutualTLS`", "`mutualTLS`"],
        ),
        (
            "a key that travels nowhere",
            |version| whole(version, version.client, "security: [{ Key: [] }]").replace("in: header", "in: trailer"),
            [
                "`header` or `query`",
                "`header`, `query` or `cookie`",
                "`header`, `query` or `cookie`",
                "`header`, `query` or `cookie`",
            ],
        ),
        (
            "a parameter that travels nowhere",
            |version| whole(version, version.client, "security: [{ Key: [] }], parameters: [{ name: p, in: trailer }]"),
            [
                "`formData` or `body`",
                "`path` or `cookie`",
                "`path` or `cookie`",
                "`querystring`, `header`, `path` or `cookie`",
            ],
        ),
        (
            "a reference that is no pointer",
            |version| whole(version, version.client, "security: [{ Key: [] }], parameters: [{ $ref: '#page' }]"),
            ["`#/parameters/…`", "`#/components/…`", "`#/components/…`", "`#/components/…`"],
        ),
        (
            "scopes of a key",
            |version| whole(version, version.client, "security: [{ Key: [read] }, { OA: [read] }]"),
            ["Swagger 2.0 keeps for `oauth2`", "say `openapi: 3.1.0`", "", ""],
        ),
        (
            "schemes in a list",
            |version| {
                let list = whole(version, version.client, "security: [{ Key: [] }]");
                list.replace("securityDefinitions:\n  Key:", "securityDefinitions:\n  - Key:")
                    .replace("securitySchemes:\n    Key:", "securitySchemes:\n    - Key:")
                    .replace("  OA:", "  - OA:")
            },
            [
                "`securityDefinitions` is a list",
                "`components.securitySchemes` is a list",
                "`components.securitySchemes` is a list",
                "`components.securitySchemes` is a list",
            ],
        ),
    ];
    for (fault, document, expected) in faults {
        for (version, expected) in VERSIONS.iter().zip(expected) {
            let text = document(version);
            let loaded = policy_spec::read("api.yaml", text.as_bytes(), &Settings::default());
            let said = said(&loaded);
            assert!(said.contains(expected), "{fault} in {}: expected {expected}\n{said}\n{text}", version.title);
            for word in version.foreign {
                assert!(!said.contains(word), "{fault} in {}: `{word}`\n{said}", version.title);
            }
        }
    }
}

/// A document with these schemes and one operation.
fn whole(version: &Version, oauth: &str, operation: &str) -> String {
    let schemes = (version.schemes)(oauth);
    format!("{}{schemes}paths: {{ /a: {{ get: {{ operationId: a, {operation} }} }} }}\n", version.head)
}

#[test]
fn a_key_of_another_version_is_told_with_its_own_place() {
    let [swagger, v30, v31, v32] = &VERSIONS;
    let public = "paths: { /a: { get: { operationId: a, security: [] } } }\n";
    let at_root = |version: &Version, rest: &str| format!("{}{rest}\n{public}", version.head);
    let in_operation = |version: &Version, rest: &str| whole(version, version.client, &format!("security: [], {rest}"));
    let in_path =
        |version: &Version, rest: &str| in_operation(version, "x-a: 1").replace("get:", &format!("{rest}, get:"));
    for (text, expected) in [
        (at_root(swagger, "components: {}"), "in Swagger 2.0 it is `securityDefinitions`"),
        (at_root(swagger, "servers: []"), "in Swagger 2.0 it is `host`, `basePath` and `schemes`"),
        (at_root(swagger, "webhooks: {}"), "it came with OpenAPI 3.1, and this document says `swagger: \"2.0\"`"),
        (at_root(v30, "securityDefinitions: {}"), "in OpenAPI 3.0 it is `components.securitySchemes`"),
        (at_root(v31, "basePath: /v1"), "in OpenAPI 3.1 it is `servers`"),
        (at_root(v31, "$self: /api"), "it came with OpenAPI 3.2; say so in `openapi`"),
        (in_operation(swagger, "requestBody: {}"), "in Swagger 2.0 it is a parameter `in: body`"),
        (in_operation(v32, "consumes: []"), "in OpenAPI 3.2 it is `content`"),
        (in_path(swagger, "summary: S"), "it came with OpenAPI 3.0"),
        (in_path(swagger, "query: {}"), "it came with OpenAPI 3.2, and this document says `swagger: \"2.0\"`"),
        (in_path(v31, "additionalOperations: {}"), "it came with OpenAPI 3.2; say so in `openapi`"),
        (whole(v31, "flow: implicit, scopes: {}, flows: {}", "security: []"), "in OpenAPI 3.1 it is `flows`"),
        (
            whole(swagger, "flows: {}", "security: []"),
            "in Swagger 2.0 it is `flow`, `authorizationUrl`, `tokenUrl` and `scopes`",
        ),
        (
            whole(swagger, swagger.client, "security: [], parameters: [{ name: q, in: querystring }]"),
            "it came with OpenAPI 3.2, and this document says",
        ),
        (whole(swagger, swagger.client, "security: [], x-follow-up: []"), "a webhook, which came with OpenAPI 3.1"),
        ("swaggerVersion: '1.2'\napis: []\n".to_owned(), "Swagger 1 is not read"),
        ("info: {}\n".to_owned(), "start it with `openapi: 3.1.0`, or with the version"),
    ] {
        let loaded = policy_spec::read("api.yaml", text.as_bytes(), &Settings::default());
        assert!(said(&loaded).contains(expected), "expected {expected}\n{}\n{text}", said(&loaded));
    }
}
