//! Writes the generated file: only if it changes, and never half of it.

use std::fs;
use std::io;
use std::path::Path;

/// Writes the file unless it holds these bytes already. An unchanged file is not touched, so that cargo compiles nothing again.
///
/// The bytes go to a file beside it, which is then renamed. So a build that is stopped half-way never leaves half a policy.
pub(crate) fn write_if_changed(path: &Path, source: &str) -> io::Result<()> {
    if fs::read(path).is_ok_and(|before| before == source.as_bytes()) {
        return Ok(());
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    fs::write(&temporary, source).and_then(|()| fs::rename(&temporary, path)).inspect_err(|_| {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
    })
}
