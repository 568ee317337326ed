//! The quick start of the README, pasted step by step into an empty crate, builds.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::{env, fs};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The fenced blocks of the quick start, each with its language, in their order.
fn blocks() -> Vec<(String, String)> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let section = readme.split("\n## ").find(|section| section.starts_with("Guard your own axum service")).unwrap();
    let mut parts = section.split("```");
    parts.next();
    let mut blocks = Vec::new();
    while let Some(block) = parts.next() {
        let (language, text) = block.split_once('\n').unwrap();
        blocks.push((language.to_owned(), text.to_owned()));
        parts.next();
    }
    blocks
}

/// What `cargo add` would have written, with the workspace's own crates from their folders.
fn manifest(commands: &str) -> String {
    let own = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let versions = own.split("[workspace.dependencies]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let mut tables: BTreeMap<&str, String> = BTreeMap::new();
    for line in commands.lines() {
        let words: Vec<&str> = line.strip_prefix("cargo add ").unwrap_or_else(|| panic!("{line}")).split(' ').collect();
        let (options, names): (Vec<_>, Vec<_>) =
            words.iter().copied().enumerate().partition(|(_, word)| word.starts_with("--"));
        let features = options.iter().find(|(_, option)| *option == "--features").map(|(at, _)| at + 1);
        let table = match options.iter().find(|(_, option)| *option != "--features") {
            None => "dependencies",
            Some((_, "--build")) => "build-dependencies",
            Some((_, "--dev")) => "dev-dependencies",
            Some((_, option)) => panic!("what is {option}?"),
        };
        for (_, name) in names.iter().filter(|(at, _)| Some(*at) != features) {
            let own = versions.lines().find(|line| line.starts_with(&format!("{name} = ")));
            let own = own.unwrap_or_else(|| panic!("the workspace does not know {name}"));
            let value = |key: &str| own.split(&format!("{key} = \"")).nth(1).and_then(|rest| rest.split('"').next());
            let source = match value("path") {
                Some(path) => format!("path = {:?}", root().join(path)),
                None => {
                    let version = value("version").or_else(|| value(name)).unwrap();
                    format!("version = {version:?}")
                }
            };
            let features = features.and_then(|at| words.get(at)).copied().unwrap_or_default();
            let features: Vec<&str> = features.split(',').filter(|feature| !feature.is_empty()).collect();
            writeln!(tables.entry(table).or_default(), "{name} = {{ {source}, features = {features:?} }}").unwrap();
        }
    }
    let tables: Vec<String> = tables.iter().map(|(name, lines)| format!("[{name}]\n{lines}")).collect();
    format!(
        "[package]\nname = \"quick-start\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{}\n[workspace]\n\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n[profile.dev.package.\"*\"]\ndebug = false\n",
        tables.join("\n")
    )
}

/// The crate, as whoever follows the README has it in the end.
fn assembled(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("src")).unwrap();
    let mut main = String::new();
    for (language, text) in blocks() {
        match (language.as_str(), text.lines().next()) {
            ("sh", _) => fs::write(folder.join("Cargo.toml"), manifest(&text)).unwrap(),
            ("yaml", _) => fs::write(folder.join("openapi.yaml"), text).unwrap(),
            ("rust,ignore", Some("// build.rs")) => fs::write(folder.join("build.rs"), text).unwrap(),
            ("rust,ignore", Some("// src/main.rs")) => main = text,
            ("rust,ignore", _) => write!(main, "\n{text}").unwrap(),
            _ => {}
        }
    }
    fs::write(folder.join("src/main.rs"), main).unwrap();
    // The versions that this workspace is tested with, so that what is compiled already serves.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    folder
}

/// Builds the crate and its tests: whether it could, and what cargo said.
fn built(folder: &Path) -> (bool, String) {
    // One after the other: they share what they compile.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock();
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(folder).args(["test", "--no-run"]);
    // The folder of this build, two levels above its temporary folder.
    cargo.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap());
    for variable in ["CARGO_MANIFEST_DIR", "CARGO_ENCODED_RUSTFLAGS", "OUT_DIR"] {
        cargo.env_remove(variable);
    }
    let ran = cargo.output().unwrap();
    (ran.status.success(), String::from_utf8_lossy(&ran.stderr).into_owned())
}

#[test]
fn the_quick_start_builds_as_it_is_written() {
    let (built, told) = built(&assembled("quick-start"));
    assert!(built && !told.contains("warning"), "{told}");
}

/// The first error says what to write; those about imports from the empty module follow.
#[test]
fn without_its_build_script_it_says_what_to_write() {
    let folder = assembled("no-build-script");
    fs::remove_file(folder.join("build.rs")).unwrap();
    let (built, told) = built(&folder);
    let first = told.split("error: ").nth(1).unwrap_or_default();
    assert!(!built && first.contains("this crate has no build script"), "{told}");
    assert!(first.contains("policy_build::compile(\"openapi.yaml\")"), "{told}");
}
