//! The hook of `ci-templates` before a commit, run by git itself. What it compares is what is committed: the index.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::repository::{DOCUMENT, PART, Repository};
use crate::run::{Ran, ran};

const PART_FILE: &str = "api/parts/notes of users.yaml";
const OPEN: &str = "get: { security: [] }\n";
const NARROWER: &str = "get: { security: [{ Key: ['notes:read', 'notes:write'] }] }\n";
const REFUSED: &str = "the commit is refused";

/// A repository with the hook, whose policy is in the folder `api`.
fn hooked(name: &str) -> Repository {
    let repository = Repository::new(&format!("hook-{name}"));
    let hook = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ci-templates/pre-commit/policy-diff");
    fs::copy(hook, repository.path().join(".git/hooks/pre-commit")).unwrap();
    repository
}

/// Runs git in a folder, with the hook.
fn git(folder: &Path, arguments: &[&str]) -> Ran {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]);
    for variable in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        git.env_remove(variable);
    }
    git.env("POLICY_COMMAND", env!("CARGO_BIN_EXE_cargo-policy")).env("POLICY_FOLDER", "api");
    ran(git.args(arguments).current_dir(folder).output().unwrap())
}

#[track_caller]
fn taken(ran: &Ran) {
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

/// What the hook prints goes to standard error.
#[track_caller]
fn refused(ran: &Ran, why: &str) {
    assert!(ran.code == 1 && ran.err.contains(REFUSED) && ran.err.contains(why), "{}{}", ran.out, ran.err);
}

#[test]
fn what_is_staged_counts_and_what_is_edited_since_does_not() {
    let repository = hooked("staged");
    let root = repository.path();
    // Staged: opened. In the work tree: as before.
    repository.write(PART_FILE, OPEN);
    repository.git(&["add", "-A"]);
    repository.write(PART_FILE, PART);
    refused(&git(root, &["commit", "-qm", "x"]), "`GET /notes` is open to anybody");
    // The other way round.
    repository.write(PART_FILE, NARROWER);
    repository.git(&["add", "-A"]);
    repository.write(PART_FILE, OPEN);
    taken(&git(root, &["commit", "-qm", "x"]));
    // `git commit -a` and `git commit FILE` have an index of their own.
    refused(&git(root, &["commit", "-qam", "x"]), "is open to anybody");
    repository.write("api/openapi.yaml", &DOCUMENT.replace("title: Notes", "title: Other"));
    taken(&git(root, &["commit", "-qm", "x", "api/openapi.yaml"]));
    refused(&git(root, &["commit", "-qm", "x", PART_FILE]), "is open to anybody");
}

#[test]
fn a_new_file_that_is_referred_to_has_to_be_staged_too() {
    let repository = hooked("new-file");
    let root = repository.path();
    repository.write("api/openapi.yaml", &DOCUMENT.replace("notes of users", "new"));
    repository.write("api/parts/new.yaml", PART);
    repository.git(&["add", "api/openapi.yaml"]);
    refused(&git(root, &["commit", "-qm", "x"]), "staged:api/openapi.yaml");
    repository.git(&["add", "api/parts/new.yaml"]);
    taken(&git(root, &["commit", "-qm", "x"]));
    repository.write("api/policy.toml", "document = 'other.yaml'\noverlays = ['../overlays/admin.yaml']\n");
    repository.write("api/other.yaml", DOCUMENT);
    repository.git(&["add", "api/policy.toml"]);
    let ran = git(root, &["commit", "-qm", "x"]);
    assert!(ran.code == 1 && ran.err.contains("names `other.yaml`, which is not"), "{}{}", ran.out, ran.err);
    repository.git(&["add", "api/other.yaml"]);
    taken(&git(root, &["commit", "-qm", "x"]));
}

#[test]
fn a_file_that_is_deleted_is_gone_though_it_may_stand_in_the_work_tree() {
    let repository = hooked("deleted");
    let root = repository.path();
    repository.git(&["rm", "-q", "--cached", PART_FILE]);
    refused(&git(root, &["commit", "-qm", "x"]), "is no policy");
    // Without what refers to it, and with less to call: nobody gains.
    let less = DOCUMENT.replace("  /notes: { $ref: 'parts/notes of users.yaml' }\n", "");
    repository.write("api/openapi.yaml", &less);
    repository.git(&["add", "api/openapi.yaml"]);
    taken(&git(root, &["commit", "-qm", "x"]));
    // The whole policy.
    repository.git(&["rm", "-q", "-r", "--cached", "api"]);
    taken(&git(root, &["commit", "-qm", "x"]));
}

#[test]
fn a_merge_in_progress_is_compared_with_what_it_is_merged_into() {
    let repository = hooked("merge");
    let root = repository.path();
    repository.git(&["checkout", "-q", "-b", "topic"]);
    repository.write(PART_FILE, &NARROWER.replace("'notes:write'", "admin"));
    taken(&git(root, &["commit", "-qam", "topic"]));
    repository.git(&["checkout", "-q", "main"]);
    repository.write(PART_FILE, NARROWER);
    taken(&git(root, &["commit", "-qam", "main"]));
    assert_ne!(git(root, &["merge", "-q", "topic"]).code, 0, "both changed one line");
    let ran = repository.diff(&["--staged"]);
    assert!(ran.code == 2 && ran.err.contains("has a conflict that nobody solved yet"), "{}{}", ran.out, ran.err);
    repository.write(PART_FILE, OPEN);
    repository.git(&["add", "-A"]);
    refused(&git(root, &["commit", "-qm", "merged"]), "is open to anybody");
    repository.write(PART_FILE, &NARROWER.replace("'notes:write'", "'notes:write', admin"));
    repository.git(&["add", "-A"]);
    taken(&git(root, &["commit", "-qm", "merged"]));
}

#[test]
fn a_first_commit_and_a_commit_of_a_linked_work_tree_are_compared_too() {
    let repository = hooked("linked");
    let linked: PathBuf = crate::run::empty_folder("diff-hook-linked-tree").join("tree");
    repository.git(&["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "linked"]);
    fs::write(linked.join(PART_FILE), OPEN).unwrap();
    refused(&git(&linked, &["commit", "-qam", "x"]), "is open to anybody");
    fs::write(linked.join(PART_FILE), NARROWER).unwrap();
    taken(&git(&linked, &["commit", "-qam", "x"]));
    // Before the first commit there is nothing, so that everything is new.
    repository.git(&["checkout", "-q", "--orphan", "fresh"]);
    let ran = repository.diff(&["--staged", "--fail-on", "added"]);
    assert!(ran.code == 1 && ran.out.contains("2 added"), "{}{}", ran.out, ran.err);
    taken(&git(repository.path(), &["commit", "-qm", "first"]));
}

#[test]
fn what_is_staged_may_be_compared_with_another_revision_and_nothing_is_touched() {
    let repository = hooked("revision");
    repository.write(PART_FILE, OPEN);
    repository.git(&["add", "-A"]);
    repository.write(PART_FILE, PART);
    let state =
        || (repository.git(&["status", "--porcelain"]), fs::read(repository.path().join(".git/index")).unwrap());
    let before = state();
    for (folder, arguments) in [
        ("api", &["--staged"][..]),
        ("api", &["--staged", "main"]),
        ("", &["--staged", "HEAD:api"]),
        ("overlays", &["HEAD:../api/openapi.yaml", "--staged"]),
    ] {
        let ran = repository.diff_in(folder, arguments);
        assert!(ran.code == 0 && ran.out.contains("1 difference between"), "{arguments:?}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("and `staged:api/openapi.yaml`: 1 opened"), "{}", ran.out);
    }
    assert!(before == state());
    for arguments in [&["main", "topic", "--staged"][..], &["--staged", "--base", "main"]] {
        assert_eq!(repository.diff(arguments).code, 2, "{arguments:?}");
    }
}
