//! What exists stays, what opens is not written, and a dry run writes nothing.

use std::fs;
use std::process::Command;

use crate::package::{CLINIC, HELLO, Package, ran};

/// Every file that a set-up for axum writes beside the manifest.
const FILES: [&str; 9] = [
    "policy.toml",
    "policy.schema.json",
    "build.rs",
    "src/api/mod.rs",
    "src/api/handlers.rs",
    "src/api/policy.rs",
    "src/api/callers.rs",
    "src/api/tests.rs",
    "src/main.rs",
];

#[test]
fn no_file_that_exists_is_changed_and_what_belongs_into_it_is_shown() {
    for (file, shown) in FILES.into_iter().zip([
        "document = \"openapi.yaml\"",
        "\"$schema\"",
        "policy_build::compile(\"openapi.yaml\")",
        "pub fn guard<A: Authenticator<Api>>(authenticator: A)",
        "pub async fn list_encounters(",
        "policy_core::include_policy!();",
        "pub fn callers()",
        "fn who_may_call_what()",
        "mod api;",
    ]) {
        let package = Package::with("untouched", CLINIC);
        // One byte more than `cargo new` writes is somebody's work.
        let mine = if file == "src/main.rs" { format!("{HELLO}\n") } else { "# mine\n".to_owned() };
        package.write(file, &mine);
        let ran = package.init(&[]);
        assert_eq!(ran.code, 0, "{file}: {}", ran.err);
        assert_eq!(package.read(file), mine, "{file}");
        let should =
            ran.out.split(&format!("{file} should have\n")).nth(1).unwrap_or_else(|| panic!("{file}: {}", ran.out));
        assert!(should.contains(shown), "{file}: {should}");
        for other in FILES.iter().filter(|other| **other != file) {
            assert!(package.has(other), "{file}: {other}");
        }
    }
}

#[test]
fn a_second_run_changes_nothing() {
    let package = Package::with("again", CLINIC);
    package.init(&[]);
    let before = package.files();
    let ran = package.init(&[]);
    assert_eq!((ran.code, package.files()), (0, before));
    assert!(
        !ran.out.contains("writes build.rs") && !ran.out.contains("adds") && !ran.out.contains("should have"),
        "{}",
        ran.out
    );
    // A configuration that somebody went on with names the document, and so is complete.
    package.write("policy.toml", "document = \"openapi.yaml\"\n[limits]\ndepth = 100\n");
    assert!(!package.init(&[]).out.contains("should have"));
}

#[test]
fn the_manifest_keeps_its_comments_and_its_order() {
    let package = Package::with("manifest", CLINIC);
    let before = "# ours\n[package]\nname = \"manifest\" # the name\nedition = \"2024\"\n\n[dependencies]\n# the framework\naxum = \"0.8.9\"\n\n[features]\nz = []\na = []\n";
    package.write("Cargo.toml", before);
    assert_eq!(package.init(&[]).code, 0);
    let after = package.read("Cargo.toml");
    let mut rest = after.as_str();
    for line in before.lines() {
        rest = rest.split_once(line).unwrap_or_else(|| panic!("`{line}` is missing in {after}")).1;
    }
    assert!(after.contains("policy-axum") && after.contains("[build-dependencies]"), "{after}");
}

#[test]
fn a_link_or_a_folder_in_the_place_of_a_file_ends_it_before_anything_is_written() {
    for make in [
        |path: &std::path::Path| fs::create_dir(path).unwrap(),
        |path: &std::path::Path| {
            #[cfg(unix)]
            std::os::unix::fs::symlink("/nowhere/at/all", path).unwrap();
            #[cfg(not(unix))]
            fs::create_dir(path).unwrap();
        },
    ] {
        let package = Package::with("no-file", CLINIC);
        make(&package.0.join("build.rs"));
        let ran = package.init(&[]);
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert!(ran.err.contains("build.rs"), "{}", ran.err);
        assert!(!package.has("src/api") && !package.has("policy.toml"));
        assert_eq!(package.read("src/main.rs"), HELLO);
    }
}

#[test]
fn a_dry_run_writes_nothing_and_its_diff_is_the_set_up() {
    let (dry, wet) = (Package::with("dry/same", CLINIC), Package::with("wet/same", CLINIC));
    let before = dry.files();
    let ran_dry = dry.init(&["--dry-run"]);
    assert_eq!((ran_dry.code, dry.files()), (0, before));
    assert!(ran_dry.err.contains("would write"), "{}", ran_dry.err);
    assert_eq!(wet.init(&[]).code, 0);
    dry.write("the.patch", &ran_dry.out);
    // Without a repository of its own, git would take the paths for those of the one around it.
    for arguments in [&["init", "-q"][..], &["apply", "the.patch"]] {
        let git = ran(Command::new("git").args(arguments).current_dir(&dry.0).output().unwrap());
        assert_eq!(git.code, 0, "{}", git.err);
    }
    fs::remove_dir_all(dry.0.join(".git")).unwrap();
    fs::remove_file(dry.0.join("the.patch")).unwrap();
    let (dry, wet) = (dry.files(), wet.files());
    assert_eq!(dry, wet);
}

/// A document that leaves everything open that can be left open.
const OPEN: &str = "openapi: 3.1.0
info: { title: Open, version: '1' }
components: { securitySchemes: { Key: { type: apiKey, in: header, name: X-Key } } }
paths:
  /health: { get: { operationId: health } }
  /files/{id}: { get: { operationId: getFile, security: [{ Key: [] }], x-scope: [files:read, files:write] } }
  /{id}/meta: { get: { operationId: getMeta, security: [{ Key: [a] }] } }
  /files/{id}/meta2: { get: { operationId: get-meta, security: [{ Key: [] }] } }
";

#[test]
fn what_opens_or_guesses_is_printed_and_written_by_a_flag_alone() {
    let package = Package::with("open", OPEN);
    // A catalogue of scopes is no extension of operations, whatever else the operations have.
    let mixed = CLINIC.replacen("      x-required", "      security: [{ ApiKey: [] }]\n      x-required", 1);
    assert!(!Package::with("mixed", &mixed).init(&[]).out.contains("decide: "));
    let printed = package.init(&[]);
    assert_eq!(printed.code, 1, "{}", printed.out);
    assert_eq!(package.read("policy.toml"), "#:schema ./policy.schema.json\ndocument = \"openapi.yaml\"\n");
    for line in [
        "undeclared = \"deny\"",
        "[[public]]",
        "\"GET /health\"",
        "name = \"x-scope\"",
        "shape = \"list\"",
        "combine = \"\"",
        "reason = \"\"",
        "\"GET /files/{id}/meta2\" = \"",
    ] {
        assert!(printed.out.contains(&format!("    {line}")), "{line}: {}", printed.out);
    }
    for (flags, written) in [
        (&["--undeclared", "deny"][..], "undeclared = \"deny\"\n"),
        (
            &["--public", "GET /health", "--reason", "the \"probe\""],
            "\n[[public]]\noperations = [\"GET /health\"]\nreason = \"the \\\"probe\\\"\"\n",
        ),
        (&["--extension", "x-scope"], "\n[[extensions]]\nname = \"x-scope\"\n"),
        (
            &["--extension", "x-scope=list,any"],
            "\n[[extensions]]\nname = \"x-scope\"\nshape = \"list\"\ncombine = \"any\"\n",
        ),
    ] {
        let package = Package::with("open", OPEN);
        package.init(flags);
        let all = format!("#:schema ./policy.schema.json\ndocument = \"openapi.yaml\"\n{written}");
        assert_eq!(package.read("policy.toml"), all, "{flags:?}");
    }
}

#[test]
fn code_first_needs_no_document_and_leaves_the_program_alone() {
    let package = Package::new("code-first");
    let ran = package.init(&["--code-first"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(
        package.read("policy.toml"),
        "#:schema ./policy.schema.json\ndocument = \"openapi.json\"\n\n[draft]\n\
         command = [\"cargo\", \"run\", \"-q\", \"--\", \"openapi\"]\n"
    );
    assert_eq!(package.read("src/main.rs"), HELLO);
    for said in ["mod api;", "== Some(\"openapi\")", "cargo policy draft"] {
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
    }
    assert!(!package.has("openapi.json"));
    assert!(package.read("src/api/mod.rs").contains("handlers![\n"), "{}", package.read("src/api/mod.rs"));
}

#[test]
fn a_package_that_includes_a_policy_gets_no_second_guard() {
    let package = Package::with("included", CLINIC);
    let lib = "pub mod policy {\n    policy_core::include_policy!();\n}\n";
    package.write("src/deep/lib.rs", lib);
    let ran = package.init(&[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("leaves src/deep/lib.rs"), "{}", ran.out);
    assert_eq!((package.read("src/deep/lib.rs").as_str(), package.read("src/main.rs").as_str()), (lib, HELLO));
    assert!(package.has("build.rs") && package.has("policy.toml") && !package.has("src/api"));
    assert!(!package.read("Cargo.toml").contains("insta"), "{}", package.read("Cargo.toml"));
}
