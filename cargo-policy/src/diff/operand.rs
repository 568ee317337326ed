//! What OLD and NEW name: the project, a file, a folder, or a revision with or without a path.

use std::path::PathBuf;

use super::git::Repository;
use super::snapshot::within;
use crate::escape::visible;
use crate::failure::Failure;

/// What is named.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    /// The project's document in the work tree.
    Project,
    /// A document, or the folder that has one.
    Path(PathBuf),
    /// The source as it stood at a commit.
    Revision {
        /// As it was named.
        name: String,
        /// The name of the commit.
        commit: String,
        /// The path of the document or of its folder, from the top of the repository.
        path: Option<String>,
    },
}

impl Operand {
    /// A file or folder that is there is meant. Everything else is a revision, as git reads it: `main`, `v2.1`, `HEAD~3:api`.
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        let path = PathBuf::from(text);
        if !text.starts_with('-') && path.exists() {
            return Ok(Self::Path(path));
        }
        let (name, path) = match text.split_once(':') {
            // `:/words` names a commit by its message.
            Some((name, path)) if !name.is_empty() => (name, Some(path).filter(|path| !path.is_empty())),
            _ => (text, None),
        };
        let here = std::env::current_dir().map_err(|error| Failure::new(format!("the current folder: {error}")))?;
        let nothing = || {
            let what = format!("`{}` is neither a file, a folder nor a revision", visible(text));
            Failure::with_help(what, "name a document, a branch, a tag, a commit, or `REVISION:path/openapi.yaml`")
        };
        let repository = Repository::of(&here).map_err(|failure| match name.starts_with('-') {
            true => failure,
            false => nothing(),
        })?;
        let commit = repository.commit(name)?.ok_or_else(nothing)?;
        let path = path.map(|path| {
            let folder = match path.starts_with("./") || path.starts_with("../") {
                true => here.canonicalize().unwrap_or(here).strip_prefix(&repository.root).map(PathBuf::from),
                false => Ok(PathBuf::new()),
            };
            let folder = folder.unwrap_or_default().to_string_lossy().replace('\\', "/");
            within(&folder, path).ok_or_else(|| {
                let what = format!("`{}` leads out of the repository", visible(path));
                Failure::with_help(what, "name a path from the top of the repository")
            })
        });
        Ok(Self::Revision { name: name.to_owned(), commit, path: path.transpose()? })
    }

    /// What this branch began with: the commit that it has in common with the default branch, or with `base`.
    pub(super) fn merge_base(base: Option<&str>) -> Result<Self, Failure> {
        let here = std::env::current_dir().map_err(|error| Failure::new(format!("the current folder: {error}")))?;
        let (name, commit) = Repository::of(&here)?.merge_base(base)?;
        Ok(Self::Revision { name, commit, path: None })
    }
}
