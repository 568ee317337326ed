//! The static tables that generated code fills. They are data. The rules that read them are in other files of this crate.

mod operation;
mod query_allow_list;

use phf::Map;

pub use self::operation::{OperationDefinition, OperationParts};
pub use self::query_allow_list::QueryAllowList;
use crate::as_nobody::{AsNobody, Stale};
use crate::decision::Rule;
use crate::packed::PackedOperations;
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
    /// Everybody: the document says `security: []`, or `policy.toml` names the operation under `[[public]]`.
    Public,
    /// Everybody, and a caller with a credential is authenticated: one alternative is `{}`.
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

/// A row of the table of webhooks. Programs see it as a [`Webhook`](crate::Webhook).
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
    /// Whether the document is still being written. Such a policy only lets its program compile: it denies everything and is never served.
    pub(crate) draft: bool,
}

/// What reviewers are told about `[[public]]` in `policy.toml` and about overlays. Nothing is decided by it.
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
    /// The table that finds a scope by its name ([`scope_index`](crate::__private::scope_index)).
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

    /// A definition whose operations are in columns. The parts then have no rows.
    #[doc(hidden)]
    #[must_use]
    pub const fn packed(parts: PolicyParts, operations: PackedOperations) -> Self {
        assert!(parts.operations.is_empty(), "a policy has rows or columns, not both");
        Self { parts, packed: Some(operations), beside: Beside::NOTHING, scope_map: &[], draft: false }
    }

    /// With what `policy.toml` and overlays say.
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
