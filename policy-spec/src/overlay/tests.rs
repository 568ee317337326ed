//! Overlays applied here are what a short, independent implementation makes of the same JSON: the library's own queries,
//! and merging on `serde_json` values.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use std::path::Path;

use jsonpath_rust::JsonPath;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::apply_overlays;
use crate::context::Context;
use crate::settings::{Overlay, Settings};
use crate::tree::{Kind, Node, Scalar};

/// A place: keys, and indices as text with a `#`.
type Place = Vec<String>;

fn places(document: &Value, target: &str) -> Vec<Place> {
    let found = document.query_only_path(target).expect("a query");
    let mut places: Vec<Place> = Vec::new();
    for path in found {
        let steps = path.trim_start_matches('$').split(['[', ']']).filter(|step| !step.is_empty());
        let place = steps.map(|step| match step.strip_prefix('\'') {
            Some(key) => key.trim_end_matches('\'').to_owned(),
            None => format!("#{step}"),
        });
        let place: Place = place.collect();
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

fn at<'v>(document: &'v mut Value, place: &[String]) -> Option<&'v mut Value> {
    place.iter().try_fold(document, |value, step| match step.strip_prefix('#') {
        Some(index) => value.get_mut(index.parse::<usize>().ok()?),
        None => value.get_mut(step.as_str()),
    })
}

/// The properties of the specification's 1.1, step by step.
fn merge(target: &mut Value, update: &Value) -> Result<(), ()> {
    match (target, update) {
        (Value::Object(target), Value::Object(update)) => {
            for (key, value) in update {
                match target.get_mut(key) {
                    Some(known) => merge(known, value)?,
                    None => drop(target.insert(key.clone(), value.clone())),
                }
            }
            Ok(())
        }
        (Value::Array(target), Value::Array(update)) => {
            target.extend(update.iter().cloned());
            Ok(())
        }
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => Err(()),
        (target, update) => {
            *target = update.clone();
            Ok(())
        }
    }
}

/// The document after the actions, or that one of them cannot be applied.
fn expected(mut document: Value, actions: &[Value]) -> Result<Value, ()> {
    for action in actions {
        let mut places = places(&document, action["target"].as_str().expect("a target"));
        if places.is_empty() {
            return Err(());
        }
        if action["remove"] == json!(true) {
            let order = |place: &Place| -> Vec<(String, usize)> {
                place.iter().map(|step| (step.clone(), step.trim_start_matches('#').parse().unwrap_or(0))).collect()
            };
            places.sort_by_key(|place| {
                std::cmp::Reverse(order(place).into_iter().map(|(step, at)| (at, step)).collect::<Vec<_>>())
            });
            // Of what lies in another, the inner goes first, so that places stay what they are.
            places.sort_by_key(|place| std::cmp::Reverse(place.len()));
            for place in places {
                let Some((last, parent)) = place.split_last() else { return Err(()) };
                match at(&mut document, parent).expect("the place is there") {
                    Value::Object(entries) => drop(entries.shift_remove(last)),
                    Value::Array(items) => drop(items.remove(last.trim_start_matches('#').parse().expect("an index"))),
                    _ => panic!("a place in no collection"),
                }
            }
            continue;
        }
        let update = match action.get("copy").and_then(Value::as_str) {
            Some(source) => match self::places(&document, source).as_slice() {
                [one] => at(&mut document, one).expect("the place is there").clone(),
                _ => return Err(()),
            },
            None => action["update"].clone(),
        };
        let kind = |value: &Value| (value.is_object(), value.is_array());
        let kinds: Vec<_> =
            places.iter().filter_map(|place| at(&mut document, place).map(|value| kind(value))).collect();
        if kinds.iter().any(|one| *one != kinds[0]) {
            return Err(());
        }
        for place in places {
            match at(&mut document, &place).expect("the place is there") {
                Value::Array(items) if !update.is_array() => items.push(update.clone()),
                value => merge(value, &update)?,
            }
        }
    }
    Ok(document)
}

fn value(node: &Node) -> Value {
    match node.kind() {
        Kind::Mapping(entries) => {
            entries.iter().map(|entry| (entry.key.clone(), value(&entry.value))).collect::<Map<_, _>>().into()
        }
        Kind::Sequence(items) => items.iter().map(|item| value(item)).collect(),
        _ => match node.scalar() {
            Some(Scalar::Bool(value)) => value.into(),
            Some(Scalar::Integer(value)) => value.into(),
            Some(Scalar::Float(value)) => value.into(),
            Some(Scalar::String(text)) => text.into(),
            Some(Scalar::Null) | None => Value::Null,
        },
    }
}

/// What ours makes of it, and what it finds.
fn ours(document: &Value, actions: &[Value], file: &Path) -> (Value, String) {
    let overlay = json!({ "overlay": "1.1.0", "info": { "title": "T", "version": "1" }, "actions": actions });
    std::fs::write(file, overlay.to_string()).expect("a file");
    let settings = Settings::default().with(|settings| settings.overlays = vec![Overlay::new(file)]);
    let mut context = Context::new("api.json", document.to_string().into_bytes(), None, &settings);
    assert!(apply_overlays(&mut context).is_some());
    let findings: Vec<String> =
        context.findings.iter().map(|finding| finding.render(&context.sources, false)).collect();
    (value(&context.root().expect("a document")), findings.join("\n"))
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..3).prop_map(Value::from),
        "[a-d]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![Just("security"), Just("schema"), Just("a"), Just("b"), Just("c")];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..4).prop_map(|entries| {
                entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>().into()
            }),
        ]
    })
}

fn target() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec![
        ".a",
        ".b",
        ".security",
        "['c']",
        ".*",
        "[*]",
        "[0]",
        "[-1]",
        "[1:]",
        "[::-1]",
        "[:2]",
        "..a",
        "..*",
        "..[0]",
        "['a','b']",
        "[0,'a',0]",
        "..['a',0]",
        "[?@.a]",
        "[?!@.a]",
        "[?@ == 1]",
        "[?@.a == @.b]",
        "[?@.a != 1 && @.b]",
        "[?@ > 0]",
        "[?@.a <= 'b']",
        "[?length(@) > 1]",
        "[?count(@.*) == 2]",
        "[?match(@, '[ab].*')]",
        "[?search(@.a, 'c|d')]",
        "[?@.security || !(@.c)]",
        "[?$.a == @]",
        "[?value(@..a) == 1]",
        "..[?@.a]",
        "[?@.a == $.b[0]]",
        "[?@[0]]",
    ]);
    prop::collection::vec(segment, 0..4).prop_map(|segments| format!("${}", segments.concat()))
}

fn action() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => (target(), document()).prop_map(|(target, update)| json!({ "target": target, "update": update })),
        2 => target().prop_map(|target| json!({ "target": target, "remove": true })),
        1 => (target(), target()).prop_map(|(target, copy)| json!({ "target": target, "copy": copy })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn the_tree_is_what_an_independent_implementation_makes_of_the_values(
        document in document().prop_filter("a mapping", Value::is_object),
        actions in prop::collection::vec(action(), 1..10),
    ) {
        let file = std::env::temp_dir().join(format!("overlay-{}-{:?}.json", std::process::id(), std::thread::current().id()));
        // Each action that cannot be applied is refused here too; those that can are applied one after another.
        let (mut current, mut applied) = (document.clone(), Vec::new());
        for action in actions {
            match expected(current.clone(), std::slice::from_ref(&action)) {
                Ok(next) => {
                    current = next;
                    applied.push(action);
                }
                Err(()) => {
                    let (_, findings) = ours(&current, &[action], &file);
                    let refused = ["error[invalid-overlay]", "error[unmatched-overlay-target]"];
                    prop_assert!(refused.iter().any(|code| findings.contains(code)), "{}", findings);
                }
            }
        }
        if !applied.is_empty() {
            let (changed, findings) = ours(&document, &applied, &file);
            prop_assert_eq!(&findings, "");
            prop_assert_eq!(changed.to_string(), current.to_string());
        }
        let _ = std::fs::remove_file(&file);
    }
}
