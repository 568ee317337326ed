//! Which document a command is about, and how it is read.

use std::path::{Path, PathBuf};

use clap::Args;
use policy_spec::{Configuration, Loaded, draft_path};

use crate::failure::Failure;
use crate::progress;

/// Which document, by an argument or by the project.
#[derive(Debug, Args)]
pub(crate) struct Subject {
    /// The OpenAPI document. Without it, the one that `policy.toml` names, in this folder or the closest one above it.
    #[arg(value_name = "DOCUMENT")]
    pub(crate) document: Option<PathBuf>,
    /// How it is read: a file like `policy.toml`. Without it, a DOCUMENT is read as its own `policy.toml` says, if it has one.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// A document that was read, with the configuration that says how.
#[derive(Debug)]
pub(crate) struct Read {
    /// The document's path, as findings name it.
    pub(crate) path: PathBuf,
    /// How it was read.
    pub(crate) configuration: Configuration,
    /// The configuration's file, if it was found and not named on the command line.
    pub(crate) found: Option<PathBuf>,
    /// What was read.
    pub(crate) loaded: Loaded,
}

/// Which document it is, before it is read.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) configuration: Configuration,
    /// The configuration's file, where nobody named it.
    file: Option<PathBuf>,
}

impl Subject {
    /// Reads the document.
    ///
    /// Mistakes in the document are among its findings. A document that cannot be opened is a failure.
    pub(crate) fn read(&self) -> Result<Read, Failure> {
        let Found { path, configuration, file } = self.find()?;
        Ok(Read { found: file, ..read(path, configuration)? })
    }

    /// Finds the document, which need not exist yet.
    pub(crate) fn find(&self) -> Result<Found, Failure> {
        let (configuration, file) = match (&self.config, &self.document) {
            (Some(file), _) => (load(file)?, Some(file.clone())),
            (None, Some(document)) => match of_document(document, true)? {
                Some((configuration, file)) => {
                    return Ok(Found { path: document.clone(), configuration, file: Some(file) });
                }
                None => (Configuration::default(), None),
            },
            (None, None) => {
                let file = closest_configuration()?;
                (load(&file)?, Some(file))
            }
        };
        let path = match (&self.document, &configuration.document, &file) {
            (Some(document), ..) => document.clone(),
            (None, Some(document), Some(file)) => beside(file, document),
            (None, ..) => {
                let name = file.as_deref().map_or_else(String::new, |file| file.display().to_string());
                return Err(Failure::with_help(
                    format!("`{name}` names no document"),
                    "add `document = \"openapi.yaml\"` to it, or name a document on the command line",
                ));
            }
        };
        Ok(Found { path, configuration, file: None })
    }
}

fn load(file: &Path) -> Result<Configuration, Failure> {
    Configuration::load(file).map_err(Failure::Configuration)
}

fn beside(file: &Path, document: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(document)
}

/// The configuration that belongs to a document: the closest `policy.toml` above the document, or above this folder, that
/// names it. With `unnamed`, a file above the document that names no document counts too, since a build takes it for every document.
pub(crate) fn of_document(document: &Path, unnamed: bool) -> Result<Option<(Configuration, PathBuf)>, Failure> {
    let real = draft_path(document);
    if !real.is_absolute() {
        return Ok(None);
    }
    let above_it = real.parent().and_then(closest_above);
    let above_us = std::env::current_dir().ok().and_then(|here| closest_above(&here));
    let candidates = [(above_it, unnamed), (above_us, false)];
    for (file, unnamed) in candidates.into_iter().filter_map(|(file, unnamed)| Some((file?, unnamed))) {
        // A file that cannot be read may be the one that names the document. So this is an error.
        let file = relative(file);
        let configuration = load(&file)?;
        let named = configuration.document.as_ref().map(|named| beside(&file, named));
        let is_it = match named {
            Some(named) => draft_path(&named) == real,
            None => unnamed,
        };
        if is_it {
            return Ok(Some((configuration, file)));
        }
    }
    Ok(None)
}

fn closest_above(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().map(|folder| folder.join(Configuration::FILE)).find(|file| file.is_file())
}

/// A path as people in this folder would write it, so that findings name files as they do.
fn relative(path: PathBuf) -> PathBuf {
    let Ok(here) = std::env::current_dir().and_then(|here| here.canonicalize()) else { return path };
    let mut up = PathBuf::new();
    for folder in here.ancestors() {
        if let Ok(rest) = path.strip_prefix(folder) {
            // The path has nothing but the root in common with this folder.
            return if folder.parent().is_none() { path } else { up.join(rest) };
        }
        up.push("..");
    }
    path
}

/// Reads a document by a configuration that is already known.
pub(crate) fn read(path: PathBuf, configuration: Configuration) -> Result<Read, Failure> {
    match std::fs::metadata(&path) {
        Err(error) => return Err(Failure::file("read", &path, &error)),
        Ok(found) if found.is_dir() => {
            let what = format!("cannot read `{}`: it is a folder", path.display());
            return Err(Failure::with_help(what, "name the OpenAPI document in it"));
        }
        Ok(_) => {}
    }
    let loaded =
        progress::during(&format!("reading {}", path.display()), || policy_spec::load(&path, &configuration.settings));
    Ok(Read { path, configuration, found: None, loaded })
}

/// The project's `policy.toml`: in this folder, or the closest one above it. Named relative to this folder.
fn closest_configuration() -> Result<PathBuf, Failure> {
    let here =
        std::env::current_dir().map_err(|error| Failure::new(format!("the current folder cannot be told: {error}")))?;
    let mut relative = PathBuf::new();
    for folder in here.ancestors() {
        if folder.join(Configuration::FILE).is_file() {
            return Ok(relative.join(Configuration::FILE));
        }
        relative.push("..");
    }
    Err(Failure::with_help(
        format!("there is no `{}` here or in a folder above", Configuration::FILE),
        "name a document: `cargo policy check openapi.yaml`",
    ))
}
