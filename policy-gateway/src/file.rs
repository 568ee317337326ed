//! Reads the files that a configuration names.

use std::path::Path;
use std::{fs, io};

/// The bytes of a file. A pipe is refused, since it may never end: a reload that waits for it would hold up each later one.
///
/// # Errors
/// The file cannot be read, or is no ordinary file.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let kind = fs::metadata(path)?.file_type();
    if !kind.is_file() && !kind.is_dir() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a pipe or a device; name an ordinary file"));
    }
    fs::read(path)
}

/// The text of a file.
///
/// # Errors
/// Those of [`read`], or the bytes are no UTF-8.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}
