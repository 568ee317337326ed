//! Two spellings of one thing are one thing.

use policy_core::ScopeString;
use policy_core::owned::Request;
use policy_spec::{Engine, Routed, Settings, compare};

use super::folder::Folder;
use super::reading::{ERROR, file, model, text};
use super::{Document, check, load};

const OAUTH_32: &str = "openapi: 3.2.0\ninfo: { title: T, version: '1' }\ncomponents:\n  securitySchemes:\n    OAuth: { type: oauth2, flows: { clientCredentials: { tokenUrl: /t, scopes: { read: R } } } }\n    'a/b': { type: http, scheme: bearer }\n    Alias: { $ref: '#/components/securitySchemes/a~1b' }\n";

/// The document in which `GET /a` requires this scheme.
fn requiring(scheme: &str) -> String {
    format!("{OAUTH_32}paths: {{ /a: {{ get: {{ security: [{{ \"{scheme}\": [read] }}] }} }} }}\n")
}

#[test]
fn a_scheme_by_its_uri_is_the_scheme_by_its_name() {
    for (uri, name) in [
        ("OAuth", "OAuth"),
        ("#/components/securitySchemes/OAuth", "OAuth"),
        ("#/components/securitySchemes/%4FAuth", "OAuth"),
        ("#/components/securitySchemes/a~1b", "a/b"),
        ("#/components/securitySchemes/a%7E1b", "a/b"),
        ("#/components/securitySchemes/Alias", "Alias"),
    ] {
        let (by_uri, by_name) = (model(&requiring(uri)), model(&requiring(name)));
        assert_eq!(compare(&by_uri, &by_name), [], "{uri}");
        assert_eq!(by_uri.fingerprint(), by_name.fingerprint(), "{uri}");
        assert_eq!(by_uri.schemes.len(), 3, "{uri}");
        let engine = Engine::new(&by_uri).unwrap();
        let Routed::Operation { operation, .. } = engine.route("GET", "/a") else { panic!("{uri}") };
        let grant = engine.policy().grant(name, ScopeString::new("read").unwrap()).unwrap();
        let request = Request { caller: Ok(Some(&[grant])), enabled: Ok(true), query: None };
        assert!(operation.decide(&request).denial().is_none(), "{uri}");
    }
    check(&[
        file("scheme-by-uri.yaml", &[]),
        text(
            "one scheme twice in one requirement",
            format!(
                "{OAUTH_32}paths: {{ /a: {{ get: {{ security: [{{ OAuth: [read], '#/components/securitySchemes/OAuth': [] }}] }} }} }}\n"
            ),
            &[(ERROR, "duplicate-key", "the scheme `OAuth` stands twice in one requirement")],
        ),
        text(
            "a URI before OpenAPI 3.2",
            requiring("#/components/securitySchemes/OAuth").replace("3.2.0", "3.1.0"),
            &[(ERROR, "scheme-unresolved", "it is named, not referred to: write `OAuth`")],
        ),
    ]);
}

#[test]
fn a_scheme_in_another_file_has_one_name_however_its_uri_is_spelt() {
    let folder = Folder::new(&[("parts/schemes.yaml", "Key: { type: apiKey, in: header, name: X-Key }\n")]);
    let load = |name: &str, text: &str| {
        std::fs::write(folder.0.join(name), text).unwrap();
        policy_spec::load(&folder.0.join(name), &Settings::default())
    };
    let head = "openapi: 3.2.0\n$self: https://api.example.org/openapi\ninfo: { title: T, version: '1' }\n";
    let mut seen = Vec::new();
    for uri in [
        "parts/schemes.yaml#/Key",
        "./parts/schemes.yaml#/Key",
        "parts/../parts/schemes.yaml#/%4Bey",
        "parts/schemes%2Eyaml#/Key",
    ] {
        let text = format!("{head}paths: {{ /a: {{ get: {{ security: [{{ '{uri}': [] }}] }} }} }}\n");
        let loaded = load("api.yaml", &text);
        seen.push(loaded.model.unwrap_or_else(|| panic!("{uri}")).operations[0].alternatives().to_vec());
        assert_eq!(seen[0][0].schemes(), [("parts/schemes.yaml#/Key".to_owned(), vec![])], "{uri}");
        assert_eq!(seen.last(), seen.first(), "{uri}");
    }
    // A component that refers to the same place is the scheme, and so is the document by its own URI.
    for uri in [
        "parts/schemes.yaml#/Key",
        "https://api.example.org/openapi#/components/securitySchemes/Named",
        "again.yaml#/components/securitySchemes/Named",
    ] {
        let text = format!(
            "{head}components: {{ securitySchemes: {{ Named: {{ $ref: 'parts/schemes.yaml#/Key' }} }} }}\npaths: {{ /a: {{ get: {{ security: [{{ '{uri}': [] }}] }} }} }}\n"
        );
        let loaded = load("again.yaml", &text);
        let model = loaded.model.as_ref().unwrap_or_else(|| panic!("{uri}\n{}", loaded.render(false)));
        assert_eq!(model.operations[0].alternatives()[0].schemes(), [("Named".to_owned(), vec![])], "{uri}");
        assert_eq!(model.schemes.len(), 1, "{uri}");
    }
}

#[test]
fn names_that_are_case_insensitive_are_compared_so() {
    let scheme = |scheme: &str| {
        model(&format!(
            "openapi: 3.1.0\ninfo: {{ title: T, version: '1' }}\ncomponents: {{ securitySchemes: {{ S: {{ {scheme} }} }} }}\nsecurity: [{{ S: [] }}]\npaths: {{ /a: {{ get: {{}} }} }}\n"
        ))
    };
    for (one, other, same) in [
        ("type: apiKey, in: header, name: X-Key", "type: apiKey, in: header, name: x-key", true),
        ("type: apiKey, in: header, name: X-Key", "type: apiKey, in: header, name: X-Kex", false),
        ("type: apiKey, in: query, name: Key", "type: apiKey, in: query, name: key", false),
        ("type: apiKey, in: cookie, name: Key", "type: apiKey, in: cookie, name: key", false),
        ("type: http, scheme: Bearer", "type: http, scheme: bearer", true),
        ("type: http, scheme: DIGEST", "type: http, scheme: Digest", true),
    ] {
        let (one, other) = (scheme(one), scheme(other));
        assert_eq!(compare(&one, &other).is_empty(), same, "{:?} {:?}", one.schemes, other.schemes);
        assert_eq!(one.fingerprint() == other.fingerprint(), same, "{:?} {:?}", one.schemes, other.schemes);
    }
    let files = ["header-case.yaml", "header-case-other.yaml"].map(|name| load(&Document::File(name)));
    if let [Some(one), Some(other)] = files {
        assert_eq!(compare(&one.model.unwrap(), &other.model.unwrap()), []);
    }
}
