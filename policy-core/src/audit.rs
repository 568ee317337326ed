//! The report that reviewers sign off: who may call what. It is plain text, and stable for snapshots and diffs.

mod data;
mod text;

pub use data::{
    AuditAccepted, AuditAsNobody, AuditData, AuditElsewhere, AuditFollowUp, AuditOperation, AuditRemoved, AuditScope,
    AuditShadow, AuditUnguarded, AuditWebhook,
};

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::date::Date;
use crate::definition::Beside;
use crate::handler_list::Elsewhere;
use crate::operation_set::OperationSet;
use crate::owned::AlternativeFacts;
use crate::policy::{Document, OperationRef, Policy, Scheme, Scope};
use crate::requirement::Alternative;
use crate::scope::ScopeSet;
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

    /// Adds an operation that the application serves by routes of its own, where nothing is checked. By `today` the audit knows whether
    /// its last day is over.
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

    /// Says that answers explain denials to the callers. That is for development alone.
    #[must_use]
    pub fn with_explained_denials(mut self) -> Self {
        self.explained_denials = true;
        self
    }

    /// Names a behaviour of the framework that the application accepts, for which operations, and why. The adapter would not mount these
    /// operations otherwise.
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
