//! The documents in force, and which of them applies to a request.

use std::fmt;

use policy_core::unmatched::{BasePath, deciding_method};
use policy_http::run_time::Allowed;
use policy_spec::Routed;

use super::admitted::Admitted;
use super::answer;
use super::entry::PolicyEntry;
use super::evaluation::Evaluation;
use super::identity_headers::{IdentityHeaderFault, is_alias};
use super::selection::Selection;
use super::target::{check_form, check_size};
use crate::outcome::{Admission, Outcome};
use crate::proxied_request::ProxiedRequest;

/// The documents in force. By default there is none, and every request is denied.
#[derive(Debug, Default)]
pub struct PolicySet {
    entries: Vec<PolicyEntry>,
    /// The listeners whose askers may state the scopes of a subject.
    stated_at: Vec<String>,
}

impl PolicySet {
    /// These documents.
    ///
    /// # Errors
    /// Two documents apply to one request and neither is more specific; two have one name; or identity headers that cannot be used. All
    /// faults at once.
    pub fn new(entries: Vec<PolicyEntry>) -> Result<Self, SelectionError> {
        let mut faults = Vec::new();
        for (at, one) in entries.iter().enumerate() {
            if let Err(headers) = one.identity.check(one.assertion.as_ref().map(|assertion| assertion.header())) {
                faults.extend(headers.into_iter().map(|fault| Fault::Header(one.name.clone(), fault)));
            }
            if !std::ptr::eq(one.gate.policy().rules(), one.engine.policy()) {
                faults.push(Fault::OtherPolicy(one.name.clone()));
            }
            for other in entries.iter().take(at) {
                if one.name == other.name {
                    faults.push(Fault::RepeatedName(one.name.clone()));
                }
                if one.base_path() == other.base_path()
                    && one.selection.rank() == other.selection.rank()
                    && one.selection.overlaps(&other.selection)
                {
                    faults.push(Fault::Ambiguous {
                        first: other.name.clone(),
                        second: one.name.clone(),
                        base_path: one.base_path().to_owned(),
                        selection: one.selection.clone(),
                    });
                }
            }
        }
        if faults.is_empty() { Ok(Self { entries, stated_at: Vec::new() }) } else { Err(SelectionError { faults }) }
    }

    /// Lets whoever asks by these listeners state the scopes of a subject. It is for askers that have verified them: nothing here has.
    #[must_use]
    pub fn with_stated_scopes_at<L: Into<String>>(mut self, listeners: impl IntoIterator<Item = L>) -> Self {
        self.stated_at = listeners.into_iter().map(Into::into).collect();
        self
    }

    /// The documents.
    #[must_use]
    pub fn entries(&self) -> &[PolicyEntry] {
        &self.entries
    }

    pub(super) fn accepts_stated_scopes(&self, listener: &str) -> bool {
        self.stated_at.iter().any(|one| one == listener)
    }

    /// Decides about one request that came by the listener of this name.
    pub async fn decide(&self, listener: &str, request: &ProxiedRequest) -> Outcome {
        match self.entry_for(listener, request) {
            Ok(entry) => entry.decide(request).await,
            Err(denied) => denied,
        }
    }

    /// Decides whether a subject may do something.
    pub async fn evaluate(&self, listener: &str, evaluation: &Evaluation) -> Outcome {
        super::evaluation::evaluate(self, listener, evaluation).await
    }

    /// The document that applies, where the request is one that a policy may see.
    fn entry_for(&self, listener: &str, request: &ProxiedRequest) -> Result<&PolicyEntry, Outcome> {
        check_form(request)?;
        let entry = self.selected(listener, request).ok_or_else(answer::no_document)?;
        check_size(entry, request)?;
        let is_alias = |field: &http::HeaderName| entry.trusted().any(|name| is_alias(field.as_str(), name.as_str()));
        if request.headers.keys().any(is_alias) {
            return Err(answer::bad("aliased_header", "a header field has a name that servers take for another"));
        }
        Ok(entry)
    }

    fn selected(&self, listener: &str, request: &ProxiedRequest) -> Option<&PolicyEntry> {
        let (value, host) = (request.document.as_deref(), request.host.as_deref());
        let accepts = |entry: &&PolicyEntry| entry.selection.accepts(listener, value, host);
        let accepting = || self.entries.iter().filter(accepts);
        let most_specific = |entry: &&PolicyEntry| (entry.selection.rank(), entry.base_path().len());
        let path = request.path();
        if let Some(entry) = accepting().filter(|entry| is_below(entry.base_path(), path)).max_by_key(most_specific) {
            return Some(entry);
        }
        // No document has the path. The only one that could answers as a guard does, and so does one whose base path some reader could
        // find in the path.
        let mut all = accepting();
        match (all.next(), all.next()) {
            (Some(sole), None) => Some(sole),
            _ => accepting().filter(|entry| BasePath::new(entry.base_path()).contains(path)).max_by_key(most_specific),
        }
    }
}

/// Whether a path is below a base path as it was sent: byte by byte, and as whole segments.
fn is_below(base: &str, path: &str) -> bool {
    path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl PolicyEntry {
    async fn decide(&self, request: &ProxiedRequest) -> Outcome {
        let decision = tokio::time::timeout(self.limits.longest_decision, self.decide_in_time(request));
        decision.await.unwrap_or_else(|_| {
            tracing::warn!(target: "policy", document = self.name, "a decision took too long; the request is denied");
            answer::unavailable()
        })
    }

    async fn decide_in_time(&self, request: &ProxiedRequest) -> Outcome {
        let (engine, gate) = (&*self.engine, &self.gate);
        let allowed = match engine.route(&request.method, request.path()) {
            Routed::Operation { operation, .. } => gate.admit(operation, request).await,
            Routed::NotFound => Err(gate.not_found(request).await),
            Routed::MethodNotAllowed(methods) => {
                let allow = gate.allow(methods);
                let deciding = deciding_method(&request.method);
                match deciding.map(|method| engine.route(method, request.path())) {
                    Some(Routed::Operation { operation, .. }) => gate.admit_head(operation, request, &allow).await,
                    _ => Err(gate.method_not_allowed(request, &allow).await),
                }
            }
        };
        match allowed {
            Ok(allowed) => self.admission(request, &allowed),
            Err(response) => answer::by_policy(response),
        }
    }

    /// What the upstream is told of an allowed request.
    fn admission(&self, request: &ProxiedRequest, allowed: &Allowed<'_>) -> Outcome {
        let admitted = Admitted {
            document: &self.name,
            public_origin: self.public_origin.as_deref(),
            request,
            operation: allowed.operation,
            caller: allowed.caller.as_ref(),
        };
        let Some(mut set) = self.identity.of(&admitted) else {
            tracing::error!(
                target: "policy",
                document = self.name,
                "what is known of a caller cannot be written into an identity header; the request is denied"
            );
            return answer::unavailable();
        };
        if let Some(assertion) = &self.assertion {
            match assertion.assert(&admitted) {
                Ok(value) => {
                    set.insert(assertion.header().clone(), value);
                }
                Err(error) => {
                    tracing::error!(target: "policy", document = self.name, %error, "an assertion could not be made");
                    return answer::unavailable();
                }
            }
        }
        let remove = self.removed.iter().filter(|name| !set.contains_key(*name)).cloned().collect();
        Outcome::Allowed(Admission { set, remove })
    }
}

/// Why documents cannot be in force together. Displays every fault, one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectionError {
    faults: Vec<Fault>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    RepeatedName(String),
    OtherPolicy(String),
    Header(String, IdentityHeaderFault),
    Ambiguous { first: String, second: String, base_path: String, selection: Selection },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RepeatedName(name) => write!(f, "two documents have the name `{name}`; give each its own"),
            Self::OtherPolicy(name) => {
                write!(f, "the gate of the document `{name}` decides by another policy than its engine's")
            }
            Self::Header(name, fault) => write!(f, "the document `{name}`: {fault}"),
            Self::Ambiguous { first, second, base_path, selection } => {
                let base_path = if base_path.is_empty() { "/" } else { base_path };
                write!(
                    f,
                    "the documents `{first}` and `{second}` both apply below `{base_path}` ({selection}), and neither is more specific; \
                     give them different base paths, listeners, values or hosts"
                )
            }
        }
    }
}

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.faults.iter().enumerate() {
            write!(f, "{}{fault}", if at == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for SelectionError {}
