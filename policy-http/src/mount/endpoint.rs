//! The endpoint of a template. A request arrives there, and either its handler may run or the endpoint gives the answer. There is no other
//! way to a handler.

use std::fmt;
use std::sync::Arc;

use http::{HeaderValue, Method, Response};
use policy_core::unmatched::deciding_method;
use policy_core::{Allowed, Document, OperationRef};

use super::slot::Slot;
use super::template::Parameters;
use crate::added_headers::AddedHeaders;
use crate::authenticator::Authenticator;
use crate::enablement::Enablement;
use crate::gate::Gate;
use crate::head::Head;

/// What serves one method of a template.
pub(super) enum Target<D, H> {
    /// The handler of an operation.
    Handler(OperationRef<D>, H),
    /// An operation that has no handler yet.
    Pending(OperationRef<D>),
    /// What serves an operation that is left to the application.
    Elsewhere(Arc<H>),
    /// A handler outside the policy.
    Unguarded(H),
}

/// One method of a template.
pub(super) struct MethodEntry<D, H> {
    pub(super) method: Method,
    pub(super) target: Target<D, H>,
}

/// What a request's path and method lead to.
enum Matched<'e, D, H> {
    /// An operation, whose policy decides.
    Operation(OperationRef<D>, AfterDecision<'e, H>),
    /// A handler outside the policy, or the application. True if the request is HEAD and the handler is GET's.
    Unguarded(&'e H, bool),
    /// The template does not match after all: a parameter is empty.
    NotFound,
    /// The template has no such method.
    MethodNotAllowed,
    /// It was a preflight, and this is the answer.
    Answered(Response<String>),
}

/// What happens if the operation's decision allows the request.
enum AfterDecision<'e, H> {
    /// Its handler runs.
    Run(&'e H),
    /// The request is HEAD, and the handler of GET runs.
    RunForHead(&'e H),
    /// The request is HEAD, and only GET is served: 405.
    HeadNotServed,
    /// The operation is pending: 403.
    NoHandler,
}

/// One template of the document with all its methods. The framework routes a request here by its path, and [`admit`](Self::admit) does the
/// rest.
pub struct Endpoint<D: Document, A, E, H> {
    gate: Arc<Gate<D, A, E>>,
    template: String,
    methods: Vec<MethodEntry<D, H>>,
    parameters: Parameters,
    allow: HeaderValue,
    /// Whether HEAD runs the handler of GET: the application allowed it, or the handler is outside the policy.
    head_runs_get: bool,
}

/// A request that was allowed: its handler may run.
#[must_use = "the handler is still to be run"]
pub struct Admitted<'e, D: Document, H> {
    /// The handler to run.
    pub handler: &'e H,
    /// Whether the request is HEAD and the handler is GET's. Then the body is not sent, and `Content-Length` says how long it would be
    /// (RFC 9110, section 9.3.2).
    pub without_body: bool,
    allowed: Option<Allowed<D>>,
    owed: AddedHeaders,
}

impl<D, A, E, H> Endpoint<D, A, E, H>
where
    D: Document,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    pub(super) fn new(
        gate: Arc<Gate<D, A, E>>,
        template: String,
        methods: Vec<MethodEntry<D, H>>,
        head_runs_get: bool,
    ) -> Self {
        let parameters = Parameters::of(&template);
        let head_runs_get = head_runs_get || has_unguarded_get(&methods);
        let allow = allow(&methods, head_runs_get);
        Self { gate, template, methods, parameters, allow, head_runs_get }
    }

    /// The template as the document has it. The adapter mounts the endpoint there, in the syntax of its framework.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.template
    }

    /// The methods that are served. HEAD is among them if the handler of GET answers it.
    ///
    /// A framework that routes by method must send every other method here as well.
    pub fn methods(&self) -> impl Iterator<Item = Method> + '_ {
        self.methods.iter().map(|entry| entry.method.clone()).chain(self.head_runs_get.then_some(Method::HEAD))
    }

    /// The value of `Allow` in a 405 (RFC 9110, section 10.2.1): the [methods](Self::methods).
    #[must_use]
    pub fn allow(&self) -> &HeaderValue {
        &self.allow
    }

    /// The gate. It is for a request that the framework rewrote before it routed it here. Such a request is answered by
    /// [`not_found`](Gate::not_found) or [`method_not_allowed`](Gate::method_not_allowed).
    #[must_use]
    pub fn gate(&self) -> &Gate<D, A, E> {
        &self.gate
    }

    /// The operations of the template.
    pub fn operations(&self) -> impl Iterator<Item = OperationRef<D>> + '_ {
        self.methods.iter().filter_map(|entry| match entry.target {
            Target::Handler(operation, _) | Target::Pending(operation) => Some(operation),
            Target::Elsewhere(_) | Target::Unguarded(_) => None,
        })
    }

    /// What serves the operation of a preflight, where that is left to the application: who serves a method says from where it may
    /// be called (Fetch standard, section 3.2.2).
    #[must_use]
    pub fn preflight_elsewhere(&self, head: &impl Head) -> Option<&H> {
        if head.method() != "OPTIONS" {
            return None;
        }
        let requested = head.header("access-control-request-method").next()?;
        match self.target(std::str::from_utf8(requested).ok()?)? {
            Target::Elsewhere(application) if self.target("OPTIONS").is_none() => Some(application),
            _ => None,
        }
    }

    /// Decides a request whose path matches the template.
    ///
    /// # Errors
    /// The complete answer, if no handler is to run. It is sent unchanged.
    pub async fn admit(&self, head: &impl Head) -> Result<Admitted<'_, D, H>, Response<String>> {
        let matched = match self.matched(head) {
            Matched::Operation(operation, then) => Ok((operation, then)),
            Matched::Unguarded(handler, without_body) => return Ok(Admitted::unguarded(handler, without_body)),
            Matched::NotFound => Err(None),
            Matched::MethodNotAllowed => Err(Some(&self.allow)),
            Matched::Answered(answer) => return Err(answer),
        };
        // This future waits in two places. Each further one would make it larger.
        let (operation, then) = match matched {
            Ok(matched) => matched,
            Err(allow) => return Err(self.gate.unmatched(head, allow).await),
        };
        let started = self.gate.started();
        let outcome = self.gate.decide(operation, head).await;
        let (handler, without_body) = match then {
            AfterDecision::Run(handler) => (handler, false),
            AfterDecision::RunForHead(handler) => (handler, true),
            AfterDecision::NoHandler => return Err(self.gate.without_handler(head, outcome, started)),
            AfterDecision::HeadNotServed => {
                return Err(self.gate.head_not_served(head, outcome, started, &self.allow));
            }
        };
        let (allowed, owed) = self.gate.admitted(head, outcome, started)?;
        Ok(Admitted { handler, without_body, allowed: Some(allowed), owed })
    }

    /// What the request's path and method lead to. Nothing is decided yet.
    fn matched(&self, head: &impl Head) -> Matched<'_, D, H> {
        if self.parameters.any_empty(head.path()) {
            return Matched::NotFound;
        }
        if let Some(application) = self.preflight_elsewhere(head) {
            return Matched::Unguarded(application, false);
        }
        if let Some(answer) = self.gate.preflight(head, self.operations()) {
            return Matched::Answered(answer);
        }
        match self.target(head.method()) {
            Some(Target::Handler(operation, handler)) => Matched::Operation(*operation, AfterDecision::Run(handler)),
            Some(Target::Pending(operation)) => Matched::Operation(*operation, AfterDecision::NoHandler),
            Some(Target::Elsewhere(application)) => Matched::Unguarded(application, false),
            Some(Target::Unguarded(handler)) => Matched::Unguarded(handler, false),
            None => match deciding_method(head.method()).and_then(|method| self.target(method)) {
                // GET's policy decides. Its handler runs because the application said that it may, for it creates nothing.
                Some(Target::Handler(operation, handler)) if self.head_runs_get => {
                    Matched::Operation(*operation, AfterDecision::RunForHead(handler))
                }
                Some(Target::Handler(operation, _)) => Matched::Operation(*operation, AfterDecision::HeadNotServed),
                Some(Target::Pending(operation)) => Matched::Operation(*operation, AfterDecision::NoHandler),
                // Anybody may have the answer to GET, so that HEAD gives nothing more away.
                Some(Target::Elsewhere(application)) => Matched::Unguarded(application, true),
                Some(Target::Unguarded(handler)) => Matched::Unguarded(handler, true),
                None => Matched::MethodNotAllowed,
            },
        }
    }

    /// Methods are compared as exact bytes (RFC 9110, section 9.1).
    fn target(&self, method: &str) -> Option<&Target<D, H>> {
        self.methods.iter().find(|entry| entry.method.as_str() == method).map(|entry| &entry.target)
    }
}

/// Whether GET has a handler outside the policy, or is the application's. It answers HEAD too, since both must be served
/// (RFC 9110, section 9.1). A HEAD that is mounted or declared has its own target.
fn has_unguarded_get<D, H>(methods: &[MethodEntry<D, H>]) -> bool {
    let is_unguarded_get = |entry: &MethodEntry<D, H>| {
        entry.method == Method::GET && matches!(entry.target, Target::Elsewhere(_) | Target::Unguarded(_))
    };
    methods.iter().any(is_unguarded_get) && methods.iter().all(|entry| entry.method != Method::HEAD)
}

/// The value of `Allow` (RFC 9110, section 10.2.1).
fn allow<D, H>(methods: &[MethodEntry<D, H>], head_runs_get: bool) -> HeaderValue {
    let mut names: Vec<&str> = methods.iter().map(|entry| entry.method.as_str()).collect();
    if head_runs_get {
        names.push("HEAD");
    }
    HeaderValue::try_from(names.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

impl<'e, D: Document, H> Admitted<'e, D, H> {
    fn unguarded(handler: &'e H, without_body: bool) -> Self {
        Self { handler, without_body, allowed: None, owed: AddedHeaders::default() }
    }

    /// Takes the slot that brings the permit to the handler. `None` on a route outside the policy. The request may have a slot of an outer
    /// guard, which must be removed even then ([`Slot::replace`]).
    pub fn take_slot(&mut self) -> Option<Slot> {
        self.allowed.take().map(Slot::new)
    }

    /// Takes the allowed request itself, for an adapter that calls its handlers with their permits. `None` on a route outside the
    /// policy.
    pub fn take_allowed(&mut self) -> Option<Allowed<D>> {
        self.allowed.take()
    }

    /// The headers that the guard adds to the handler's answer. The adapter keeps them while the handler runs.
    pub fn owed(self) -> AddedHeaders {
        self.owed
    }
}

impl<D: Document, A, E, H> fmt::Debug for Endpoint<D, A, E, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("template", &self.template).field("allow", &self.allow).finish_non_exhaustive()
    }
}

impl<D: Document, H> fmt::Debug for Admitted<'_, D, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}
