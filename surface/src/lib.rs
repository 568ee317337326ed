//! What users of the published crates get, as tests: packages that build, public items, compile errors, dependencies, and pages whose links
//! lead somewhere.
//!
//! The library is what these tests share: the workspace as cargo sees it, and cargo run beside the tests.
#![allow(clippy::unwrap_used, clippy::panic, reason = "used by tests alone: a failed expectation is a failed test")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

/// One package of the workspace.
pub struct Package {
    /// Its name on crates.io.
    pub name: String,
    /// Where it stands in the workspace.
    pub folder: PathBuf,
    /// Whether it is meant for crates.io.
    pub published: bool,
    /// Whether it has a library, which may be one of macros.
    pub library: bool,
    /// All that `cargo metadata` says of it.
    pub metadata: Value,
}

/// The folder of the workspace.
///
/// # Panics
/// Never: this crate stands in it.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The text of a file of the workspace.
///
/// # Panics
/// Where there is none.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What cargo prints of the workspace, with these arguments behind `cargo metadata`.
///
/// # Panics
/// Where cargo fails.
#[must_use]
pub fn metadata(arguments: &[&str]) -> Value {
    let said = cargo(root()).args(["metadata", "--format-version=1"]).args(arguments).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    serde_json::from_slice(&said.stdout).unwrap()
}

/// The packages of the workspace, by name.
///
/// # Panics
/// Where cargo fails.
#[must_use]
pub fn packages() -> Vec<Package> {
    let workspace = metadata(&["--no-deps"]);
    let mut packages: Vec<Package> = array(&workspace, "packages").iter().map(package).collect();
    packages.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(packages.iter().filter(|package| package.published).count() >= 13);
    packages
}

fn package(metadata: &Value) -> Package {
    let manifest = Path::new(text(metadata, "manifest_path"));
    let is_library = |target: &Value| {
        array(target, "kind").iter().any(|kind| ["lib", "proc-macro"].contains(&kind.as_str().unwrap_or_default()))
    };
    Package {
        name: text(metadata, "name").to_owned(),
        folder: manifest.parent().unwrap().to_owned(),
        published: metadata.get("publish").is_none_or(Value::is_null),
        library: array(metadata, "targets").iter().any(is_library),
        metadata: metadata.clone(),
    }
}

/// The string under a key, empty where there is none.
#[must_use]
pub fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The list under a key, empty where there is none.
#[must_use]
pub fn array<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Cargo in a folder, without what the cargo that runs this test has told it.
pub fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(folder);
    for variable in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_ENCODED_RUSTFLAGS", "OUT_DIR"] {
        cargo.env_remove(variable);
    }
    cargo
}
