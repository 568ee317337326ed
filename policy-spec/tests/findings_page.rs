//! The page about findings has each code once, says its level, and what it shows as an example is found.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use policy_spec::{Code, Configuration, Finding, Settings};

/// What the examples leave out, as the page says.
const COMPONENTS: &str = "components:
  securitySchemes:
    Key: { type: apiKey, in: header, name: x-key, x-scopes: { 'notes:read': Read., 'notes:write': Write. } }
    OAuth: { type: oauth2, flows: { clientCredentials: { tokenUrl: https://example.com/token, scopes: { 'notes:read': Read., 'notes:write': Write. } } } }
";
const REST: [(&str, &str); 4] = [
    ("openapi", "openapi: 3.1.0\n"),
    ("info", "info: { title: Notes, version: '1' }\n"),
    ("components", COMPONENTS),
    ("paths", "paths: {}\n"),
];

struct Section<'p> {
    code: &'p str,
    /// Its first line.
    level: &'p str,
    text: &'p str,
}

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/findings.md")).unwrap()
}

fn sections(page: &str) -> Vec<Section<'_>> {
    let sections = page.split("\n## ").skip(1).map(|section| {
        let (heading, text) = section.split_once('\n').unwrap();
        let text = text.split("\n# ").next().unwrap();
        let code = heading.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        Section { code: code.unwrap_or_else(|| panic!("{heading}")), level: text.lines().next().unwrap(), text }
    });
    sections.collect()
}

/// The fenced text in a language, if there is one.
fn fenced<'p>(text: &'p str, language: &str) -> Option<&'p str> {
    text.split_once(&format!("```{language}\n"))?.1.split_once("```").map(|(example, _)| example)
}

/// An excerpt with what it leaves out.
fn whole(excerpt: &str) -> String {
    let mut document = String::new();
    for (key, text) in REST {
        if !excerpt.lines().any(|line| line.starts_with(&format!("{key}:"))) {
            document.push_str(text);
        }
    }
    document + excerpt
}

/// What the example of a section gives: its document read with its configuration, or else what is wrong with that alone.
fn found(section: &Section<'_>) -> Vec<Finding> {
    let configuration = fenced(section.text, "toml").map(|toml| Configuration::parse("policy.toml", toml));
    let mut configuration = match configuration.transpose() {
        Ok(configuration) => configuration.unwrap_or_default(),
        Err(problem) => return problem.findings,
    };
    if let Some(overlay) = fenced(section.text, "yaml overlay") {
        let file =
            std::env::temp_dir().join(format!("policy-findings-page-{}-{}.yaml", std::process::id(), section.code));
        fs::write(&file, overlay).unwrap();
        configuration.settings.overlays = vec![policy_spec::Overlay::new(file)];
    }
    match (configuration.document, fenced(section.text, "yaml")) {
        (Some(document), None) => policy_spec::load(&document, &configuration.settings).findings,
        (_, example) => {
            let document = whole(example.unwrap_or_default());
            policy_spec::read("notes.yaml", document.as_bytes(), &configuration.settings).findings
        }
    }
}

#[test]
fn every_code_has_one_heading_in_its_order() {
    let page = page();
    let headings: Vec<_> = sections(&page).iter().map(|section| section.code.to_owned()).collect();
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(headings, codes);
}

#[test]
fn every_level_is_the_one_of_the_code() {
    let page = page();
    for section in sections(&page) {
        let code = Code::from_text(section.code).unwrap();
        let level = format!("**{}**", code.level().as_str());
        assert!(section.level.starts_with(&level), "{code}: {}", section.level);
        let fixed = section.level.starts_with(&format!("{level}, fixed. "));
        assert_eq!(fixed, code.is_fixed(), "{code}: {}", section.level);
    }
}

#[test]
fn every_example_is_found_and_no_other_error() {
    let page = page();
    let mut wrong = String::new();
    for section in sections(&page) {
        let code = Code::from_text(section.code).unwrap();
        // Without the feature there is nothing to be found in them.
        if cfg!(not(feature = "overlays")) && section.text.contains("```yaml overlay\n") {
            continue;
        }
        let findings = found(&section);
        let of_code: Vec<_> = findings.iter().filter(|finding| finding.code == code).collect();
        // An expired waiver leaves what it waived.
        let others = findings.iter().filter(|finding| finding.code != code && finding.is_error());
        let others: Vec<_> = others.map(|finding| finding.code.as_str()).collect();
        if !of_code.iter().any(|finding| finding.level == code.level()) || !others.is_empty() {
            writeln!(wrong, "{code}: {} found, and {others:?}", of_code.len()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_the_page_shows_of_the_configuration_is_read() {
    let page = page();
    let introduction = page.split("\n# ").next().unwrap();
    for example in introduction.split("```toml\n").skip(1) {
        let example = example.split("```").next().unwrap();
        Configuration::parse("policy.toml", example).unwrap_or_else(|problem| panic!("{problem}"));
    }
}

#[test]
fn every_link_into_the_page_about_the_configuration_has_its_heading() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let configuration = fs::read_to_string(folder.join("configuration.md")).unwrap();
    for link in page().split("](configuration.md#").skip(1) {
        let anchor = link.split(')').next().unwrap();
        assert!(configuration.contains(&format!("\n## `{anchor}`\n")), "{anchor}");
    }
}

#[test]
fn what_the_examples_leave_out_is_sound() {
    let document = whole("security: [{ Key: [] }]\n");
    let loaded = policy_spec::read("notes.yaml", document.as_bytes(), &Settings::default());
    assert!(loaded.model.is_some(), "{}", loaded.render(false));
}
