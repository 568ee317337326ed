//! Every real document gets a set-up: it generates, or what it lacks are the lines that are printed.

use std::fs;
use std::path::{Path, PathBuf};

use policy_spec::Configuration;

use crate::package::{Package, assert_formatted};

/// Each document, how often a person is asked before there is a policy (an answer can raise a question), and the extension that holds
/// its scopes. Atlassian's lists what `security` says already, and is left alone.
const DOCUMENTS: [(&str, usize, &str); 11] = [
    ("figma.yaml", 0, ""),
    ("slack.json", 1, ""),
    ("xero-accounting.yaml", 0, ""),
    ("box.json", 0, ""),
    ("tags-3.2.yaml", 1, ""),
    ("ksef.json", 1, "x-required-permissions"),
    ("cds-banking.yaml", 2, "x-scopes"),
    ("discord.json", 1, ""),
    ("jira-platform-2022.json", 1, ""),
    ("digitalocean/DigitalOcean-public.v2.yaml", 1, ""),
    ("datadog-v1.yaml", 1, "x-permission"),
];

/// The reader is asked eight times how an extension of this one reads, which takes half a minute without optimisation.
const SLOW: [&str; 1] = ["datadog-v1.yaml"];

fn corpus() -> Option<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    if !corpus.is_dir() {
        eprintln!("skipped: there is no {}", corpus.display());
        return None;
    }
    Some(corpus)
}

#[test]
fn every_document_gets_a_set_up_that_generates_once_the_printed_lines_are_decided() {
    let Some(corpus) = corpus() else { return };
    for (document, rounds, extension) in DOCUMENTS.iter().filter(|(document, ..)| !SLOW.contains(document)) {
        set_up(&corpus, document, *rounds, extension);
    }
}

#[test]
#[ignore = "takes a minute: cargo test -p cargo-scope-policy --test init -- --ignored slow"]
fn slow_documents_get_one_too() {
    let Some(corpus) = corpus() else { return };
    for (document, rounds, extension) in DOCUMENTS.iter().filter(|(document, ..)| SLOW.contains(document)) {
        set_up(&corpus, document, *rounds, extension);
    }
}

fn set_up(corpus: &Path, document: &str, rounds: usize, extension: &str) {
    let package = Package::new("corpus");
    let path = corpus.join(document).canonicalize().unwrap();
    let mut ran = package.init(&[path.to_str().unwrap()]);
    // Without a flag nothing is decided, whatever the document has.
    let written = Configuration::load(&package.0.join("policy.toml")).unwrap();
    assert_eq!(written.settings, policy_spec::Settings::default(), "{document}");
    assert_formatted(&package);
    let mut asked = 0;
    while questions(&ran.out, extension).next().is_some() {
        asked += 1;
        assert!(asked <= rounds, "{document} asks again: {}", ran.out);
        decide(&package, &ran.out, extension);
        let before = package.files();
        ran = package.init(&[]);
        let after = package.files();
        assert_eq!(before.get("policy.toml"), after.get("policy.toml"), "{document}");
    }
    assert_eq!((asked, ran.code), (rounds, 0), "{document}: {}{}", ran.out, ran.err);

    let configuration = Configuration::load(&package.0.join("policy.toml")).unwrap();
    let loaded = policy_spec::load(&path, &configuration.settings);
    let model = loaded.model.unwrap_or_else(|| panic!("{document}"));
    let generated = policy_build::generate(&model, &policy_build::Options::new(document)).unwrap();
    syn::parse_file(&generated).unwrap();
    // Each operation has a line in the list of a set-up that is made now.
    for file in ["src/api/mod.rs", "src/api/tests.rs", "src/api/callers.rs", "src/api/policy.rs"] {
        fs::remove_file(package.0.join(file)).unwrap();
    }
    assert_eq!(package.init(&[]).code, 0, "{document}");
    assert_formatted(&package);
    let list = package.read("src/api/mod.rs");
    for name in &model.names().operations {
        assert!(
            list.contains(&format!("operations::{}", name.name)) || list.contains("handlers::"),
            "{document}: {}",
            name.name
        );
    }
    let rust = package.files().into_iter().filter(|(name, _)| name.ends_with(".rs"));
    rust.for_each(|(name, text)| {
        drop(syn::parse_file(&text).unwrap_or_else(|error| panic!("{document}: {name}: {error}")))
    });
}

/// What is to be decided, without the extensions that hold no scopes.
fn questions<'p>(printed: &'p str, extension: &'p str) -> impl Iterator<Item = &'p str> {
    let is_asked = move |question: &&str| {
        let name = question.strip_prefix('`').and_then(|rest| rest.split('`').next());
        name.is_none_or(|name| name == extension)
    };
    printed.split("\ndecide: ").skip(1).filter(is_asked)
}

/// Decides as a person might: takes the printed lines, closes what nothing is said of, and fills what is left empty.
fn decide(package: &Package, printed: &str, extension: &str) {
    let mut top = String::new();
    let mut tables = package.read("policy.toml");
    for question in questions(printed, extension) {
        let (what, rest) = question.split_once('\n').unwrap();
        let lines: Vec<&str> = rest.lines().take_while(|line| line.is_empty() || line.starts_with("    ")).collect();
        let lines: Vec<&str> = lines.into_iter().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
        let text = lines.join("\n") + "\n";
        let text = text
            .replace("combine = \"\"", "combine = \"all\"")
            .replace("reason = \"\"", "reason = \"decided\"")
            .replace("expires = \"\"", "expires = \"2999-01-31\"");
        match what.rsplit_once(", in ").map(|(_, file)| file) {
            Some("policy.toml") if what.starts_with("or, ") => {}
            Some("policy.toml") if text.starts_with('[') => tables.push_str(&format!("\n{text}")),
            Some("policy.toml") => top.push_str(&text),
            Some(file) => package.write(file, &text),
            None => panic!("this cannot be decided: {what}"),
        }
    }
    package.write("policy.toml", &(top + &tables));
}
