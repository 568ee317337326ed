//! Whatever is accepted can be asked for: each operation of a policy has a request that reaches it and no other.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use policy_core::owned::Request;
use policy_spec::{Access, Engine, OperationModel, Routed, Settings};
use proptest::prelude::*;

const METHODS: [&str; 3] = ["get", "put", "post"];

/// A path that the template shows: each parameter has a value that no literal here holds a part of.
fn request(operation: &OperationModel) -> (String, Option<String>) {
    let filled = |text: &str| {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled += before;
            filled += "Q0Q";
            // The value of a query may hold a brace alone.
            rest = after.split_once('}').map_or("", |(_, rest)| rest);
        }
        filled + rest
    };
    let shown = operation.template.split('#').next().unwrap().split_once('?').map(|(_, query)| query);
    // A parameter in the place of a name stands for names that the document does not say.
    let shown = shown.map(|query| {
        let pairs = query.split('&').filter(|pair| !pair.split('=').next().unwrap().contains('{'));
        pairs.map(filled).collect::<Vec<_>>().join("&")
    });
    (filled(&operation.path), shown)
}

/// RFC 3986, section 3.3, written again: what a client can send as a path.
fn can_be_sent(path: &str) -> bool {
    let bytes = path.as_bytes();
    path.starts_with('/')
        && bytes.iter().enumerate().all(|(at, byte)| match byte {
            b'%' => bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
            byte => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(byte),
        })
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec!["a", "b", "ab", "v1", "items", ".", "..", "...", "-", ":", ":cancel", "a.b", "$x"])
            .prop_map(str::to_owned),
        2 => prop::sample::select(vec![
            "", "%20", "%2F", "%2e", "%5C", "%41", "%c3%A9", "%", "%zz", "é", "a b", "\\", "<", "[", "|", "*", "\u{1}",
            "\u{7f}", "}", "{", "{}", "\"", "^",
        ])
        .prop_map(str::to_owned),
        1 => "[!-~]{1,4}",
    ]
}

fn segment() -> impl Strategy<Value = String> {
    let parameter =
        prop::sample::select(vec!["{p}", "{q}", "{p+}", "{*p}", "{p:.+}", "{größe}"]).prop_map(str::to_owned);
    prop_oneof![
        6 => word(),
        3 => parameter.clone(),
        3 => prop::collection::vec(prop_oneof![word(), parameter], 1..5).prop_map(|parts| parts.concat()),
    ]
}

fn path(longest: usize) -> impl Strategy<Value = String> {
    (prop::collection::vec(segment(), 0..longest), prop::bool::weighted(0.1)).prop_map(|(segments, slash)| {
        let path: String = segments.iter().map(|segment| format!("/{segment}")).collect();
        path + if slash { "/" } else { "" }
    })
}

fn key() -> impl Strategy<Value = String> {
    let end = prop_oneof![
        6 => Just(String::new()),
        2 => prop::sample::select(vec!["#part", "?v=2", "?a=1&b={b}", "?{x}", "?f%5Bx%5D", "?%ff", "?=", "?a+b=c#d", "?a&&b"])
            .prop_map(str::to_owned),
        1 => "[?#][!-~]{0,6}",
    ];
    (path(4), end).prop_map(|(path, end)| if path.is_empty() { format!("/{end}") } else { path + &end })
}

fn server() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(String::new()),
        3 => path(3),
        1 => path(3).prop_map(|path| format!("https://example.org{path}")),
        1 => path(2).prop_map(|path| path.trim_start_matches('/').to_owned()),
        1 => "[!-~]{0,12}",
    ]
}

/// One path item: its key, its server, its methods, each with who may call it.
type Item = (String, Option<String>, Vec<(usize, usize)>);

fn document(base: &str, items: &[Item]) -> String {
    const SECURITY: [&str; 3] = ["[]", "[{\"Key\": []}]", "[{\"Key\": []}, {}]"];
    let mut paths = serde_json::Map::new();
    for (key, server, operations) in items {
        let mut item = serde_json::Map::new();
        if let Some(server) = server {
            item.insert("servers".to_owned(), serde_json::json!([{ "url": server }]));
        }
        for (method, security) in operations {
            let security: serde_json::Value = serde_json::from_str(SECURITY[*security]).unwrap();
            item.insert(METHODS[*method].to_owned(), serde_json::json!({ "security": security }));
        }
        paths.insert(key.clone(), item.into());
    }
    serde_json::json!({
        "openapi": "3.1.0",
        "info": { "title": "T", "version": "1" },
        "servers": [{ "url": base }],
        "components": { "securitySchemes": { "Key": { "type": "apiKey", "in": "header", "name": "X-Key" } } },
        "paths": paths,
    })
    .to_string()
}

/// Without the items that have an error: what is left is what an owner could have written.
fn accepted(base: &str, items: &[Item]) -> Option<(policy_spec::PolicyModel, usize)> {
    let settings = Settings::default();
    let read = |items: &[Item]| policy_spec::read("api.json", document(base, items).as_bytes(), &settings).model;
    let mut kept: Vec<Item> = Vec::new();
    for item in items {
        kept.push(item.clone());
        if read(&kept).is_none() {
            kept.pop();
        }
    }
    read(&kept).map(|model| (model, kept.len()))
}

fn cases() -> u32 {
    std::env::var("REACHABLE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(192)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_accepted_operation_has_a_request_that_reaches_it(
        base in server(),
        items in prop::collection::vec(
            (
                key(),
                prop::option::weighted(0.15, server()),
                prop::collection::vec((0..METHODS.len(), 0..3_usize), 1..3),
            ),
            1..10,
        ),
    ) {
        let Some((model, _)) = accepted(&base, &items) else { return Ok(()) };
        let engine = Engine::new(&model);
        prop_assert!(engine.is_ok(), "{}", engine.unwrap_err());
        let engine = engine.unwrap();
        for operation in &model.operations {
            let (path, query) = request(operation);
            prop_assert!(can_be_sent(&path), "{path}");
            let Routed::Operation { operation: found, said, .. } = engine.route(&operation.method, &path) else {
                return Err(TestCaseError::fail(format!("{} {path} reaches nothing", operation.method)));
            };
            // Keys of one route are one operation.
            prop_assert_eq!(said.route(), operation.route());
            if operation.access() != Some(Access::Required) {
                let asked = Request { caller: Ok(None), enabled: Ok(true), query: query.as_deref() };
                prop_assert!(found.decide(&asked).denial().is_none(), "{path}?{query:?}");
            }
        }
    }
}
