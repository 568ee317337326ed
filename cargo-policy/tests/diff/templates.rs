//! The scripts of `ci-templates`, run as a pipeline runs them.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::repository::Repository;
use crate::run::{Ran, empty_folder, ran};

fn templates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ci-templates")
}

/// A repository in which a branch opens an operation.
fn opened(name: &str) -> Repository {
    let repository = Repository::new(name);
    repository.git(&["checkout", "-q", "-b", "topic"]);
    repository.write("api/parts/notes of users.yaml", "get: { security: [] }\n");
    repository
}

fn script(repository: &Repository, script: &str, variables: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(templates().join(script));
    command.current_dir(repository.path()).env("POLICY_COMMAND", env!("CARGO_BIN_EXE_cargo-policy"));
    for variable in ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "GIT_DIR", "GIT_INDEX_FILE"] {
        command.env_remove(variable);
    }
    ran(command.envs(variables.iter().copied()).output().unwrap())
}

#[test]
fn the_script_writes_what_reviewers_read_and_fails_the_job() {
    let repository = opened("template");
    repository.commit("open");
    let output = empty_folder("template-output");
    let folders = [("POLICY_FOLDER", "api"), ("POLICY_OUTPUT", output.to_str().unwrap())];
    let run = |more: &[(&str, &str)]| script(&repository, "policy-diff.sh", &[&folders, more].concat());
    for (more, code) in [
        (&[][..], 0),
        (&[("POLICY_FAIL_ON", "removed")], 0),
        (&[("POLICY_FAIL_ON", "opened")], 1),
        (&[("POLICY_BASE", "main"), ("POLICY_FAIL_ON", "opened")], 1),
        (&[("POLICY_FAIL_ON", "everything")], 2),
        (&[("POLICY_BASE", "nothing")], 2),
        (&[("POLICY_BASE", "--upload-pack=x")], 2),
        (&[("POLICY_BASE", "$(touch mark)`touch mark`; touch mark")], 2),
    ] {
        let ran = run(more);
        assert_eq!(ran.code, code, "{more:?}: {}{}", ran.out, ran.err);
    }
    assert!(!repository.path().join("mark").exists() && !repository.path().join("api/mark").exists());
    for (file, text) in [("md", "is open to anybody"), ("html", "Opened to anybody"), ("json", "\"opened\": 1")] {
        let written = fs::read_to_string(output.join(format!("policy-diff.{file}"))).unwrap();
        assert!(written.contains(text), "{file}: {written}");
    }
    let summary = output.join("summary");
    let ran = run(&[("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())]);
    assert!(ran.out.starts_with("::warning file="), "{}", ran.out);
    assert!(fs::read_to_string(summary).unwrap().starts_with("### Who may call what: 1 difference"));
}

/// A `gh` that notes how it was called.
#[test]
fn one_comment_is_kept_up_to_date() {
    let repository = Repository::new("comment");
    let bin = empty_folder("comment-bin");
    let calls = bin.join("calls");
    let gh = bin.join("gh");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    fs::write(bin.join("comment.md"), "### Who may call what: no difference").unwrap();
    for (known, refused, expected) in [
        ("", "never", "--method POST repos/o/r/issues/7/comments"),
        ("41", "never", "--method PATCH repos/o/r/issues/comments/41"),
        ("", "POST", "--method POST repos/o/r/issues/7/comments"),
        ("", "paginate", "--paginate"),
    ] {
        fs::write(
            &gh,
            format!(
                "#!/bin/sh\necho \"$@\" >>'{}'\ncase \"$*\" in *{refused}*) exit 1;; *paginate*) echo '{known}';; esac\n",
                calls.display()
            ),
        )
        .unwrap();
        fs::set_permissions(&gh, fs::Permissions::from_mode(0o755)).unwrap();
        let _ = fs::remove_file(&calls);
        let comment = bin.join("comment.md");
        let variables = [
            ("PATH", path.as_str()),
            ("POLICY_REPOSITORY", "o/r"),
            ("POLICY_NUMBER", "7"),
            ("POLICY_COMMENT", comment.to_str().unwrap()),
        ];
        let ran = script(&repository, "github/policy-diff/comment.sh", &variables);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(fs::read_to_string(&calls).unwrap().contains(expected), "{expected}");
        // A pull request from a fork may write no comment, which fails no job.
        assert_eq!(ran.out.contains("::warning::the comment was not written"), refused != "never", "{}", ran.out);
    }
}

/// What pipelines read is YAML, and no text of anybody stands in a script of it.
#[test]
fn the_files_of_pipelines_are_well_formed() {
    for file in ["github/policy-diff/action.yml", "gitlab/policy-diff.yml", "pre-commit/.pre-commit-hooks.yaml"] {
        let text = fs::read_to_string(templates().join(file)).unwrap();
        let _: serde_yaml::Value = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let runs =
            text.lines().filter(|line| line.trim_start().starts_with("run:") || line.trim_start().starts_with("- sh"));
        for line in runs {
            assert!(!line.contains("${{"), "{file}: {line}");
        }
    }
    for script in ["policy-diff.sh", "github/policy-diff/comment.sh", "pre-commit/policy-diff"] {
        let mode = fs::metadata(templates().join(script)).unwrap().permissions().mode();
        assert!(mode & 0o111 != 0, "{script} can be run");
    }
}
