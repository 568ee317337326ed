//! Which document is the policy's, where nobody names one.

use std::path::{Path, PathBuf};

use super::package::Package;
use crate::failure::Failure;

/// The folders of a package where documents are kept.
const FOLDERS: [&str; 6] = ["", "api", "docs", "openapi", "schema", "spec"];
const NAMES: [&str; 2] = ["openapi", "swagger"];
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// The one document of the package. Several are not chosen from.
pub(super) fn find(package: &Package) -> Result<PathBuf, Failure> {
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in FOLDERS {
        for name in NAMES {
            for ending in ENDINGS {
                let path = package.at(Path::new(folder).join(format!("{name}.{ending}")));
                if path.is_file() {
                    found.push(path);
                }
            }
        }
    }
    match found.as_slice() {
        [document] => Ok(document.clone()),
        [] => Err(Failure::with_help(
            format!("`{}` has no OpenAPI document that could be found", package.name),
            "name it: `cargo policy init path/to/openapi.yaml`; where the program prints it, say `--code-first`",
        )),
        several => {
            let names: Vec<String> = several.iter().map(|path| format!("`{}`", path.display())).collect();
            let what = format!("`{}` has several documents: {}", package.name, names.join(", "));
            Err(Failure::with_help(what, "name the one that is the policy: `cargo policy init openapi.yaml`"))
        }
    }
}
