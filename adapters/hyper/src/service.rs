//! What runs when a request arrives.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method, Request, Response};
use http_body::Body;
use policy_core::Document;
use policy_http::mount::{Doors, NoPermit};
use policy_http::{Authenticator, Drive, Enablement, Gate, HeadRef};

use crate::call::{Call, Parameters};
use crate::mount::{Beside, Run};
use crate::routes::{Place, Routes};

/// The answer to one request, on its way.
pub type Respond<R> = Pin<Box<dyn Future<Output = Result<Response<R>, Infallible>> + Send>>;

/// A guarded service: of hyper 1 (`hyper::service::Service`) and of tower (`tower::Service`). It is always ready, never
/// fails, and its clones are the same service.
pub struct Service<B, R> {
    answer: Arc<dyn Fn(Request<B>) -> Respond<R> + Send + Sync>,
}

impl<B, R> Service<B, R> {
    pub(crate) fn new(answer: impl Fn(Request<B>) -> Respond<R> + Send + Sync + 'static) -> Self {
        Self { answer: Arc::new(answer) }
    }
}

impl<B, R> hyper::service::Service<Request<B>> for Service<B, R> {
    type Response = Response<R>;
    type Error = Infallible;
    type Future = Respond<R>;

    fn call(&self, request: Request<B>) -> Respond<R> {
        (self.answer)(request)
    }
}

impl<B, R> tower_service::Service<Request<B>> for Service<B, R> {
    type Response = Response<R>;
    type Error = Infallible;
    type Future = Respond<R>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Respond<R> {
        (self.answer)(request)
    }
}

impl<B, R> Clone for Service<B, R> {
    fn clone(&self) -> Self {
        Self { answer: Arc::clone(&self.answer) }
    }
}

impl<B, R> fmt::Debug for Service<B, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

/// The doors of one template, and what runs behind each.
type TemplateDoors<D, S, B, R> = Doors<D, Run<D, S, B, R>>;

/// All that a service's requests share.
pub(crate) struct Shared<D: Document, A, E, S, B, R> {
    pub(crate) gate: Gate<D, A, E>,
    pub(crate) routes: Arc<Routes>,
    pub(crate) doors: Vec<TemplateDoors<D, S, B, R>>,
    /// For each place of a route its template's doors.
    pub(crate) doors_of: Box<[usize]>,
    /// What the application answers itself, where no template matches.
    pub(crate) beside: Option<Beside<S, B, R>>,
    pub(crate) state: S,
    pub(crate) body: fn(String) -> R,
}

impl<D, A, E, S, B, R> Shared<D, A, E, S, B, R>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
    S: Clone + Send + Sync + 'static,
    B: Send + 'static,
    R: Body + Send + 'static,
{
    /// Answers a request, which stays where it is until its handler has it.
    #[expect(clippy::manual_async_fn, reason = "an `async fn` keeps each of its arguments twice, and moves them")]
    pub(crate) fn answer(
        self: Arc<Self>,
        request: Request<B>,
    ) -> impl Future<Output = Result<Response<R>, Infallible>> + Send + 'static {
        async move {
            // HTTP/1 drops the body of an answer to HEAD by itself; HTTP/2 sends what it is given.
            let head = request.method() == Method::HEAD;
            let finish = |response| Ok(if head { without_body(response, self.body) } else { response });
            let found = self.find(HeadRef::from(&request)).and_then(|place| Some((place, self.doors_at(place)?)));
            let Some((place, doors)) = found else {
                if let Some(beside) = self.beside_for(HeadRef::from(&request)) {
                    let running = beside(Call::new(self.state.clone(), request));
                    return finish(running.await);
                }
                // Rare, and large: it must not make room in every other request's future.
                return finish(Box::pin(self.unmatched(HeadRef::from(&request))).await.map(self.body));
            };
            let (running, owed) = {
                let entered = doors.enter(&self.gate, &HeadRef::from(&request)).await;
                let mut passage = match entered {
                    Ok(passage) => passage,
                    Err(answer) => return finish(answer.map(self.body)),
                };
                let allowed = passage.take_allowed();
                let parameters = Parameters::Routed(Arc::clone(&self.routes), place);
                let call = Call { state: self.state.clone(), request, parameters };
                let running = match (passage.handler, allowed) {
                    (Run::Operation(run), Some(allowed)) => run(allowed, call),
                    (Run::Operation(_), None) => Err(NoPermit::Missing),
                    (Run::Unguarded(run), _) => Ok(run(call)),
                };
                match running {
                    Ok(running) => (running, passage.owed()),
                    Err(none) => return finish(none.answer().map(self.body)),
                }
            };
            let mut response = running.await;
            owed.apply(response.headers_mut());
            finish(response)
        }
    }

    fn find(&self, head: HeadRef<'_>) -> Option<Place> {
        let (method, path) = (head.method.as_str(), head.uri.path());
        let found = self.routes.find(method, path);
        // HEAD that is not declared is GET's to decide.
        found.or_else(|| (method == "HEAD").then(|| self.routes.find("GET", path)).flatten())
    }

    fn doors_at(&self, place: Place) -> Option<&TemplateDoors<D, S, B, R>> {
        self.doors.get(*self.doors_of.get(place)?)
    }

    /// What the application answers itself: paths of no template, beside the policy.
    fn beside_for(&self, head: HeadRef<'_>) -> Option<&Beside<S, B, R>> {
        let beside = self.beside.as_ref().filter(|_| self.gate.is_beside(&head))?;
        self.routes.methods(head.uri.path()).is_empty().then_some(beside)
    }

    /// The path has no template, or its templates have no such method.
    async fn unmatched(&self, head: HeadRef<'_>) -> Response<String> {
        let path = head.uri.path();
        let mut methods = self.routes.methods(path);
        if methods.is_empty() {
            return self.gate.not_found(&head).await;
        }
        let doors = || methods.iter().filter_map(|method| self.doors_at(self.routes.find(method, path)?));
        if let Some(answer) = self.gate.preflight(&head, doors().flat_map(Doors::operations)) {
            return answer;
        }
        // HEAD is served where the handler of GET answers it: that of the template which GET would reach.
        let get = self.routes.find("GET", path).and_then(|place| self.doors_at(place));
        if get.is_some_and(|get| get.methods().any(|method| method == Method::HEAD)) && !methods.contains(&"HEAD") {
            methods.push("HEAD");
        }
        let allow = HeaderValue::try_from(methods.join(", ")).unwrap_or(HeaderValue::from_static(""));
        self.gate.method_not_allowed(&head, &allow).await
    }
}

/// The answer to HEAD: what GET would have said, but for the body (RFC 9110, section 9.3.2).
fn without_body<R: Body>(mut response: Response<R>, body: fn(String) -> R) -> Response<R> {
    let length = response.body().size_hint().exact();
    if let Some(length) = length {
        response.headers_mut().entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    response.map(|_| body(String::new()))
}
