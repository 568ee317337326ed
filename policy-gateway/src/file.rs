//! Reads the files that a configuration names.

use std::io::Read as _;
use std::path::Path;
use std::{fs, io};

/// More than a configuration has, or all authorities that anybody trusts.
const MOST_BYTES: u64 = 16 << 20;

/// The bytes of a file.
///
/// # Errors
/// The file cannot be read, is no ordinary file, or has more than 16 MiB.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    ends(path)?;
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it has more than 16 MiB"));
    }
    Ok(bytes)
}

/// What is at a path, through symbolic links. A pipe is refused, since it may never end: a reload that waits for it would hold up each
/// later one.
///
/// # Errors
/// Nothing is there, or neither a file nor a folder.
pub(crate) fn ends(path: &Path) -> io::Result<fs::Metadata> {
    let found = fs::metadata(path)?;
    if found.is_file() || found.is_dir() {
        return Ok(found);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a pipe or a device; name an ordinary file"))
}

/// The text of a file.
///
/// # Errors
/// Those of [`read`], or the bytes are no UTF-8.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}
