//! What runs when a request arrives: the doors of one template, and the way past each.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{HeaderValue, Method};
use policy_core::{AuthenticationFailure, Denial, Document, OperationRef, Policy};
use policy_http::{Answers, Authenticator, Drive, Enablement, Unmatched, decide, decide_pending, identify};

use crate::mount::Run;
use crate::slot::Slot;
use crate::template;

/// What every door of a router shares.
pub(crate) struct Shared<D: Document, A, E> {
    pub(crate) authenticator: A,
    pub(crate) enablement: E,
    pub(crate) answers: Answers<D>,
}

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
    pub(crate) shared: Arc<Shared<D, A, E>>,
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
            return Ok(self.shared.not_found(&parts).await);
        }
        Ok(match self.door(&parts.method) {
            Some(door) => self.pass(door, parts, body).await,
            None if parts.method == Method::HEAD => match self.door(&Method::GET) {
                Some(Door { access: Access::Operation(operation, run), .. }) => {
                    self.head(*operation, run, parts, body).await
                }
                Some(Door { access: Access::Pending(operation), .. }) => self.pending(*operation, &parts).await,
                _ => self.shared.method_not_allowed(&parts, &self.allow).await,
            },
            None => self.shared.method_not_allowed(&parts, &self.allow).await,
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
        let shared = &self.shared;
        let allowed = match decide(operation, &parts, &shared.authenticator, &shared.enablement).await {
            Ok(allowed) => allowed,
            Err(denial) => return shared.answers.denial(&denial).map(Body::from),
        };
        Slot::fill(&mut parts.extensions, allowed);
        run(Request::from_parts(parts, body)).await
    }

    /// HEAD, where the document declares only GET: GET's policy decides. Its handler runs only where the application
    /// said that this mints nothing.
    async fn head(&self, operation: OperationRef<D>, run: &Run, parts: Parts, body: Body) -> Response {
        if self.head {
            return without_body(self.guarded(operation, run, parts, body).await);
        }
        let shared = &self.shared;
        match decide(operation, &parts, &shared.authenticator, &shared.enablement).await {
            Ok(_) => shared.answers.unmatched(Unmatched::MethodNotAllowed, Some(&self.allow)).map(Body::from),
            Err(denial) => shared.answers.denial(&denial).map(Body::from),
        }
    }

    async fn pending(&self, operation: OperationRef<D>, parts: &Parts) -> Response {
        let shared = &self.shared;
        let denial = decide_pending(operation, parts, &shared.authenticator, &shared.enablement).await;
        shared.answers.denial(&denial).map(Body::from)
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

impl<D: Document, A: Authenticator<D>, E> Shared<D, A, E> {
    /// Path or parameter outside every template. Below the base path only an authenticated caller learns that.
    pub(crate) async fn not_found(&self, parts: &Parts) -> Response {
        let base = Policy::<D>::new().base_path().trim_end_matches('/');
        let below = parts
            .uri
            .path()
            .strip_prefix(base)
            .is_some_and(|rest| base.is_empty() || rest.is_empty() || rest.starts_with('/'));
        if below && let Err(response) = self.authenticated(parts).await {
            return response;
        }
        self.answers.unmatched(Unmatched::NotFound, None).map(Body::from)
    }

    /// A method that the template does not serve.
    async fn method_not_allowed(&self, parts: &Parts, allow: &HeaderValue) -> Response {
        match self.authenticated(parts).await {
            Ok(()) => self.answers.unmatched(Unmatched::MethodNotAllowed, Some(allow)).map(Body::from),
            Err(response) => response,
        }
    }

    /// Whether the caller is known by any scheme of the document.
    async fn authenticated(&self, parts: &Parts) -> Result<(), Response> {
        if Policy::<D>::new().schemes().next().is_none() {
            return Ok(());
        }
        let failure = match identify::<D, A>(None, parts, &self.authenticator).await {
            Ok(Some(_)) => return Ok(()),
            Ok(None) => AuthenticationFailure::Missing,
            Err(failure) => failure,
        };
        Err(self.answers.denial(&Denial::unauthenticated(failure)).map(Body::from))
    }
}
