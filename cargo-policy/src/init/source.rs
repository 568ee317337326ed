//! Where the crates of the policy come from: crates.io, a checkout or a git repository.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use toml_edit::{InlineTable, Value};

use super::place;
use crate::failure::Failure;

/// The crates of the policy that a set-up can depend on, each with its folder in a checkout.
const FOLDERS: [(&str, &str); 11] = [
    ("policy-core", "policy-core"),
    ("policy-http", "policy-http"),
    ("policy-build", "policy-build"),
    ("policy-router", "policy-router"),
    ("policy-test", "policy-test"),
    ("policy-axum", "adapters/axum"),
    ("policy-actix-web", "adapters/actix-web"),
    ("policy-poem", "adapters/poem"),
    ("policy-rocket", "adapters/rocket"),
    ("policy-salvo", "adapters/salvo"),
    ("policy-hyper", "adapters/hyper"),
];

/// What `--source` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The version of this program.
    CratesIo,
    /// A folder with the project's sources.
    Checkout(PathBuf),
    /// A repository, and the revision where one is named behind `#`.
    Git { url: String, revision: Option<String> },
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "crates.io" {
            return Ok(Self::CratesIo);
        }
        let url =
            text.strip_prefix("git+").or_else(|| (text.contains("://") || text.starts_with("git@")).then_some(text));
        if let Some(url) = url {
            let (url, revision) = url.split_once('#').map_or((url, None), |(url, revision)| (url, Some(revision)));
            return Ok(Self::Git { url: url.to_owned(), revision: revision.map(str::to_owned) });
        }
        if Path::new(text).join("policy-core/Cargo.toml").is_file() {
            return Ok(Self::Checkout(PathBuf::from(text)));
        }
        Err(format!("`{text}` is no checkout: it has no `policy-core/Cargo.toml`. A repository is written as its URL"))
    }
}

impl Source {
    /// How the manifest in a folder depends on one of the crates. `None` for a crate that is not of the policy.
    pub(super) fn dependency(&self, name: &str, folder: &Path) -> Result<Option<InlineTable>, Failure> {
        let Some((_, inside)) = FOLDERS.iter().find(|(known, _)| *known == name) else { return Ok(None) };
        let mut table = InlineTable::new();
        match self {
            Self::CratesIo => {
                table.insert("version", VERSION.into());
            }
            Self::Checkout(checkout) => {
                let path = place::relative(&checkout.join(inside), folder)?;
                table.insert("path", Value::from(place::slashed(&path)));
            }
            Self::Git { url, revision } => {
                table.insert("git", Value::from(url.as_str()));
                if let Some(revision) = revision {
                    table.insert("rev", Value::from(revision.as_str()));
                }
            }
        }
        Ok(Some(table))
    }
}

/// What a version requirement of this program's own version looks like: the crates are published together.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
