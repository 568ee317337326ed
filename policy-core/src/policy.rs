//! A policy, and its operations, scopes and schemes as values that only this policy can make.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

use crate::audit::Audit;
use crate::decision::{self, Asked};
use crate::definition::{Access, OperationDefinition, PolicyDefinition, QueryAllowList, SchemeDefinition};
use crate::least_privilege::{self, AlternativesExceedBudget, LeastPrivilege};
use crate::order::CheckOrder;
use crate::principal::{Principal, SchemeGrants};
use crate::proof::{OperationProof, ScopeProof};
use crate::scheme_kind::SchemeKind;
use crate::scope_index;
use crate::scope_tree::{ScopePath, ScopeTree};
use crate::stage::Stage;
use crate::webhook::Webhook;
use crate::words::Words;

/// The marker type of one policy, generated from one document. It keeps the bits and ids of two policies apart.
pub trait Document: Copy + Eq + Hash + fmt::Debug + Send + Sync + 'static {
    /// As many bits as the policy has scopes.
    type Words: Words;
    /// As many bits as the policy has operations.
    type OperationWords: Words;
    /// One place for each security scheme.
    type Grants: SchemeGrants<Self>;
    /// The check order, as a type.
    type Order: CheckOrder<Self>;
    /// The tables.
    #[doc(hidden)]
    const DEFINITION: &'static PolicyDefinition;
}

/// An operation as a type. Generated, one for each operation of the document.
///
/// A hand-written impl lacks `PROOF`, or fails it: operations come from the document alone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an operation of the policy",
    note = "operations are generated from the document; import them from the module that `include_policy!` fills"
)]
pub trait Operation: Sized + 'static {
    /// The policy it belongs to.
    type Document: Document;
    /// The scopes that every alternative of its requirement asks for.
    #[doc(hidden)]
    type Always: ScopeTree;
    /// Its index in the table.
    #[doc(hidden)]
    const INDEX: u32;
    /// What a hand-written impl cannot have.
    #[doc(hidden)]
    const PROOF: OperationProof<Self>;
}

/// A scope as a type. Generated, one for each scope of the document.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope of the policy",
    note = "scopes are generated from the document; import them from the module that `include_policy!` fills"
)]
pub trait ScopeType: Sized + 'static {
    /// The policy it belongs to.
    type Document: Document;
    /// Its place in the table, as a type.
    #[doc(hidden)]
    type Path: ScopePath;
    /// Its index in the table.
    #[doc(hidden)]
    const INDEX: u16;
    /// What a hand-written impl cannot have.
    #[doc(hidden)]
    const PROOF: ScopeProof<Self>;
}

/// What a reference is, besides its fields: an index in a table.
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
        impl<D> Hash for $name<D> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.index.hash(state);
            }
        }
        impl<D> fmt::Debug for $name<D> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

/// An operation of the policy `D`. Displays as `GET /template`.
///
/// It holds its index only: what stands there may be a row or the columns of a large document.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// use policy::operations::ListEncounters;
/// use policy::schemes::API_KEY;
/// use policy_core::{OperationRef, Principal, ScopeSet};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let operation = OperationRef::of::<ListEncounters>();
/// assert_eq!((operation.method(), operation.template()), ("GET", "/encounters"));
///
/// let granted = ScopeSet::parse("encounters:read")?.set();
/// let caller = Principal::new("a partner").with_grant(API_KEY, granted);
/// assert!(!operation.is_met_by(&caller), "it needs patients:read too");
/// # Ok(())
/// # }
/// ```
pub struct OperationRef<D> {
    index: u32,
    /// What is shown of it is found here, whatever `D` is.
    table: &'static PolicyDefinition,
    policy: PhantomData<fn() -> D>,
}

/// A scope of the policy `D`. Displays as its name.
pub struct Scope<D> {
    index: u16,
    table: &'static PolicyDefinition,
    policy: PhantomData<fn() -> D>,
}

/// A security scheme of the policy `D`. Displays as its name.
pub struct Scheme<D> {
    index: u16,
    definition: &'static SchemeDefinition,
    policy: PhantomData<fn() -> D>,
}

by_index!(OperationRef);
by_index!(Scope);
by_index!(Scheme);

impl<D: Document> OperationRef<D> {
    /// The operation that the type `O` stands for.
    #[must_use]
    pub const fn of<O: Operation<Document = D>>() -> Self {
        const {
            let _ = O::PROOF;
            match D::DEFINITION.operation(O::INDEX) {
                Some(_) => Self { index: O::INDEX, table: D::DEFINITION, policy: PhantomData },
                None => panic!("the policy has no such operation"),
            }
        }
    }

    pub(crate) fn at(index: u32) -> Option<Self> {
        ((index as usize) < D::DEFINITION.count()).then_some(Self { index, table: D::DEFINITION, policy: PhantomData })
    }

    pub(crate) const fn index_u32(self) -> u32 {
        self.index
    }

    /// Its index among [`Policy::operations`], for tables that live as long as the process. A rebuilt policy numbers its
    /// operations anew: what is stored is method and template.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index as usize
    }

    /// All that the document says of the operation.
    #[must_use]
    #[inline]
    pub const fn definition(self) -> OperationDefinition {
        match D::DEFINITION.operation(self.index) {
            Some(definition) => definition,
            None => OperationDefinition::NOWHERE,
        }
    }

    /// What the stages ask of its caller.
    #[inline]
    pub(crate) const fn asked(self) -> Asked<'static> {
        // Invariant *closed*: a draft allows what its types say, so that it denies whatever is asked of it. Known when it is compiled.
        if const { D::DEFINITION.draft } {
            return Asked::NOWHERE;
        }
        D::DEFINITION.asked(self.index)
    }

    /// The query parameters that it accepts.
    #[inline]
    pub(crate) const fn accepted_query(self) -> QueryAllowList<'static> {
        D::DEFINITION.query(self.index)
    }

    /// The HTTP method, exact bytes.
    #[must_use]
    pub const fn method(self) -> &'static str {
        self.definition().method()
    }

    /// The path template as it is served.
    #[must_use]
    pub const fn template(self) -> &'static str {
        self.definition().template()
    }

    /// Whom the operation lets in before scopes are looked at.
    #[must_use]
    pub const fn access(self) -> Access {
        self.asked().access
    }

    /// The schemes that any alternative names, each once, in document order of the schemes.
    pub fn schemes(self) -> impl Iterator<Item = Scheme<D>> + Clone + use<D> {
        self.asked().requirement.schemes().iter().filter_map(|index| Scheme::at(*index))
    }

    /// Whether the caller meets some alternative, by its schemes and its scopes.
    #[must_use]
    pub fn is_met_by(self, caller: &Principal<D>) -> bool {
        let asked = self.asked();
        decision::authentication(asked, Ok(Some(caller))).is_ok() && decision::scopes(asked, caller).is_ok()
    }

    /// Whether some alternative asks for authentication without naming a scheme (an extension where the document has
    /// no `security`): any scheme of the document will do.
    #[must_use]
    pub fn accepts_any_scheme(self) -> bool {
        self.asked().requirement.accepts_any_scheme()
    }
}

impl<D> fmt::Display for OperationRef<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let definition = self.table.operation(self.index).unwrap_or(OperationDefinition::NOWHERE);
        write!(f, "{} {}", definition.method(), definition.template())
    }
}

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
}

impl<D> fmt::Display for Scheme<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.definition.name)
    }
}

/// What one document says: who may call what, and in which order that is checked.
///
/// A handle without data: the tables are static and belong to the type `D`.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// use policy::POLICY;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let operation = POLICY.operation("GET", "/encounters/{encounter_id}").ok_or("no such operation")?;
/// let scopes: Vec<&str> = POLICY.scopes().map(|scope| scope.name()).collect();
/// assert_eq!(operation.template(), "/encounters/{encounter_id}");
/// assert_eq!(scopes, ["encounters:read", "patients:read", "recordings:read"]);
/// // What no operation of the document has is none.
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

    /// Whether this policy is a draft, by which a program is compiled that writes its own document. It denies everything, and no
    /// adapter serves it.
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

    /// The operation at an index of [`operations`](Policy::operations): what a router generated beside the policy finds.
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

    /// The operations that name the scope in any alternative: the witnesses of why it exists.
    pub fn operations_naming(&self, scope: Scope<D>) -> impl Iterator<Item = OperationRef<D>> + use<D> {
        self.operations().filter(move |operation| {
            operation.asked().requirement.alternatives().any(|alternative| alternative.requires(scope.index()))
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
