//! Where a claim stands in a token.

use std::fmt;

use serde_json::Value;

use crate::members::Members;

/// Where a claim stands: its name, or the names of the objects around it and then its own.
///
/// A text is one name, whatever it contains. Nesting is written as a list, so that a dot is never taken for it:
///
/// ```
/// use policy_http::ClaimPath;
///
/// // One claim, whose name is a URL with dots.
/// let url = ClaimPath::from("https://example.com/scopes");
/// // The member `roles` of the claim `realm_access`.
/// let nested = ClaimPath::from(["realm_access", "roles"]);
/// // One claim, whose name has a dot.
/// let dotted = ClaimPath::from("realm_access.roles");
/// assert_ne!(nested, dotted);
/// assert_eq!(nested.to_string(), r#"["realm_access", "roles"]"#);
/// ```
///
/// Names are compared as exact bytes: `Scope` is not `scope`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClaimPath(Vec<String>);

/// A name on the path to a claim leads to a value that is not an object. So the claim cannot be looked up, and whether the token has it is
/// not known.
pub(crate) struct NotAnObject;

impl ClaimPath {
    /// The names, outermost first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The only name, where the claim does not stand in another.
    pub(crate) fn sole(&self) -> Option<&str> {
        if let [name] = &*self.0 { Some(name) } else { None }
    }

    /// Whether it has no name, or an empty one.
    pub(crate) fn is_void(&self) -> bool {
        self.0.is_empty() || self.0.iter().any(String::is_empty)
    }

    /// The claim's value. `None` where the token has no such claim.
    pub(crate) fn find<'m>(&self, members: &'m Members) -> Result<Option<&'m Value>, NotAnObject> {
        find(self.names(), members)
    }

    /// Whether the claim says who somebody is, and not what they were granted.
    ///
    /// What counts is the last name, and of a name that is a URL or has a prefix the part after it: `https://example.com/roles`,
    /// `cognito:groups`.
    fn is_of_identity(&self) -> bool {
        let last = self.0.last().map(String::as_str).unwrap_or_default();
        let word = last.rsplit(['/', ':', '.', '#']).next().unwrap_or_default();
        IDENTITY.iter().any(|name| word.eq_ignore_ascii_case(name))
    }
}

/// The claim at these names.
pub(crate) fn find<'m, 'n>(
    mut names: impl Iterator<Item = &'n str>,
    members: &'m Members,
) -> Result<Option<&'m Value>, NotAnObject> {
    let Some(mut found) = names.next().and_then(|first| members.0.get(first)) else { return Ok(None) };
    for name in names {
        let Value::Object(inner) = found else { return Err(NotAnObject) };
        let Some(next) = inner.get(name) else { return Ok(None) };
        found = next;
    }
    Ok(Some(found))
}

/// What says who somebody is (RFC 9068, section 2.2.3.1, and what issuers call it), and `wids` of Entra ID.
const IDENTITY: &[&str] = &["roles", "role", "groups", "group", "entitlements", "wids"];

impl From<&str> for ClaimPath {
    fn from(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }
}

impl From<String> for ClaimPath {
    fn from(name: String) -> Self {
        Self(vec![name])
    }
}

impl From<Vec<String>> for ClaimPath {
    fn from(names: Vec<String>) -> Self {
        Self(names)
    }
}

impl<const N: usize> From<[&str; N]> for ClaimPath {
    fn from(names: [&str; N]) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }
}

/// The name, or the names as a list: the notation of `policy.toml`.
impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sole() {
            Some(name) => write!(f, "{}", name.escape_debug()),
            None => write!(f, "{:?}", self.0),
        }
    }
}

/// The claims that scopes are taken from. The first that a token has counts alone.
#[derive(Clone, Debug)]
pub(crate) struct ScopeClaims(Vec<ClaimPath>);

impl Default for ScopeClaims {
    /// `scope` (RFC 9068, section 2.2.3), `scp` (Entra ID, Okta), `permissions` (Auth0).
    fn default() -> Self {
        Self(["scope", "scp", "permissions"].map(ClaimPath::from).into())
    }
}

impl ScopeClaims {
    pub(crate) fn named<P: Into<ClaimPath>>(paths: impl IntoIterator<Item = P>) -> Result<Self, ScopeClaimError> {
        let paths: Vec<ClaimPath> = paths.into_iter().map(Into::into).collect();
        for path in &paths {
            if path.is_void() {
                return Err(ScopeClaimError::Void);
            }
            if path.is_of_identity() {
                return Err(ScopeClaimError::Identity(path.clone()));
            }
        }
        Ok(Self(paths))
    }

    /// The one that counts, with its value.
    pub(crate) fn counting<'m>(&self, members: &'m Members) -> Result<Option<(&ClaimPath, &'m Value)>, NotAnObject> {
        for path in &self.0 {
            if let Some(value) = path.find(members)? {
                return Ok(Some((path, value)));
            }
        }
        Ok(None)
    }

    /// Whether scopes are taken from the claim at these names.
    pub(crate) fn contains<'n>(&self, names: impl Iterator<Item = &'n str> + Clone) -> bool {
        self.0.iter().any(|path| path.names().eq(names.clone()))
    }
}

/// A claim that no scopes are taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopeClaimError {
    /// The path has no name, or an empty one.
    Void,
    /// The claim says who somebody is. What that means is for the API to say.
    Identity(ClaimPath),
}

impl fmt::Display for ScopeClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Void => f.write_str("a claim with scopes needs a name"),
            Self::Identity(path) => write!(
                f,
                "the claim `{path}` says who somebody is and grants no scopes by itself; say in `policy.toml` what each of its values \
                 grants, by an entry of `scopes.map` with `claim`"
            ),
        }
    }
}

impl std::error::Error for ScopeClaimError {}
