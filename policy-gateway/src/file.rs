//! Reads the files that a configuration names: by one rule, at start and at each reload.

use std::io;
use std::path::Path;

/// No certificate, secret, `gateway.toml` or `policy.toml` is larger. Documents have a limit of their own.
const MOST: usize = 16 << 20;

/// The bytes of a file. A pipe or a device is refused, since it may never end: a reload that waits for it would hold up each later one.
///
/// # Errors
/// The file cannot be read, is no ordinary file, or is too large to be meant.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = policy_spec::ordinary_file(path, MOST)?;
    if bytes.len() > MOST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it has more than 16 MiB; name the right file"));
    }
    Ok(bytes)
}

/// The text of a file.
///
/// # Errors
/// Those of [`read`], or the bytes are no UTF-8.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}
