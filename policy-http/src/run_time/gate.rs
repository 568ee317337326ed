//! The gate itself.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use http::{HeaderValue, Response};
use policy_core::owned::{Grant, OwnedOperation, Request};
use policy_core::unmatched::{BasePath, Unmatched};
use policy_core::{Access, AuthenticationFailure, EnablementFailure, Stage};

use super::Policy;
use super::authenticator::{Authenticator, Authenticators};
use super::caller::Caller;
use super::denied::Denied;
use super::enablement::Enablement;
use super::log::{Decided, Decision};
use super::options::Options;
use crate::answers::answer_unmatched;
use crate::credential_fault::{CredentialFault, Refused};
use crate::head::Head;
use crate::identify::{identify_anywhere, identify_evenly};

/// Everything by which requests for one policy are decided: who verifies credentials, what is enabled, and what the operator chose.
///
/// Whoever has it finds the operation of a request and asks [`admit`](Self::admit), or for a request that reaches none
/// [`not_found`](Self::not_found) and [`method_not_allowed`](Self::method_not_allowed). Its answers are complete.
pub struct Gate {
    policy: Policy,
    authenticators: Vec<Option<Arc<dyn Authenticator>>>,
    enablement: Arc<dyn Enablement>,
    options: Options,
}

/// A request that was allowed.
#[derive(Debug)]
#[must_use = "an allowed request is still to be forwarded"]
pub struct Allowed<'g> {
    /// Its operation. For a HEAD that GET's policy decided, it is GET's.
    pub operation: OwnedOperation<'g>,
    /// Its caller. `None` for an anonymous one.
    pub caller: Option<Caller>,
    /// The stage that denied the request before shadow mode let it through.
    pub would_deny: Option<Stage>,
}

/// Whom a request comes from, or why nobody is known.
type Found = Result<Option<Caller>, Refused>;

impl Gate {
    /// A gate without authenticators: every credential is refused. If shadow mode is on, a line in the log says so.
    #[must_use]
    pub fn new(policy: Policy, enablement: Arc<dyn Enablement>, options: Options) -> Self {
        for shadow in &options.shadows {
            shadow.announce(&*options.clock);
        }
        options.explanations.announce();
        let authenticators = policy.rules.schemes().map(|_| None).collect();
        Self { policy, authenticators, enablement, options }
    }

    /// Who verifies the credentials of the scheme with this name.
    ///
    /// # Errors
    /// The policy has no such scheme.
    pub fn authenticator(mut self, scheme: &str, authenticator: Arc<dyn Authenticator>) -> Result<Self, UnknownScheme> {
        let index = self.policy.rules.scheme(scheme).map(|scheme| scheme.index());
        let own = index.and_then(|index| self.authenticators.get_mut(index));
        *own.ok_or_else(|| UnknownScheme(scheme.to_owned()))? = Some(authenticator);
        Ok(self)
    }

    /// The schemes whose credentials nobody verifies, so that each is refused.
    pub fn unhandled(&self) -> impl Iterator<Item = &str> {
        let all = self.policy.rules.schemes().zip(&self.authenticators);
        all.filter(|(_, authenticator)| authenticator.is_none()).map(|(name, _)| name)
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Decides a request for an operation of the policy.
    ///
    /// # Errors
    /// The complete answer, if the request is denied.
    pub async fn admit<'g>(
        &'g self,
        operation: OwnedOperation<'g>,
        head: &impl Head,
    ) -> Result<Allowed<'g>, Response<String>> {
        let started = self.started();
        let found = self.caller(operation, head).await;
        self.decide(operation, found, head.query(), started).await
    }

    /// Decides a HEAD request where the document declares only GET, whose policy decides. A caller who passes is answered 405 with these
    /// methods, unless [`Options::head_runs_get`] was chosen.
    ///
    /// # Errors
    /// The complete answer, if the request is denied.
    pub async fn admit_head<'g>(
        &'g self,
        get: OwnedOperation<'g>,
        head: &impl Head,
        allow: &HeaderValue,
    ) -> Result<Allowed<'g>, Response<String>> {
        if self.options.head_runs_get {
            return self.admit(get, head).await;
        }
        let started = self.started();
        let found = self.caller(get, head).await;
        let (caller, fault) = split(found);
        let grants = granted(&caller);
        let grants = grants.as_ref().map(|grants| grants.as_deref()).map_err(|failure| *failure);
        let known = caller.as_ref().ok().and_then(Option::as_ref);
        let denied = self.denied(get, grants, known, head.query()).await;
        let unmatched = Unmatched::MethodNotAllowed;
        match &denied {
            None => self.record(Decided::Unmatched(unmatched, Some(get), known), None, head.query(), started),
            Some(denied) if self.covers(denied) => {
                self.record(Decided::WouldDeny(denied), fault, head.query(), started);
            }
            Some(denied) => return Err(self.refuse(denied, fault, head.query(), started)),
        }
        Err(answer_unmatched(None, unmatched, Some(allow)))
    }

    /// The answer to a path that no template matches. Below the policy's base path, only an authenticated caller learns that.
    pub async fn not_found(&self, head: &impl Head) -> Response<String> {
        self.unmatched(Unmatched::NotFound, head, None).await
    }

    /// The answer to a method that the template does not serve. `allow` names those that it does. Only an authenticated caller learns it.
    pub async fn method_not_allowed(&self, head: &impl Head, allow: &HeaderValue) -> Response<String> {
        self.unmatched(Unmatched::MethodNotAllowed, head, Some(allow)).await
    }

    /// Decides whether somebody who is known could call an operation. Everything is asked but the query. `None` is nobody who is known.
    ///
    /// # Errors
    /// The complete answer, if a request would be denied.
    pub async fn could_call<'g>(
        &'g self,
        operation: OwnedOperation<'g>,
        caller: Result<Option<Caller>, CredentialFault>,
    ) -> Result<Allowed<'g>, Response<String>> {
        let found = if operation.access() == Access::Public { Ok(None) } else { caller.map_err(Refused::from) };
        self.decide(operation, found, None, self.started()).await
    }

    /// [`could_call`](Self::could_call), for whoever presents the credentials of this head.
    ///
    /// # Errors
    /// The complete answer, if a request would be denied.
    pub async fn could_call_with<'g>(
        &'g self,
        operation: OwnedOperation<'g>,
        head: &impl Head,
    ) -> Result<Allowed<'g>, Response<String>> {
        let started = self.started();
        let found = self.caller(operation, head).await;
        self.decide(operation, found, None, started).await
    }

    /// The value of `Allow` for a path whose operations have these methods (RFC 9110, section 10.2.1).
    #[must_use]
    pub fn allow<'m>(&self, methods: impl Iterator<Item = &'m str>) -> HeaderValue {
        let mut names: Vec<&str> = methods.collect();
        if self.options.head_runs_get && names.contains(&"GET") && !names.contains(&"HEAD") {
            names.push("HEAD");
        }
        HeaderValue::try_from(names.join(", ")).unwrap_or(HeaderValue::from_static(""))
    }

    /// The time of the gate's clock, in seconds since the Unix epoch.
    #[must_use]
    pub fn unix_seconds(&self) -> u64 {
        self.options.clock.unix_seconds()
    }

    /// Whom the request comes from, by the schemes of the operation.
    async fn caller(&self, operation: OwnedOperation<'_>, head: &impl Head) -> Found {
        if operation.access() == Access::Public {
            return Ok(None);
        }
        let authenticators = self.authenticators();
        identify_evenly(&*self.policy.rules, Some(operation), head, &authenticators, &*self.options.clock).await
    }

    fn authenticators(&self) -> Authenticators<'_> {
        Authenticators { by_scheme: &self.authenticators, clock: &*self.options.clock }
    }

    async fn decide<'g>(
        &'g self,
        operation: OwnedOperation<'g>,
        found: Found,
        query: Option<&str>,
        started: Option<Instant>,
    ) -> Result<Allowed<'g>, Response<String>> {
        let (caller, fault) = split(found);
        let (would_deny, keeps_caller) = {
            let grants = granted(&caller);
            let grants = grants.as_ref().map(|grants| grants.as_deref()).map_err(|failure| *failure);
            let known = caller.as_ref().ok().and_then(Option::as_ref);
            match self.denied(operation, grants, known, query).await {
                None => {
                    self.record(Decided::Allowed(operation, known), None, query, started);
                    (None, true)
                }
                Some(denied) if self.covers(&denied) => {
                    self.record(Decided::WouldDeny(&denied), fault, query, started);
                    (Some(denied.stage), denied.caller.is_some())
                }
                Some(denied) => return Err(self.refuse(&denied, fault, query, started)),
            }
        };
        Ok(Allowed { operation, caller: caller.ok().flatten().filter(|_| keeps_caller), would_deny })
    }

    /// Why a request is denied, if it is.
    ///
    /// What is enabled is asked only about a caller who came so far. So the stages are asked twice: once with an enablement that does not
    /// respond, which shows whether it matters, and then with its answer.
    async fn denied<'d>(
        &'d self,
        operation: OwnedOperation<'d>,
        granted: Result<Option<&'d [Grant<'d>]>, AuthenticationFailure>,
        caller: Option<&'d Caller>,
        query: Option<&'d str>,
    ) -> Option<Denied<'d>> {
        let unknown = Request { caller: granted, enabled: Err(EnablementFailure::Unavailable), query };
        let mut decision = operation.decide(&unknown);
        if let (Some((Stage::Enablement, _)), Some(caller)) = (decision.denial(), caller) {
            let enabled = self.enablement.is_enabled(caller, operation).await;
            decision = operation.decide(&Request { enabled, ..unknown });
        }
        Denied::of(&decision, caller)
    }

    fn covers(&self, denied: &Denied<'_>) -> bool {
        self.options.shadows.iter().any(|shadow| shadow.covers(denied, &*self.options.clock))
    }

    async fn unmatched(&self, unmatched: Unmatched, head: &impl Head, allow: Option<&HeaderValue>) -> Response<String> {
        if unmatched.is_hidden(BasePath::new(&self.policy.base_path), head.path()) {
            let (started, query) = (self.started(), head.query());
            let authenticators = self.authenticators();
            match identify_anywhere(&*self.policy.rules, head, &authenticators, &*self.options.clock).await {
                Ok(caller) => self.record(Decided::Unmatched(unmatched, None, caller.as_ref()), None, query, started),
                Err(Refused { failure, fault }) => {
                    let denied = Denied::unauthenticated(&self.policy.rules, failure);
                    return self.refuse(&denied, fault, query, started);
                }
            }
        }
        answer_unmatched(None, unmatched, allow)
    }

    /// When the decision began. `None` if no log measures latency.
    fn started(&self) -> Option<Instant> {
        self.options.log.measures().then(|| self.options.clock.instant())
    }

    fn refuse(
        &self,
        denied: &Denied<'_>,
        fault: Option<CredentialFault>,
        query: Option<&str>,
        started: Option<Instant>,
    ) -> Response<String> {
        self.record(Decided::Denied(denied), fault, query, started);
        let mut answer = self.options.wording.denial(None, denied);
        self.options.explanations.explain(&mut answer, denied, fault);
        answer
    }

    fn record(
        &self,
        decided: Decided<'_>,
        fault: Option<CredentialFault>,
        query: Option<&str>,
        started: Option<Instant>,
    ) {
        let (policy, clock) = (&self.policy, &*self.options.clock);
        self.options.log.record(&Decision { policy, decided, fault, query, started, clock });
    }
}

/// What the schemes granted, as the stages take it.
fn granted(
    caller: &Result<Option<Caller>, AuthenticationFailure>,
) -> Result<Option<Vec<Grant<'_>>>, AuthenticationFailure> {
    caller.as_ref().map(|caller| caller.as_ref().map(Caller::granted)).map_err(|failure| *failure)
}

fn split(found: Found) -> (Result<Option<Caller>, AuthenticationFailure>, Option<CredentialFault>) {
    match found {
        Ok(caller) => (Ok(caller), None),
        Err(Refused { failure, fault }) => (Err(failure), fault),
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("policy", &self.policy).field("options", &self.options).finish_non_exhaustive()
    }
}

/// The policy has no security scheme of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownScheme(pub String);

impl fmt::Display for UnknownScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the document has no security scheme `{}`", self.0.escape_debug())
    }
}

impl std::error::Error for UnknownScheme {}
