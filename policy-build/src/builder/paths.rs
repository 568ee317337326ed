//! The paths of a run: the document and the configuration in the package, and the file that is written.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::report::Report;

/// The path of a file of the package. It is relative if the build script runs in the package's directory, as cargo runs
/// it.
pub(super) fn in_package(package: &Path, relative: &Path) -> PathBuf {
    let runs_there = env::current_dir().is_ok_and(|directory| directory == package);
    if runs_there || package.as_os_str().is_empty() { relative.to_owned() } else { package.join(relative) }
}

/// The document's path, relative to the package if it lies in there. It is the document's name in the generated source
/// and in findings, and these must not depend on where the package is.
pub(super) fn readable(package: &Path, document: &Path, command: Option<&str>) -> Result<PathBuf, Report> {
    let relative = document.strip_prefix(package).unwrap_or(document);
    let path = package.join(relative);
    fs::metadata(&path)
        .and_then(|found| if found.is_file() { Ok(()) } else { Err(std::io::Error::other("it is not a file")) })
        .map_err(|error| {
            let help = command.map_or_else(
                || format!("the path is relative to the package, `{}`; where a program writes it, `[draft]` in `policy.toml` says so", package.display()),
                str::to_owned,
            );
            Report::message(format_args!("cannot read the document `{}`: {error}", relative.display()), Some(&help))
        })?;
    Ok(in_package(package, relative))
}

/// The file that is written: in the directory that the builder names, or else in cargo's `OUT_DIR`.
pub(super) fn target(
    package: &Path,
    directory: Option<&Path>,
    out_dir: Option<&OsStr>,
    output: &str,
) -> Result<PathBuf, Report> {
    let mut parts = Path::new(output).components();
    let plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
    if !plain || output.contains(['\n', '\r']) {
        let help = "name a file, such as `policy.rs`; the directory is set by `out_dir`";
        return Err(Report::message(format_args!("the output `{output}` is not a file name"), Some(help)));
    }
    let directory = match (directory, out_dir) {
        (Some(directory), _) => package.join(directory),
        (None, Some(directory)) => PathBuf::from(directory),
        (None, None) => {
            let help = "cargo sets it for build scripts; elsewhere, name the directory with `.out_dir(…)`";
            return Err(Report::message("there is no directory to write to: `OUT_DIR` is not set", Some(help)));
        }
    };
    Ok(directory.join(output))
}
