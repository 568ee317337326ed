//! Which document a command is about, and how it is read.

use std::path::{Path, PathBuf};

use clap::Args;
use policy_spec::{Configuration, Loaded};

use crate::failure::Failure;
use crate::progress;

/// Which document, by an argument or by the project.
#[derive(Debug, Args)]
pub(crate) struct Subject {
    /// The OpenAPI document. Without it, the one that `policy.toml` names, in this folder or the closest one above it.
    #[arg(value_name = "DOCUMENT")]
    pub(crate) document: Option<PathBuf>,
    /// How it is read: a file like `policy.toml`. With a DOCUMENT, a `policy.toml` is used only if it is named here.
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
    /// What came out.
    pub(crate) loaded: Loaded,
}

impl Subject {
    /// Reads the document.
    ///
    /// What is wrong *in* the document is among its findings; a document that cannot be opened at all is a failure.
    pub(crate) fn read(&self) -> Result<Read, Failure> {
        let (path, configuration) = self.find()?;
        read(path, configuration)
    }

    fn find(&self) -> Result<(PathBuf, Configuration), Failure> {
        let file = match (&self.config, &self.document) {
            (Some(file), _) => Some(file.clone()),
            (None, Some(_)) => None,
            (None, None) => Some(closest_configuration()?),
        };
        let configuration = match &file {
            Some(file) => Configuration::load(file).map_err(Failure::Configuration)?,
            None => Configuration::default(),
        };
        let path = match (&self.document, &configuration.document, &file) {
            (Some(document), ..) => document.clone(),
            (None, Some(document), Some(file)) => file.parent().unwrap_or(Path::new("")).join(document),
            (None, ..) => {
                let name = file.as_deref().map_or_else(String::new, |file| file.display().to_string());
                return Err(Failure::with_help(
                    format!("`{name}` names no document"),
                    "add `document = \"openapi.yaml\"` to it, or name a document on the command line",
                ));
            }
        };
        Ok((path, configuration))
    }
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
    Ok(Read { path, configuration, loaded })
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
