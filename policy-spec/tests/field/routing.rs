//! Paths, base paths, and which operation a request reaches.

use policy_spec::Level;

use super::{Case, Document, check};

#[test]
fn what_gives_no_base_path_is_said() {
    check(&[
        Case {
            name: "a base path that begins with two slashes",
            document: Document::File("base-path-double-slash.yaml"),
            said: &[(Level::Error, "unreadable-base-path", "`https://h.example.org/{basePath}`")],
        },
        Case {
            name: "a path without its slash",
            document: Document::Text(
                "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths: { notes: { get: { security: [] } } }\n"
                    .to_owned(),
            ),
            said: &[(Level::Error, "ill-formed-template", "a path starts with `/`")],
        },
    ]);
}
