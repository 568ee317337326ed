//! A granted scope string that is kept as it was issued.

use core::fmt;

use crate::scope::{IllFormedScope, is_scope_token};

/// A scope string of RFC 6749, section 3.3: scope tokens separated by single spaces, or nothing at all.
///
/// For whoever has the string and needs one decision: the scopes that an operation requires are looked for in it, and
/// nothing is parsed or stored. For several decisions, a set is read once.
///
/// ```
/// use policy_core::ScopeString;
/// assert!(ScopeString::new("files:read meta:read")?.contains("meta:read"));
/// assert!(!ScopeString::new("files:read")?.contains("files"));
/// assert!(ScopeString::new("files:read  meta:read").is_err(), "two spaces");
/// # Ok::<(), policy_core::IllFormedScope>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct ScopeString<'t>(&'t str);

impl<'t> ScopeString<'t> {
    /// The string, if it is of the grammar.
    ///
    /// # Errors
    /// [`IllFormedScope`]: the whole grant is void.
    pub fn new(text: &'t str) -> Result<Self, IllFormedScope> {
        if text.is_empty() || text.split(' ').all(is_scope_token) { Ok(Self(text)) } else { Err(IllFormedScope) }
    }

    /// Whether the scope is one of the tokens, case-sensitive.
    #[must_use]
    pub fn contains(self, scope: &str) -> bool {
        self.tokens().any(|token| token == scope)
    }

    /// The tokens, in the order of the string.
    pub fn tokens(self) -> impl Iterator<Item = &'t str> {
        self.0.split(' ').filter(|token| !token.is_empty())
    }

    /// The string as it was issued.
    #[must_use]
    pub fn as_str(self) -> &'t str {
        self.0
    }
}

impl fmt::Debug for ScopeString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopeString({:?})", self.0)
    }
}
