//! The answer of a store or issuer that cannot be asked.

use std::error::Error;
use std::fmt;

/// A store or an issuer cannot be asked now. The caller is answered 503: an older answer is not used in its place.
///
/// Any error turns into it, so that `?` does. Its cause is for the log alone: it must not name a credential.
pub struct Unavailable(Box<dyn Error + Send + Sync>);

impl Unavailable {
    /// With a cause that is a text and not an error.
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
