//! What the page about `policy.toml` shows is read, and the page names every key, word and default there is.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::Path;

use policy_spec::{Configuration, ExtensionShape, Limits};

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md")).unwrap()
}

fn examples(page: &str) -> Vec<&str> {
    page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_example_is_read() {
    let page = page();
    let examples = examples(&page);
    assert_eq!(examples.len(), 18);
    for example in examples {
        Configuration::parse("policy.toml", example).unwrap_or_else(|problem| panic!("{problem}"));
    }
}

/// The overlay on the page, applied to a document of its kind.
#[cfg(feature = "overlays")]
#[test]
fn the_overlay_on_the_page_does_what_the_page_says() {
    let page = page();
    let overlay = page.split("```yaml\noverlay:").nth(1).unwrap().split("```").next().unwrap();
    let file = std::env::temp_dir().join(format!("policy-configuration-page-{}.yaml", std::process::id()));
    fs::write(&file, format!("overlay:{overlay}")).unwrap();
    let settings =
        policy_spec::Settings::default().with(|settings| settings.overlays = vec![policy_spec::Overlay::new(&file)]);
    let document = "openapi: 3.0.3\ninfo: { title: Orders, version: '1' }\npaths: { /health: { get: {} }, /orders: { get: {} } }\n";
    let loaded = policy_spec::read("orders.yaml", document.as_bytes(), &settings);
    let _ = fs::remove_file(file);
    let model = loaded.model.unwrap_or_else(|| panic!("{:?}", loaded.findings));
    let required: Vec<String> = model.operations.iter().map(|operation| operation.requirement.to_string()).collect();
    assert_eq!(required, ["public", "Token"]);
}

#[test]
fn every_shape_and_limit_is_on_the_page() {
    let page = page();
    for (name, _) in ExtensionShape::ALL {
        assert!(page.contains(&format!("| `{name}` |")), "{name}");
    }
    let limits = examples(&page).into_iter().find(|example| example.starts_with("[limits]")).unwrap();
    let limits = Configuration::parse("policy.toml", limits).unwrap().settings.limits;
    assert_eq!(limits, Limits::default());
}

#[test]
fn every_key_has_its_heading() {
    // The reader lists its keys where one is not among them.
    let problem = Configuration::parse("policy.toml", "zzzzzzzz = 1").unwrap_err().to_string();
    let keys = problem.split("write one of `").nth(1).unwrap().split("`\n").next().unwrap();
    let page = page();
    for key in keys.trim_end_matches('`').split("`, `") {
        assert!(page.contains(&format!("## `{key}`")), "{key}");
    }
}
