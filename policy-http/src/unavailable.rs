//! The error of a store or issuer that does not respond.

use std::error::Error;
use std::fmt;

/// A store or an issuer does not respond now. The caller gets a 503, and an older answer is not used instead.
///
/// Any error converts into it by `?`. Its cause is written to the log, so it must not contain a credential.
///
/// ```
/// use policy_http::Unavailable;
///
/// fn read(path: &str) -> Result<String, Unavailable> {
///     Ok(std::fs::read_to_string(path)?)
/// }
/// assert!(read("/no/such/file").is_err());
/// ```
pub struct Unavailable(Box<dyn Error + Send + Sync>);

impl Unavailable {
    /// The error with a text as its cause.
    #[must_use]
    pub fn because(cause: impl Into<String>) -> Self {
        Self(cause.into().into())
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Unavailable {
    fn from(cause: E) -> Self {
        Self(Box::new(cause))
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
