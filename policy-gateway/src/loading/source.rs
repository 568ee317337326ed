//! Finds a policy's source: the document, what it refers to, its overlays and `policy.toml`.

use std::io;
use std::path::{Path, PathBuf};

use policy_spec::{Configuration, ConfigurationError, draft_path};

use crate::configuration::redacted;

/// A document, before it is read.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) document: PathBuf,
    pub(super) configuration: Configuration,
    /// The `policy.toml` that says how the document is read.
    pub(super) file: Option<PathBuf>,
}

/// Why there is no document.
#[derive(Debug)]
pub(super) enum NoSource {
    /// Nothing is at the path.
    Missing { path: PathBuf, error: io::Error },
    /// The folder has no `policy.toml`.
    Bare(PathBuf),
    /// The `policy.toml` names no document.
    Unnamed(PathBuf),
    /// The `policy.toml` has mistakes.
    Configuration(ConfigurationError),
}

/// Reads a `policy.toml`, by the rules for every file that a configuration names.
fn configuration(file: &Path) -> Result<Configuration, NoSource> {
    let name = file.to_string_lossy().replace('\\', "/");
    let read = crate::file::read_text(file).map_err(|error| ConfigurationError::unreadable(&name, &error));
    let read = read
        .and_then(|text| Configuration::parse(&name, &text).map_err(|error| redacted(error, &Configuration::schema())));
    read.map_err(NoSource::Configuration)
}

impl Source {
    /// The source at a path: a folder with `policy.toml`, such a file itself, or a document.
    pub(super) fn find(path: &Path) -> Result<Self, NoSource> {
        let found = std::fs::metadata(path).map_err(|error| NoSource::Missing { path: path.to_path_buf(), error })?;
        if found.is_dir() {
            let file = path.join(Configuration::FILE);
            return if file.is_file() { Self::of_file(file) } else { Err(NoSource::Bare(path.to_path_buf())) };
        }
        if path.extension().is_some_and(|extension| extension == "toml") {
            return Self::of_file(path.to_path_buf());
        }
        Self::of_document(path)
    }

    fn of_file(file: PathBuf) -> Result<Self, NoSource> {
        let configuration = configuration(&file)?;
        let Some(document) = &configuration.document else { return Err(NoSource::Unnamed(file)) };
        let document = file.parent().unwrap_or(Path::new("")).join(document);
        Ok(Self { document, configuration, file: Some(file) })
    }

    /// A document is read by the closest `policy.toml` above it, if that names this document or none, as `cargo policy` does.
    fn of_document(document: &Path) -> Result<Self, NoSource> {
        let real = draft_path(document);
        // What is there and cannot be read is an error: without it, the document would say something else.
        let is_there = |file: &PathBuf| std::fs::symlink_metadata(file).is_ok_and(|found| !found.is_dir());
        let closest = real.ancestors().skip(1).map(|folder| folder.join(Configuration::FILE)).find(is_there);
        let Some(file) = closest else { return Ok(Self::bare(document)) };
        let configuration = configuration(&file)?;
        let named = configuration.document.as_ref().map(|named| file.parent().unwrap_or(Path::new("")).join(named));
        let is_it = named.is_none_or(|named| draft_path(&named) == real);
        Ok(if is_it {
            Self { document: document.to_path_buf(), configuration, file: Some(file) }
        } else {
            Self::bare(document)
        })
    }

    fn bare(document: &Path) -> Self {
        Self { document: document.to_path_buf(), configuration: Configuration::default(), file: None }
    }
}
