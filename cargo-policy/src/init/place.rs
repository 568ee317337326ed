//! Paths as files of a package write them.

use std::path::{Component, Path, PathBuf};

use crate::failure::Failure;

/// A path as seen from a folder. Both are relative to the folder that the program runs in, or absolute. A link is written as it is
/// called, and not as what it leads to; the folders around it are there.
pub(super) fn relative(path: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let real = |path: &Path| path.canonicalize().map_err(|error| Failure::file("read", path, &error));
    let folder = real(folder)?;
    let path = match (path.parent(), path.file_name()) {
        (Some(around), Some(name)) if around.as_os_str().is_empty() => real(Path::new("."))?.join(name),
        (Some(around), Some(name)) => real(around)?.join(name),
        _ => real(path)?,
    };
    let mut up = PathBuf::new();
    for above in folder.ancestors() {
        // Where nothing but the root is common, the path stays as it is: it is on another disk, or in another tree altogether.
        if above.components().all(|part| matches!(part, Component::RootDir | Component::Prefix(_))) {
            break;
        }
        if let Ok(rest) = path.strip_prefix(above) {
            return Ok(up.join(rest));
        }
        up.push("..");
    }
    Ok(path)
}

/// The path with `/`, which TOML and Rust need not escape, and which every system reads.
pub(super) fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy().into_owned();
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}
