//! What runs when a request arrives. The router finds its endpoint.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use http::header::{ALLOW, HeaderValue};
use http::{Method, Request, Response};
use http_body::Body;
use policy_core::Document;
use policy_core::unmatched::deciding_method;
use policy_http::mount::{Endpoint, NoPermit, Served, declare_length};
use policy_http::{Authenticator, Enablement, Head, HeadRef};

use crate::call::{Call, Parameters};
use crate::mount::{Run, RunUnguarded};
use crate::routes::{RouteIndex, RouteTable};

/// An endpoint with what it runs.
type HyperEndpoint<D, A, E, S, B, R> = Endpoint<D, A, E, Run<D, S, B, R>>;

/// All that a service's requests share.
pub(crate) struct Shared<D: Document, A, E, S, B, R> {
    pub(crate) served: Served<D, A, E, Run<D, S, B, R>>,
    pub(crate) routes: Arc<RouteTable>,
    /// For each route, the index of its template's endpoint.
    pub(crate) endpoint_of: Box<[usize]>,
    /// The application's handler for what no template matches.
    pub(crate) application: Option<RunUnguarded<S, B, R>>,
    pub(crate) state: S,
    pub(crate) body: fn(String) -> R,
}

impl<D, A, E, S, B, R> Shared<D, A, E, S, B, R>
where
    D: Document,
    A: Authenticator<D>,
    E: Enablement<D>,
    S: Clone + Send + Sync + 'static,
    B: Send + 'static,
    R: Body + Send + 'static,
{
    /// Answers a request. The request is not moved until its handler gets it.
    #[expect(clippy::manual_async_fn, reason = "an `async fn` keeps each of its arguments twice, and moves them")]
    pub(crate) fn answer(
        self: Arc<Self>,
        request: Request<B>,
    ) -> impl Future<Output = Result<Response<R>, Infallible>> + Send + 'static {
        async move {
            // HTTP/1 drops the body of an answer to HEAD by itself. HTTP/2 would send it.
            let head = request.method() == Method::HEAD;
            let finish = |response| Ok(if head { without_body(response, self.body) } else { response });
            let found =
                self.find(HeadRef::from(&request)).or_else(|| self.preflight_elsewhere(HeadRef::from(&request)));
            let found = found.and_then(|route| Some((route, self.endpoint(route)?)));
            let Some((route, endpoint)) = found else {
                if let Some(application) = self.application_for(request.uri().path()) {
                    let running = application(Call::new(self.state.clone(), request));
                    return finish(running.await);
                }
                // This future is large and rarely needed. In a box, it does not enlarge the future of every other request.
                return finish(Box::pin(self.unmatched(HeadRef::from(&request))).await.map(self.body));
            };
            let (running, owed) = {
                let mut admitted = match endpoint.admit(&HeadRef::from(&request)).await {
                    Ok(admitted) => admitted,
                    Err(mut answer) => {
                        // The endpoint knows the methods of its own template. Others may match the path too.
                        if answer.headers().contains_key(ALLOW) {
                            answer.headers_mut().insert(ALLOW, self.allow(request.uri().path()));
                        }
                        return finish(answer.map(self.body));
                    }
                };
                let allowed = admitted.take_allowed();
                let parameters = Parameters::Routed(Arc::clone(&self.routes), route);
                let call = Call { state: self.state.clone(), request, parameters };
                let running = match (admitted.handler, allowed) {
                    (Run::Operation(run), Some(allowed)) => run(allowed, call),
                    (Run::Operation(_), None) => Err(NoPermit::Missing),
                    (Run::Unguarded(run), _) => Ok(run(call)),
                };
                match running {
                    Ok(running) => (running, admitted.owed()),
                    Err(none) => return finish(none.answer().map(self.body)),
                }
            };
            let mut response = running.await;
            owed.apply(response.headers_mut());
            finish(response)
        }
    }

    fn find(&self, head: HeadRef<'_>) -> Option<RouteIndex> {
        let (method, path) = (Head::method(&head), Head::path(&head));
        let found = self.routes.find(method, path);
        found.or_else(|| self.routes.find(deciding_method(method)?, path))
    }

    fn endpoint(&self, route: RouteIndex) -> Option<&HyperEndpoint<D, A, E, S, B, R>> {
        self.served.endpoints.get(*self.endpoint_of.get(route)?)
    }

    /// The route of a preflight for an operation that is left to the application.
    fn preflight_elsewhere(&self, head: HeadRef<'_>) -> Option<RouteIndex> {
        if Head::method(&head) != "OPTIONS" {
            return None;
        }
        let requested = Head::header(&head, "access-control-request-method").next()?;
        let route = self.routes.find(std::str::from_utf8(requested).ok()?, Head::path(&head))?;
        self.endpoint(route)?.preflight_elsewhere(&head).map(|_| route)
    }

    /// The application's handler, if no template matches the path and the path is left to the application.
    fn application_for(&self, path: &str) -> Option<&RunUnguarded<S, B, R>> {
        let application = self.application.as_ref().filter(|_| self.served.unclaimed.has(path))?;
        self.routes.methods(path).is_empty().then_some(application)
    }

    /// The answer if no template matches the path, or none that does has the method.
    async fn unmatched(&self, head: HeadRef<'_>) -> Response<String> {
        let (gate, path) = (&self.served.gate, Head::path(&head));
        let methods = self.routes.methods(path);
        if methods.is_empty() {
            return gate.not_found(&head).await;
        }
        let endpoints = methods.iter().filter_map(|method| self.endpoint(self.routes.find(method, path)?));
        match gate.preflight(&head, endpoints.flat_map(Endpoint::operations)) {
            Some(answer) => answer,
            None => gate.method_not_allowed(&head, &self.allow(path)).await,
        }
    }

    /// The value of `Allow`: the methods of every template that matches the path.
    fn allow(&self, path: &str) -> HeaderValue {
        let mut methods = self.routes.methods(path);
        // HEAD is listed if the handler of GET answers it, in the template that a GET of this path reaches.
        let get = self.routes.find("GET", path).and_then(|route| self.endpoint(route));
        if get.is_some_and(|get| get.methods().any(|method| method == Method::HEAD)) && !methods.contains(&"HEAD") {
            methods.push("HEAD");
        }
        HeaderValue::try_from(methods.join(", ")).unwrap_or(HeaderValue::from_static(""))
    }
}

/// The answer to HEAD: that of GET without the body.
fn without_body<R: Body>(mut response: Response<R>, body: fn(String) -> R) -> Response<R> {
    let length = response.body().size_hint().exact();
    declare_length(response.headers_mut(), length);
    response.map(|_| body(String::new()))
}
