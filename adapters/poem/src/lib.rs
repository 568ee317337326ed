//! The poem enforcement point: handlers mounted at the document's own templates, each behind its own guard.
//!
//! [`guard`] starts a builder; [`Guard::handlers`] takes the list that `handlers!` checked against the document, and
//! [`Guard::into_route`] returns a plain [`poem::Route`]. State is poem's own: `.data(value)` on the route, and
//! [`State<T>`](State) in a handler.
//!
//! - **The framework routes.** `{name}` of the document is poem's `:name`, and the guard holds the operation it was mounted
//!   for. The adapter matches no path and looks nothing up when a request arrives. A template that poem cannot serve exactly
//!   (`/files/{id}.json`) is an error at start.
//! - **The guard is innermost**: after routing and whatever middleware the application adds, before any extractor. A
//!   denial is a final response, and never an error for another endpoint. So is the answer of a handler. Its errors go to
//!   [`Guard::catch_all_error`]. The body is untouched until the handler runs.
//! - **A handler takes [`Permit`] first** and stays a plain function, without poem's `#[handler]`. The permit is taken from
//!   the request once. A handler that is reached without the guard answers 500, and the
//!   log says why.
//! - **Methods are exact.** `OPTIONS` is not implied. `HEAD` has its own policy if the document declares it. Otherwise the
//!   policy of `GET` decides, and an allowed request is answered 405 unless [`Guard::head`] says that the handler may run.
//! - **What matches nothing** below the policy's base path is answered 401 without a valid credential, and 404 or 405 with one.
//!   [`Guard::beside`] gives all other paths to the application, and [`Guard::otherwise`] also what no template matches below the base
//!   path.
//! - **An empty path parameter** does not match its template.
//!
//! # Example
//! The document is that of the project's quick start. `policy` is the module that the build script makes of it and
//! `policy_core::include_policy!()` includes.
//! ```
//! # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../surface/clinic/policy.rs")); }
//! use poem::error::NotFoundError;
//! use poem::web::Path;
//! use poem::{Endpoint, EndpointExt};
//! use policy::{Api, POLICY, operations::*};
//! use policy_core::{handlers, operation};
//! use policy_http::{Authenticator, EnableAll};
//! use policy_poem::{MountError, Permit, State};
//!
//! #[operation(ListEncounters, scopes("encounters:read", "patients:read"))]
//! async fn list_encounters(_permit: Permit<ListEncounters>, State(reasons): State<Vec<String>>) -> String {
//!     reasons.join("\n")
//! }
//!
//! #[operation(GetEncounter)]
//! async fn get_encounter(
//!     permit: Permit<GetEncounter>,
//!     State(reasons): State<Vec<String>>,
//!     Path(number): Path<usize>,
//! ) -> Result<String, NotFoundError> {
//!     println!("{:?} reads encounter {number}", permit.principal().subject());
//!     reasons.get(number).cloned().ok_or(NotFoundError)
//! }
//!
//! /// Ready to be given to poem's `Server::run`.
//! fn app(keys: impl Authenticator<Api>) -> Result<impl Endpoint, MountError> {
//!     let route = policy_poem::guard(&POLICY, keys, EnableAll)
//!         .handlers(handlers![list_encounters, get_encounter, pending!(GetAudio, "moves in March")])
//!         .try_into_route()?;
//!     Ok(route.data(vec!["cough".to_owned()]))
//! }
//! # fn main() {}
//! ```

mod endpoint;
mod framework;
mod guard;
mod handler;
mod mount;
mod permit;
mod state;

pub use endpoint::Guarded;
pub use guard::{Guard, Mount, guard};
pub use handler::Handler;
pub use permit::Permit;
/// The decision point, for applications that depend on this crate alone. Their build script says where it is:
/// `.core_path("::policy_poem::policy_core")`.
#[doc(no_inline)]
pub use policy_core;
pub use policy_http::mount::{MountError, MountFault};
pub use state::State;
