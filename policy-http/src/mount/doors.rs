//! What runs when a request arrives at a template: the way past each of its methods.

use std::fmt;

use http::{HeaderMap, HeaderValue, Method, Response};
use policy_core::{Allowed, Document, OperationRef};

use super::slot::Slot;
use super::template::Parameters;
use crate::added_headers::AddedHeaders;
use crate::authenticator::Authenticator;
use crate::decide::Drive;
use crate::enablement::Enablement;
use crate::gate::Gate;
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

/// The methods of one template. The framework routed the request here; only its method is still to be told apart.
pub struct Doors<D, H> {
    template: String,
    doors: Vec<Door<D, H>>,
    parameters: Parameters,
    allow: HeaderValue,
    /// Whether HEAD may run the handler of GET.
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
        if self.parameters.any_empty(head.path()) {
            return Err(gate.not_found(head).await);
        }
        if let Some(answer) = gate.preflight(head, self.operations()) {
            return Err(answer);
        }
        match self.door(head.method()).map(|door| &door.access) {
            Some(Access::Operation(operation, handler)) => self.admit(gate, *operation, handler, head, false).await,
            Some(Access::Pending(operation)) => Err(gate.pending(*operation, head).await),
            Some(Access::Unguarded(handler)) => Ok(Passage::unguarded(handler)),
            None if head.method() == "HEAD" => match self.door("GET").map(|door| &door.access) {
                // GET's policy decides. Its handler runs only where the application said that this mints nothing.
                Some(Access::Operation(operation, handler)) if self.head => {
                    self.admit(gate, *operation, handler, head, true).await
                }
                Some(Access::Operation(operation, _)) => Err(gate.head_not_served(*operation, head, &self.allow).await),
                Some(Access::Pending(operation)) => Err(gate.pending(*operation, head).await),
                _ => Err(gate.method_not_allowed(head, &self.allow).await),
            },
            None => Err(gate.method_not_allowed(head, &self.allow).await),
        }
    }

    async fn admit<'d, A, E>(
        &self,
        gate: &Gate<D, A, E>,
        operation: OperationRef<D>,
        handler: &'d H,
        head: &impl Head,
        without_body: bool,
    ) -> Result<Passage<'d, D, H>, Response<String>>
    where
        D::Order: Drive<D>,
        A: Authenticator<D>,
        E: Enablement<D>,
    {
        let admission = gate.admit(operation, head).await?;
        let allowed = Some(admission.allowed);
        Ok(Passage { handler, without_body, allowed, headers: admission.headers, operation: Some(operation) })
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

/// The value of `Allow` (RFC 9110, section 10.2.1).
fn allow<D, H>(doors: &[Door<D, H>], head: bool) -> HeaderValue {
    let mut methods: Vec<&str> = doors.iter().map(|door| door.method.as_str()).collect();
    if head {
        methods.push("HEAD");
    }
    HeaderValue::try_from(methods.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

impl<'d, D: Document, H> Passage<'d, D, H> {
    fn unguarded(handler: &'d H) -> Self {
        Self { handler, without_body: false, allowed: None, headers: AddedHeaders::default(), operation: None }
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

    /// Adds to the handler's answer what the guard owes it.
    pub fn finish(self, headers: &mut HeaderMap) {
        if !self.headers.is_empty() {
            self.headers.apply(headers);
        }
    }

    /// [`finish`](Self::finish) for a framework with a header map of its own: it appends `Vary` and replaces the others.
    #[must_use]
    pub fn into_headers(self) -> Option<HeaderMap> {
        (!self.headers.is_empty()).then(|| self.headers.into_map())
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
