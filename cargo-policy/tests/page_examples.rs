//! What the pages show is what the program does.
//!
//! A `console` block of a page holds commands after `$ ` with what they print. Each block runs in a folder of its own with
//! the files of `tests/fixtures/page`. `INSTA_UPDATE=always` writes what is printed into the page.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]
#![allow(dead_code, reason = "each test uses a part of what runs the binary")]

mod run;

use std::fs;
use std::path::{Path, PathBuf};

use run::{command, empty_folder, ran, run};

const FENCE: &str = "```";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder with the files that the pages speak of.
fn folder(name: &str) -> PathBuf {
    let folder = empty_folder(&format!("page-{name}"));
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/page")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    folder
}

/// Splits a command line at spaces, but for what stands in quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => words.push(String::new()),
            (c, _) => words.last_mut().unwrap().push(c),
        }
    }
    words.into_iter().filter(|word| !word.is_empty()).collect()
}

/// The block as it should be: each command with what it prints, and its exit code where that is not 0.
fn played(block: &str, folder: &Path) -> String {
    let mut shown = String::new();
    for line in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
        shown.push_str(&format!("$ {line}\n"));
        if let Some(file) = line.strip_prefix("cat ") {
            shown.push_str(&fs::read_to_string(folder.join(file)).unwrap());
            continue;
        }
        let arguments = line.strip_prefix("cargo policy ").unwrap_or_else(|| panic!("no command of ours: {line}"));
        let ran = ran(command(folder).args(words(arguments)).output().unwrap());
        shown.push_str(&ran.out);
        shown.push_str(&ran.err);
        if ran.code != 0 {
            shown.push_str(&format!("[exit code {}]\n", ran.code));
        }
    }
    shown
}

fn assert_true(page: &str) {
    let path = root().join(page);
    let text = fs::read_to_string(&path).unwrap();
    let mut parts = text.split("```console\n");
    let mut updated = parts.next().unwrap().to_owned();
    let mut blocks = 0;
    for part in parts {
        let (block, rest) = part.split_once(FENCE).unwrap();
        blocks += 1;
        let name = format!("{}-{blocks}", page.replace(['/', '.'], "-"));
        updated.push_str(&format!("{FENCE}console\n{}{FENCE}{rest}", played(block, &folder(&name))));
    }
    assert!(blocks > 0, "{page} shows nothing");
    if updated != text && std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(&path, &updated).unwrap();
        return;
    }
    let differ = text.lines().zip(updated.lines()).enumerate().find(|(_, (old, new))| old != new);
    assert!(text == updated, "{page} is out of date: {differ:#?}\nupdate it with INSTA_UPDATE=always");
}

#[test]
fn the_page_of_the_command_line_is_true() {
    assert_true("docs/command-line.md");
}

#[test]
fn the_readme_is_true() {
    assert_true("cargo-policy/README.md");
}

/// Every command line in the workspace's own README is understood.
#[test]
fn the_readme_of_the_workspace_is_understood() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let commands: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("cargo policy "))
        .map(|line| line.split(" # ").next().unwrap().trim())
        .collect();
    assert!(commands.len() >= 5, "{commands:?}");
    let folder = folder("readme");
    for name in ["openapi.yaml", "published.yaml"] {
        fs::copy(root().join("examples/axum/openapi.yaml"), folder.join(name)).unwrap();
    }
    fs::create_dir(folder.join("docs")).unwrap();
    fs::write(folder.join("docs/scopes.md"), "<!-- policy:scopes -->\n<!-- /policy:scopes -->\n").unwrap();
    run(&folder, "docs openapi.yaml --write docs/scopes.md");
    // `init` is run in a package, and takes the crates of this checkout.
    fs::write(folder.join("Cargo.toml"), "[package]\nname = \"clinic\"\n").unwrap();
    let logged =
        r#"{"schema":1,"unix_ms":1,"decision":"allow","method":"GET","route":"/encounters","fingerprint":"0"}"#;
    fs::write(folder.join("decisions.jsonl"), logged).unwrap();
    let root = root().canonicalize().unwrap();
    for line in commands {
        // There is no such service, so that nothing is sent.
        let line = line
            .replace("../policy", root.to_str().unwrap())
            .replace("https://api.example", "https://api.example --dry-run");
        let ran = ran(command(&folder).args(words(&line).into_iter().skip(2)).output().unwrap());
        // What an export leaves out is in its exit code.
        let code = i32::from(line.starts_with("cargo policy export"));
        assert_eq!(ran.code, code, "{line}\n{}", ran.err);
    }
}

#[test]
fn every_option_and_change_is_on_the_page() {
    let page = fs::read_to_string(root().join("docs/command-line.md")).unwrap();
    for name in
        ["init", "check", "audit", "docs", "explain", "export", "names", "replay", "schema", "completions", "man"]
    {
        let help = ran(command(&root()).args([name, "-h"]).output().unwrap()).out;
        let section = page.split("\n## ").find(|section| section.starts_with(&format!("`cargo policy {name}`")));
        let section = section.unwrap_or_else(|| panic!("{name} has no section"));
        let options =
            help.split_whitespace().filter(|word| word.starts_with("--")).map(|word| word.trim_end_matches(','));
        for option in options.filter(|option| !matches!(*option, "--help" | "--color" | "--config")) {
            let option = option.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            assert!(section.contains(option), "{name}: {option}");
        }
    }
    for option in ["--color", "--config", "NO_COLOR"] {
        assert!(page.contains(&format!("`{option}")), "{option}");
    }
    for change in policy_spec::Change::ALL {
        assert!(page.contains(&format!("| `{change}` |")), "{change}");
    }
}

#[test]
fn links_lead_somewhere() {
    for page in ["docs/command-line.md", "cargo-policy/README.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let folder = root().join(page).parent().unwrap().to_path_buf();
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let file = link.split('#').next().unwrap();
            if !file.is_empty() && !file.contains("://") {
                assert!(folder.join(file).exists(), "{page}: {link}");
            }
        }
    }
}
