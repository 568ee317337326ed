//! The poem enforcement point: handlers mounted at the document's own templates, each behind its own guard.
//!
//! [`guard`] starts a builder; [`Guard::handlers`] takes the list that `handlers!` checked against the document, and
//! [`Guard::into_route`] answers a plain [`poem::Route`]. State is poem's own: `.data(value)` on the route, and
//! [`State<T>`](State) in a handler.
//!
//! - **The framework routes.** `{name}` of the document is poem's `:name`, and the guard holds the operation it was mounted
//!   for. No path is matched and nothing is looked up when a request arrives. A template that poem cannot serve exactly
//!   (`/files/{id}.json`) is an error at start.
//! - **The guard is innermost**: after routing and whatever middleware the application adds, before any extractor. A
//!   denial is a final response, never an error that another endpoint could take, and so is what a handler answers:
//!   [`Guard::catch_all_error`] has its errors. The body is untouched until the handler runs.
//! - **A handler takes [`Permit`] first** and is the plain function that `#[operation]` leaves alone, without poem's
//!   `#[handler]`. The permit comes out of the request once. A handler that is reached in any other way answers 500, and the
//!   log says why.
//! - **Methods are exact.** `OPTIONS` is not implied. `HEAD` has its own policy where the document declares it; else the
//!   policy of `GET` decides, and an allowed request is answered 405 unless [`Guard::head`] says that the handler may run.
//! - **What matches nothing** below the policy's base path is 401 without a valid credential, and then 404 or 405. [`Guard::beside`] leaves the rest to the
//!   application, and [`Guard::otherwise`] what no template matches below that path as well.
//! - **An empty path parameter** is outside its template, and matches nothing.
//!
//! # Example
//! The document is that of the project's quick start. `policy` is the module that `policy_core::include_policy!()` fills with what the
//! build script made of it.
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
/// The decision point, for whoever depends on this crate alone. The build script then says where it is:
/// `.core_path("::policy_poem::policy_core")`.
#[doc(no_inline)]
pub use policy_core;
pub use policy_http::mount::{MountError, MountFault};
pub use state::State;
