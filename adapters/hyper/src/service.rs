//! The service, with a type that does not depend on its policy, its state and its handlers.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};

/// The future of the answer to one request.
pub type Respond<R> = Pin<Box<dyn Future<Output = Result<Response<R>, Infallible>> + Send>>;

/// A guarded service for hyper 1 (`hyper::service::Service`) and for tower (`tower::Service`). It is always ready, never fails, and its
/// clones are the same service.
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
