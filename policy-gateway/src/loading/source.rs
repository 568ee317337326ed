//! Finds a policy's source: the document, what it refers to, its overlays and `policy.toml`.

use std::io;
use std::path::{Path, PathBuf};

use policy_spec::{Configuration, ConfigurationError, draft_path};

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
    /// Nothing that can be read is at the path.
    Missing { path: PathBuf, error: io::Error },
    /// The folder has no `policy.toml`.
    Bare(PathBuf),
    /// The `policy.toml` names no document.
    Unnamed(PathBuf),
    /// The `policy.toml` has mistakes.
    Configuration(ConfigurationError),
}

impl Source {
    /// The source at a path: a folder with `policy.toml`, such a file itself, or a document.
    pub(super) fn find(path: &Path) -> Result<Self, NoSource> {
        let found = crate::file::ends(path).map_err(|error| NoSource::Missing { path: path.to_path_buf(), error })?;
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
        let configuration = Configuration::load(&file).map_err(NoSource::Configuration)?;
        let Some(document) = &configuration.document else { return Err(NoSource::Unnamed(file)) };
        let document = file.parent().unwrap_or(Path::new("")).join(document);
        Ok(Self { document, configuration, file: Some(file) })
    }

    /// A document is read by the closest `policy.toml` above it, if that names this document or none, as `cargo policy` does.
    fn of_document(document: &Path) -> Result<Self, NoSource> {
        let real = draft_path(document);
        let closest =
            real.ancestors().skip(1).map(|folder| folder.join(Configuration::FILE)).find(|file| file.is_file());
        let Some(file) = closest else { return Ok(Self::bare(document)) };
        let configuration = Configuration::load(&file).map_err(NoSource::Configuration)?;
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
