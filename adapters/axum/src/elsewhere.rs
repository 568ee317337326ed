//! The application's own router, mounted at the templates of the operations that it serves itself.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use http::Extensions;
use policy_http::mount::Slot;
use tower::ServiceExt as _;

use crate::mount::{Bind, Run, called};

/// The request's extensions before the guard's router matched its path.
///
/// axum appends the path's parameters to those in the extensions. The application's router matches the path again, so its handlers would
/// find each parameter twice.
#[derive(Clone)]
pub(crate) struct Unrouted(Extensions);

impl Unrouted {
    /// The router, inside of one that keeps the extensions of each request.
    pub(crate) fn keep<S: Clone + Send + Sync + 'static>(router: Router) -> Router<S> {
        Router::new().fallback_service(tower::service_fn(move |mut request: Request| {
            let before = Self(request.extensions().clone());
            request.extensions_mut().insert(before);
            router.clone().oneshot(request)
        }))
    }
}

/// The application's router, as a handler of the guard.
pub(crate) fn application<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Bind<S> {
    Box::new(move |state: S| -> Run {
        let run = called(router.with_state::<()>(state));
        Arc::new(move |mut request: Request| {
            if let Some(Unrouted(before)) = request.extensions_mut().remove() {
                *request.extensions_mut() = before;
            }
            // A permit of an outer guard must not reach the application.
            Slot::replace(request.extensions_mut(), None);
            run(request)
        })
    })
}
