//! A git repository of a test's own, with a policy of several files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Ran, command, empty_folder, ran};

pub(crate) struct Repository {
    pub(crate) root: PathBuf,
}

pub(crate) const OVERLAY: &str = "overlay: 1.0.0
info: { title: O, version: '1' }
actions:
  - target: $.paths['/admin'].get.security
    remove: true
  - target: $.paths['/admin'].get
    update: { security: [{ Key: [admin] }] }
";

pub(crate) const DOCUMENT: &str = "openapi: 3.1.0
info: { title: Notes, version: '1' }
components:
  securitySchemes:
    Key: { type: http, scheme: bearer, x-scopes: { admin: Admin, 'notes:read': Read, 'notes:write': Write } }
paths:
  /notes: { $ref: 'parts/notes of users.yaml' }
  /admin: { get: { security: [{ Key: ['notes:read'] }] } }
";

pub(crate) const PART: &str = "get: { security: [{ Key: ['notes:read'] }] }\n";

impl Repository {
    /// On `main` a policy of a document, a part, an overlay and `policy.toml`, in the folder `api`.
    pub(crate) fn new(name: &str) -> Self {
        let repository = Self { root: empty_folder(&format!("diff-{name}")) };
        repository.git(&["init", "-q", "-b", "main"]);
        repository.write("api/policy.toml", "document = 'openapi.yaml'\noverlays = ['../overlays/admin.yaml']\n");
        repository.write("overlays/admin.yaml", OVERLAY);
        repository.write("api/openapi.yaml", DOCUMENT);
        repository.write("api/parts/notes of users.yaml", PART);
        repository.commit("first");
        repository
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]);
        // The test may itself be run by a hook of git.
        for variable in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
            git.env_remove(variable);
        }
        let output = git.args(arguments).current_dir(&self.root).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    pub(crate) fn diff_in(&self, folder: &str, arguments: &[&str]) -> Ran {
        let mut command = command(&self.root.join(folder));
        for variable in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
            command.env_remove(variable);
        }
        ran(command.arg("diff").args(arguments).output().unwrap())
    }

    pub(crate) fn diff(&self, arguments: &[&str]) -> Ran {
        self.diff_in("api", arguments)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.root
    }
}
