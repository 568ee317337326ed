//! A policy, and its operations, scopes and schemes as values that only this policy can make.

/// Implements what values of one policy have in common. Two are equal if they have the same index in its tables.
macro_rules! by_index {
    ($name:ident) => {
        impl<D> Clone for $name<D> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<D> Copy for $name<D> {}
        impl<D> PartialEq for $name<D> {
            fn eq(&self, other: &Self) -> bool {
                self.index == other.index
            }
        }
        impl<D> Eq for $name<D> {}
        impl<D> core::hash::Hash for $name<D> {
            fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
                self.index.hash(state);
            }
        }
        impl<D> core::fmt::Debug for $name<D> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

mod operation;
mod scheme;
mod scope;

use core::fmt;
use core::hash::Hash;
use core::marker::PhantomData;

pub use self::operation::{Operation, OperationRef};
pub use self::scheme::Scheme;
pub use self::scope::{Scope, ScopeType};
use crate::audit::Audit;
use crate::definition::PolicyDefinition;
use crate::least_privilege::{self, AlternativesExceedBudget, LeastPrivilege};
use crate::order::CheckOrder;
use crate::principal::SchemeGrants;
use crate::scope_index;
use crate::stage::Stage;
use crate::webhook::Webhook;
use crate::words::Words;

/// The marker type of one policy, generated from one document. It keeps the values of two policies apart.
pub trait Document: Copy + Eq + Hash + fmt::Debug + Send + Sync + 'static {
    /// As many bits as the policy has scopes.
    type Words: Words;
    /// As many bits as the policy has operations.
    type OperationWords: Words;
    /// What each security scheme granted.
    type Grants: SchemeGrants<Self>;
    /// The check order, as a type.
    type Order: CheckOrder<Self>;
    /// The tables.
    #[doc(hidden)]
    const DEFINITION: &'static PolicyDefinition;
}

/// What one document says: who may call what, and in which order that is checked.
///
/// The value has no data. The tables are static and belong to the type `D`.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// use policy::POLICY;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let operation = POLICY.operation("GET", "/encounters/{encounter_id}").ok_or("no such operation")?;
/// let scopes: Vec<&str> = POLICY.scopes().map(|scope| scope.name()).collect();
/// assert_eq!(operation.template(), "/encounters/{encounter_id}");
/// assert_eq!(scopes, ["encounters:read", "patients:read", "recordings:read"]);
/// // The document has no such operation.
/// assert!(POLICY.operation("DELETE", "/encounters/{encounter_id}").is_none());
/// # Ok(())
/// # }
/// ```
pub struct Policy<D>(PhantomData<fn() -> D>);

impl<D> Clone for Policy<D> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<D> Copy for Policy<D> {}

impl<D: Document> Default for Policy<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Document> fmt::Debug for Policy<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Policy({} {})", self.title(), self.fingerprint())
    }
}

impl<D: Document> Policy<D> {
    /// The policy of the document `D`.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// The document's title.
    #[must_use]
    pub fn title(&self) -> &'static str {
        D::DEFINITION.parts.title
    }

    /// The document's own version (`info.version`).
    #[must_use]
    pub fn version(&self) -> &'static str {
        D::DEFINITION.parts.version
    }

    /// The file it was compiled from.
    #[must_use]
    pub fn source(&self) -> &'static str {
        D::DEFINITION.parts.source
    }

    /// Whether this policy is a draft, for a program that writes its own document. A draft denies everything, and no adapter serves it.
    #[must_use]
    pub const fn is_draft(&self) -> bool {
        D::DEFINITION.draft
    }

    /// The path below which every operation is served; empty for the root.
    #[must_use]
    pub fn base_path(&self) -> &'static str {
        D::DEFINITION.parts.base_path
    }

    /// A stable hash of the normalised policy, independent of comments, key order and descriptions. Equal fingerprints
    /// mean equal policies, in logs, snapshots and binaries alike.
    #[must_use]
    pub fn fingerprint(&self) -> &'static str {
        D::DEFINITION.parts.fingerprint
    }

    /// The stages, in the order that requests pass them.
    #[must_use]
    pub fn check_order(&self) -> [Stage; 4] {
        <D::Order as CheckOrder<D>>::STAGES
    }

    /// The operations, in document order.
    pub fn operations(&self) -> impl Iterator<Item = OperationRef<D>> + use<D> {
        (0..).map_while(OperationRef::at)
    }

    /// The operation with this method (exact bytes) and template (as it is served).
    #[must_use]
    pub fn operation(&self, method: &str, template: &str) -> Option<OperationRef<D>> {
        OperationRef::at(D::DEFINITION.find(method, template)?)
    }

    /// The operation at an index of [`operations`](Policy::operations). A router that was generated beside the policy finds such indices.
    #[must_use]
    pub fn operation_at(&self, index: usize) -> Option<OperationRef<D>> {
        OperationRef::at(u32::try_from(index).ok()?)
    }

    /// The scopes, sorted by name.
    pub fn scopes(&self) -> impl Iterator<Item = Scope<D>> + use<D> {
        (0..).map_while(Scope::at)
    }

    /// The scope of this name, case-sensitive (RFC 6749, section 3.3).
    #[must_use]
    pub fn scope(&self, name: &str) -> Option<Scope<D>> {
        let parts = &D::DEFINITION.parts;
        Scope::at(scope_index::find(parts.scope_index, name, |scope| parts.scopes.name(scope))?)
    }

    /// The security schemes, in document order.
    pub fn schemes(&self) -> impl Iterator<Item = Scheme<D>> + Clone + use<D> {
        (0..).map_while(Scheme::at)
    }

    /// The security scheme of this name.
    #[must_use]
    pub fn scheme(&self, name: &str) -> Option<Scheme<D>> {
        self.schemes().find(|scheme| scheme.name() == name)
    }

    /// The webhooks, in document order.
    pub fn webhooks(&self) -> impl Iterator<Item = Webhook<D>> + use<D> {
        D::DEFINITION.parts.webhooks.iter().map(Webhook::new)
    }

    /// The operations that a receiver of the webhook calls next.
    pub fn follow_up(&self, webhook: Webhook<D>) -> impl Iterator<Item = OperationRef<D>> + use<D> {
        webhook.follow_up()
    }

    /// The operations that name the scope in any alternative.
    pub fn operations_naming(&self, scope: Scope<D>) -> impl Iterator<Item = OperationRef<D>> + use<D> {
        self.operations().filter(move |operation| {
            operation.rule().requirement.alternatives().any(|alternative| alternative.requires(scope.index()))
        })
    }

    /// The least that a caller of all these operations must be granted.
    ///
    /// # Errors
    /// [`AlternativesExceedBudget`] where the alternatives multiply to more minimal sets than can be listed.
    pub fn least_privilege(
        &self,
        operations: impl IntoIterator<Item = OperationRef<D>>,
    ) -> Result<LeastPrivilege<D>, AlternativesExceedBudget> {
        least_privilege::of(operations)
    }

    /// The report that reviewers sign off: who may call what.
    #[must_use]
    pub fn audit(&self) -> Audit<D> {
        Audit::new()
    }
}
