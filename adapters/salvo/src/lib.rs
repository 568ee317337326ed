//! The salvo enforcement point: handlers mounted at the document's own templates, each behind its own guard.
//!
//! [`guard`] starts a builder; [`Guard::handlers`] takes the list that `handlers!` checked against the document, and
//! [`Guard::into_router`] returns a plain [`salvo_core::Router`]. State is in salvo's depot: `.hoop(State(value))` on the
//! router, and [`State<T>`](State) in a handler.
//!
//! - **The framework routes.** Each template is mounted in salvo as it stands in the document; the guard holds the
//!   operation it was mounted for. The adapter matches no path and looks nothing up when a request arrives. A template that
//!   salvo cannot serve exactly (`/files/{id}.json`) is an error at start.
//! - **The guard is innermost**: after routing and whatever hoops the application adds, before any extractor. A denial is
//!   a final response, which no catcher fills. The body is untouched until the handler runs.
//! - **A handler takes [`Permit`] first** and stays a plain function, without salvo's `#[handler]`. The permit is taken from
//!   the request once. A handler that is reached without the guard answers 500, and
//!   the log says why.
//! - **Methods are exact.** `OPTIONS` is not implied. `HEAD` has its own policy if the document declares it. Otherwise the
//!   policy of `GET` decides, and an allowed request is answered 405 unless [`Guard::head`] says that the handler may run.
//! - **What matches nothing** below the policy's base path is answered 401 without a valid credential, and 404 or 405 with one. For
//!   other paths salvo goes on to the routes after the guard's ([`Guard::beside`]).
//! - **Every slash counts.** salvo takes several slashes for one, and ignores those at the end. A path with such slashes is answered 401
//!   or 404.
//!
//! # Example
//! The document is that of the project's quick start. `policy` is the module that the build script makes of it and
//! `policy_core::include_policy!()` includes.
//! ```
//! # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../surface/clinic/policy.rs")); }
//! use policy::{Api, POLICY, operations::*};
//! use policy_core::{handlers, operation};
//! use policy_http::{Authenticator, EnableAll};
//! use policy_salvo::{MountError, Param, Permit, State};
//! use salvo_core::Router;
//! use salvo_core::http::StatusError;
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
//!     Param(number): Param<usize>,
//! ) -> Result<String, StatusError> {
//!     println!("{:?} reads encounter {number}", permit.principal().subject());
//!     reasons.get(number).cloned().ok_or_else(StatusError::not_found)
//! }
//!
//! /// Ready to be given to salvo's `Server::serve`.
//! fn app(keys: impl Authenticator<Api>) -> Result<Router, MountError> {
//!     let router = policy_salvo::guard(&POLICY, keys, EnableAll)
//!         .handlers(handlers![list_encounters, get_encounter, pending!(GetAudio, "moves in March")])
//!         .try_into_router()?;
//!     Ok(router.hoop(State(vec!["cough".to_owned()])))
//! }
//! # fn main() {}
//! ```

mod endpoint;
mod extract;
mod framework;
mod guard;
mod handler;
mod mount;
mod permit;

pub use extract::{Param, State};
pub use guard::{Guard, Mount, Routers, guard};
pub use handler::Handler;
pub use permit::Permit;
/// The decision point, for applications that depend on this crate alone. Their build script says where it is:
/// `.core_path("::policy_salvo::policy_core")`.
#[doc(no_inline)]
pub use policy_core;
pub use policy_http::mount::{MountError, MountFault};
