//! What is published is all that a user needs: the quick start of the README, pasted step by step into an empty crate, builds from the
//! packages alone.
//!
//! Each crate is packed as `cargo publish` packs it, and unpacked into a folder. The projects built here ask crates.io for our crates,
//! as their users will, and a `[patch.crates-io]` answers with these folders. They know no folder of the workspace.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex};

use surface::{Package, cargo, packages, read, root, text};

/// The workspace of the projects: its folder, beside which the packages lie unpacked.
static PROJECT: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
    let _ = fs::remove_dir_all(&folder);
    let project = folder.join("project");
    fs::create_dir_all(&project).unwrap();
    let published: Vec<Package> = packages().into_iter().filter(|package| package.published).collect();
    pack(&published, &folder);
    let mut patches = String::new();
    for package in &published {
        let name = &package.name;
        // Which nothing here depends on: a member of the workspace, so that it is built from its package too.
        if BY_THEMSELVES.contains(&&**name) {
            fs::rename(folder.join(name), project.join(name)).unwrap();
        } else {
            writeln!(patches, "{name} = {{ path = \"../{name}\" }}").unwrap();
        }
    }
    let renamed: Vec<String> = published.iter().filter_map(|package| renamed(package, &project)).collect();
    assert!(renamed.len() >= 6, "{renamed:?}");
    let members: Vec<&str> =
        renamed.iter().map(String::as_str).chain(BY_THEMSELVES).chain(["quick-start", "no-build-script"]).collect();
    for name in ["quick-start", "no-build-script"] {
        assemble(&project, name);
    }
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n[patch.crates-io]\n{patches}\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n[profile.dev.package.\"*\"]\ndebug = false\n"
    );
    fs::write(project.join("Cargo.toml"), manifest).unwrap();
    // The versions that this workspace is tested with, so that what is compiled already serves.
    fs::copy(root().join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    project
});

/// The packages that no other package or project of this test depends on. Those that only these depend on are built with them.
const BY_THEMSELVES: [&str; 2] = ["cargo-scope-policy", "policy-gateway"];

/// Packs the crates and unpacks each into a folder of its name.
fn pack(published: &[Package], folder: &Path) {
    let mut command = cargo(root());
    command.args(["package", "--no-verify", "--allow-dirty", "--quiet", "--target-dir"]).arg(folder);
    for package in published {
        command.args(["--package", &package.name]);
    }
    succeed(&mut command);
    for Package { name, metadata, .. } in published {
        let archive = folder.join("package").join(format!("{name}-{}.crate", text(metadata, "version")));
        let unpacked = folder.join(name);
        fs::create_dir_all(&unpacked).unwrap();
        // Without the time in the archive, which is the same for all: cargo would take what it built of an older one.
        succeed(Command::new("tar").arg("-xmzf").arg(archive).arg("--strip-components=1").arg("-C").arg(&unpacked));
        for file in ["README.md", "LICENSE-APACHE", "LICENSE-MIT", "Cargo.toml"] {
            assert!(!fs::read_to_string(unpacked.join(file)).unwrap().is_empty(), "{name}: {file}");
        }
        let manifest = fs::read_to_string(unpacked.join("Cargo.toml")).unwrap();
        assert!(!manifest.contains("path = \".."), "{name} depends on a folder");
    }
}

fn succeed(command: &mut Command) {
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// A crate that depends on this adapter alone, by another name, and in which the macros must find core all the same.
fn renamed(package: &Package, project: &Path) -> Option<String> {
    if !package.folder.starts_with(root().join("adapters")) {
        return None;
    }
    let name = format!("renamed-{}", package.name);
    let folder = project.join(&name);
    fs::create_dir_all(folder.join("src")).unwrap();
    let version = text(&package.metadata, "version");
    let adapter = &package.name;
    fs::write(
        folder.join("Cargo.toml"),
        format!(
            "[package]\nname = {name:?}\nedition = \"2024\"\n\n\
             [dependencies]\nguard = {{ package = {adapter:?}, version = {version:?} }}\n\n\
             [build-dependencies]\npolicy-build = {version:?}\n"
        ),
    )
    .unwrap();
    fs::write(
        folder.join("build.rs"),
        "fn main() -> Result<(), policy_build::Report> {\n    \
         policy_build::configure().core_path(\"::guard::policy_core\").compile(\"openapi.yaml\")\n}\n",
    )
    .unwrap();
    fs::write(folder.join("openapi.yaml"), document()).unwrap();
    fs::write(
        folder.join("src/lib.rs"),
        "//! A handler in a crate that knows core by its adapter's name alone.\n\
         /// What the document says.\npub mod policy {\n    guard::policy_core::include_policy!();\n}\n\
         use guard::policy_core::operation;\nuse policy::operations::*;\n\n\
         /// Lists.\n\
         #[operation(ListEncounters, scopes(\"encounters:read\", \"patients:read\"))]\n\
         pub async fn list_encounters(_permit: guard::Permit<ListEncounters>) -> &'static str {\n    \"\"\n}\n\n\
         /// What a list is given to.\npub struct Mount;\n\n\
         impl Mount {\n    /// Takes an operation that has no handler yet.\n    pub fn pending<O: guard::policy_core::Operation>(self, _: &str) -> Self {\n        self\n    }\n}\n\n\
         /// Every operation.\npub const LIST: fn(Mount) -> Mount = guard::policy_core::handlers![\n    \
         pending!(ListEncounters, \"later\"),\n    pending!(GetEncounter, \"later\"),\n    pending!(GetAudio, \"later\"),\n];\n",
    )
    .unwrap();
    Some(name)
}

/// The document of the quick start.
fn document() -> String {
    blocks().into_iter().find(|(language, _)| language == "yaml").unwrap().1
}

/// The fenced blocks of the quick start, each with its language, in their order.
fn blocks() -> Vec<(String, String)> {
    let readme = read("README.md");
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

/// What `cargo add` would have written.
fn manifest(commands: &str) -> String {
    let own = read("Cargo.toml");
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
            let version = value("version").or_else(|| value(name)).unwrap().trim_start_matches('=');
            let features = features.and_then(|at| words.get(at)).copied().unwrap_or_default();
            let features: Vec<&str> = features.split(',').filter(|feature| !feature.is_empty()).collect();
            writeln!(tables.entry(table).or_default(), "{name} = {{ version = {version:?}, features = {features:?} }}")
                .unwrap();
        }
    }
    let tables: Vec<String> = tables.iter().map(|(name, lines)| format!("[{name}]\n{lines}")).collect();
    format!("[package]\nname = \"NAME\"\nedition = \"2024\"\n\n{}", tables.join("\n"))
}

/// Writes the crate that whoever follows the README has in the end.
fn assemble(project: &Path, name: &str) {
    let folder = project.join(name);
    fs::create_dir_all(folder.join("src")).unwrap();
    let mut main = String::new();
    for (language, text) in blocks() {
        match (language.as_str(), text.lines().next()) {
            ("sh", _) => fs::write(folder.join("Cargo.toml"), manifest(&text).replace("NAME", name)).unwrap(),
            ("yaml", _) => fs::write(folder.join("openapi.yaml"), text).unwrap(),
            ("rust,ignore", Some("// build.rs")) if name == "no-build-script" => {}
            ("rust,ignore", Some("// build.rs")) => fs::write(folder.join("build.rs"), text).unwrap(),
            ("rust,ignore", Some("// src/main.rs")) => main = text,
            ("rust,ignore", _) => write!(main, "\n{text}").unwrap(),
            _ => {}
        }
    }
    fs::write(folder.join("src/main.rs"), main).unwrap();
}

/// Runs cargo in the workspace of the projects: whether it could, and what it said.
fn built(arguments: &[&str]) -> (bool, String) {
    // One after the other: they share what they compile.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock();
    let mut cargo = cargo(&PROJECT);
    cargo.args(arguments);
    // The folder of this build, two levels above its temporary folder: most of the dependencies are compiled already.
    cargo.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap());
    let ran = cargo.output().unwrap();
    (ran.status.success(), String::from_utf8_lossy(&ran.stderr).into_owned())
}

#[test]
fn the_quick_start_builds_as_it_is_written() {
    let (built, told) = built(&["test", "--no-run", "--package", "quick-start"]);
    assert!(built && !told.contains("warning"), "{told}");
}

/// The first error says what to write; those about imports from the empty module follow.
#[test]
fn without_its_build_script_it_says_what_to_write() {
    let (built, told) = built(&["test", "--no-run", "--package", "no-build-script"]);
    let first = told.split("error: ").nth(1).unwrap_or_default();
    assert!(!built && first.contains("this crate has no build script"), "{told}");
    assert!(first.contains("policy_build::compile(\"openapi.yaml\")"), "{told}");
}

/// Together, so that they are checked with the same features of what they share.
#[test]
fn what_stands_by_itself_and_crates_with_an_adapter_under_another_name_build() {
    let members = BY_THEMSELVES.into_iter().chain(["renamed-*"]).flat_map(|member| ["--package", member]);
    let (built, told) = built(&std::iter::once("check").chain(members).collect::<Vec<_>>());
    assert!(built && !told.contains("warning"), "{told}");
}
