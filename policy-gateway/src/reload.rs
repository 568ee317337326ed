//! Notices when a file was replaced.
//!
//! A file is taken anew only if it was *replaced*: another file was renamed to its name, so that it has another inode. A file that is
//! written in place may be read when half of it is there, and half of a document can lack one of two schemes that are needed together.
//! So such a change is told, and taken at a SIGHUP, by which an operator says that the file is complete.
//!
//! The files are looked at twice a second. A change of names can be noticed sooner by the operating system, but not through the symbolic
//! links of a mounted Kubernetes volume, nor on a network's file system. Looking works on each.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// What tells a file from another that has its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    identity: Option<(u64, u64)>,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// The stamp of a file, through symbolic links. `None` where there is none.
    fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self { identity: identity(&metadata), bytes: metadata.len(), modified: metadata.modified().ok() })
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems tell no identity")]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// The state of several files at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshot(Vec<(PathBuf, Option<Stamp>)>);

impl Snapshot {
    pub(crate) fn of(files: &[PathBuf]) -> Self {
        Self(files.iter().map(|file| (file.clone(), Stamp::of(file))).collect())
    }

    /// Whether all files were written before that time.
    pub(crate) fn is_older_than(&self, time: SystemTime) -> bool {
        let is_older = |stamp: &Stamp| stamp.modified.is_some_and(|modified| modified < time);
        self.0.iter().all(|(_, stamp)| stamp.as_ref().is_none_or(is_older))
    }

    fn again(&self) -> Self {
        Self(self.0.iter().map(|(path, _)| (path.clone(), Stamp::of(path))).collect())
    }

    /// The files that differ, and whether each was replaced as a whole.
    fn changes(&self, now: &Self) -> Vec<(PathBuf, bool)> {
        let changed = self.0.iter().zip(&now.0).filter(|((_, then), (_, now))| then != now);
        changed
            .map(|((path, then), (_, now))| {
                let is_replaced = match (then, now) {
                    (Some(then), Some(now)) => then.identity.is_some() && then.identity != now.identity,
                    // A file that appears under a name that was free may still be written.
                    (None, Some(_)) | (_, None) => false,
                };
                (path.clone(), is_replaced)
            })
            .collect()
    }
}

/// Watches files.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// As they were when they were last read.
    read: Snapshot,
    /// What was told of last, so that it is told once.
    told: Option<Snapshot>,
}

impl Watch {
    /// Watches these files from the state in which they were read.
    pub(crate) fn from(read: Snapshot) -> Self {
        Self { read, told: None }
    }

    /// The same files as they are now.
    pub(crate) fn now(&self) -> Snapshot {
        self.read.again()
    }

    /// Waits until a file was replaced and all are at rest.
    pub(crate) async fn replaced(&mut self) {
        let mut before = self.read.again();
        loop {
            tokio::time::sleep(EVERY).await;
            let now = self.read.again();
            let is_at_rest = now == before;
            before = now.clone();
            if !is_at_rest || self.told.as_ref() == Some(&now) {
                continue;
            }
            let changes = self.read.changes(&now);
            match changes.iter().find(|(_, is_replaced)| !is_replaced) {
                None if changes.is_empty() => self.told = None,
                None => {
                    self.told = Some(now);
                    return;
                }
                Some((path, _)) => {
                    let path = path.display();
                    tracing::warn!(
                        target: "policy_gateway",
                        "`{path}` was written in place or is gone, and may be incomplete; nothing is taken before a SIGHUP, or \
                         before a complete file is renamed to its name"
                    );
                    self.told = Some(now);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::Snapshot;

    /// A folder of its own for a test.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("policy-gateway-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap_or_default();
        folder
    }

    #[test]
    fn a_file_that_was_renamed_is_replaced_and_one_that_was_written_is_not() {
        let folder = folder("reload");
        let (one, other) = (folder.join("one"), folder.join("other"));
        for file in [&one, &other] {
            fs::write(file, "before").unwrap_or_default();
        }
        let files = [one.clone(), other.clone()];
        let before = Snapshot::of(&files);
        assert!(before.changes(&Snapshot::of(&files)).is_empty());

        fs::write(folder.join("new"), "after").unwrap_or_default();
        fs::rename(folder.join("new"), &one).unwrap_or_default();
        assert_eq!(before.changes(&Snapshot::of(&files)), [(one.clone(), true)]);

        fs::write(&other, "after and longer").unwrap_or_default();
        assert_eq!(before.changes(&Snapshot::of(&files)), [(one, true), (other.clone(), false)]);

        fs::remove_file(&other).unwrap_or_default();
        assert_eq!(before.changes(&Snapshot::of(&files)).last(), Some(&(other, false)));
        let _ = fs::remove_dir_all(&folder);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_elsewhere_is_a_replacement() {
        let folder = folder("link");
        fs::write(folder.join("old"), "old").unwrap_or_default();
        fs::write(folder.join("new"), "new").unwrap_or_default();
        let link = folder.join("current");
        let _ = std::os::unix::fs::symlink(folder.join("old"), &link);
        let before = Snapshot::of(std::slice::from_ref(&link));
        let _ = std::os::unix::fs::symlink(folder.join("new"), folder.join("next"));
        fs::rename(folder.join("next"), &link).unwrap_or_default();
        assert_eq!(before.changes(&Snapshot::of(std::slice::from_ref(&link))), [(link, true)]);
        let _ = fs::remove_dir_all(&folder);
    }
}
