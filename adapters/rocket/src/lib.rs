//! The rocket enforcement point: handlers mounted at the document's own templates, each behind its own guard.
//!
//! [`guard`] starts a builder; [`Guard::handlers`] takes the list that `handlers!` checked against the document, and
//! [`Guard::into_fairing`] returns [`Routes`], a fairing: `rocket::build().attach(routes)`.
//!
//! - **The framework routes.** `{name}` of the document is rocket's `<name>`, mounted for every method with a rank that goes
//!   before all others, concrete templates first. The guard holds the operation it was mounted for. The
//!   adapter matches no path and looks nothing up when a request arrives.
//! - **rocket does not launch** if the routes do not fit the document, if rocket cannot serve a template exactly (`/files/{id}.json`) or
//!   does not know a method, if an operation could be opened because rocket drops a header
//!   ([`Guard::non_utf8_credentials_count_as_none`]), or if there is a route that is neither an operation nor listed as unguarded.
//! - **The guard is innermost**: after routing and whatever fairings the application attaches, before any request guard. A
//!   denial is a final response, and never an error for a catcher or a forward to another route. The guard does not read the body, except
//!   for its first bytes, which rocket has read before it routes.
//! - **A handler takes [`Permit`] first** and stays a plain function, without rocket's `#[get]`. Request guards follow, and the last
//!   parameter may be a data guard, a [`Body`]. [`Param`], [`Query`] and [`Managed`] read what rocket's attributes would. The permit is taken
//!   from the request once. A handler that is reached without the guard answers 500, and the log says why.
//! - **Methods are exact**: those on the wire. If rocket may have taken another one from a form's `_method`, the request is refused.
//!   `OPTIONS` is not implied. `HEAD` has its own policy if the document declares it. Otherwise the policy of `GET` decides, and an allowed
//!   request is answered 405 unless [`Guard::head`] says that the handler may run.
//! - **What matches nothing** below the policy's base path is answered 401 without a valid credential, and 404 or 405 with one. The
//!   same is true of a path with an empty segment, which rocket would drop. A catch-all of the application is asked after that.
//! - **Each document has a guard of its own**, and each guard a fairing. rocket does not launch if one request could be for both.
//!
//! # Example
//! The document is that of the project's quick start. `policy` is the module that the build script makes of it and
//! `policy_core::include_policy!()` includes.
//! ```
//! # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../surface/clinic/policy.rs")); }
//! use policy::{Api, POLICY, operations::*};
//! use policy_core::{handlers, operation};
//! use policy_http::{Authenticator, EnableAll};
//! use policy_rocket::{Managed, MountError, Param, Permit};
//! use rocket::{Build, Rocket};
//!
//! #[operation(ListEncounters, scopes("encounters:read", "patients:read"))]
//! async fn list_encounters(_permit: Permit<ListEncounters>, Managed(reasons): Managed<Vec<String>>) -> String {
//!     reasons.join("\n")
//! }
//!
//! #[operation(GetEncounter)]
//! async fn get_encounter(
//!     permit: Permit<GetEncounter>,
//!     Managed(reasons): Managed<Vec<String>>,
//!     Param(number): Param<usize>,
//! ) -> Option<String> {
//!     println!("{:?} reads encounter {number}", permit.principal().subject());
//!     reasons.get(number).cloned()
//! }
//!
//! /// Ready to be launched.
//! fn app(keys: impl Authenticator<Api>) -> Result<Rocket<Build>, MountError> {
//!     let guard = policy_rocket::guard(&POLICY, keys, EnableAll)
//!         .handlers(handlers![list_encounters, get_encounter, pending!(GetAudio, "moves in March")])
//!         .try_into_fairing()?;
//!     Ok(rocket::build().manage(vec!["cough".to_owned()]).attach(guard))
//! }
//! # fn main() {}
//! ```

mod body;
mod endpoint;
mod extract;
mod framework;
mod guard;
mod handler;
mod head;
mod kept;
mod method;
mod mount;
mod permit;
mod rank;
mod response;
mod routes;
mod utf8;

pub use body::Body;
pub use extract::{Managed, Param, Query};
pub use guard::{Guard, Mount, guard};
#[doc(hidden)]
pub use handler::by;
pub use handler::{Handler, Streamed};
pub use permit::Permit;
/// The decision point, for applications that depend on this crate alone. Their build script says where it is:
/// `.core_path("::policy_rocket::policy_core")`.
#[doc(no_inline)]
pub use policy_core;
pub use policy_http::mount::{MountError, MountFault};
pub use routes::Routes;
