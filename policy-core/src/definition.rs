//! The static tables that generated code fills. They are data. The rules that read them are in other files of this crate.

use phf::Map;

use crate::as_nobody::{AsNobody, Stale};
use crate::decision::Rule;
use crate::packed::PackedOperations;
use crate::requirement::Requirement;
use crate::scheme_kind::SchemeKind;
use crate::scope_map::ScopeMapRow;
use crate::scope_table::ScopeTable;

/// Whom an operation lets in before scopes are looked at.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// # fn main() {
/// use policy::POLICY;
/// use policy_core::Access;
///
/// let open: Vec<_> = POLICY.operations().filter(|operation| operation.access() != Access::Required).collect();
/// assert!(open.is_empty(), "every operation of this document needs a caller");
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
pub enum Access {
    /// Everybody; the document says `security: []`.
    Public,
    /// Everybody, and an authenticated caller is known as such: one alternative is `{}`.
    Optional,
    /// Authenticated callers only.
    Required,
}

impl Access {
    /// The word that audits use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Access::Public => "public",
            Access::Optional => "optional",
            Access::Required => "required",
        }
    }
}

/// The query parameters that an operation accepts. Its tables are static or owned by a policy of run time.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct QueryAllowList<'t, N = &'t str> {
    pub(crate) names: &'t [N],
    pub(crate) prefixes: &'t [N],
    pub(crate) any: bool,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "core::ops::Not::not"))]
    pub(crate) ignores_others: bool,
}

impl<'t, N> QueryAllowList<'t, N> {
    /// No parameter at all.
    pub(crate) const NONE: Self = Self::new(&[], &[], false);

    #[doc(hidden)]
    #[must_use]
    pub const fn new(names: &'t [N], prefixes: &'t [N], any: bool) -> Self {
        Self { names, prefixes, any, ignores_others: false }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn ignoring_others(self) -> Self {
        Self { ignores_others: true, ..self }
    }

    /// The names, sorted by their bytes.
    #[must_use]
    pub const fn names(&self) -> &'t [N] {
        self.names
    }

    /// The prefixes, such as `filter[`, of free-form objects.
    #[must_use]
    pub const fn prefixes(&self) -> &'t [N] {
        self.prefixes
    }

    /// Whether every name is accepted, because the document describes the whole query as a free-form object.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.any
    }

    /// Whether other names are ignored: a request that has them is not refused for it. The policy's owner says so, in `policy.toml`
    /// or at the operation.
    #[must_use]
    pub const fn ignores_others(&self) -> bool {
        self.ignores_others
    }
}

/// An operation: a method and a path template, and what they require.
#[derive(Clone, Copy, Debug)]
pub struct OperationDefinition {
    pub(crate) parts: OperationParts,
}

/// The fields of an [`OperationDefinition`].
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct OperationParts {
    pub method: &'static str,
    pub template: &'static str,
    pub operation_id: Option<&'static str>,
    pub type_name: &'static str,
    pub summary: Option<&'static str>,
    pub access: Access,
    pub requirement: Requirement<'static>,
    pub query: QueryAllowList<'static>,
    pub location: &'static str,
}

impl OperationDefinition {
    /// The definition of an operation that does not exist. Invariant *closed*: it requires what nobody can meet.
    pub(crate) const NOWHERE: Self = Self {
        parts: OperationParts {
            method: "",
            template: "",
            operation_id: None,
            type_name: "",
            summary: None,
            access: Rule::NOWHERE.access,
            requirement: Rule::NOWHERE.requirement,
            query: QueryAllowList::NONE,
            location: "",
        },
    };

    #[doc(hidden)]
    #[must_use]
    pub const fn new(parts: OperationParts) -> Self {
        Self { parts }
    }

    /// The HTTP method, exact bytes.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        self.parts.method
    }

    /// The path template as it is served: the base path and the document's own template.
    #[must_use]
    pub const fn template(&self) -> &'static str {
        self.parts.template
    }

    /// The document's `operationId`, if it gives one.
    #[must_use]
    pub const fn operation_id(&self) -> Option<&'static str> {
        self.parts.operation_id
    }

    /// The name of the generated type.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        self.parts.type_name
    }

    /// The document's `summary`, if it gives one.
    #[must_use]
    pub const fn summary(&self) -> Option<&'static str> {
        self.parts.summary
    }

    /// Whom the operation lets in before scopes are looked at.
    #[must_use]
    pub const fn access(&self) -> Access {
        self.parts.access
    }

    /// The security requirement. It has no alternative only for [`Access::Public`].
    #[must_use]
    pub const fn requirement(&self) -> Requirement<'static> {
        self.parts.requirement
    }

    /// The query parameters that the operation accepts.
    #[must_use]
    pub const fn query(&self) -> &QueryAllowList<'static> {
        &self.parts.query
    }

    /// Where the document declares the requirement: `file:line:column`.
    #[must_use]
    pub const fn location(&self) -> &'static str {
        self.parts.location
    }
}

/// A scope of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct ScopeDefinition {
    pub(crate) name: &'static str,
    pub(crate) description: Option<&'static str>,
    pub(crate) declared: bool,
}

impl ScopeDefinition {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: &'static str, description: Option<&'static str>, declared: bool) -> Self {
        Self { name, description, declared }
    }
}

/// A security scheme of the document.
#[derive(Clone, Copy, Debug)]
pub struct SchemeDefinition {
    pub(crate) name: &'static str,
    pub(crate) kind: SchemeKind,
    pub(crate) as_nobody: AsNobody,
}

impl SchemeDefinition {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: &'static str, kind: SchemeKind) -> Self {
        Self { name, kind, as_nobody: AsNobody::NONE }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn with_as_nobody(self, stale: Stale) -> Self {
        Self { as_nobody: self.as_nobody.with(stale), ..self }
    }
}

/// A row of the table of webhooks: [`Webhook`](crate::Webhook) is what programs see.
#[derive(Clone, Copy, Debug)]
pub struct WebhookDefinition {
    pub(crate) name: &'static str,
    pub(crate) summary: Option<&'static str>,
    pub(crate) follow_up: &'static [u32],
}

impl WebhookDefinition {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: &'static str, summary: Option<&'static str>, follow_up: &'static [u32]) -> Self {
        Self { name, summary, follow_up }
    }
}

/// A whole policy, as one document declares it.
#[derive(Debug)]
pub struct PolicyDefinition {
    pub(crate) parts: PolicyParts,
    packed: Option<PackedOperations>,
    pub(crate) beside: Beside,
    pub(crate) scope_map: &'static [ScopeMapRow],
    /// The document is being written, and this policy lets its program compile. It decides nothing and is never served.
    pub(crate) draft: bool,
}

/// What `[[public]]` in `policy.toml` and overlays say beside the document. Reviewers see it. Nothing is decided by it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// The overlays, by the names of their files.
    pub overlays: &'static [&'static str],
    /// The operations that anybody may call by the configuration, by their indices, each with the reason.
    pub public: &'static [(u32, &'static str)],
    /// The operations that overlays changed, by their indices, each with what it required before.
    pub before: &'static [(u32, &'static str)],
    /// The operations that overlays removed, each with what it required.
    pub removed: &'static [(&'static str, &'static str)],
}

impl Beside {
    const NOTHING: Self = Self { overlays: &[], public: &[], before: &[], removed: &[] };

    /// What a list says of an operation.
    pub(crate) fn of(list: &[(u32, &'static str)], index: u32) -> Option<&'static str> {
        list.iter().find(|(operation, _)| *operation == index).map(|(_, text)| *text)
    }
}

/// The fields of a [`PolicyDefinition`].
#[doc(hidden)]
#[derive(Debug)]
pub struct PolicyParts {
    pub title: &'static str,
    pub version: &'static str,
    pub source: &'static str,
    pub base_path: &'static str,
    pub fingerprint: &'static str,
    pub scopes: ScopeTable,
    /// Where each scope is, by its name: [`scope_index`](crate::__private::scope_index).
    pub scope_index: &'static [u16],
    pub schemes: &'static [SchemeDefinition],
    pub operations: &'static [OperationDefinition],
    pub webhooks: &'static [WebhookDefinition],
    pub index: &'static Map<(&'static str, &'static str), u32>,
}

impl PolicyDefinition {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(parts: PolicyParts) -> Self {
        Self { parts, packed: None, beside: Beside::NOTHING, scope_map: &[], draft: false }
    }

    /// A definition whose operations are in columns; those of the parts are none.
    #[doc(hidden)]
    #[must_use]
    pub const fn packed(parts: PolicyParts, operations: PackedOperations) -> Self {
        assert!(parts.operations.is_empty(), "a policy has rows or columns, not both");
        Self { parts, packed: Some(operations), beside: Beside::NOTHING, scope_map: &[], draft: false }
    }

    /// With what was said beside the document.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_beside(self, beside: Beside) -> Self {
        Self { beside, ..self }
    }

    /// With what grants mean beside the names that they have.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_scope_map(self, scope_map: &'static [ScopeMapRow]) -> Self {
        Self { scope_map, ..self }
    }

    /// The policy of a document that is being written.
    #[doc(hidden)]
    #[must_use]
    pub const fn as_draft(self) -> Self {
        Self { draft: true, ..self }
    }

    /// How many operations there are.
    pub(crate) const fn count(&self) -> usize {
        match &self.packed {
            Some(packed) => packed.len(),
            None => self.parts.operations.len(),
        }
    }

    /// The operation with this index.
    #[inline]
    pub(crate) const fn operation(&self, index: u32) -> Option<OperationDefinition> {
        match &self.packed {
            Some(packed) => packed.operation(index as usize),
            None => match self.row(index) {
                Some(operation) => Some(*operation),
                None => None,
            },
        }
    }

    #[inline]
    const fn row(&self, index: u32) -> Option<&OperationDefinition> {
        match self.parts.operations.split_at_checked(index as usize) {
            Some((_, [operation, ..])) => Some(operation),
            _ => None,
        }
    }

    /// The rule of an operation, without the rest of its row.
    #[inline]
    pub(crate) const fn rule(&self, index: u32) -> Rule<'static> {
        match &self.packed {
            Some(packed) => packed.rule(index as usize),
            None => match self.row(index) {
                Some(row) => Rule { access: row.parts.access, requirement: row.parts.requirement },
                None => Rule::NOWHERE,
            },
        }
    }

    /// The query parameters that an operation accepts.
    #[inline]
    pub(crate) const fn query(&self, index: u32) -> QueryAllowList<'static> {
        match &self.packed {
            Some(packed) => packed.query(index as usize),
            None => match self.row(index) {
                Some(row) => row.parts.query,
                None => QueryAllowList::NONE,
            },
        }
    }

    /// The index of the operation with this method and template.
    pub(crate) fn find(&self, method: &str, template: &str) -> Option<u32> {
        match &self.packed {
            Some(packed) => packed.find(method, template),
            None => {
                let index: &Map<(&str, &str), u32> = self.parts.index;
                index.get(&(method, template)).copied()
            }
        }
    }
}
