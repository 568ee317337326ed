//! Every published crate says on crates.io and on docs.rs what its readers look for, and takes its sisters in its own version alone.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::fs;

use surface::{Package, array, packages, read, root, text};

fn published() -> impl Iterator<Item = Package> {
    packages().into_iter().filter(|package| package.published)
}

#[test]
fn every_crate_says_what_crates_io_shows() {
    for Package { name, metadata, .. } in published() {
        let description = text(&metadata, "description");
        assert!((40..=200).contains(&description.len()) && description.ends_with('.'), "{name}: {description}");
        assert!((3..=5).contains(&array(&metadata, "keywords").len()), "{name}: crates.io takes five keywords at most");
        assert!(
            (1..=5).contains(&array(&metadata, "categories").len()),
            "{name}: crates.io takes five categories at most"
        );
        assert_eq!(text(&metadata, "license"), "MIT OR Apache-2.0", "{name}");
        assert_eq!(text(&metadata, "readme"), "README.md", "{name}");
        // Inherited: who publishes fills in one line.
        let manifest = fs::read_to_string(text(&metadata, "manifest_path")).unwrap();
        for line in ["repository.workspace = true", "include.workspace = true", "version.workspace = true"] {
            assert!(manifest.contains(line), "{name}: {line}");
        }
    }
}

#[test]
fn every_library_shows_all_features_on_docs_rs() {
    for Package { name, metadata, folder, .. } in published().filter(|package| package.library) {
        let docs =
            metadata.pointer("/metadata/docs/rs").unwrap_or_else(|| panic!("{name}: [package.metadata.docs.rs]"));
        assert_eq!(docs.to_string(), r#"{"all-features":true,"rustdoc-args":["--cfg","docsrs"]}"#, "{name}");
        let features = metadata.get("features").and_then(|features| features.as_object()).unwrap();
        let library = fs::read_to_string(folder.join("src/lib.rs")).unwrap();
        // Else nothing says that an item is there with a feature alone.
        let labelled = library.contains("#![cfg_attr(docsrs, feature(doc_cfg))]");
        assert!(labelled || features.is_empty() || !library.contains("cfg(feature"), "{name}: doc_cfg");
    }
}

#[test]
fn every_feature_is_named_in_the_readme() {
    for Package { name, metadata, folder, .. } in published() {
        let readme = fs::read_to_string(folder.join("README.md")).unwrap();
        let features = metadata.get("features").and_then(|features| features.as_object()).unwrap();
        for feature in features.keys().filter(|feature| *feature != "default") {
            assert!(readme.contains(&format!("`{feature}`")), "{name}: `{feature}`");
        }
    }
}

#[test]
fn every_crate_holds_both_licences() {
    for Package { name, folder, .. } in published() {
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            let own =
                fs::read_to_string(folder.join(licence)).unwrap_or_else(|error| panic!("{name}: {licence}: {error}"));
            assert_eq!(own, read(licence), "{name}");
        }
    }
}

/// RELEASING.md says why.
#[test]
fn our_crates_take_each_other_in_one_version_alone() {
    let packages = packages();
    let version = text(&packages.iter().find(|package| package.published).unwrap().metadata, "version").to_owned();
    for Package { name, metadata, .. } in packages.iter().filter(|package| package.published) {
        assert_eq!(text(metadata, "version"), version, "{name}");
        for dependency in array(metadata, "dependencies") {
            let ours = packages.iter().any(|package| package.published && package.name == text(dependency, "name"));
            if ours && text(dependency, "kind") != "dev" {
                assert_eq!(text(dependency, "req"), format!("={version}"), "{name} on {}", text(dependency, "name"));
            }
        }
    }
}

#[test]
fn every_adapter_re_exports_core_for_users_who_depend_on_nothing_else() {
    for Package { name, folder, .. } in
        published().filter(|package| package.folder.starts_with(root().join("adapters")))
    {
        let library = fs::read_to_string(folder.join("src/lib.rs")).unwrap();
        assert!(library.lines().any(|line| line == "pub use policy_core;"), "{name} does not re-export policy_core");
    }
}
