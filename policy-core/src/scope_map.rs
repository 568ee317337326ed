//! What a grant means beside the names that it has: providers' own names, and scopes that were renamed or split.
//!
//! A map is applied once, where a grant is read. The result is an ordinary set of scopes, and it is never mapped again. So
//! requirements and decisions do not depend on maps.

use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use crate::date::Date;
use crate::policy::{Document, Policy, Scheme, Scope};
use crate::scope::{IllFormedScope, ScopeSet};
use crate::scope_string::ScopeString;

/// One entry of a map: whoever was granted `from` by the scheme is granted `to` as well, by the same scheme.
///
/// `N` is what stands for a name, as in [`AlternativeFacts`](crate::owned::AlternativeFacts). Displays in one line.
///
/// ```
/// use policy_core::{Date, ScopeMapping};
///
/// let mapping = ScopeMapping::<String>::new("OAuth", "api://files/Files.Read", ["files:read"])
///     .with_until(Date::parse("2027-03-31"));
/// assert_eq!(mapping.to_string(), "OAuth: `api://files/Files.Read` grants `files:read` until 2027-03-31");
/// let role = ScopeMapping::<String>::new("OAuth", "auditor", ["files:read"]).with_claim(["realm_access", "roles"]);
/// assert_eq!(role.to_string(), "OAuth: `auditor` in the claim [\"realm_access\", \"roles\"] grants `files:read`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ScopeMapping<N = alloc::string::String> {
    /// The security scheme.
    pub scheme: N,
    /// The claim that `from` must stand in: its name, after the names of the objects around it. If this is empty, `from` must be a
    /// scope of the grant.
    pub claim: Vec<N>,
    /// What was issued.
    pub from: N,
    /// The scopes that it grants.
    pub to: Vec<N>,
    /// The last day on which it does, in UTC.
    #[cfg_attr(feature = "serde", serde(serialize_with = "day"))]
    pub until: Option<Date>,
}

#[cfg(feature = "serde")]
#[expect(clippy::ref_option, reason = "serde passes the field's reference")]
fn day<S: serde::Serializer>(until: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
    match until {
        Some(date) => serializer.collect_str(date),
        None => serializer.serialize_none(),
    }
}

impl<N> ScopeMapping<N> {
    /// An entry about scopes, without a last day.
    #[must_use]
    pub fn new<T: Into<N>>(scheme: impl Into<N>, from: impl Into<N>, to: impl IntoIterator<Item = T>) -> Self {
        let to = to.into_iter().map(Into::into).collect();
        Self { scheme: scheme.into(), claim: Vec::new(), from: from.into(), to, until: None }
    }

    /// With the claim that it is limited to.
    #[must_use]
    pub fn with_claim<T: Into<N>>(mut self, claim: impl IntoIterator<Item = T>) -> Self {
        self.claim = claim.into_iter().map(Into::into).collect();
        self
    }

    /// With its last day.
    #[must_use]
    pub fn with_until(mut self, until: Option<Date>) -> Self {
        self.until = until;
        self
    }
}

impl<N: AsRef<str>> fmt::Display for ScopeMapping<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: `{}`", self.scheme.as_ref(), self.from.as_ref())?;
        match &*self.claim {
            [] => {}
            [name] => write!(f, " in the claim `{}`", name.as_ref())?,
            names => {
                let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
                write!(f, " in the claim {names:?}")?;
            }
        }
        f.write_str(" grants")?;
        for (at, scope) in self.to.iter().enumerate() {
            write!(f, "{} `{}`", if at == 0 { "" } else { "," }, scope.as_ref())?;
        }
        match self.until {
            Some(until) => write!(f, " until {until}"),
            None => Ok(()),
        }
    }
}

/// A row of the generated table.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct ScopeMapRow {
    pub scheme: u16,
    pub claim: &'static [&'static str],
    pub from: &'static str,
    pub to: &'static [u16],
    /// Year, month and day.
    pub until: Option<(u16, u8, u8)>,
}

/// An entry of a compiled policy's map: [`Policy::scope_map`].
#[derive(Clone, Copy, Debug)]
pub struct MappedScope<D: Document> {
    row: &'static ScopeMapRow,
    document: PhantomData<fn() -> D>,
}

impl<D: Document> MappedScope<D> {
    /// The scheme whose grants it is about.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme<D>> {
        Scheme::at(self.row.scheme)
    }

    /// The claim that it is limited to, outermost name first. Empty where it is about scopes.
    #[must_use]
    pub fn claim(&self) -> &'static [&'static str] {
        self.row.claim
    }

    /// What was issued, to be compared byte by byte.
    #[must_use]
    pub fn from(&self) -> &'static str {
        self.row.from
    }

    /// The scopes that it grants.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet<D> {
        // A number that is none of this document's scopes grants nothing.
        self.row.to.iter().filter_map(|scope| Scope::at(*scope)).collect()
    }

    /// The last day on which it grants anything, in UTC.
    #[must_use]
    pub fn until(&self) -> Option<Date> {
        let (year, month, day) = self.row.until?;
        // Invariant *closed*: a date that the calendar does not have counts as one that has passed.
        Some(Date::new(year, month, day).unwrap_or(Date::FIRST))
    }

    /// The first second at which it grants nothing any more, since the Unix epoch.
    #[must_use]
    pub fn ends_at(&self) -> Option<u64> {
        self.until().map(Date::end)
    }

    /// Whether it grants anything at this second.
    #[must_use]
    pub fn holds_at(&self, unix_seconds: u64) -> bool {
        self.ends_at().is_none_or(|end| unix_seconds < end)
    }

    /// The same, by names.
    #[must_use]
    pub fn mapping(&self) -> ScopeMapping<&'static str> {
        ScopeMapping {
            scheme: self.scheme().map_or("", |scheme| scheme.name()),
            claim: self.row.claim.to_vec(),
            from: self.row.from,
            to: self.row.to.iter().filter_map(|scope| Scope::<D>::at(*scope)).map(|scope| scope.name()).collect(),
            until: self.until(),
        }
    }
}

impl<D: Document> Policy<D> {
    /// What grants mean beside the names that they have, as `scopes.map` in `policy.toml` says.
    pub fn scope_map(&self) -> impl Iterator<Item = MappedScope<D>> + Clone + use<D> {
        D::DEFINITION.scope_map.iter().map(|row| MappedScope { row, document: PhantomData })
    }

    /// Reads a scope string that the scheme granted, at this second since the Unix epoch: the scopes that it names, and those that
    /// `scopes.map` grants for them. An authenticator that gets a scope string reads it so.
    ///
    /// ```
    /// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
    /// use policy::{POLICY, schemes::API_KEY};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let granted = POLICY.granted(API_KEY, "patients:read unheard-of", 1_800_000_000)?;
    /// assert_eq!(granted.to_string(), "patients:read");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The string is not of the grammar. The whole grant is then void.
    pub fn granted(&self, scheme: Scheme<D>, text: &str, unix_seconds: u64) -> Result<ScopeSet<D>, IllFormedScope> {
        let issued = ScopeString::new(text)?;
        let mut granted: ScopeSet<D> = issued.tokens().filter_map(|token| self.scope(token)).collect();
        let own = |entry: &MappedScope<D>| entry.row.claim.is_empty() && entry.row.scheme == scheme.index();
        for entry in self.scope_map().filter(own) {
            if entry.holds_at(unix_seconds) && issued.contains(entry.from()) {
                granted = granted.union(&entry.scopes());
            }
        }
        Ok(granted)
    }
}
