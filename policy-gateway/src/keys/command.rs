//! `policy-gateway keys`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::Subcommand;

use super::{KeysError, SigningKeys};

/// Makes, shows and changes the keys with which the gateway signs assertions.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Makes a key in a new file, which its owner alone may read, and prints the public half.
    Generate {
        /// The file. The configuration names it as `key-file` of `[policies.assertion]`.
        file: PathBuf,
    },
    /// Prints the public halves as a JWK set, for the services that verify assertions.
    Public {
        /// The file with the keys.
        file: PathBuf,
    },
    /// Makes a successor, and prints the public halves of all keys that count. Give them to the services within the overlap: when it is
    /// over, the successor signs. A gateway that runs notices that its file was replaced.
    Rotate {
        /// The file with the keys.
        file: PathBuf,
        /// When the successor signs: `1d`, `12h`, `30m`, `0s` from now.
        #[arg(long, value_name = "DURATION", default_value = "1d", value_parser = duration)]
        overlap: Duration,
    },
}

impl KeysCommand {
    /// Does it, and writes the public halves.
    ///
    /// # Errors
    /// [`KeysError`]; what is written goes to nobody who has closed it.
    pub fn run(&self, now: SystemTime, out: &mut dyn Write) -> Result<(), KeysError> {
        let keys = match self {
            Self::Generate { file } => {
                let keys = SigningKeys::generate(now)?;
                keys.create(file)?;
                keys
            }
            Self::Public { file } => SigningKeys::open(file)?,
            Self::Rotate { file, overlap } => {
                let mut keys = SigningKeys::open(file)?;
                keys.rotate(now, *overlap)?;
                keys.replace(file)?;
                keys
            }
        };
        match out.write_all(keys.public(now).as_bytes()).and_then(|()| out.flush()) {
            Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
                Err(KeysError::Unwritable { file: "standard output".into(), source })
            }
            _ => Ok(()),
        }
    }
}

/// Reads a whole number and its unit.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; write a whole number and d, h, m or s, as in `1d`");
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds: u64 = match unit {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        's' => 1,
        _ => return Err(wrong()),
    };
    let digits = text.strip_suffix(unit).unwrap_or_default();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let total = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(seconds));
    total.map(Duration::from_secs).ok_or_else(wrong)
}
