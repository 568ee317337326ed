//! Reads the configuration with all that it names, as it was at one time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use policy_http::run_time::DecisionLog;

use crate::configuration::Configuration;
use crate::listener::ListenerSettings;
use crate::loading::{Loaded, Mode, Refusal, Stores, engines, load};
use crate::reload::Snapshot;

/// A configuration with all that it names.
pub(crate) struct Read {
    pub(crate) configuration: Configuration,
    pub(crate) settings: Vec<ListenerSettings>,
    pub(crate) loaded: Loaded,
    pub(crate) snapshot: Snapshot,
}

/// A configuration that is refused, and the files of which a change may mend it.
pub(crate) struct Refused {
    pub(crate) refusal: Refusal,
    pub(crate) snapshot: Snapshot,
}

/// How often files are read that change while they are read.
const TRIES: usize = 20;
/// How long is waited between two readings.
const PAUSE: Duration = Duration::from_millis(250);
/// By how much the time in a file may lag behind the clock.
const COARSE: Duration = Duration::from_millis(20);

/// Reads the configuration. What is read counts where all files were the same before and afterwards, and were at rest: half of a document
/// can demand less than the whole, and a file that was replaced behind its reading would be taken for one that was read.
///
/// `known` are the files as they are now, where they were read before.
pub(crate) async fn read(
    path: &Path,
    mode: Mode,
    open: &Stores,
    known: Option<Snapshot>,
    log: impl Fn(&Configuration) -> Result<Vec<Arc<dyn DecisionLog>>, String>,
) -> Result<Read, Refused> {
    let mut before = match known {
        Some(known) => known,
        // To tell which files there are costs neither a database nor an issuer.
        None => Snapshot::of(&once(path, Mode::Offline, &Stores::default(), &log).await.1),
    };
    for _ in 0..TRIES {
        let begin = SystemTime::now().checked_sub(COARSE);
        let is_at_rest = begin.is_some_and(|begin| before.is_older_than(begin));
        if !is_at_rest {
            tokio::time::sleep(PAUSE).await;
        }
        let (result, files) = once(path, mode, open, &log).await;
        let snapshot = Snapshot::of(&files);
        if before == snapshot {
            return match result {
                Ok((configuration, settings, loaded)) => Ok(Read { configuration, settings, loaded, snapshot }),
                Err(refusal) => Err(Refused { refusal, snapshot }),
            };
        }
        before = snapshot;
    }
    let mut refusal = Refusal::default();
    refusal.sentence("the files are still being written: replace each at once, by renaming a complete one to its name");
    Err(Refused { refusal, snapshot: before })
}

type Parts = (Configuration, Vec<ListenerSettings>, Loaded);

async fn once(
    path: &Path,
    mode: Mode,
    open: &Stores,
    log: &impl Fn(&Configuration) -> Result<Vec<Arc<dyn DecisionLog>>, String>,
) -> (Result<Parts, Refusal>, Vec<PathBuf>) {
    let mut files = vec![path.to_path_buf()];
    let configuration = match Configuration::load_or_part(path) {
        Ok(configuration) => configuration,
        Err((error, part)) => {
            let mut refusal = Refusal::from(error);
            // What is wrong with the documents is told in the same run.
            if let Some(part) = part {
                let all: Vec<_> = part.policies.iter().collect();
                refusal.append(engines(&part, &all).await.err().unwrap_or_default());
            }
            return (Err(refusal), files);
        }
    };
    files.extend(configuration.files());
    let log = match log(&configuration) {
        Ok(log) => log,
        Err(text) => {
            let mut refusal = Refusal::default();
            refusal.sentence(text);
            return (Err(refusal), files);
        }
    };
    let settings = crate::listening::settings(&configuration, mode);
    let loaded = load(&configuration, mode, open, log).await;
    let (loaded, read) = match loaded {
        Ok(loaded) => {
            let read = loaded.files.clone();
            (Ok(loaded), read)
        }
        Err((refusal, read)) => (Err(refusal), read),
    };
    files.extend(read);
    let result = match (settings, loaded) {
        (Ok(settings), Ok(loaded)) => Ok((configuration, settings, loaded)),
        (Err(mut one), Err(other)) => {
            one.append(other);
            Err(one)
        }
        (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
    };
    (result, files)
}
