//! Where decisions are written, one line of JSON each. `docs/decision-log.md` says what a line has.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use policy_http::JsonLines;

use crate::configuration::{Decisions, Log};

/// How many bytes of lines wait for the writer at most.
const BUFFER: usize = 4 << 20;

/// The log of decisions.
#[derive(Debug)]
pub struct Lines {
    /// What writes. `None` where decisions are not written.
    pub log: Option<JsonLines>,
    reopen: Arc<AtomicBool>,
}

/// Opens the file anew before the next line is written, after it was renamed to make room: `logrotate` does that and sends a SIGHUP.
#[derive(Clone, Debug)]
pub struct Reopen(Arc<AtomicBool>);

impl Reopen {
    /// Says so.
    pub fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Lines {
    /// The log that the configuration describes.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn open(said: &Log) -> io::Result<Self> {
        let reopen = Arc::new(AtomicBool::new(false));
        let lines = match &said.decisions {
            Decisions::Nowhere => None,
            Decisions::Stderr => Some(JsonLines::new(io::stderr(), BUFFER)?),
            Decisions::Stdout => Some(JsonLines::new(io::stdout(), BUFFER)?),
            Decisions::File(path) => {
                let file = append(&path.value)?;
                let path = path.value.clone();
                Some(JsonLines::new(Appended { path, file, reopen: Arc::clone(&reopen) }, BUFFER)?)
            }
        };
        let log = lines.map(|lines| if said.replay { lines.with_replay_fields() } else { lines });
        Ok(Self { log, reopen })
    }

    /// What opens the file anew.
    #[must_use]
    pub fn reopen(&self) -> Reopen {
        Reopen(Arc::clone(&self.reopen))
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// A file to whose end lines are written.
struct Appended {
    path: PathBuf,
    file: File,
    reopen: Arc<AtomicBool>,
}

impl Write for Appended {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.reopen.swap(false, Ordering::Relaxed) {
            // Where the new one cannot be opened, the old one takes what there is to say.
            match append(&self.path) {
                Ok(file) => self.file = file,
                Err(error) => {
                    let file = self.path.display();
                    tracing::error!(target: "policy_gateway", %error, %file, "the decision log could not be opened anew");
                }
            }
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
