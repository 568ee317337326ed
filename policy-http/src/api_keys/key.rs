//! The form of a key: `<prefix>_<id>_<secret>`. The id is public and names the key; the secret is shown once.

use std::borrow::Cow;
use std::fmt;

use data_encoding::HEXLOWER;

use super::secret_hash::SecretHash;

const ID_BYTES: usize = 8;
const SECRET_BYTES: usize = 32;

/// The form of an API's keys: its own prefix, by which a scanner finds keys that were published by mistake, then the id and the
/// secret in lower-case hexadecimal. There is one spelling of each key.
///
/// ```
/// use policy_http::KeyFormat;
///
/// let format = KeyFormat::new("acme_sk")?;
/// let key = format.generate()?;
/// let id = key.id().to_owned();
/// // What is shown to its owner, once.
/// let text = key.reveal();
/// assert!(text.starts_with("acme_sk_"));
/// assert_eq!(format.parse(&text).ok_or("no key of ours")?.id(), id);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFormat {
    prefix: Cow<'static, str>,
}

impl KeyFormat {
    /// Keys that begin with the prefix, such as `acme_sk`, and an underscore.
    ///
    /// # Errors
    /// The prefix is empty, or has a character that a bearer token or a shell would treat apart: letters, digits, `-` and `_` are
    /// accepted.
    pub fn new(prefix: impl Into<Cow<'static, str>>) -> Result<Self, KeyFormatError> {
        let prefix = prefix.into();
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if prefix.is_empty() || !prefix.bytes().all(legal) {
            return Err(KeyFormatError { prefix: prefix.into_owned() });
        }
        Ok(Self { prefix })
    }

    /// A new key from the operating system's random source.
    ///
    /// # Errors
    /// The source cannot be read.
    pub fn generate(&self) -> Result<NewKey, NoRandomness> {
        let (mut id, mut secret) = ([0; ID_BYTES], [0; SECRET_BYTES]);
        getrandom::fill(&mut id).map_err(NoRandomness)?;
        getrandom::fill(&mut secret).map_err(NoRandomness)?;
        Ok(NewKey { prefix: self.prefix.clone(), id: HEXLOWER.encode(&id), secret })
    }

    /// Reads a presented key. `None` where the text is not of the form.
    #[must_use]
    pub fn parse(&self, text: &str) -> Option<PresentedKey> {
        let rest = text.strip_prefix(&*self.prefix)?.strip_prefix('_')?;
        let (id, secret) = rest.split_once('_')?;
        PresentedKey::of(id, secret)
    }
}

/// A key that a caller presents: its id, and the hash of what it claims to be the secret.
#[derive(Clone, Debug)]
pub struct PresentedKey {
    id: String,
    secret_hash: SecretHash,
}

impl PresentedKey {
    pub(super) fn of(id: &str, secret: &str) -> Option<Self> {
        let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if id.len() != 2 * ID_BYTES || !id.bytes().all(hexadecimal) {
            return None;
        }
        let mut bytes = [0; SECRET_BYTES];
        if HEXLOWER.decode_len(secret.len()) != Ok(SECRET_BYTES) {
            return None;
        }
        HEXLOWER.decode_mut(secret.as_bytes(), &mut bytes).ok()?;
        Some(Self { id: id.to_owned(), secret_hash: SecretHash::of(&bytes) })
    }

    /// The public id: what logs and lists show.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The hash of the secret that came with it.
    #[must_use]
    pub fn secret_hash(&self) -> SecretHash {
        self.secret_hash
    }
}

/// A key that was just made. `Debug` shows its id alone, and there is no `Display`.
pub struct NewKey {
    prefix: Cow<'static, str>,
    id: String,
    secret: [u8; SECRET_BYTES],
}

impl NewKey {
    /// The public id, under which the key is stored.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What is stored of the secret.
    #[must_use]
    pub fn secret_hash(&self) -> SecretHash {
        SecretHash::of(&self.secret)
    }

    /// The whole key, secret included, to be handed to its owner. It is gone then: nothing can show it again.
    #[must_use]
    pub fn reveal(self) -> String {
        format!("{}_{}_{}", self.prefix, self.id, HEXLOWER.encode(&self.secret))
    }
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewKey").field("id", &self.id).field("secret", &"redacted").finish()
    }
}

/// A prefix that no key should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFormatError {
    prefix: String,
}

impl fmt::Display for KeyFormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = self.prefix.escape_debug();
        write!(f, "`{prefix}` is no prefix of keys; use letters, digits, `-` and `_`, such as `acme_sk`")
    }
}

impl std::error::Error for KeyFormatError {}

/// The operating system's random source cannot be read.
#[derive(Clone, Copy, Debug)]
pub struct NoRandomness(getrandom::Error);

impl fmt::Display for NoRandomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the operating system's random source cannot be read: {}", self.0)
    }
}

impl std::error::Error for NoRandomness {}
