//! Questions about an operation rather than a request (AuthZEN Authorization API 1.0, section 5).

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{HeaderMap, StatusCode};
use policy_core::owned::OwnedOperation;
use policy_core::{Identity, is_scope_token};
use policy_http::run_time::Caller;
use policy_http::{CredentialFault, StoredKey, Unavailable, Verified};

use super::answer;
use super::entry::PolicyEntry;
use super::policy_set::PolicySet;
use crate::outcome::{Admission, Outcome};
use crate::proxied_request::ProxiedRequest;

/// A question about an operation.
#[derive(Debug)]
pub struct Evaluation {
    /// Which document applies, where the asker says so.
    pub document: Option<String>,
    /// The method: the name of the action.
    pub method: String,
    /// The path template, as the document has it, without the base path: the id of the resource.
    pub template: String,
    /// Who would call.
    pub subject: Subject,
}

/// Who would call.
#[derive(Debug)]
pub enum Subject {
    /// Nobody who is known.
    Nobody,
    /// Whoever presents these header fields, as a request would.
    Presents(HeaderMap),
    /// The key with this public id, as the store has it. No secret is compared.
    Stored(String),
    /// Whoever the asker says holds these scopes by these schemes. It counts only where the listener allows it.
    Stated(Vec<(String, Vec<String>)>),
}

/// Knows the callers that are stored for a scheme, by the public id of their credential.
pub trait StoredCallers: Send + Sync + 'static {
    /// The stored key with this id, whatever its state.
    ///
    /// # Errors
    /// The store cannot be asked.
    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<StoredKey>, Unavailable>>;
}

impl fmt::Debug for dyn StoredCallers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredCallers")
    }
}

/// Decides by every stage but the query, which a question about an operation has none of.
pub(super) async fn evaluate(set: &PolicySet, listener: &str, evaluation: &Evaluation) -> Outcome {
    let Evaluation { document, method, template, subject } = evaluation;
    let accepts = |entry: &&PolicyEntry| entry.selection.accepts_evaluation(listener, document.as_deref());
    let mut found =
        set.entries().iter().filter(accepts).filter_map(|entry| Some((entry, entry.operation(method, template)?)));
    let (entry, operation) = match (found.next(), found.next()) {
        (Some(found), None) => found,
        (None, _) => return answer::no_document(),
        (Some(_), Some(_)) => {
            return answer::bad("ambiguous_operation", "several documents have this operation; name one");
        }
    };
    if matches!(subject, Subject::Stated(_)) && !set.accepts_stated_scopes(listener) {
        return answer::denied(
            StatusCode::FORBIDDEN,
            "stated_scopes_refused",
            "scopes that are stated do not count here",
        );
    }
    let decision = tokio::time::timeout(entry.limits.longest_decision, entry.could_call(operation, subject));
    decision.await.unwrap_or_else(|_| answer::unavailable())
}

impl PolicyEntry {
    /// The operation with exactly this method and template.
    fn operation(&self, method: &str, template: &str) -> Option<OwnedOperation<'_>> {
        let (_, index) = self.by_template.get(template)?.iter().find(|(own, _)| own == method)?;
        self.engine.policy().operation(*index)
    }

    async fn could_call(&self, operation: OwnedOperation<'_>, subject: &Subject) -> Outcome {
        let allowed = match subject {
            Subject::Presents(headers) => {
                let request = ProxiedRequest {
                    method: operation.method().to_owned(),
                    target: operation.template().to_owned(),
                    host: None,
                    headers: headers.clone(),
                    document: None,
                };
                self.gate.could_call_with(operation, &request).await
            }
            Subject::Nobody => self.gate.could_call(operation, Ok(None)).await,
            Subject::Stored(id) => self.gate.could_call(operation, self.stored(id).await.map(Some)).await,
            Subject::Stated(grants) => self.gate.could_call(operation, self.stated(grants)).await,
        };
        match allowed {
            Ok(_) => Outcome::Allowed(Admission::default()),
            Err(response) => answer::by_policy(response),
        }
    }

    /// The caller that is stored with this id. One that several schemes know is nobody's: which is meant is not said.
    async fn stored(&self, id: &str) -> Result<Caller, CredentialFault> {
        if self.stored.is_empty() {
            return Err(CredentialFault::UnhandledScheme);
        }
        let mut caller = None;
        for (scheme, callers) in &self.stored {
            let found = callers.find(id).await.map_err(|error| {
                tracing::error!(target: "policy", credential_id = id, %error, "a stored caller could not be looked up");
                CredentialFault::StoreUnavailable
            })?;
            let Some(key) = found else { continue };
            let now = self.gate.unix_seconds();
            let verified = Verified::of_stored_key(id, Arc::new(key), now)?;
            if caller.replace(Caller::new(&verified, self.engine.policy(), *scheme, now)?).is_some() {
                return Err(CredentialFault::SeveralCallers);
            }
        }
        caller.ok_or(CredentialFault::UnknownKeyId)
    }

    /// The caller of whom the asker states these scopes, by scheme. Nobody without a scheme.
    fn stated(&self, grants: &[(String, Vec<String>)]) -> Result<Option<Caller>, CredentialFault> {
        let (policy, now) = (self.engine.policy(), self.gate.unix_seconds());
        let mut caller: Option<Caller> = None;
        for (scheme, scopes) in grants {
            let scheme = policy.scheme(scheme).ok_or(CredentialFault::UnhandledScheme)?;
            // One name with a space in it would be joined to two.
            if !scopes.iter().all(|scope| is_scope_token(scope)) {
                return Err(CredentialFault::IllFormedScopes);
            }
            let verified = Verified::new(Identity::new("stated"), scopes.join(" "));
            let one = Caller::new(&verified, policy, scheme, now)?;
            caller = Some(match caller.take() {
                None => one,
                Some(caller) => caller.merge(one).map_err(|_| CredentialFault::SeveralCallers)?,
            });
        }
        Ok(caller)
    }
}
