//! The command line itself: its help, its manners, and how it behaves in pipes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]
#![allow(dead_code, reason = "each test uses a part of what runs the binary")]

mod run;

use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use run::{command, empty_folder, fixtures, ran, run};

const COMMANDS: [&str; 16] = [
    "",
    "init",
    "check",
    "audit",
    "diff",
    "docs",
    "draft",
    "explain",
    "export",
    "scopes",
    "verify",
    "names",
    "replay",
    "schema",
    "completions",
    "man",
];

#[test]
fn every_help_page() {
    for name in COMMANDS {
        for flag in ["-h", "--help"] {
            let ran = run(&fixtures(), &format!("{name} {flag}"));
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{name} {flag}");
            let title = if name.is_empty() { "policy" } else { name };
            let length = if flag == "-h" { "short" } else { "long" };
            insta::assert_snapshot!(format!("help_of_{title}_{length}"), ran.out);
        }
    }
}

#[test]
fn cargo_s_own_word_for_it_is_passed_over() {
    let plain = run(&fixtures(), "check clean.yaml");
    assert_eq!(run(&fixtures(), "policy check clean.yaml").out, plain.out);
    assert_eq!(run(&fixtures(), "policy --help").out, run(&fixtures(), "--help").out);
}

#[test]
fn colours_are_for_terminals_unless_asked() {
    let colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = command(&fixtures());
        command.args(["check", "mistakes.yaml"]).args(arguments).envs(variables.iter().copied());
        ran(command.output().unwrap()).out.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]), "a pipe is no terminal");
    assert!(colored(&["--color", "always"], &[]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    // What is for programs has none, whoever asks.
    for format in ["json", "sarif", "github"] {
        assert!(!colored(&["--format", format, "--color", "always"], &[]), "{format}");
    }
}

/// `cargo policy check … | head -1`: whoever reads has seen enough, and that is no failure.
#[test]
fn a_closed_pipe_is_no_failure() {
    let folder = empty_folder("pipe");
    let mut document = String::from("openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths:\n");
    for at in 0..2_000 {
        document.push_str(&format!("  /p{at}:\n    get: {{ operationId: o{at} }}\n"));
    }
    fs::write(folder.join("api.yaml"), document).unwrap();
    for arguments in ["--all", "--format json", "--format sarif"] {
        let mut command = command(&folder);
        command.args(["check", "api.yaml"]).args(arguments.split(' '));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 16];
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut first).unwrap();
        drop(out);
        let ended = ran(child.wait_with_output().unwrap());
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{arguments}");
    }
}

#[test]
fn the_configuration_of_a_folder_above_is_found() {
    let folder = empty_folder("above");
    let below = folder.join("src/deep");
    fs::create_dir_all(&below).unwrap();
    fs::copy(fixtures().join("clean.yaml"), folder.join("api.yaml")).unwrap();
    fs::write(folder.join("policy.toml"), "document = 'api.yaml'\n").unwrap();
    let ran = run(&below, "check");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("no findings in ../../api.yaml"), "{}", ran.out);
}

#[test]
fn without_a_document_and_a_configuration_it_says_what_to_name() {
    let ran = run(&std::env::temp_dir(), "check");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("name a document: `cargo policy check openapi.yaml`"), "{}", ran.err);
}

#[test]
fn every_shell_gets_completions_with_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = run(&fixtures(), &format!("completions {shell}"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{shell}");
        for word in [
            "cargo-policy",
            "init",
            "schema",
            "check",
            "audit",
            "diff",
            "docs",
            "explain",
            "export",
            "scopes",
            "names",
            "fail-on",
            "replay",
            "emit-extensions",
        ] {
            assert!(ran.out.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = empty_folder("manual");
    let ran = run(&folder, "man pages");
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    for name in COMMANDS {
        let file = if name.is_empty() { "cargo-policy.1".to_owned() } else { format!("cargo-policy-{name}.1") };
        let page = fs::read_to_string(folder.join("pages").join(&file)).unwrap_or_else(|_| panic!("{file}"));
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{file}");
    }
    let first = run(&folder, "man").out;
    assert_eq!(first, fs::read_to_string(folder.join("pages/cargo-policy.1")).unwrap());
}
