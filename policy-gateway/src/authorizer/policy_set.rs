//! The documents in force, and which of them applies to a request.

use std::fmt;

use policy_core::owned::OwnedOperation;
use policy_core::unmatched::{BasePath, deciding_method};
use policy_http::run_time::Allowed;
use policy_spec::Routed;

use super::admitted::Admitted;
use super::answer;
use super::entry::PolicyEntry;
use super::evaluation::Evaluation;
use super::identity_headers::{IdentityHeaderFault, is_alias};
use super::readers::readings;
use super::second_words;
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
            Ok(entry) => entry.decide(request, self.readers_agree(entry, listener, request)).await,
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
        if second_words::overrides(&request.headers) {
            return Err(answer::bad("overriding_header", "a header field names another method or path"));
        }
        if second_words::tunnels(&request.headers) {
            return Err(answer::bad("tunnelling_header", "an upgrade to this protocol would lead past the check"));
        }
        if second_words::drops(&request.headers, entry.trusted()) {
            return Err(answer::bad("dropped_header", "`Connection` names a header field that is not the client's"));
        }
        Ok(entry)
    }

    fn selected(&self, listener: &str, request: &ProxiedRequest) -> Option<&PolicyEntry> {
        let path = request.path();
        if let Some(entry) = self.below(listener, request, path, strip_exactly) {
            return Some(entry);
        }
        // No document has the path. The only one that could answers as a guard does, and so does one whose base path some reader could
        // find in the path.
        let (value, host) = (request.document.as_deref(), request.host.as_deref());
        let accepting = || self.entries.iter().filter(|entry| entry.selection.accepts(listener, value, host));
        let mut all = accepting();
        match (all.next(), all.next()) {
            (Some(sole), None) => Some(sole),
            _ => accepting().filter(|entry| BasePath::new(entry.base_path()).contains(path)).max_by_key(most_specific),
        }
    }

    /// The most specific document whose base path the path begins with, as whole segments.
    fn below(
        &self,
        listener: &str,
        request: &ProxiedRequest,
        path: &str,
        strip: for<'p> fn(&'p str, &str) -> Option<&'p str>,
    ) -> Option<&PolicyEntry> {
        let is_below = |entry: &&PolicyEntry| {
            strip(path, entry.base_path()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let entries = self.entries.iter();
        let (value, host) = (request.document.as_deref(), request.host.as_deref());
        let accepts = |entry: &&PolicyEntry| entry.selection.accepts(listener, value, host);
        entries.filter(accepts).filter(is_below).max_by_key(most_specific)
    }

    /// Whether a server that reads the path in another way leads the request to the same document.
    fn readers_agree(&self, entry: &PolicyEntry, listener: &str, request: &ProxiedRequest) -> bool {
        let Some(readings) = readings(request.path()) else { return false };
        let is_same = |found: Option<&PolicyEntry>| found.is_none_or(|found| std::ptr::eq(found, entry));
        // Where two documents have base paths that differ only in case, the servers behind them tell case apart.
        let is_twin = |found: Option<&PolicyEntry>| {
            found.is_some_and(|found| {
                let (one, other) = (found.base_path(), entry.base_path());
                one != other && one.eq_ignore_ascii_case(other)
            })
        };
        readings.iter().map(String::as_str).chain([request.path()]).all(|path| {
            let in_any_case = self.below(listener, request, path, strip_in_any_case);
            is_same(self.below(listener, request, path, strip_exactly))
                && (is_same(in_any_case) || is_twin(in_any_case))
        })
    }
}

fn most_specific(entry: &&PolicyEntry) -> ((bool, bool), usize) {
    (entry.selection.rank(), entry.base_path().len())
}

fn strip_exactly<'p>(path: &'p str, base: &str) -> Option<&'p str> {
    path.strip_prefix(base)
}

/// The same for readers that take upper case for lower.
fn strip_in_any_case<'p>(path: &'p str, base: &str) -> Option<&'p str> {
    let (begin, rest) = path.split_at_checked(base.len())?;
    begin.eq_ignore_ascii_case(base).then_some(rest)
}

impl PolicyEntry {
    /// Decides, where each reader of the path comes to this document.
    async fn decide(&self, request: &ProxiedRequest, readers_agree: bool) -> Outcome {
        let decision = tokio::time::timeout(self.limits.longest_decision, self.decide_in_time(request, readers_agree));
        decision.await.unwrap_or_else(|_| {
            tracing::warn!(target: "policy", document = self.name, "a decision took too long; the request is denied");
            answer::unavailable()
        })
    }

    async fn decide_in_time(&self, request: &ProxiedRequest, readers_agree: bool) -> Outcome {
        let (engine, gate) = (&*self.engine, &self.gate);
        let is_one = |operation: OwnedOperation<'_>| readers_agree && self.is_one_for_all_readers(operation, request);
        let allowed = match engine.route(&request.method, request.path()) {
            Routed::Operation { operation, .. } if !is_one(operation) => Err(gate.not_found(request).await),
            Routed::Operation { operation, .. } => gate.admit(operation, request).await,
            Routed::NotFound => Err(gate.not_found(request).await),
            Routed::MethodNotAllowed(methods) => {
                let allow = gate.allow(methods);
                let deciding = deciding_method(&request.method);
                match deciding.map(|method| engine.route(method, request.path())) {
                    Some(Routed::Operation { operation, .. }) if !is_one(operation) => {
                        Err(gate.not_found(request).await)
                    }
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

    /// Whether a server that reads the path in another way finds the same operation.
    fn is_one_for_all_readers(&self, operation: OwnedOperation<'_>, request: &ProxiedRequest) -> bool {
        let (index, method) = (operation.index(), operation.method());
        let finds = |path: &str| matches!(self.engine.route(method, path), Routed::Operation { operation, .. } if operation.index() == index);
        let finds_in_any_case =
            |path: &str| self.folded.as_ref().is_none_or(|folded| folded.finds(index, method, path));
        let readings = readings(request.path()).unwrap_or_default();
        finds_in_any_case(request.path()) && readings.iter().all(|path| finds(path) && finds_in_any_case(path))
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
