//! The package that is set up: its folder, its manifest and what it is called.

use std::path::{Path, PathBuf};

use toml_edit::DocumentMut;

use super::framework::Framework;
use crate::failure::Failure;

/// The name of a package's manifest.
pub(super) const MANIFEST: &str = "Cargo.toml";

/// A package, as it was found.
#[derive(Debug)]
pub(super) struct Package {
    /// Its folder, relative to the folder that the program runs in.
    pub(super) folder: PathBuf,
    pub(super) name: String,
    /// The text of its manifest.
    pub(super) text: String,
    /// The same, to be edited.
    pub(super) manifest: DocumentMut,
}

impl Package {
    /// The package of this folder, or of the closest folder above.
    pub(super) fn find() -> Result<Self, Failure> {
        let here = std::env::current_dir()
            .map_err(|error| Failure::new(format!("the current folder cannot be told: {error}")))?;
        let mut folder = PathBuf::new();
        for above in here.ancestors() {
            if above.join(MANIFEST).is_file() {
                return Self::read(folder);
            }
            folder.push("..");
        }
        let help = "make one: `cargo new clinic`, `cd clinic`, `cargo add axum`";
        Err(Failure::with_help(format!("there is no `{MANIFEST}` here or in a folder above"), help))
    }

    fn read(folder: PathBuf) -> Result<Self, Failure> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
        let manifest: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
            Failure::new(format!("`{}` is no TOML: {}", path.display(), error.message()))
        })?;
        let name = manifest.get("package").and_then(|package| package.get("name")).and_then(|name| name.as_str());
        let Some(name) = name.map(str::to_owned) else {
            let help = "go into the folder of the package that serves the document";
            return Err(Failure::with_help(format!("`{}` is of a workspace, and of no package", path.display()), help));
        };
        Ok(Self { folder, name, text, manifest })
    }

    /// A path of the package, relative to the folder that the program runs in.
    pub(super) fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.join(path)
    }

    /// The framework that it depends on.
    pub(super) fn framework(&self) -> Result<Framework, Failure> {
        let depends = |framework: &&Framework| {
            self.manifest.get("dependencies").is_some_and(|all| all.get(framework.package()).is_some())
        };
        let found: Vec<&Framework> = Framework::ALL.iter().filter(depends).collect();
        // The others are made of hyper, so that a dependency on it beside them chooses nothing.
        let found: Vec<&Framework> = match found.as_slice() {
            [_, _, ..] => found.into_iter().filter(|framework| **framework != Framework::Hyper).collect(),
            _ => found,
        };
        match found.as_slice() {
            [framework] => Ok(**framework),
            [] => Err(Failure::with_help(
                format!("`{}` depends on no web framework that has an adapter", self.name),
                "`cargo add axum`, or say which by `--framework`; it is then added",
            )),
            several => {
                let names: Vec<&str> = several.iter().map(|framework| framework.package()).collect();
                let what = format!("`{}` depends on {}", self.name, names.join(" and "));
                Err(Failure::with_help(what, "say which of them serves the document, by `--framework`"))
            }
        }
    }

    /// The source, outside of that module, that includes a policy already.
    pub(super) fn includes_policy(&self, module: &str) -> Option<PathBuf> {
        let own = self.at(format!("src/{module}"));
        let mut folders = vec![self.at("src")];
        while let Some(folder) = folders.pop() {
            let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| *path != own).collect();
            paths.sort();
            for path in paths {
                // A link may lead back to where it stands.
                if path.is_dir() && !path.is_symlink() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs")
                    && std::fs::read_to_string(&path).is_ok_and(|text| text.contains("include_policy!("))
                {
                    return Some(path);
                }
            }
        }
        None
    }

    /// What keys of this API begin with: the package's name, in characters that every key can have.
    pub(super) fn prefix(&self) -> String {
        let name: String = self.name.chars().filter(char::is_ascii).collect();
        let name = name.replace('-', "_").to_ascii_lowercase();
        if name.is_empty() { "api".to_owned() } else { name }
    }
}
