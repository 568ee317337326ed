//! The actix-web enforcement point: handlers mounted at the document's own templates, each behind its own guard.
//!
//! [`guard`] starts a builder; [`Guard::handlers`] takes the list that `handlers!` checked against the document, and
//! [`Guard::into_routes`] returns [`Routes`]. The application of every worker begins with them: `HttpServer::new(move || routes.app())`.
//!
//! - **The framework routes.** Each template is a resource of actix-web, and its guard holds the operation it was mounted
//!   for. The adapter matches no path and looks nothing up when a request arrives. A template that actix-web cannot serve
//!   exactly (`/files/{id}.json`) is an error at start.
//! - **The guard is innermost**: after routing and whatever middleware the application adds, before any extractor. A denial
//!   is a final response. The body is untouched until the handler runs.
//! - **A handler takes [`Permit`] first.** It is taken from the request once. A handler that is reached without the guard (a
//!   route added to the application, say) answers 500, and the log says why.
//! - **Methods are exact.** `OPTIONS` is not implied. `HEAD` has its own policy if the document declares it. Otherwise the
//!   policy of `GET` decides, and an allowed request is answered 405 unless [`Guard::head`] says that the handler may run.
//! - **What matches nothing** below the policy's base path is answered 401 without a valid credential, and 404 or 405 with one. For
//!   other paths the application's own routes and `default_service` answer.
//!
//! # Example
//! The document is that of the project's quick start. `policy` is the module that the build script makes of it and
//! `policy_core::include_policy!()` includes.
//! ```
//! # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../surface/clinic/policy.rs")); }
//! use actix_web::error::ErrorNotFound;
//! use actix_web::web::{Data, Path};
//! use policy::{Api, POLICY, operations::*};
//! use policy_actix_web::{MountError, Permit, Routes};
//! use policy_core::{handlers, operation};
//! use policy_http::{Authenticator, EnableAll};
//!
//! #[operation(ListEncounters, scopes("encounters:read", "patients:read"))]
//! async fn list_encounters(_permit: Permit<ListEncounters>, reasons: Data<Vec<String>>) -> String {
//!     reasons.join("\n")
//! }
//!
//! #[operation(GetEncounter)]
//! async fn get_encounter(
//!     permit: Permit<GetEncounter>,
//!     reasons: Data<Vec<String>>,
//!     number: Path<usize>,
//! ) -> Result<String, actix_web::Error> {
//!     println!("{:?} reads encounter {number}", permit.principal().subject());
//!     reasons.get(*number).cloned().ok_or_else(|| ErrorNotFound("no such encounter"))
//! }
//!
//! /// For every worker: `HttpServer::new(move || routes.app().app_data(reasons.clone()))`.
//! fn routes(keys: impl Authenticator<Api>) -> Result<Routes, MountError> {
//!     policy_actix_web::guard(&POLICY, keys, EnableAll)
//!         .handlers(handlers![list_encounters, get_encounter, pending!(GetAudio, "moves in March")])
//!         .try_into_routes()
//! }
//! # fn main() {}
//! ```

mod endpoint;
mod framework;
mod guard;
mod head;
mod layer;
mod method;
mod mount;
mod permit;
mod response;
mod routes;

pub use guard::{Guard, Mount, guard};
pub use layer::HandlerService;
pub use method::RouteMethod;
pub use permit::Permit;
/// The decision point, for applications that depend on this crate alone. Their build script says where it is:
/// `.core_path("::policy_actix_web::policy_core")`.
#[doc(no_inline)]
pub use policy_core;
pub use policy_http::mount::{MountError, MountFault};
pub use routes::Routes;
