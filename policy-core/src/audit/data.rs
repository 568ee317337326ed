//! The audit as data, for programs that read it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::as_nobody::AsNobody;
use crate::definition::{Access, QueryAllowList};
use crate::owned::AlternativeFacts;
use crate::scope_map::ScopeMapping;
use crate::stage::Stage;

/// [`Audit`](crate::Audit) as data. With the feature `serde` it can be serialised.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// # fn main() {
/// // What does the list of encounters require?
/// let audit = policy::POLICY.audit().data();
/// let list = audit.operations.iter().find(|one| one.template == "/encounters").map(|one| one.alternatives[0].to_string());
/// assert_eq!(list.as_deref(), Some("ApiKey + encounters:read patients:read"));
/// # }
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AuditData {
    /// The document's title.
    pub title: &'static str,
    /// The document's own version.
    pub version: &'static str,
    /// The file it was compiled from.
    pub source: &'static str,
    /// The policy's fingerprint.
    pub fingerprint: &'static str,
    /// The stages, first to last.
    pub check_order: [Stage; 4],
    /// The overlays that were applied to the document, by the names of their files.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "<[_]>::is_empty"))]
    pub overlays: &'static [&'static str],
    /// The operations that overlays removed, each with what it required in the document.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub removed: Vec<AuditRemoved>,
    /// The operations, in document order.
    pub operations: Vec<AuditOperation>,
    /// The scopes, sorted by name.
    pub scopes: Vec<AuditScope>,
    /// What grants mean beside the names that they have.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub scope_map: Vec<ScopeMapping<&'static str>>,
    /// The schemes of which some credentials count as nobody where anybody may call.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub as_nobody: Vec<AuditAsNobody>,
    /// The webhooks, in document order.
    pub webhooks: Vec<AuditWebhook>,
    /// The routes outside the policy. The audit of a guard has all of them. The audit of a policy has none, because the document does not
    /// know them.
    pub unguarded: Vec<AuditUnguarded>,
    /// What shadow mode lets through, where it is on.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub shadow: Option<AuditShadow>,
    /// Whether answers explain denials to the callers. It is for development alone.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "core::ops::Not::not"))]
    pub explained_denials: bool,
    /// What the application accepts of its framework.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub accepted: Vec<AuditAccepted>,
}

/// A scheme of which some credentials count as nobody where anybody may call.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AuditAsNobody {
    /// Its name in the document.
    pub scheme: &'static str,
    /// Which of its credentials.
    pub credentials: AsNobody,
}

/// An operation that overlays removed.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AuditRemoved {
    /// Its method and template in the document: `GET /notes`.
    pub operation: &'static str,
    /// What it required.
    pub before: &'static str,
}

/// A route outside the policy.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AuditUnguarded {
    /// The HTTP method.
    pub method: String,
    /// The path template.
    pub template: String,
    /// Why nothing is checked there.
    pub reason: String,
}

/// An operation that the application serves by routes of its own. Nothing is checked there.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AuditElsewhere {
    /// Why.
    pub reason: String,
    /// The last day, UTC.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub until: Option<String>,
    /// Whether the last day is over: the operation should be guarded by now.
    pub overdue: bool,
}

/// What the application accepts of its framework.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AuditAccepted {
    /// What happens.
    pub what: String,
    /// Why that may be.
    pub reason: String,
}

/// Shadow mode: denials that are logged and not enforced.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AuditShadow {
    /// The stages whose denials are let through.
    pub stages: Vec<Stage>,
    /// The last day, UTC.
    pub until: String,
    /// Why.
    pub reason: String,
}

/// An operation of an [`AuditData`].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AuditOperation {
    /// The HTTP method.
    pub method: &'static str,
    /// The template, as served.
    pub template: &'static str,
    /// The document's `operationId`.
    pub operation_id: Option<&'static str>,
    /// Whom it lets in before scopes are looked at.
    pub access: Access,
    /// Why anybody may call it, where `policy.toml` says so by `[[public]]` and the document does not.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub public_reason: Option<&'static str>,
    /// What the document says of it without its overlays, where they changed who may call it.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub before_overlays: Option<&'static str>,
    /// The alternatives, in document order.
    pub alternatives: Vec<AlternativeFacts<&'static str>>,
    /// The query parameters it accepts.
    pub query: QueryAllowList<'static>,
    /// Why it has no handler yet.
    pub pending: Option<String>,
    /// Why it is not guarded: the application serves it by routes of its own.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub elsewhere: Option<AuditElsewhere>,
    /// Whether shadow mode lets its denials through.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "core::ops::Not::not"))]
    pub shadow: bool,
    /// What the application accepts of its framework here: [`AuditAccepted::what`].
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub accepted: Vec<String>,
}

/// A scope of an [`AuditData`].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AuditScope {
    /// The scope token.
    pub name: &'static str,
    /// What the catalogue says that it allows.
    pub description: Option<&'static str>,
    /// Whether a catalogue declares it.
    pub declared: bool,
    /// The operations that name it.
    pub operations: Vec<String>,
}

/// A webhook of an [`AuditData`].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AuditWebhook {
    /// The webhook's name.
    pub name: &'static str,
    /// Each operation that a receiver calls next.
    pub follow_up: Vec<AuditFollowUp>,
    /// The minimal scope sets of a receiver for which all of them are enabled. `None` if there are too many to list.
    pub minimal_scopes: Option<Vec<String>>,
}

/// An operation that the receiver of a webhook calls next.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AuditFollowUp {
    /// The operation: `GET /files`.
    pub operation: String,
    /// The minimal scope sets that open it.
    pub minimal_scopes: Vec<String>,
}
