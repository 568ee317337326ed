//! A security scheme of a policy.

use core::fmt;
use core::marker::PhantomData;

use super::Document;
use crate::as_nobody::AsNobody;
use crate::definition::SchemeDefinition;
use crate::scheme_kind::SchemeKind;

/// A security scheme of the policy `D`. Displays as its name.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// # fn main() {
/// use policy::schemes::API_KEY;
/// use policy_core::SchemeKind;
///
/// assert_eq!((API_KEY.name(), API_KEY.kind()), ("ApiKey", SchemeKind::Bearer));
/// # }
/// ```
pub struct Scheme<D> {
    index: u16,
    definition: &'static SchemeDefinition,
    policy: PhantomData<fn() -> D>,
}

by_index!(Scheme);

impl<D: Document> Scheme<D> {
    #[doc(hidden)]
    #[must_use]
    #[expect(
        clippy::indexing_slicing,
        reason = "called by generated constants; an index out of range is a compile error"
    )]
    pub const fn new(index: u16) -> Self {
        Self { index, definition: &D::DEFINITION.parts.schemes[index as usize], policy: PhantomData }
    }

    pub(crate) fn at(index: u16) -> Option<Self> {
        let definition = D::DEFINITION.parts.schemes.get(usize::from(index))?;
        Some(Self { index, definition, policy: PhantomData })
    }

    pub(crate) const fn index(self) -> u16 {
        self.index
    }

    /// The name under `components.securitySchemes`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.definition.name
    }

    /// How the credential travels.
    #[must_use]
    pub const fn kind(self) -> SchemeKind {
        self.definition.kind
    }

    /// Which of its credentials count as nobody on operations that anybody may call.
    #[must_use]
    pub const fn as_nobody(self) -> AsNobody {
        self.definition.as_nobody
    }
}

impl<D> fmt::Display for Scheme<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.definition.name)
    }
}
