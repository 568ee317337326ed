//! The enforcement point without a framework: a [hyper](https://docs.rs/hyper) and tower service whose router is
//! `policy-router`.
//!
//! [`guard`] starts a builder; [`Guard::handlers`] takes the list that `handlers!` checked against the document, and
//! [`Guard::service`] returns a [`Service`] for hyper 1 and for any tower stack.
//!
//! - **One look-up finds handler and policy.** The router has the operations of the policy. `policy-build` generated it
//!   ([`Guard::router`]), or it is built at start. The operation that it finds is decided about, and its handler runs.
//! - **Every template of the document is served exactly**, `/files/{id}.json` too. `policy-router`'s documentation
//!   specifies the matching.
//! - **A handler is called with its permit** as an argument, so it cannot be called without one. It takes core's own [`Permit`], and a
//!   [`Call`] with the request, the state and the parameters.
//! - **Methods are exact.** `OPTIONS` is not implied. `HEAD` has its own policy if the document declares it. Otherwise the
//!   policy of `GET` decides, and an allowed request is answered 405 unless [`Guard::head`] says that the handler may run.
//! - **What matches nothing** below the policy's base path is answered 401 without a valid credential, and 404 or 405 with one.
//!   [`Guard::beside`] gives all other paths to a handler of the application, and [`Guard::otherwise`] also what no template matches below
//!   the base path.
//! - **The body is untouched** until the handler reads it, and may be of any type.
//!
//! Nothing fails open. If the routes do not fit together, [`Guard::try_service`] names every reason, and
//! [`Guard::service`] writes them to the log and to stderr, and answers every request with 500.
//!
//! # Example
//! The document is that of the project's quick start. `policy` is the module that the build script makes of it and
//! `policy_core::include_policy!()` includes.
//! ```
//! # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../surface/clinic/policy.rs")); }
//! use http::{Response, StatusCode};
//! use hyper::body::Incoming;
//! use policy::{Api, POLICY, operations::*};
//! use policy_core::{handlers, operation};
//! use policy_http::{Authenticator, EnableAll};
//! use policy_hyper::{Call, MountError, Permit, Service};
//!
//! #[operation(ListEncounters, scopes("encounters:read", "patients:read"))]
//! async fn list_encounters(_permit: Permit<ListEncounters>, call: Call<Vec<String>>) -> Response<String> {
//!     Response::new(call.state.join("\n"))
//! }
//!
//! #[operation(GetEncounter)]
//! async fn get_encounter(permit: Permit<GetEncounter>, call: Call<Vec<String>>) -> Response<String> {
//!     let number = call.parameter("encounter_id").and_then(|id| id.parse::<usize>().ok());
//!     println!("{:?} reads encounter {number:?}", permit.principal().subject());
//!     let reason = number.and_then(|number| call.state.get(number)).cloned();
//!     let mut response = Response::new(reason.unwrap_or_default());
//!     if response.body().is_empty() {
//!         *response.status_mut() = StatusCode::NOT_FOUND;
//!     }
//!     response
//! }
//!
//! /// Ready to be given to hyper's `serve_connection`, and to any stack of tower's. The last argument of `guard` makes a body of the text
//! /// of a denial.
//! fn service(keys: impl Authenticator<Api>) -> Result<Service<Incoming, String>, MountError> {
//!     policy_hyper::guard(&POLICY, keys, EnableAll, String::from)
//!         .handlers(handlers![list_encounters, get_encounter, pending!(GetAudio, "moves in March")])
//!         .try_service(vec!["cough".to_owned()])
//! }
//! # fn main() {}
//! ```

mod call;
mod endpoint;
mod framework;
mod guard;
mod handler;
mod layer;
mod mount;
mod routes;
mod service;

pub use call::Call;
pub use guard::{Guard, Mount, guard};
pub use handler::{Answer, Handler};
/// The decision point, for applications that depend on this crate alone. Their build script says where it is:
/// `.core_path("::policy_hyper::policy_core")`.
#[doc(no_inline)]
pub use policy_core;
#[doc(no_inline)]
pub use policy_core::Permit;
pub use policy_http::mount::{MountError, MountFault};
pub use service::{Respond, Service};
