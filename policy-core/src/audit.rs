//! The report that reviewers sign off: who may call what. It is plain text, and stable for snapshots and diffs.

mod text;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::as_nobody::AsNobody;
use crate::date::Date;
use crate::definition::{Access, Beside, QueryAllowList};
use crate::handler_list::Elsewhere;
use crate::operation_set::OperationSet;
use crate::owned::AlternativeFacts;
use crate::policy::{Document, OperationRef, Policy, Scheme, Scope};
use crate::requirement::Alternative;
use crate::scope::ScopeSet;
use crate::scope_map::ScopeMapping;
use crate::stage::Stage;
use crate::webhook::Webhook;

/// A policy's audit, with what the application adds to it: routes outside the policy, operations without a handler, shadow mode.
/// Displays as the report.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// use policy::POLICY;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let audit = POLICY.audit().with_unguarded("GET", "/healthz", "liveness probe, no data");
/// let text = audit.to_string();
/// assert!(text.contains("/encounters/{encounter_id}") && text.contains("liveness probe, no data"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Audit<D: Document> {
    pending: Vec<(OperationRef<D>, String)>,
    elsewhere: Vec<(OperationRef<D>, AuditElsewhere)>,
    unguarded: Vec<AuditUnguarded>,
    /// Whether `unguarded` has all routes outside the policy.
    all_routes: bool,
    shadow: Option<(AuditShadow, OperationSet<D>)>,
    explained_denials: bool,
    accepted: Vec<(AuditAccepted, OperationSet<D>)>,
}

impl<D: Document> Audit<D> {
    pub(crate) fn new() -> Self {
        Self {
            pending: Vec::new(),
            elsewhere: Vec::new(),
            unguarded: Vec::new(),
            all_routes: false,
            shadow: None,
            explained_denials: false,
            accepted: Vec::new(),
        }
    }

    /// Adds an operation that is declared but denied, because it has no handler yet.
    #[must_use]
    pub fn with_pending(mut self, operation: OperationRef<D>, reason: &str) -> Self {
        self.pending.push((operation, reason.into()));
        self
    }

    /// Adds an operation that the application serves by routes of its own, where nothing is checked; `today` tells whether that
    /// was to have ended.
    #[must_use]
    pub fn with_elsewhere(mut self, operation: OperationRef<D>, elsewhere: Elsewhere, today: Date) -> Self {
        let until = elsewhere.until().map(|until| until.to_string());
        let (reason, overdue) = (elsewhere.reason().into(), elsewhere.is_overdue(today));
        self.elsewhere.push((operation, AuditElsewhere { reason, until, overdue }));
        self
    }

    /// Adds a route outside the policy.
    #[must_use]
    pub fn with_unguarded(mut self, method: &str, template: &str, reason: &str) -> Self {
        self.unguarded.push(AuditUnguarded { method: method.into(), template: template.into(), reason: reason.into() });
        self
    }

    /// Says that all routes outside the policy are listed. Only an adapter's guard knows that, since it mounts the routes.
    #[must_use]
    pub fn with_all_routes(mut self) -> Self {
        self.all_routes = true;
        self
    }

    /// Names the operations whose denials shadow mode only logs: at which stages, until when (`2027-06-30`) and why.
    #[must_use]
    pub fn with_shadow(mut self, operations: OperationSet<D>, stages: &[Stage], until: &str, reason: &str) -> Self {
        let shadow = AuditShadow { stages: stages.to_vec(), until: until.into(), reason: reason.into() };
        self.shadow = Some((shadow, operations));
        self
    }

    /// Says that answers explain denials to whoever is denied, which is for development alone.
    #[must_use]
    pub fn with_explained_denials(mut self) -> Self {
        self.explained_denials = true;
        self
    }

    /// Names something that the application accepts of its framework, for which operations, and why. An adapter would otherwise refuse to
    /// mount it.
    #[must_use]
    pub fn with_accepted(mut self, operations: OperationSet<D>, what: &str, reason: &str) -> Self {
        self.accepted.push((AuditAccepted { what: what.into(), reason: reason.into() }, operations));
        self
    }

    /// The audit as data.
    ///
    /// ```
    /// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
    /// # fn main() {
    /// let audit = policy::POLICY.audit().data();
    /// let open = audit.operations.iter().filter(|operation| operation.access != policy_core::Access::Required);
    /// assert_eq!(open.count(), 0, "every operation needs a caller");
    /// let scope = audit.scopes.iter().find(|scope| scope.name == "recordings:read");
    /// assert!(scope.is_some_and(|scope| !scope.operations.is_empty()));
    /// # }
    /// ```
    #[must_use]
    pub fn data(&self) -> AuditData {
        let policy = Policy::<D>::new();
        AuditData {
            title: policy.title(),
            version: policy.version(),
            source: policy.source(),
            fingerprint: policy.fingerprint(),
            check_order: policy.check_order(),
            overlays: D::DEFINITION.beside.overlays,
            removed: D::DEFINITION
                .beside
                .removed
                .iter()
                .map(|(operation, before)| AuditRemoved { operation, before })
                .collect(),
            operations: policy.operations().map(|operation| self.operation(operation)).collect(),
            scopes: policy.scopes().map(scope).collect(),
            scope_map: policy.scope_map().map(|entry| entry.mapping()).collect(),
            as_nobody: policy
                .schemes()
                .filter(|scheme| !scheme.as_nobody().is_empty())
                .map(|scheme| AuditAsNobody { scheme: scheme.name(), credentials: scheme.as_nobody() })
                .collect(),
            webhooks: policy.webhooks().map(AuditWebhook::of).collect(),
            unguarded: self.unguarded.clone(),
            shadow: self.shadow.as_ref().map(|(shadow, _)| shadow.clone()),
            explained_denials: self.explained_denials,
            accepted: self.accepted.iter().map(|(accepted, _)| accepted.clone()).collect(),
        }
    }

    fn operation(&self, operation: OperationRef<D>) -> AuditOperation {
        let definition = operation.definition();
        let beside = &D::DEFINITION.beside;
        AuditOperation {
            method: definition.method(),
            template: definition.template(),
            operation_id: definition.operation_id(),
            access: definition.access(),
            public_reason: Beside::of(beside.public, operation.index_u32()),
            before_overlays: Beside::of(beside.before, operation.index_u32()),
            alternatives: definition.requirement().alternatives().map(alternative::<D>).collect(),
            query: *definition.query(),
            pending: self.pending.iter().find(|(pending, _)| *pending == operation).map(|(_, reason)| reason.clone()),
            elsewhere: self.elsewhere.iter().find(|(other, _)| *other == operation).map(|(_, found)| found.clone()),
            shadow: self.shadow.as_ref().is_some_and(|(_, operations)| operations.contains(operation)),
            accepted: self
                .accepted
                .iter()
                .filter(|(_, operations)| operations.contains(operation))
                .map(|(accepted, _)| accepted.what.clone())
                .collect(),
        }
    }
}

fn alternative<D: Document>(alternative: Alternative<'static>) -> AlternativeFacts<&'static str> {
    if alternative.is_anonymous() {
        return AlternativeFacts::Anonymous;
    }
    let names =
        |scopes: &[u16]| scopes.iter().filter_map(|scope| Scope::<D>::at(*scope)).map(|scope| scope.name()).collect();
    let schemes = alternative.schemes().filter_map(|requirement| {
        let scheme: Scheme<D> = Scheme::at(requirement.scheme)?;
        Some((scheme.name(), names(requirement.scopes)))
    });
    AlternativeFacts::Credentials { schemes: schemes.collect(), extension: names(alternative.extension()) }
}

fn scope<D: Document>(scope: Scope<D>) -> AuditScope {
    AuditScope {
        name: scope.name(),
        description: scope.description(),
        declared: scope.is_declared(),
        operations: Policy::<D>::new().operations_naming(scope).map(|operation| operation.to_string()).collect(),
    }
}

/// [`Audit`] as data. With the feature `serde` it can be serialised.
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
    /// Whether answers explain denials to whoever is denied. It is for development alone.
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

impl AuditWebhook {
    fn of<D: Document>(webhook: Webhook<D>) -> Self {
        let policy = Policy::<D>::new();
        let minimal = |operations: &[OperationRef<D>]| -> Option<Vec<String>> {
            let least = policy.least_privilege(operations.iter().copied()).ok()?;
            Some(least.sets().iter().map(ScopeSet::to_string).collect())
        };
        let operations: Vec<_> = policy.follow_up(webhook).collect();
        Self {
            name: webhook.name(),
            follow_up: operations
                .iter()
                .map(|operation| AuditFollowUp {
                    operation: operation.to_string(),
                    minimal_scopes: minimal(&[*operation]).unwrap_or_default(),
                })
                .collect(),
            minimal_scopes: minimal(&operations),
        }
    }
}
