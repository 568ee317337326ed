//! What runs when a request arrives at a template: the way past each of its methods.

use std::fmt;

use http::{HeaderValue, Method, Response};
use policy_core::{Allowed, Document, OperationRef};

use super::slot::Slot;
use super::template::Parameters;
use crate::added_headers::AddedHeaders;
use crate::authenticator::Authenticator;
use crate::decide::Drive;
use crate::enablement::Enablement;
use crate::gate::{Admission, Gate};
use crate::head::Head;

/// Who may pass a door, and what is behind it.
pub(super) enum Access<D, H> {
    Operation(OperationRef<D>, H),
    Pending(OperationRef<D>),
    Unguarded(H),
}

/// One method of a template.
pub(super) struct Door<D, H> {
    pub(super) method: Method,
    pub(super) access: Access<D, H>,
}

/// Where a request's path and method lead.
enum Way<'d, D, H> {
    /// To an operation, which is to be decided.
    Operation(OperationRef<D>, Behind<'d, H>),
    /// To a handler outside the policy; whether it is HEAD, on the handler of GET.
    Unguarded(&'d H, bool),
    /// The template does not match after all.
    Nowhere,
    /// The template has no such method.
    NoMethod,
    /// It was a preflight.
    Answered(Response<String>),
}

/// What is behind an operation's decision.
enum Behind<'d, H> {
    Handler(&'d H),
    /// HEAD, on the handler of GET.
    HandlerOfGet(&'d H),
    /// HEAD, which is not served although GET is.
    Get,
    /// The operation is pending.
    Nothing,
}

/// The methods of one template. The framework routed the request here; only its method is still to be told apart.
pub struct Doors<D, H> {
    template: String,
    doors: Vec<Door<D, H>>,
    parameters: Parameters,
    allow: HeaderValue,
    /// Whether HEAD runs the handler of GET: where the application said so, and outside the policy.
    head: bool,
}

/// The way to a handler.
#[must_use = "the handler behind the door is still to be run"]
pub struct Passage<'d, D: Document, H> {
    /// The handler to run.
    pub handler: &'d H,
    /// Whether this is HEAD on the handler of GET: its body is not sent, but `Content-Length` says how long it would be
    /// (RFC 9110, section 9.3.2).
    pub without_body: bool,
    allowed: Option<Allowed<D>>,
    headers: AddedHeaders,
    operation: Option<OperationRef<D>>,
}

impl<D: Document, H> Doors<D, H> {
    pub(super) fn new(template: String, doors: Vec<Door<D, H>>, head: bool) -> Self {
        let parameters = Parameters::of(&template);
        let head = head || unguarded_get(&doors);
        let allow = allow(&doors, head);
        Self { template, doors, parameters, allow, head }
    }

    /// Where the framework mounts them: the template as it stands in the document.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.template
    }

    /// The methods behind which there is a door. HEAD is among them where the handler of GET answers it.
    ///
    /// A framework that routes by method must send every other method here as well.
    pub fn methods(&self) -> impl Iterator<Item = Method> + '_ {
        self.doors.iter().map(|door| door.method.clone()).chain(self.head.then_some(Method::HEAD))
    }

    /// Decides a request that the framework routed to this template.
    ///
    /// # Errors
    /// The whole answer, where no handler is to run: it is final.
    pub async fn enter<A, E>(
        &self,
        gate: &Gate<D, A, E>,
        head: &impl Head,
    ) -> Result<Passage<'_, D, H>, Response<String>>
    where
        D::Order: Drive<D>,
        A: Authenticator<D>,
        E: Enablement<D>,
    {
        let led = match self.way(gate, head) {
            Way::Operation(operation, behind) => Ok((operation, behind)),
            Way::Unguarded(handler, without_body) => return Ok(Passage::unguarded(handler, without_body)),
            Way::Nowhere => Err(None),
            Way::NoMethod => Err(Some(&self.allow)),
            Way::Answered(answer) => return Err(answer),
        };
        // A request waits at one of two places, whatever its way: each place more would be room in the future.
        let (operation, behind) = match led {
            Ok(led) => led,
            Err(allow) => return Err(gate.outside(head, allow).await),
        };
        let started = gate.started();
        let outcome = gate.drive(operation, head).await;
        let (handler, without_body) = match behind {
            Behind::Handler(handler) => (handler, false),
            Behind::HandlerOfGet(handler) => (handler, true),
            Behind::Nothing => return Err(gate.without_handler(head, outcome, started)),
            Behind::Get => return Err(gate.without_head(head, outcome, started, &self.allow)),
        };
        let Admission { allowed, headers } = gate.admitted(head, outcome, started)?;
        Ok(Passage { handler, without_body, allowed: Some(allowed), headers, operation: Some(operation) })
    }

    /// Where the request's path and method lead. Nothing is decided yet.
    fn way<A, E>(&self, gate: &Gate<D, A, E>, head: &impl Head) -> Way<'_, D, H>
    where
        D::Order: Drive<D>,
        A: Authenticator<D>,
        E: Enablement<D>,
    {
        if self.parameters.any_empty(head.path()) {
            return Way::Nowhere;
        }
        if let Some(answer) = gate.preflight(head, self.operations()) {
            return Way::Answered(answer);
        }
        match self.door(head.method()).map(|door| &door.access) {
            Some(Access::Operation(operation, handler)) => Way::Operation(*operation, Behind::Handler(handler)),
            Some(Access::Pending(operation)) => Way::Operation(*operation, Behind::Nothing),
            Some(Access::Unguarded(handler)) => Way::Unguarded(handler, false),
            None if head.method() == "HEAD" => match self.door("GET").map(|door| &door.access) {
                // GET's policy decides. Its handler runs only where the application said that this mints nothing.
                Some(Access::Operation(operation, handler)) if self.head => {
                    Way::Operation(*operation, Behind::HandlerOfGet(handler))
                }
                Some(Access::Operation(operation, _)) => Way::Operation(*operation, Behind::Get),
                Some(Access::Pending(operation)) => Way::Operation(*operation, Behind::Nothing),
                // Whoever asks may have the answer to GET, so HEAD opens nothing.
                Some(Access::Unguarded(handler)) => Way::Unguarded(handler, true),
                None => Way::NoMethod,
            },
            None => Way::NoMethod,
        }
    }

    /// Methods are compared as exact bytes (RFC 9110, section 9.1).
    fn door(&self, method: &str) -> Option<&Door<D, H>> {
        self.doors.iter().find(|door| door.method.as_str() == method)
    }

    /// The operations behind the doors.
    pub fn operations(&self) -> impl Iterator<Item = OperationRef<D>> + '_ {
        self.doors.iter().filter_map(|door| match door.access {
            Access::Operation(operation, _) | Access::Pending(operation) => Some(operation),
            Access::Unguarded(_) => None,
        })
    }
}

/// Whether GET has a handler outside the policy, which answers HEAD too (RFC 9110, section 9.1: both must be served). A HEAD
/// that is mounted or declared goes its own way.
fn unguarded_get<D, H>(doors: &[Door<D, H>]) -> bool {
    let get = doors.iter().any(|door| door.method == Method::GET && matches!(door.access, Access::Unguarded(_)));
    get && doors.iter().all(|door| door.method != Method::HEAD)
}

/// The value of `Allow` (RFC 9110, section 10.2.1).
fn allow<D, H>(doors: &[Door<D, H>], head: bool) -> HeaderValue {
    let mut methods: Vec<&str> = doors.iter().map(|door| door.method.as_str()).collect();
    if head {
        methods.push("HEAD");
    }
    HeaderValue::try_from(methods.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

impl<'d, D: Document, H> Passage<'d, D, H> {
    fn unguarded(handler: &'d H, without_body: bool) -> Self {
        Self { handler, without_body, allowed: None, headers: AddedHeaders::default(), operation: None }
    }

    /// The operation that was allowed. `None` on a route outside the policy.
    #[must_use]
    pub fn operation(&self) -> Option<OperationRef<D>> {
        self.operation
    }

    /// Takes the slot that brings the permit to the handler. `None` on a route outside the policy: whatever slot the
    /// request has from an outer guard must be removed all the same.
    pub fn take_slot(&mut self) -> Option<Slot> {
        self.allowed.take().map(Slot::new)
    }

    /// Takes what was allowed itself, for an adapter that calls its handlers with their permits. `None` on a route outside
    /// the policy.
    pub fn take_allowed(&mut self) -> Option<Allowed<D>> {
        self.allowed.take()
    }

    /// What the guard owes to the handler's answer: all that must wait while the handler runs.
    pub fn owed(self) -> AddedHeaders {
        self.headers
    }
}

impl<D, H> fmt::Debug for Doors<D, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doors").field("template", &self.template).field("allow", &self.allow).finish_non_exhaustive()
    }
}

impl<D: Document, H> fmt::Debug for Passage<'_, D, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passage").field("operation", &self.operation).finish_non_exhaustive()
    }
}
