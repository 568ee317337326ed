//! Revisions: the whole source is read as it stood, and nothing of the work tree is touched.

use std::fs;

use crate::repository::{DOCUMENT, OVERLAY, PART, Repository};

const OPENED: &str = "`GET /notes` is open to anybody";

#[test]
fn without_arguments_a_branch_is_compared_with_what_it_began_with() {
    let repository = Repository::new("merge-base");
    assert!(repository.diff(&[]).out.contains("no difference between `main:api/openapi.yaml` and `openapi.yaml`"));
    repository.git(&["checkout", "-q", "-b", "topic"]);
    repository.write("api/parts/notes of users.yaml", "get: { security: [] }\n");
    // What is not committed yet counts.
    let ran = repository.diff(&["--fail-on", "opened"]);
    assert!(ran.code == 1 && ran.out.contains(OPENED), "{}{}", ran.out, ran.err);
    repository.commit("open");
    // What main does meanwhile is no part of the branch.
    repository.git(&["checkout", "-q", "main"]);
    repository.write("overlays/admin.yaml", &OVERLAY.replace("[admin]", "['notes:write']"));
    repository.commit("meanwhile");
    repository.git(&["checkout", "-q", "topic"]);
    let ran = repository.diff(&[]);
    assert!(ran.out.contains(OPENED) && ran.out.contains("1 difference between"), "{}{}", ran.out, ran.err);
    let ran = repository.diff(&["main"]);
    assert!(ran.out.contains("2 differences between"), "{}{}", ran.out, ran.err);
    assert_eq!(repository.diff(&["--base", "main"]).out, repository.diff(&[]).out);
}

#[test]
fn each_part_of_the_source_is_read_as_it_stood() {
    let repository = Repository::new("parts");
    let was = "was api/openapi.yaml:";
    for (file, text, expected) in [
        ("api/openapi.yaml", DOCUMENT.replace("{ get: { security: [{ Key: ['notes:read'] }] } }", "{}"), "`GET /admin` is gone"),
        ("api/parts/notes of users.yaml", PART.replace("read", "write"), "requires `notes:write` instead of `notes:read`"),
        ("overlays/admin.yaml", OVERLAY.replace("[admin]", "[]"), "`GET /admin` no longer requires `admin`"),
        ("api/policy.toml", "document = 'openapi.yaml'\n".to_owned(), "`GET /admin` requires `notes:read` instead of `admin`"),
        (
            "api/policy.toml",
            "document = 'openapi.yaml'\noverlays = ['../overlays/admin.yaml']\ncheck-order = ['authentication', 'scopes', 'enablement', 'query']\n".to_owned(),
            "a request is checked in another order",
        ),
    ] {
        let before = fs::read_to_string(repository.path().join(file)).unwrap();
        // An action that finds nothing is an error, so that the overlay goes with what it writes into.
        let is_gone = expected.contains("gone");
        if is_gone {
            repository.write("api/policy.toml", "document = 'openapi.yaml'\n");
        }
        repository.write(file, &text);
        let ran = repository.diff(&["HEAD"]);
        assert!(ran.code == 0 && ran.out.contains(expected), "{file}: {}{}", ran.out, ran.err);
        assert!(!expected.contains("admin") || ran.out.contains(was), "{}", ran.out);
        // The folder of the old files is not shown.
        assert!(!ran.out.contains("cargo-policy-diff-"), "{}", ran.out);
        repository.write(file, &before);
        repository.git(&["checkout", "-q", "--", "."]);
    }
}

#[test]
fn a_path_may_be_named_with_the_revision() {
    let repository = Repository::new("paths");
    repository.write("api/parts/notes of users.yaml", "get: { security: [] }\n");
    repository.commit("open");
    repository.git(&["tag", "v2"]);
    for (folder, arguments) in [
        ("api", &["HEAD~1"][..]),
        ("api", &["HEAD~1", "HEAD"]),
        ("api", &["HEAD~1", "v2"]),
        ("api", &["HEAD~1:", "v2:"]),
        ("api", &["HEAD~1:api/openapi.yaml", "openapi.yaml"]),
        ("api", &["HEAD~1:./openapi.yaml", "HEAD"]),
        ("", &["HEAD~1:api", "HEAD:api"]),
        ("", &["HEAD~1:api/", "api"]),
        ("", &["HEAD~1", "api/openapi.yaml"]),
        ("", &["HEAD~1", "api"]),
        ("overlays", &["HEAD~1:../api/openapi.yaml", "../api"]),
    ] {
        let ran = repository.diff_in(folder, arguments);
        assert!(ran.code == 0 && ran.out.contains(OPENED), "{folder} {arguments:?}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("1 difference between"), "{folder} {arguments:?}: {}", ran.out);
    }
    for (arguments, expected) in [
        (&["HEAD~1:api/nothing.yaml", "HEAD"][..], "is no document"),
        (&["HEAD~1:../../out.yaml", "HEAD"], "leads out of the repository"),
        (&["nothing"], "`nothing` is neither a file, a folder nor a revision"),
        (&["HEAD~1", "nothing"], "`nothing` is neither a file, a folder nor a revision"),
        (&["--base", "nothing"], "`nothing` is no revision"),
    ] {
        let ran = repository.diff(arguments);
        assert!(ran.code == 2 && ran.err.contains(expected), "{arguments:?}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_folder_that_has_the_name_of_a_branch_is_the_folder() {
    let repository = Repository::new("names");
    repository.git(&["branch", "overlays"]);
    let ran = repository.diff_in("", &["overlays", "api"]);
    assert!(ran.code == 2 && ran.err.contains("a branch of this name is `overlays:`"), "{}", ran.err);
    let ran = repository.diff_in("", &["overlays:", "api"]);
    assert!(ran.code == 0 && ran.out.contains("no difference"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_project_that_is_new_was_nowhere_before() {
    let repository = Repository::new("new");
    repository.git(&["checkout", "-q", "--orphan", "old"]);
    repository.git(&["rm", "-rqf", "."]);
    repository.write("README.md", "nothing yet");
    repository.commit("nothing");
    repository.git(&["checkout", "-q", "main"]);
    let ran = repository.diff(&["old"]);
    assert!(ran.code == 0 && ran.out.contains("`old` has no document of this project"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("2 added"), "{}", ran.out);
}

#[test]
fn a_state_with_errors_is_compared_as_far_as_it_goes_and_refused() {
    let repository = Repository::new("errors");
    repository.write("api/parts/notes of users.yaml", "get: { security: [{ Lock: [] }] }\n");
    let ran = repository.diff(&["HEAD"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("is no policy") && ran.err.contains("error[scheme-unresolved]"), "{}{}", ran.out, ran.err);
    repository.commit("broken");
    let ran = repository.diff(&["HEAD", "HEAD~1"]);
    assert!(ran.code == 1 && ran.err.contains("HEAD:api/parts/notes of users.yaml:1"), "{}{}", ran.out, ran.err);
}

#[test]
fn nothing_of_the_work_tree_is_touched() {
    let repository = Repository::new("untouched");
    repository.write("api/openapi.yaml", &DOCUMENT.replace("title: Notes", "title: Other"));
    repository.write("api/new.yaml", "not yet added");
    let state = || {
        // It may refresh the index, and so comes first.
        let status = repository.git(&["status", "--porcelain"]);
        (status, repository.git(&["rev-parse", "HEAD"]), fs::read(repository.path().join(".git/index")).unwrap())
    };
    let before = state();
    for format in ["text", "markdown", "json", "github", "html"] {
        assert_eq!(repository.diff(&["HEAD", "--format", format]).code, 0);
    }
    let after = state();
    assert!(before == after);
}

#[test]
fn without_a_repository_two_documents_are_asked_for() {
    let folder = std::env::temp_dir();
    let ran = crate::run::run(&folder, "diff");
    assert!(ran.code == 2 && ran.err.contains("two documents"), "{}", ran.err);
}

#[test]
fn a_shallow_clone_without_the_common_commit_says_what_to_fetch() {
    let repository = Repository::new("shallow");
    repository.git(&["checkout", "-q", "--orphan", "elsewhere"]);
    repository.commit("another beginning");
    let ran = repository.diff(&[]);
    assert!(ran.code == 2 && ran.err.contains("fetch-depth: 0"), "{}", ran.err);
}

#[test]
fn a_clone_that_lacks_the_files_says_so_and_fetches_nothing() {
    let repository = Repository::new("partial");
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = crate::run::empty_folder("diff-partial-clone");
    let from = format!("file://{}", repository.path().display());
    let git = |arguments: &[&str]| {
        std::process::Command::new("git").args(arguments).current_dir(&clone).output().unwrap().status.success()
    };
    assert!(git(&["clone", "-q", "--no-checkout", "--filter=blob:none", &from, "."]));
    let mut command = crate::run::command(&clone);
    let ran = crate::run::ran(command.args(["diff", "HEAD:api", "HEAD:api"]).output().unwrap());
    assert!(
        ran.code == 2 && ran.err.contains("is not in this clone, and nothing is fetched"),
        "{}{}",
        ran.out,
        ran.err
    );
}
