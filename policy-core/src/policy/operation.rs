//! An operation, as a type and as a value.

use core::fmt;
use core::marker::PhantomData;

use super::{Document, Scheme};
use crate::as_nobody::Stale;
use crate::decision::{self, Rule};
use crate::definition::{Access, OperationDefinition, PolicyDefinition, QueryAllowList};
use crate::principal::Principal;
use crate::proof::{TableRow, proven_index};
use crate::scope_tree::ScopeTree;

/// An operation as a type. Generated, one for each operation of the document.
///
/// Operations come from the document alone. The use of a hand-written impl does not compile, unless it says exactly what the table says
/// of an operation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an operation of the policy",
    note = "operations are generated from the document; import them from the module that `include_policy!` fills"
)]
pub trait Operation: Sized + 'static {
    /// The policy it belongs to.
    type Document: Document;
    /// The scopes that every alternative of its requirement names.
    #[doc(hidden)]
    type Always: ScopeTree;
    /// Its row in the table.
    #[doc(hidden)]
    type Row: TableRow;
}

/// An operation of the policy `D`. Displays as `GET /template`.
///
/// It holds an index only. The table has a row for the operation, or columns if the document is large.
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
    /// The policy's table, so that it can be displayed without knowing `D`.
    table: &'static PolicyDefinition,
    policy: PhantomData<fn() -> D>,
}

by_index!(OperationRef);

impl<D: Document> OperationRef<D> {
    /// The operation that the type `O` stands for.
    #[must_use]
    pub const fn of<O: Operation<Document = D>>() -> Self {
        const { Self { index: proven_index::<O>(), table: D::DEFINITION, policy: PhantomData } }
    }

    pub(crate) fn at(index: u32) -> Option<Self> {
        ((index as usize) < D::DEFINITION.count()).then_some(Self { index, table: D::DEFINITION, policy: PhantomData })
    }

    pub(crate) const fn index_u32(self) -> u32 {
        self.index
    }

    /// Its index among [`Policy::operations`](crate::Policy::operations), for tables that live as long as the process.
    /// A rebuilt policy numbers its operations anew, so never store it. Store method and template.
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

    /// Its rule, which the stages decide by.
    #[inline]
    pub(crate) const fn rule(self) -> Rule<'static> {
        // Invariant *closed*: the table of a draft only lets a program compile, so a draft denies every request. The condition is
        // known at compile time.
        if const { D::DEFINITION.draft } {
            return Rule::NOWHERE;
        }
        D::DEFINITION.rule(self.index)
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
        self.rule().access
    }

    /// The schemes that any alternative names, each once, in document order of the schemes.
    pub fn schemes(self) -> impl Iterator<Item = Scheme<D>> + Clone + use<D> {
        self.rule().requirement.schemes().iter().filter_map(|index| Scheme::at(*index))
    }

    /// Whether the caller meets some alternative, by its schemes and its scopes.
    #[must_use]
    pub fn is_met_by(self, caller: &Principal<D>) -> bool {
        let rule = self.rule();
        decision::authentication(rule, Ok(Some(caller))).is_ok() && decision::scopes(rule, caller).is_ok()
    }

    /// Whether a request whose only credential is an expired or unknown one of this scheme is decided like a request without a credential.
    /// That is so only where anybody may call and the policy's owner allows it [for the scheme](Scheme::as_nobody).
    #[must_use]
    pub fn counts_as_nobody(self, scheme: Scheme<D>, stale: Stale) -> bool {
        decision::counts_as_nobody(self.access(), scheme.as_nobody(), stale)
    }

    /// Whether some alternative requires authentication without naming a scheme, so that any scheme of the document is enough. An
    /// operation with scopes of an extension and without `security` has such an alternative.
    #[must_use]
    pub fn accepts_any_scheme(self) -> bool {
        self.rule().requirement.accepts_any_scheme()
    }
}

impl<D> fmt::Display for OperationRef<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let definition = self.table.operation(self.index).unwrap_or(OperationDefinition::NOWHERE);
        write!(f, "{} {}", definition.method(), definition.template())
    }
}
