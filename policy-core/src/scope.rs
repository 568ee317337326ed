//! Scope tokens and sets of them (RFC 6749, section 3.3).

use core::fmt;
use core::hash::Hash;

use crate::policy::{Document, Policy, Scope};
use crate::scope_string::ScopeString;
use crate::words::{self, Words};

/// Whether the text is a scope token: `1*( %x21 / %x23-5B / %x5D-7E )` (RFC 6749, appendix A.4).
///
/// ```
/// use policy_core::is_scope_token;
/// assert!(is_scope_token("https://www.example.com/auth/files.read"));
/// assert!(!is_scope_token("unrestricted only") && !is_scope_token(""));
/// ```
#[must_use]
pub fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

/// A set of the policy's scopes. Order and repetition do not matter, and no scope implies another.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// use policy::{Api, POLICY};
/// use policy_core::ScopeSet;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let read = ScopeSet::<Api>::parse("encounters:read patients:read billing:write")?;
/// // Scopes that the document does not know are kept apart, and grant nothing.
/// assert_eq!(read.unknown().collect::<Vec<_>>(), ["billing:write"]);
/// let patients = POLICY.scope("patients:read").ok_or("no such scope")?;
/// assert!(read.set().contains(patients));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ScopeSet<D: Document> {
    words: D::Words,
}

impl<D: Document> ScopeSet<D> {
    /// No scope.
    pub const EMPTY: Self = Self { words: D::Words::ZERO };

    #[doc(hidden)]
    #[must_use]
    pub const fn from_words(words: D::Words) -> Self {
        Self { words }
    }

    /// Reads a granted scope string: tokens separated by single spaces (RFC 6749, section 3.3).
    ///
    /// A scope that the policy does not know grants nothing here; [`Parsed::unknown`] reports it. The empty string is
    /// the empty set.
    ///
    /// # Errors
    /// [`IllFormedScope`] where the string is not of that grammar. The whole grant is then void.
    pub fn parse(text: &str) -> Result<Parsed<'_, D>, IllFormedScope> {
        let mut set = Self::EMPTY;
        let mut unknown = 0;
        for token in ScopeString::new(text)?.tokens() {
            match Policy::<D>::new().scope(token) {
                Some(scope) => set.insert(scope),
                None => unknown += 1,
            }
        }
        Ok(Parsed { set, unknown, text })
    }

    /// Adds a scope.
    pub fn insert(&mut self, scope: Scope<D>) {
        self.insert_index(scope.index());
    }

    #[inline]
    pub(crate) fn insert_index(&mut self, scope: u16) {
        words::insert(&mut self.words, u32::from(scope));
    }

    pub(crate) fn of_indices(scopes: impl Iterator<Item = u16>) -> Self {
        let mut set = Self::EMPTY;
        scopes.for_each(|scope| set.insert_index(scope));
        set
    }

    /// Whether the scope is in the set.
    #[must_use]
    pub fn contains(&self, scope: Scope<D>) -> bool {
        self.contains_index(scope.index())
    }

    #[inline]
    pub(crate) fn contains_index(&self, scope: u16) -> bool {
        words::contains(&self.words, u32::from(scope))
    }

    /// Whether every scope of this set is in the other.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        words::is_subset(&self.words, &other.words)
    }

    /// The scopes of either.
    #[must_use]
    pub fn union(self, other: &Self) -> Self {
        Self { words: words::zip(self.words, &other.words, |left, right| left | right) }
    }

    /// The scopes of this set that the other lacks.
    #[must_use]
    pub fn difference(self, other: &Self) -> Self {
        Self { words: words::zip(self.words, &other.words, |left, right| left & !right) }
    }

    /// How many scopes the set has.
    #[must_use]
    pub fn len(&self) -> usize {
        words::count(&self.words)
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The scopes, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = Scope<D>> + '_ {
        Policy::<D>::new().scopes().filter(|scope| self.contains(*scope))
    }
}

impl<D: Document> Default for ScopeSet<D> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<D: Document> FromIterator<Scope<D>> for ScopeSet<D> {
    fn from_iter<I: IntoIterator<Item = Scope<D>>>(scopes: I) -> Self {
        let mut set = Self::EMPTY;
        for scope in scopes {
            set.insert(scope);
        }
        set
    }
}

/// The names, separated by single spaces, as a grant is written.
impl<D: Document> fmt::Display for ScopeSet<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for scope in self.iter() {
            write!(f, "{separator}{scope}")?;
            separator = " ";
        }
        Ok(())
    }
}

impl<D: Document> fmt::Debug for ScopeSet<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// A granted scope string, read against the policy.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use policy::Api;
/// use policy_core::ScopeSet;
///
/// let granted = ScopeSet::<Api>::parse("patients:read billing:write")?;
/// assert_eq!(granted.set().to_string(), "patients:read");
/// assert!(!granted.is_known() && granted.unknown().eq(["billing:write"]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Parsed<'t, D: Document> {
    set: ScopeSet<D>,
    unknown: usize,
    text: &'t str,
}

impl<'t, D: Document> Parsed<'t, D> {
    /// The scopes that the policy knows.
    #[must_use]
    pub fn set(&self) -> ScopeSet<D> {
        self.set
    }

    /// Whether the policy knows every scope of the string.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.unknown == 0
    }

    /// The scopes that the policy does not know, in the order of the string.
    pub fn unknown(&self) -> impl Iterator<Item = &'t str> + use<'t, D> {
        self.text.split(' ').filter(|token| !token.is_empty() && Policy::<D>::new().scope(token).is_none())
    }
}

/// A granted scope string that is not `scope-token *( SP scope-token )` (RFC 6749, section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IllFormedScope;

impl fmt::Display for IllFormedScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the scope string is ill-formed; it must be scope tokens separated by single spaces")
    }
}

impl core::error::Error for IllFormedScope {}
