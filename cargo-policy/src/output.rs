//! Writes results to standard output or to a file. A file is never written in part.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::failure::Failure;

/// Writes a result for people to standard output. Colours are removed under `NO_COLOR`, and where standard output is no terminal.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Writes a result for people to standard output, or to a file without its colours.
pub(crate) fn print_or_write(text: &str, file: Option<&Path>) -> Result<(), Failure> {
    match file {
        None => print(text),
        Some(_) => write(&anstream::adapter::strip_str(text).to_string(), file),
    }
}

/// Writes a result for programs, byte for byte, to the file or to standard output.
pub(crate) fn write(text: &str, file: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = file else {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        return Ok(());
    };
    replace(path, text)
}

/// Replaces a file's content. The new content goes to a file beside it first, so that a full disk or an interruption loses nothing.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::file("write", path, &error);
    // A device or a pipe cannot be replaced. It is written to directly.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return fs::write(path, text).map_err(failed);
    }
    // If the path is a symbolic link, the file that it leads to is replaced and the link stays.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let name = target.file_name().ok_or_else(|| Failure::new(format!("`{}` is no file name", path.display())))?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = target.with_file_name(beside);
    let written = fs::write(&beside, text).and_then(|()| {
        if let Ok(found) = fs::metadata(&target) {
            fs::set_permissions(&beside, found.permissions())?;
        }
        fs::rename(&beside, &target)
    });
    written.map_err(|error| {
        let _ = fs::remove_file(&beside);
        failed(error)
    })
}
