//! What runs when a request arrives: the doors of one template, and the way past each.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{HeaderValue, Method};
use policy_core::{Document, OperationRef};
use policy_http::{Admission, Authenticator, Drive, Enablement, Gate};

use crate::mount::Run;
use crate::slot::Slot;
use crate::template;

/// Who may pass a door, and what is behind it.
pub(crate) enum Access<D> {
    Operation(OperationRef<D>, Run),
    Pending(OperationRef<D>),
    Unguarded(Run),
}

/// One method of a template.
pub(crate) struct Door<D> {
    pub(crate) method: Method,
    pub(crate) access: Access<D>,
}

/// The methods of one template. axum routed the request here; only its method is still to be told apart.
pub(crate) struct Doors<D: Document, A, E> {
    pub(crate) gate: Arc<Gate<D, A, E>>,
    pub(crate) doors: Vec<Door<D>>,
    /// Where the template's parameters stand, counted from its end.
    pub(crate) parameters: Box<[usize]>,
    pub(crate) allow: HeaderValue,
    /// Whether HEAD may run the handler of GET.
    pub(crate) head: bool,
}

impl<D, A, E> Doors<D, A, E>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    pub(crate) async fn answer(self: Arc<Self>, request: Request) -> Result<Response, Infallible> {
        let (mut parts, body) = request.into_parts();
        // Whatever an outer guard allowed was not this.
        Slot::clear(&mut parts.extensions);
        if template::has_empty_parameter(&self.parameters, parts.uri.path()) {
            return Ok(self.gate.not_found(&parts).await.map(Body::from));
        }
        if parts.method == Method::OPTIONS
            && let Some(answer) = self.gate.preflight(&parts, self.operations())
        {
            return Ok(answer.map(Body::from));
        }
        Ok(match self.door(&parts.method) {
            Some(door) => self.pass(door, parts, body).await,
            None if parts.method == Method::HEAD => match self.door(&Method::GET) {
                Some(Door { access: Access::Operation(operation, run), .. }) => {
                    self.head(*operation, run, parts, body).await
                }
                Some(Door { access: Access::Pending(operation), .. }) => self.pending(*operation, &parts).await,
                _ => self.method_not_allowed(&parts).await,
            },
            None => self.method_not_allowed(&parts).await,
        })
    }

    /// The operations of the template, for a preflight.
    fn operations(&self) -> impl Iterator<Item = OperationRef<D>> {
        self.doors.iter().filter_map(|door| match door.access {
            Access::Operation(operation, _) | Access::Pending(operation) => Some(operation),
            Access::Unguarded(_) => None,
        })
    }

    /// Methods are compared as exact bytes (RFC 9110, section 9.1).
    fn door(&self, method: &Method) -> Option<&Door<D>> {
        self.doors.iter().find(|door| door.method == *method)
    }

    async fn pass(&self, door: &Door<D>, parts: Parts, body: Body) -> Response {
        match &door.access {
            Access::Operation(operation, run) => self.guarded(*operation, run, parts, body).await,
            Access::Pending(operation) => self.pending(*operation, &parts).await,
            Access::Unguarded(run) => run(Request::from_parts(parts, body)).await,
        }
    }

    async fn guarded(&self, operation: OperationRef<D>, run: &Run, mut parts: Parts, body: Body) -> Response {
        let Admission { allowed, headers } = match self.gate.admit(operation, &parts).await {
            Ok(admission) => admission,
            Err(denial) => return denial.map(Body::from),
        };
        Slot::fill(&mut parts.extensions, allowed);
        let mut response = run(Request::from_parts(parts, body)).await;
        headers.apply(response.headers_mut());
        response
    }

    /// HEAD, where the document declares only GET: GET's policy decides. Its handler runs only where the application
    /// said that this mints nothing.
    async fn head(&self, operation: OperationRef<D>, run: &Run, parts: Parts, body: Body) -> Response {
        if self.head {
            return without_body(self.guarded(operation, run, parts, body).await);
        }
        self.gate.head_not_served(operation, &parts, &self.allow).await.map(Body::from)
    }

    async fn pending(&self, operation: OperationRef<D>, parts: &Parts) -> Response {
        self.gate.pending(operation, parts).await.map(Body::from)
    }

    async fn method_not_allowed(&self, parts: &Parts) -> Response {
        self.gate.method_not_allowed(parts, &self.allow).await.map(Body::from)
    }
}

/// The answer to HEAD: what GET would have said, but for the body (RFC 9110, section 9.3.2).
fn without_body(mut response: Response) -> Response {
    let length = response.body().size_hint().exact();
    if let Some(length) = length {
        response.headers_mut().entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    response.map(|_| Body::empty())
}
