//! `rustdoc` has nothing to say about the goldens, with every warning denied.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The newest library of that name among those that this test was built with.
fn library(folder: &Path, name: &str) -> PathBuf {
    let (prefix, mut found) = (format!("lib{name}-"), Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        if file.starts_with(&prefix) && file.ends_with(".rlib") {
            found.push((fs::metadata(&path).unwrap().modified().unwrap(), path));
        }
    }
    found.into_iter().max().unwrap_or_else(|| panic!("no library of {name} in {}", folder.display())).1
}

#[test]
fn every_golden_is_documented_without_a_warning() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documented");
    fs::create_dir_all(&folder).unwrap();
    let mut source = String::from("//! The goldens.\nextern crate policy_core as renamed_core;\n");
    for name in ["files", "hostile", "large", "sorted"] {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens").join(name).with_extension("rs");
        source.push_str(&format!("/// A golden.\npub mod {name} {{\n    include!({golden:?});\n}}\n"));
    }
    fs::write(folder.join("goldens.rs"), source).unwrap();
    let libraries = env::current_exe().unwrap().parent().unwrap().to_path_buf();
    let mut rustdoc = Command::new(env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into()));
    rustdoc.current_dir(&folder).args(["goldens.rs", "--edition", "2024", "--crate-type", "lib", "-D", "warnings"]);
    // As for a program, whose modules are private and documented all the same.
    rustdoc.args(["--document-private-items", "-o", "doc", "-L"]);
    rustdoc.arg(format!("dependency={}", libraries.display()));
    for name in ["policy_core", "policy_router"] {
        rustdoc.arg("--extern").arg(format!("{name}={}", library(&libraries, name).display()));
    }
    let ran = rustdoc.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(folder.join("doc/goldens/files/operations/enum.ListFilesAlternative.html").exists());
}
