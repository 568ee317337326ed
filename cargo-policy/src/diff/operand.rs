//! What OLD and NEW name: the project, a file, a folder, a revision with or without a path, or what is staged.

use std::path::PathBuf;

use super::git::{Files, Repository};
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
    /// The source as it stood at a commit, or as it is staged.
    Revision {
        /// As it was named.
        name: String,
        /// Where its files stand.
        files: Files,
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
        Ok(Self::Revision { name: name.to_owned(), files: Files::Commit(commit), path: path.transpose()? })
    }

    /// What this branch began with: the commit that it has in common with the default branch, or with `base`.
    pub(super) fn merge_base(base: Option<&str>) -> Result<Self, Failure> {
        let (name, commit) = repository()?.merge_base(base)?;
        Ok(Self::Revision { name, files: Files::Commit(commit), path: None })
    }

    /// What the next commit comes after.
    pub(super) fn head() -> Result<Self, Failure> {
        Ok(Self::Revision { name: "HEAD".to_owned(), files: repository()?.before_the_next()?, path: None })
    }

    /// What the next commit will have.
    pub(super) fn staged() -> Self {
        Self::Revision { name: "staged".to_owned(), files: Files::Index, path: None }
    }
}

/// The repository that the current folder is in.
fn repository() -> Result<Repository, Failure> {
    let here = std::env::current_dir().map_err(|error| Failure::new(format!("the current folder: {error}")))?;
    Repository::of(&here)
}
