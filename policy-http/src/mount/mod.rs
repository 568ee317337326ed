//! What every adapter does around its framework's own routing. At start, it lists and checks the routes. When a request arrives, the
//! endpoint of its template decides. Then the permit goes to the handler.
//!
//! An adapter supplies three things:
//!
//! - how a handler becomes something that can be run: `B` of a [`Plan`] becomes `H` of its [`Endpoint`]s;
//! - which templates its router cannot serve exactly: [`Framework`];
//! - where the framework can keep a [`Slot`] with the request.
//!
//! 1. At start the adapter fills a [`Plan`] and [serves](Plan::serve) it. It mounts each [`Endpoint`] at its template for every
//!    method. Requests that no template matches go to [`Gate::not_found`](crate::Gate::not_found), or to the application where they are
//!    [`Unclaimed`].
//! 2. The framework routes each request to an endpoint, and the adapter calls [`Endpoint::admit`]. It finds the operation of the
//!    method and decides. The result is [`Admitted`], with the handler to run, or the complete refusal. There is no other way to a
//!    handler.
//! 3. The adapter puts [`Admitted::take_slot`] where the handler finds it. An older slot must not be left there. Then it runs the
//!    handler, and adds the [owed](Admitted::owed) headers to the answer.
//! 4. The adapter's permit type takes the slot's content, once, by [`Slot::permit`]. An adapter that calls its handlers with their
//!    permits needs no slot. It uses [`Admitted::take_allowed`].
//!
//! ```
//! use http::Response;
//! use policy_core::{Document, Operation, OperationRef, Permit};
//! use policy_http::mount::{Framework, MountError, Plan, Served, Slot};
//! use policy_http::{Authenticator, Enablement, Head, Options};
//!
//! type Request = http::Request<Vec<u8>>;
//! type Handler = Box<dyn Fn(Request) -> Response<String> + Send + Sync>;
//!
//! /// A router that takes the templates as they stand in the document.
//! enum Exact {}
//!
//! impl Framework for Exact {
//!     const NAME: &'static str = "exact";
//! }
//!
//! /// Mounts a function that takes the permit of its operation.
//! fn mount<O: Operation>(
//!     plan: &mut Plan<O::Document, Handler>,
//!     function: impl Fn(Permit<O>) -> Response<String> + Send + Sync + 'static,
//! ) {
//!     plan.handler(OperationRef::of::<O>(), Box::new(move |request| {
//!         match Slot::permit::<O>(request.extensions().get()) {
//!             Ok(permit) => function(permit),
//!             Err(none) => none.answer(),
//!         }
//!     }));
//! }
//!
//! /// Answers a request. `route` finds a template for a path: it is the framework's.
//! async fn answer<D: Document, A: Authenticator<D>, E: Enablement<D>>(
//!     served: &Served<D, A, E, Handler>,
//!     route: impl Fn(&str) -> Option<usize>,
//!     request: Request,
//! ) -> Response<String> {
//!     let (head, body) = request.into_parts();
//!     let Some(endpoint) = route(Head::path(&head)).and_then(|found| served.endpoints.get(found)) else {
//!         return served.gate.not_found(&head).await;
//!     };
//!     let mut admitted = match endpoint.admit(&head).await {
//!         Ok(admitted) => admitted,
//!         Err(answer) => return answer,
//!     };
//!     let mut request = Request::from_parts(head, body);
//!     Slot::replace(request.extensions_mut(), admitted.take_slot());
//!     let mut response = (admitted.handler)(request);
//!     if admitted.without_body {
//!         response.body_mut().clear();
//!     }
//!     admitted.owed().apply(response.headers_mut());
//!     response
//! }
//!
//! fn serve<D: Document, A: Authenticator<D>, E: Enablement<D>>(
//!     plan: Plan<D, Handler>,
//!     authenticator: A,
//!     enablement: E,
//! ) -> Result<Served<D, A, E, Handler>, MountError> {
//!     plan.serve::<Exact, _, _, _>(authenticator, enablement, Options::new(), |handler| handler)
//! }
//! ```

mod claims;
mod endpoint;
mod fault;
mod framework;
mod guard;
mod head_length;
mod no_permit;
mod permit_type;
mod plan;
mod readings;
mod slot;
mod tell_once;
pub mod template;
mod unclaimed;

pub use claims::Claims;
pub use endpoint::{Admitted, Endpoint};
pub use fault::{MountError, MountFault};
pub use framework::Framework;
pub use head_length::declare_length;
pub use no_permit::NoPermit;
pub use plan::{Plan, Served};
pub use slot::Slot;
pub use tell_once::tell_once;
pub use unclaimed::{Extent, Unclaimed};
