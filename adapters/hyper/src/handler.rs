//! Which functions can be handlers.

use std::convert::Infallible;
use std::future::Future;

use http::Response;
use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation, Permit};

use crate::call::Call;

/// A function that serves an operation: `async fn(Permit<Op>, Call<State, Body>) -> Response<…>`, or without the call.
///
/// `M` is its signature and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler of this service",
    label = "expected `async fn(Permit<Operation>, Call<State, Body>) -> Response<…>`",
    note = "the permit comes first, then a `Call` with the service's own state and body, or nothing",
    note = "it answers the service's response body, or a `Result` of two answers"
)]
pub trait Handler<M, D: Document, S, B, R>:
    GuardedHandler<M, Operation: Operation<Document = D>> + Send + Sync + 'static
{
    /// Calls it.
    fn call(
        &self,
        permit: Permit<Self::Operation>,
        call: Call<S, B>,
    ) -> impl Future<Output = Response<R>> + Send + 'static;
}

impl<F, O, Fut, S, B, R> Handler<fn(Permit<O>, Call<S, B>) -> Fut, O::Document, S, B, R> for F
where
    F: Fn(Permit<O>, Call<S, B>) -> Fut + Send + Sync + 'static,
    O: Operation,
    Fut: Future<Output: Answer<R>> + Send + 'static,
{
    fn call(&self, permit: Permit<O>, call: Call<S, B>) -> impl Future<Output = Response<R>> + Send + 'static {
        let answer = self(permit, call);
        async { answer.await.into_response() }
    }
}

impl<F, O, Fut, S, B, R> Handler<fn(Permit<O>) -> Fut, O::Document, S, B, R> for F
where
    F: Fn(Permit<O>) -> Fut + Send + Sync + 'static,
    O: Operation,
    Fut: Future<Output: Answer<R>> + Send + 'static,
{
    fn call(&self, permit: Permit<O>, _: Call<S, B>) -> impl Future<Output = Response<R>> + Send + 'static {
        let answer = self(permit);
        async { answer.await.into_response() }
    }
}

/// What a handler may return: a response, or a `Result` of two answers.
pub trait Answer<R> {
    /// The response.
    fn into_response(self) -> Response<R>;
}

impl<R> Answer<R> for Response<R> {
    fn into_response(self) -> Response<R> {
        self
    }
}

/// The error of a [`Service`](crate::Service), which never occurs.
impl<R> Answer<R> for Infallible {
    fn into_response(self) -> Response<R> {
        match self {}
    }
}

impl<R, T: Answer<R>, E: Answer<R>> Answer<R> for Result<T, E> {
    fn into_response(self) -> Response<R> {
        match self {
            Ok(answer) => answer.into_response(),
            Err(answer) => answer.into_response(),
        }
    }
}
