//! Which credentials count as nobody on operations that anybody may call.
//!
//! A refused credential is denied everywhere, since its sender wanted to be known. But a client may go on sending a credential that was
//! valid once. An owner can allow that for a scheme. Then an operation with the access [`Optional`](crate::Access::Optional) serves the
//! request like one without a credential.

use core::fmt;

/// Why a credential is not accepted any more, although nothing about it is forged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stale {
    /// Its time is over. Its secret or its signature was verified before.
    Expired,
    /// It is a key that the store does not know. It may have been deleted.
    Unknown,
}

impl Stale {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Expired, Self::Unknown];

    /// The word in `policy.toml` and in audits.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Unknown => "unknown",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Which credentials of a scheme count as nobody on operations with the access [`Optional`](crate::Access::Optional). None, unless the
/// policy's owner says so by `[schemes.NAME]` in `policy.toml`. Displays as a list of words.
///
/// ```
/// use policy_core::{AsNobody, Stale};
///
/// let expired = AsNobody::NONE.with(Stale::Expired);
/// assert!(expired.contains(Stale::Expired) && !expired.contains(Stale::Unknown));
/// assert_eq!(expired.with(Stale::Unknown).to_string(), "expired, unknown");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AsNobody(u8);

impl AsNobody {
    /// None: each refused credential is denied everywhere.
    pub const NONE: Self = Self(0);

    /// These, and this one.
    #[must_use]
    pub const fn with(self, stale: Stale) -> Self {
        Self(self.0 | stale.bit())
    }

    /// Whether such a credential counts as nobody.
    #[must_use]
    pub const fn contains(self, stale: Stale) -> bool {
        self.0 & stale.bit() != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether each of these is one of the others.
    #[must_use]
    pub const fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Those that count as nobody.
    pub fn iter(self) -> impl Iterator<Item = Stale> {
        Stale::ALL.into_iter().filter(move |stale| self.contains(*stale))
    }
}

impl fmt::Display for AsNobody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, stale) in self.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            f.write_str(stale.as_str())?;
        }
        Ok(())
    }
}

/// A list of words.
#[cfg(feature = "serde")]
impl serde::Serialize for AsNobody {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Stale::as_str))
    }
}
