//! What cannot be set up is said before anything is written, with what to do.

use crate::package::{CLINIC, Package, root};

#[test]
fn what_is_missing_or_ambiguous_is_an_error_with_its_way_out() {
    struct Case {
        name: &'static str,
        files: &'static [(&'static str, &'static str)],
        arguments: &'static [&'static str],
        says: [&'static str; 2],
    }
    let manifest = |dependencies: &str| format!("[package]\nname = \"refused\"\n[dependencies]\n{dependencies}");
    for Case { name, files, arguments, says } in [
        Case {
            name: "no framework",
            files: &[],
            arguments: &["init"],
            says: ["depends on no web framework", "`cargo add axum`"],
        },
        Case {
            name: "two frameworks",
            files: &[("Cargo.toml", "axum = \"0.8\"\nactix-web = \"4\"\n")],
            arguments: &["init"],
            says: ["axum and actix-web", "--framework"],
        },
        Case {
            name: "two documents",
            files: &[("docs/openapi.json", "{}")],
            arguments: &["init", "--framework", "axum"],
            says: ["several documents: `openapi.yaml`, `docs/openapi.json`", "name the one"],
        },
        Case {
            name: "no such document",
            files: &[],
            arguments: &["init", "other.yaml", "--framework", "axum"],
            says: ["cannot read `other.yaml`", ""],
        },
        Case {
            name: "nothing is fetched",
            files: &[],
            arguments: &["init", "https://example.com/openapi.yaml", "--framework", "axum"],
            says: ["cannot read `https://example.com/openapi.yaml`", ""],
        },
        Case {
            name: "no checkout",
            files: &[],
            arguments: &["init", "--framework", "axum", "--source", "src"],
            says: ["`src` is no checkout", "written as its URL"],
        },
        Case {
            name: "the module is there",
            files: &[("src/api.rs", "")],
            arguments: &["init", "--framework", "axum"],
            says: ["`src/api.rs` exists", "--module"],
        },
        Case {
            name: "no name of a module",
            files: &[],
            arguments: &["init", "--framework", "axum", "--module", "../x"],
            says: ["invalid value '../x'", "small letters"],
        },
        Case {
            name: "a flag beside a file that is not changed",
            files: &[("policy.toml", "document = \"openapi.yaml\"\n")],
            arguments: &["init", "--framework", "axum", "--undeclared", "deny"],
            says: ["`policy.toml` exists, and is not changed", "leave the flags out"],
        },
        Case {
            name: "a broken configuration",
            files: &[("policy.toml", "documnt = 1\n")],
            arguments: &["init", "openapi.yaml", "--framework", "axum"],
            says: ["there is no key `documnt`", "did you mean `document`?"],
        },
        Case {
            name: "a broken configuration, and no document is named",
            files: &[("policy.toml", "documnt = 1\n")],
            arguments: &["init", "--framework", "axum"],
            says: ["there is no key `documnt`", "did you mean `document`?"],
        },
        Case {
            name: "another document than the configuration's",
            files: &[("policy.toml", "document = \"other.yaml\"\n"), ("other.yaml", "")],
            arguments: &["init", "openapi.yaml", "--framework", "axum"],
            says: ["`policy.toml` names another document: `other.yaml`", "leave DOCUMENT out"],
        },
        Case {
            name: "no shape",
            files: &[],
            arguments: &["init", "--framework", "axum", "--extension", "x-scopes=lst"],
            says: ["there is no shape `lst`", "list"],
        },
        Case {
            name: "public without a reason",
            files: &[],
            arguments: &["init", "--framework", "axum", "--public", "GET /health"],
            says: ["--reason <REASON>", ""],
        },
        Case {
            name: "a workspace",
            files: &[("Cargo.toml", "")],
            arguments: &["init", "--framework", "axum"],
            says: ["is of a workspace, and of no package", "go into the folder"],
        },
    ] {
        let package = Package::with("refused", CLINIC);
        for (path, text) in files {
            match (*path, *text) {
                ("Cargo.toml", "") => package.write(path, "[workspace]\n"),
                ("Cargo.toml", dependencies) => package.write(path, &manifest(dependencies)),
                (path, text) => package.write(path, text),
            }
        }
        let before = package.files();
        let ran = package.run(arguments);
        assert_eq!(ran.code, 2, "{name}: {}{}", ran.out, ran.err);
        for said in says {
            assert!(ran.err.contains(said), "{name}: `{said}` in {}", ran.err);
        }
        assert_eq!(package.files(), before, "{name}");
    }
}

#[test]
fn it_is_run_below_the_package_s_folder_and_for_a_document_beside_it_too() {
    let package = Package::new("below/service");
    package.write("../spec/openapi.yaml", CLINIC);
    let here = Package(package.0.join("src"));
    let ran = here.init(&["../../spec/openapi.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        package.read("policy.toml").contains("document = \"../spec/openapi.yaml\""),
        "{}",
        package.read("policy.toml")
    );
    assert!(package.read("build.rs").contains("compile(\"../spec/openapi.yaml\")"));
    assert!(package.has("src/api/mod.rs") && !package.has("src/src"));
    // The same file by another path is the same document.
    package.write("policy.toml", "document = \"./../spec/../spec/openapi.yaml\"\n");
    assert_eq!(here.init(&["../../spec/openapi.yaml"]).code, 0);
}

/// `public` of an operation that the document decides about is no gap, and so an error that says so.
#[test]
fn a_flag_opens_nothing_that_the_document_closes() {
    let package = Package::with("opens", CLINIC);
    let ran = package.init(&["--public", "GET /encounters", "--reason", "why not"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("invalid-public-entry"), "{}", ran.out);
}

#[test]
fn the_source_is_a_version_a_checkout_or_a_repository() {
    let root = root();
    for (source, written) in [
        ("crates.io", "policy-build = \"0.1\"".to_owned()),
        ("https://example.com/policy", "policy-build = { git = \"https://example.com/policy\" }".to_owned()),
        (
            "git+ssh://git@example.com/policy#abc",
            "policy-build = { git = \"ssh://git@example.com/policy\", rev = \"abc\" }".to_owned(),
        ),
        (root.to_str().unwrap(), "policy-build\" }".to_owned()),
    ] {
        let package = Package::with("source", CLINIC);
        let ran = package.run(&["init", "--framework", "axum", "--source", source]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let manifest = package.read("Cargo.toml");
        assert!(manifest.contains(&written), "{source}: {manifest}");
    }
}
