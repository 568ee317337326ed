//! Servers and the base path that they give.

use policy_spec::Level::{Error, Warning};

use super::{Case, Document, check, load, servers, text};

#[test]
fn what_gives_no_base_path_is_said() {
    let mut cases = vec![
        Case {
            name: "a base path that begins with two slashes, as reported",
            document: Document::File("base-path-double-slash.yaml"),
            said: &[(Error, "unreadable-base-path", "the path begins with `//`: `//api/v1`")],
        },
        Case {
            name: "a base path outside ASCII, as reported",
            document: Document::File("base-path-non-ascii.yaml"),
            said: &[(Error, "unreadable-base-path", "`/caf%C3%A9`")],
        },
        Case {
            name: "a colon without a scheme, as reported",
            document: Document::File("server-colon-without-scheme.yaml"),
            said: &[(Error, "unreadable-base-path", "`localhost:` is a URI scheme")],
        },
        Case {
            name: "a variable without a default",
            document: servers("[{ url: 'https://h/{v}', variables: { v: { enum: [a, b] } } }]"),
            said: &[(Error, "unreadable-base-path", "the variable `v` has no default")],
        },
        Case {
            name: "the server of an operation",
            document: text("paths: { /x: { get: { servers: [{ url: /a//b }] } } }"),
            said: &[(Error, "unreadable-base-path", "an empty segment matches no request")],
        },
        Case {
            name: "the server of a path",
            document: text("paths: { /x: { servers: [{ url: /ä }], get: {}, put: {} } }"),
            said: &[(Error, "unreadable-base-path", "`/%C3%A4`")],
        },
        Case {
            name: "Swagger's base path",
            document: Document::Text(
                "swagger: '2.0'\nbasePath: /a//b\nsecurity: []\npaths: { /x: { get: {} } }\n".to_owned(),
            ),
            said: &[(Error, "unreadable-base-path", "an empty segment matches no request")],
        },
    ];
    let siblings: &[(&str, &str)] = &[
        ("https://h//api", "the path begins with `//`"),
        ("https://h/api//", "an empty segment matches no request"),
        ("/a/../b", "write the resolved path"),
        ("../v1", "write the resolved path"),
        ("/a%2Fb", "an encoded slash, backslash or dot matches no request"),
        ("/%61", "write `a`"),
        ("/a b", "`/a%20b`"),
        ("/a\\b", "write a slash"),
        ("/v1?x=1", "`?` is not part of a path"),
        ("https://h?x=/v1", "`?` is not part of a path"),
        ("/v1#top", "`#` is not part of a path"),
        ("/{v", "a brace is not closed"),
        ("example.com:8443", "is a URI scheme"),
        ("https:/v1", "is a URI scheme"),
        ("api.example.com/v1", "reads like a host"),
        ("localhost/v1", "reads like a host"),
        ("127.0.0.1/v1", "reads like a host"),
    ];
    for (url, part) in siblings {
        let said = vec![(Error, "unreadable-base-path", *part)];
        let document = servers(&format!("[{{ url: {} }}]", serde_json::json!(url)));
        cases.push(Case { name: url, document, said: said.leak() });
    }
    for url in
        ["/", "", "./", "./v1", "v1.0", "index.php", "/a/v1/", "//h/v1", "https://h", "https://h:8443/v1/", "/a%20b"]
    {
        cases.push(Case {
            name: url,
            document: servers(&format!("[{{ url: {} }}]", serde_json::json!(url))),
            said: &[],
        });
    }
    check(&cases);
}

#[test]
fn what_a_server_says_and_is_not_served_is_said() {
    check(&[
        Case {
            name: "the values of a variable, as reported",
            document: Document::File("server-variable-enum.yaml"),
            said: &[
                (Warning, "server-not-covered", "the base path `/v2/fr` is not served"),
                (Warning, "server-not-covered", "the base path `/v2/es` is not served"),
            ],
        },
        Case {
            name: "a variable of the host makes no other base path",
            document: servers(
                "[{ url: 'https://{h}.example.org:{p}/v1', variables: { h: { default: a, enum: [a, b] }, p: { default: '1', enum: ['1', '2'] } } }]",
            ),
            said: &[],
        },
        Case {
            name: "a server behind the first, of which no base path can be told",
            document: servers("[{ url: /v1 }, { url: '<local-terminal-IP-address>' }]"),
            said: &[(Warning, "server-not-covered", "`<local-terminal-IP-address>` is not served")],
        },
        Case {
            name: "the first server, of which no base path can be told, beside another",
            document: servers("[{ url: '<local-terminal-IP-address>' }, { url: /v1 }]"),
            said: &[
                (Error, "unreadable-base-path", "`<local-terminal-IP-address>`"),
                (Warning, "server-not-covered", "the base path `/v1` is not served"),
            ],
        },
        Case {
            name: "two variables",
            document: servers(
                "[{ url: '/{a}/{b}', variables: { a: { default: x, enum: [x, y] }, b: { default: p, enum: [q, p, a b] } } }]",
            ),
            said: &[
                (Warning, "server-not-covered", "`/y/p`"),
                (Warning, "server-not-covered", "`/x/q`"),
                (Warning, "server-not-covered", "it gives no base path"),
            ],
        },
        Case {
            name: "a default that is not among the values",
            document: servers("[{ url: '/{a}', variables: { a: { default: x, enum: [y] } } }]"),
            said: &[(Warning, "server-not-covered", "`/y`")],
        },
        Case {
            name: "values of a server of an operation",
            document: text(
                "paths: { /x: { get: { servers: [{ url: '/{a}', variables: { a: { default: x, enum: [x, y] } } }] } } }",
            ),
            said: &[(Warning, "server-not-covered", "`/y`")],
        },
        Case {
            name: "Swagger's host with its port",
            document: Document::Text(
                "swagger: '2.0'\nhost: example.org:8443\nsecurity: []\npaths: { /x: { get: {} } }\n".to_owned(),
            ),
            said: &[],
        },
        Case {
            name: "a path in Swagger's host",
            document: Document::Text(
                "swagger: '2.0'\nhost: example.org/v1\nsecurity: []\npaths: { /x: { get: {} } }\n".to_owned(),
            ),
            said: &[(Warning, "server-not-covered", "write the path in `basePath`")],
        },
    ]);
    let values: Vec<String> = (0..3_000).map(|at| format!("v{at}")).collect();
    let many = servers(&format!(
        "[{{ url: '/{{a}}', variables: {{ a: {{ default: v0, enum: [{}] }} }} }}]",
        values.join(", ")
    ));
    assert_eq!(load(&many).unwrap().findings.iter().filter(|finding| finding.level == Warning).count(), 17);
}
