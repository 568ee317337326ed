//! Whether a database file was written, as the file system tells it without a question to the database.
//!
//! SQLite appends each transaction to the file beside the database whose name ends in `-wal`, so that each one changes when that file
//! was written last. To look there takes a microsecond, where a question to the database takes thirty. It tells of writes by other
//! processes too, such as a command line that revokes a key.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file system tells times in steps. After a write it takes this long until a further one surely shows another time: the clock
/// of a kernel has steps of 10 ms at most.
const STEP: Duration = Duration::from_millis(50);
/// The same where times are told in whole seconds, or in two.
const COARSE_STEP: Duration = Duration::from_millis(2_100);

/// The file to look at. None where there is no file, or where the operating system tells of writes only later.
#[derive(Clone, Debug)]
pub(crate) struct Stamped(Option<PathBuf>);

/// How the file looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    file: u64,
    length: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl Stamped {
    /// Nothing to look at.
    pub(crate) const NOTHING: Self = Self(None);

    /// The file in which SQLite writes the transactions of that database.
    #[cfg(feature = "sqlite")]
    pub(crate) fn of_database(file: &Path) -> Self {
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        if cfg!(unix) { Self(Some(log.into())) } else { Self::NOTHING }
    }

    /// How the file looks now. `None` where there is nothing to look at.
    pub(crate) fn stamp(&self) -> io::Result<Option<Stamp>> {
        self.0.as_deref().map(look).transpose()
    }
}

#[cfg(unix)]
fn look(file: &Path) -> io::Result<Stamp> {
    use std::os::unix::fs::MetadataExt;

    let found = std::fs::metadata(file)?;
    Ok(Stamp { file: found.ino(), length: found.len(), seconds: found.mtime(), nanoseconds: found.mtime_nsec() })
}

#[cfg(not(unix))]
fn look(_: &Path) -> io::Result<Stamp> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Stamp {
    /// How long it takes until a further write surely changes the stamp, by a clock that shows this many nanoseconds since the Unix
    /// epoch.
    pub(crate) fn settles_in(&self, now: i128) -> Duration {
        let step = if self.nanoseconds == 0 { COARSE_STEP } else { STEP };
        let written = i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanoseconds);
        let age = now - written;
        match u64::try_from(age) {
            Ok(age) => step.saturating_sub(Duration::from_nanos(age)),
            // A time to come: the clock was set back. It is not waited for, and looked at again after a step.
            Err(_) if age < 0 => step,
            Err(_) => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_settles_one_step_after_the_write() {
        let at = |seconds, nanoseconds| Stamp { file: 1, length: 0, seconds, nanoseconds };
        let now = 100 * 1_000_000_000_i128 + 20_000_000;
        for (stamp, settles_in) in [
            (at(100, 10_000_000), 40),
            (at(99, 970_000_001), 1),
            (at(99, 970_000_000), 0),
            (at(100, 0), 2_080),
            (at(97, 0), 0),
            (at(101, 1), 50),
            (at(-4_000_000_000, 1), 0),
        ] {
            let rounded = stamp.settles_in(now).as_nanos().div_ceil(1_000_000);
            assert_eq!(rounded, settles_in, "{stamp:?}");
        }
    }
}
