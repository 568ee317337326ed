//! The schema of `policy.toml` and the code that reads the file agree.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]
#![allow(dead_code, reason = "each test uses a part of what runs the binary")]

mod run;
mod toml_json;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jsonschema::Validator;
use policy_spec::{Code, Configuration};
use serde_json::Value;
use toml_edit::DocumentMut;

use run::{empty_folder, fixtures, run};
use toml_json::{each_change, json, validator};

/// Files that are right. Together they have every key that there is.
const RIGHT: [&str; 13] = [
    "document = 'openapi.yaml'\nreference-root = '..'\nbase-path = '/v1'\nundeclared = 'deny'\nunsupported-query = 'ignore'\n",
    "[draft]\ncommand = ['cargo', 'run']\nsources = ['src']\n",
    "overlays = ['policy.overlay.yaml']\n",
    "[[public]]\noperations = ['GET /health']\nreason = 'the probe asks'\n",
    "[[extensions]]\nname = 'x-permission'\nshape = 'operator'\ncombine = 'any'\nsibling = 'x-mode'\n",
    "names = 'route'\n",
    "[names]\noperations = 'operation-id'\n'GET /users' = 'ListUsers'\n[names.scopes]\n'a:b' = 'ReadUsers'\n[names.schemes]\nkey = 'KEY_2'\n",
    "check-order = ['authentication', 'scopes', 'enablement', 'query']\n",
    "[levels]\nmissing-operation-id = 'allow'\n",
    "[[waivers]]\ncode = 'unused-scope'\nlocation = '#/a'\nreason = 'b'\nexpires = '2027-06-30'\n",
    "[[scopes.map]]\nscheme = 'A'\nfrom = 'b'\nto = ['c']\nclaim = ['realm_access', 'roles']\nuntil = 2027-03-31\n",
    "[schemes.Token]\nas-nobody = ['expired', 'unknown']\n",
    "[limits]\nbytes = 1\ndepth = 250\nalias-values = 1\nreferences = 1\noverlay-values = 1\nalternatives = 1\nmodel-values = 1\n\
     comparisons = 1\nfindings = 1\n",
];

/// What a value is replaced by.
fn replacements() -> Vec<toml_edit::Value> {
    let texts =
        ["", " ", "zzz", "x-a", "any", "error", "note", "ListUsers", "Option", "POLICY", "2027-01-31", "https://a"];
    let texts = texts.into_iter().map(toml_edit::Value::from);
    let lists = [vec![], vec!["a"], vec!["a", "b"]]
        .into_iter()
        .map(|list| list.into_iter().collect::<toml_edit::Array>().into());
    let numbers = [0_i64, 1, -1, 251].into_iter().map(toml_edit::Value::from);
    let others = [true.into(), 1.5.into(), toml_edit::InlineTable::new().into()];
    texts.chain(lists).chain(numbers).chain(others).collect()
}

/// Whether the schema and the reader accept the file: the same, in whatever they agree.
fn agreed(schema: &Validator, file: &DocumentMut) -> bool {
    let text = file.to_string();
    let by_schema = schema.is_valid(&json(file.as_item()));
    let by_reader = Configuration::parse("policy.toml", &text);
    assert_eq!(by_schema, by_reader.is_ok(), "{text}\n{:?}", by_reader.err().map(|error| error.to_string()));
    by_schema
}

#[test]
fn the_copy_in_the_documentation_is_what_the_command_prints() {
    let printed = run(&fixtures(), "schema");
    assert_eq!((printed.code, printed.err.as_str()), (0, ""));
    let folder = empty_folder("schema");
    assert_eq!(run(&folder, "schema --output policy.schema.json").out, "");
    assert_eq!(fs::read_to_string(folder.join("policy.schema.json")).unwrap(), printed.out);
    let copy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/policy.schema.json");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(&copy, &printed.out).unwrap();
    }
    let differs = fs::read_to_string(copy).unwrap() != printed.out;
    assert!(
        !differs,
        "docs/policy.schema.json is out of date: write it with INSTA_UPDATE=always, or `cargo policy schema`"
    );
}

#[test]
fn every_example_of_the_pages_is_right_by_both() {
    let (schema, mut count) = (validator(&Configuration::schema()), 0);
    for page in ["docs/configuration.md", "docs/tokens.md", "README.md"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page)).unwrap();
        for example in text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
            assert!(agreed(&schema, &example.parse().unwrap()), "{page}: {example}");
            count += 1;
        }
    }
    assert!(count >= 19, "{count}");
}

/// Each key of the schema, as `extensions/name`.
fn keys(schema: &Value, above: &str, found: &mut BTreeSet<String>) {
    let below = |schema: &Value, found: &mut BTreeSet<String>| keys(schema, above, found);
    for (name, value) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{above}{name}");
        found.insert(path.clone());
        keys(value, &format!("{path}/"), found);
    }
    below_all(&schema["anyOf"], found, &below);
    if schema["items"].is_object() {
        below(&schema["items"], found);
    }
}

fn below_all(schemas: &Value, found: &mut BTreeSet<String>, below: &impl Fn(&Value, &mut BTreeSet<String>)) {
    schemas.as_array().into_iter().flatten().for_each(|schema| below(schema, found));
}

/// Each key of the files that are right.
fn used(value: &Value, above: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                found.insert(format!("{above}{name}"));
                used(value, &format!("{above}{name}/"), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| used(item, above, found)),
        _ => {}
    }
}

#[test]
fn every_key_of_the_schema_is_read_and_none_that_is_read_is_missing() {
    let (schema, mut shown) = (validator(&Configuration::schema()), BTreeSet::new());
    for text in RIGHT {
        let file: DocumentMut = text.parse().unwrap();
        assert!(agreed(&schema, &file), "{text}");
        used(&json(file.as_item()), "", &mut shown);
    }
    let (whole, mut known) = (serde_json::from_str(&Configuration::schema()).unwrap(), BTreeSet::new());
    keys(&whole, "", &mut known);
    let unshown: Vec<&String> =
        known.iter().filter(|key| !key.starts_with("levels/") && !shown.contains(*key)).collect();
    assert!(unshown.is_empty(), "no file that is right has {unshown:?}");
    assert!(known.len() > 70, "{}", known.len());
    // The reader lists its keys where one is not among them.
    for (text, above) in [
        ("zzzzzzzz = 1", ""),
        ("[draft]\nzzzzzzzz = 1", "draft/"),
        ("[[public]]\nzzzzzzzz = 1", "public/"),
        ("[[extensions]]\nzzzzzzzz = 1", "extensions/"),
        ("[[waivers]]\nzzzzzzzz = 1", "waivers/"),
        ("[scopes]\nzzzzzzzz = 1", "scopes/"),
        ("[[scopes.map]]\nzzzzzzzz = 1", "scopes/map/"),
        ("[limits]\nzzzzzzzz = 1", "limits/"),
    ] {
        let problem = Configuration::parse("policy.toml", text).unwrap_err().to_string();
        let listed = problem.split("write one of `").nth(1).unwrap().split("`\n").next().unwrap();
        let listed: BTreeSet<&str> = listed.trim_end_matches('`').split("`, `").collect();
        let of_schema = known.iter().filter_map(|key| key.strip_prefix(above)).filter(|key| !key.contains('/'));
        assert_eq!(listed, of_schema.collect(), "{above}");
    }
}

#[test]
fn levels_are_those_of_the_codes_that_have_no_fixed_one() {
    let schema = validator(&Configuration::schema());
    for code in Code::ALL {
        let file = format!("[levels]\n{code} = \"note\"\n").parse().unwrap();
        assert_eq!(agreed(&schema, &file), !code.is_fixed(), "{code}");
    }
    assert!(!agreed(&schema, &"[levels]\nno-such-code = \"note\"\n".parse().unwrap()));
}

/// Every value of every right file is replaced by whatever else a person might write there, left out, and given a key beside it.
#[test]
fn they_agree_about_whatever_else_is_written() {
    let (schema, mut wrong, mut right) = (validator(&Configuration::schema()), 0, 0);
    let mut count = |accepted: bool| if accepted { right += 1 } else { wrong += 1 };
    for text in RIGHT {
        let file: DocumentMut = text.parse().unwrap();
        each_change(&file, &replacements(), |changed| count(agreed(&schema, changed)));
    }
    assert!(wrong > 500 && right > 50, "{wrong} wrong, {right} right");
}

/// What the schema cannot say is refused by the reader all the same.
#[test]
fn what_the_reader_alone_can_tell() {
    let schema = validator(&Configuration::schema());
    for text in [
        "[[extensions]]\nname = 'x-a'\n[[extensions]]\nname = 'x-a'\n",
        "[[waivers]]\ncode = 'unused-scope'\nlocation = 'a'\nreason = 'b'\nexpires = '2027-02-30'\n",
    ] {
        let file: DocumentMut = text.parse().unwrap();
        assert!(schema.is_valid(&json(file.as_item())) && Configuration::parse("policy.toml", text).is_err(), "{text}");
    }
}
