//! A scope, as a type and as a value.

use core::fmt;
use core::marker::PhantomData;

use super::Document;
use crate::definition::PolicyDefinition;
use crate::proof::ScopeProof;
use crate::scope_tree::ScopePath;

/// A scope as a type. Generated, one for each scope of the document.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope of the policy",
    note = "scopes are generated from the document; import them from the module that `include_policy!` fills"
)]
pub trait ScopeType: Sized + 'static {
    /// The policy it belongs to.
    type Document: Document;
    /// Its index in the table, as a type.
    #[doc(hidden)]
    type Path: ScopePath;
    /// Its index in the table.
    #[doc(hidden)]
    const INDEX: u16;
    /// The check that the table has this scope at this index.
    #[doc(hidden)]
    const PROOF: ScopeProof<Self>;
}

/// A scope of the policy `D`. Displays as its name.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// # fn main() {
/// use policy::scopes::EncountersRead;
/// use policy_core::Scope;
///
/// let scope = Scope::of::<EncountersRead>();
/// assert_eq!(scope.name(), "encounters:read");
/// assert!(scope.is_declared(), "`x-scopes` of the scheme lists it");
/// # }
/// ```
pub struct Scope<D> {
    index: u16,
    table: &'static PolicyDefinition,
    policy: PhantomData<fn() -> D>,
}

by_index!(Scope);

impl<D: Document> Scope<D> {
    /// The scope that the type `S` stands for.
    #[must_use]
    pub const fn of<S: ScopeType<Document = D>>() -> Self {
        const {
            let _ = S::PROOF;
            Self { index: S::INDEX, table: D::DEFINITION, policy: PhantomData }
        }
    }

    pub(crate) fn at(index: u16) -> Option<Self> {
        D::DEFINITION.parts.scopes.name(index)?;
        Some(Self { index, table: D::DEFINITION, policy: PhantomData })
    }

    pub(crate) const fn index(self) -> u16 {
        self.index
    }

    /// The scope token (RFC 6749, section 3.3), case-sensitive.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.table.parts.scopes.name(self.index) {
            Some(name) => name,
            None => "",
        }
    }

    /// What the catalogue says that the scope allows.
    #[must_use]
    pub const fn description(self) -> Option<&'static str> {
        self.table.parts.scopes.description(self.index)
    }

    /// Whether a catalogue of the document declares the scope.
    #[must_use]
    pub const fn is_declared(self) -> bool {
        self.table.parts.scopes.is_declared(self.index)
    }
}

impl<D> fmt::Display for Scope<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.table.parts.scopes.name(self.index).unwrap_or_default())
    }
}
