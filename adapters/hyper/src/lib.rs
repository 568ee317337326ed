//! The enforcement point without a framework: a [hyper](https://docs.rs/hyper) and tower service whose router is
//! `policy-router`.
//!
//! [`guard`] starts a builder; [`Guard::handlers`] takes the list that `handlers!` checked against the document, and
//! [`Guard::service`] answers a [`Service`], which hyper 1 serves as it is, and any tower stack too.
//!
//! - **One look-up yields handler and policy.** The router's table has the operations of the policy: the one that
//!   `policy-build` generated ([`Guard::router`]), or one that is built at start. Whatever it finds is what is decided, and
//!   what runs.
//! - **Every template of the document is served exactly**, `/files/{id}.json` too; `policy-router`'s documentation is the
//!   specification.
//! - **A handler is called with its permit**, as an argument and not out of the request: there is no way to it without one.
//!   It takes core's own [`Permit`], and what belongs to the request as a [`Call`].
//! - **Methods are exact.** `OPTIONS` is not implied. `HEAD` has its own policy where the document declares it; else the
//!   policy of `GET` decides, and an allowed request is answered 405 unless [`Guard::head`] says that the handler may run.
//! - **What matches nothing** below the policy's base path is 401 without a valid credential, and then 404 or 405. [`Guard::beside`] gives the rest to a handler of
//!   the application, and [`Guard::otherwise`] what no template matches below that path as well.
//! - **The body is untouched** until the handler reads it, and may be of any type.
//!
//! Nothing fails open: where the routes do not fit together, [`Guard::try_service`] names every reason, and
//! [`Guard::service`] says them in the log and on stderr, and answers every request with 500.
//!
//! # Example
//! The document is that of the project's quick start. `policy` is the module that `policy_core::include_policy!()` fills with what the
//! build script made of it.
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
/// The decision point, for whoever depends on this crate alone. The build script then says where it is:
/// `.core_path("::policy_hyper::policy_core")`.
#[doc(no_inline)]
pub use policy_core;
#[doc(no_inline)]
pub use policy_core::Permit;
pub use policy_http::mount::{MountError, MountFault};
pub use service::{Respond, Service};
