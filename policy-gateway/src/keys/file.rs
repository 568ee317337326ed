//! The file that holds the keys: a JWK set with private halves, which its owner alone may read.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::json;

use super::{SigningKey, SigningKeys};

#[derive(Deserialize)]
struct Stored {
    keys: Vec<StoredKey>,
}

#[derive(Deserialize)]
struct StoredKey {
    kty: String,
    crv: String,
    x: String,
    d: String,
    signs_from: u64,
}

impl SigningKeys {
    /// Reads the keys of a file.
    ///
    /// # Errors
    /// [`KeysError`]: the file cannot be read, others may read it too, or it holds something else.
    pub fn open(file: &Path) -> Result<Self, KeysError> {
        let text =
            crate::file::read_text(file).map_err(|source| KeysError::Unreadable { file: file.into(), source })?;
        is_private(file)?;
        let damaged = |why: String| KeysError::Damaged { file: file.into(), why };
        let stored: Stored = serde_json::from_str(&text).map_err(|error| damaged(form(&error)))?;
        let mut keys = Vec::new();
        for (number, key) in (1_usize..).zip(stored.keys) {
            let damaged = |why: &str| damaged(format!("key {number} {why}"));
            if (key.kty.as_str(), key.crv.as_str()) != ("OKP", "Ed25519") {
                return Err(damaged("is no Ed25519 key"));
            }
            let seed = BASE64URL_NOPAD.decode(key.d.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
            let own = SigningKey::of(seed.ok_or_else(|| damaged("has a `d` that is none"))?, key.signs_from)?;
            if own.public().get("x").and_then(|x| x.as_str()) != Some(&key.x) {
                return Err(damaged("has an `x` that does not belong to its `d`"));
            }
            keys.push(own);
        }
        if keys.is_empty() { Err(damaged("it holds no key".into())) } else { Ok(Self(keys)) }
    }

    /// Writes the keys to a file that is not there.
    ///
    /// # Errors
    /// It is there, or cannot be written.
    pub fn create(&self, file: &Path) -> Result<(), KeysError> {
        self.write_new(file).map_err(|source| KeysError::Unwritable { file: file.into(), source })
    }

    /// Writes the keys in place of those in the file. Whoever reads it finds either these or those. Where a symbolic link leads to the file,
    /// the link stays: a gateway may know the file by its own name, and would go on with a key that was replaced.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn replace(&self, file: &Path) -> Result<(), KeysError> {
        let file = fs::canonicalize(file).map_err(|source| KeysError::Unwritable { file: file.into(), source })?;
        let mut beside = file.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let replaced = self.write_new(&beside).and_then(|()| fs::rename(&beside, &file));
        replaced.map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                return KeysError::Unfinished(beside);
            }
            // Whatever is left of it must not stand in the way of the next try.
            let _ = fs::remove_file(&beside);
            KeysError::Unwritable { file: beside, source }
        })
    }

    fn write_new(&self, file: &Path) -> io::Result<()> {
        let keys = self.0.iter().map(|key| {
            let mut stored = key.public();
            if let Some(members) = stored.as_object_mut() {
                members.insert("d".into(), BASE64URL_NOPAD.encode(&key.seed).into());
                members.insert("signs_from".into(), key.signs_from.into());
            }
            stored
        });
        let text = format!("{:#}\n", json!({"keys": keys.collect::<Vec<_>>()}));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut open = options.open(file)?;
        open.write_all(text.as_bytes())?;
        open.sync_all()
    }
}

/// What is wrong with the form of the file, without a value that stands in it: the error itself has that.
fn form(error: &serde_json::Error) -> String {
    let said = error.to_string();
    if said.starts_with("missing field") {
        return said;
    }
    format!("it has another form at line {}, column {}", error.line(), error.column())
}

#[cfg(unix)]
fn is_private(file: &Path) -> Result<(), KeysError> {
    use std::os::unix::fs::PermissionsExt as _;

    let found = fs::metadata(file).map_err(|source| KeysError::Unreadable { file: file.into(), source })?;
    if found.permissions().mode() & 0o077 == 0 { Ok(()) } else { Err(KeysError::Exposed(file.into())) }
}

#[cfg(not(unix))]
fn is_private(_: &Path) -> Result<(), KeysError> {
    Ok(())
}

/// Why there are no keys, or no others.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeysError {
    /// The file cannot be read.
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file cannot be written.
    Unwritable {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file that takes the place of another is there already: keys are being replaced, or were not replaced to the end.
    Unfinished(PathBuf),
    /// Other users of the machine may read the file.
    Exposed(PathBuf),
    /// The file holds something else than keys.
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A key waits to sign already.
    Waiting {
        /// Its name.
        id: String,
        /// For how long it still waits.
        seconds: u64,
    },
    /// The operating system gives no random bytes.
    NoRandomness,
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { file, source } => write!(
                f,
                "the keys `{}` cannot be read: {source}; `policy-gateway keys generate` makes such a file",
                file.display()
            ),
            Self::Unwritable { file, source } if source.kind() == io::ErrorKind::AlreadyExists => write!(
                f,
                "there is a file `{}` already, and keys in it may be in use; `policy-gateway keys rotate` replaces keys",
                file.display()
            ),
            Self::Unwritable { file, source } => {
                write!(f, "the keys cannot be written to `{}`: {source}", file.display())
            }
            Self::Unfinished(file) => write!(
                f,
                "`{0}` is there already: keys are being rotated just now, or a rotation was interrupted; if none runs, remove `{0}` and try \
                 again",
                file.display()
            ),
            Self::Exposed(file) => write!(
                f,
                "the keys `{0}` can be read by other users, who could sign in the gateway's place; `chmod 600 {0}`",
                file.display()
            ),
            Self::Damaged { file, why } => write!(
                f,
                "`{}` holds no keys of a gateway: {why}; `policy-gateway keys generate` makes such a file",
                file.display()
            ),
            Self::Waiting { id, seconds } => write!(
                f,
                "the key `{id}` signs in {seconds} s, and services still learn of it; rotate again after that"
            ),
            Self::NoRandomness => f.write_str("the operating system gives no random bytes"),
        }
    }
}

impl std::error::Error for KeysError {}
