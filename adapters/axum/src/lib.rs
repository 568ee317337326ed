//! The axum enforcement point: handlers mounted at the document's own templates, each behind its own guard.
//!
//! [`guard`] starts a builder; [`Guard::handlers`] takes the list that `handlers!` checked against the document, and
//! [`Guard::with_state`] returns a plain [`axum::Router`].
//!
//! - **The framework routes.** Each template is mounted in axum as it stands in the document; the guard holds the
//!   operation it was mounted for. The adapter matches no path and looks nothing up when a request arrives. A template that
//!   axum cannot serve exactly (`/files/{id}.json`) is an error at start.
//! - **The guard is innermost**: after routing and whatever layers the application adds, before any extractor. A denial
//!   is a final response. The body is untouched until the handler runs.
//! - **A handler takes [`Permit`] first.** It is taken from the request once. A handler that is reached without the guard
//!   (a route added to the router afterwards, for example) answers 500, and the log says why.
//! - **Methods are exact.** `OPTIONS` is not implied. `HEAD` has its own policy if the document declares it. Otherwise the
//!   policy of `GET` decides, and an allowed request is answered 405 unless [`Guard::head`] says that the handler may
//!   run: a handler may mint something, such as a signed URL.
//! - **What matches nothing** below the policy's base path is answered 401 without a valid credential, and 404 or 405 with one.
//!   [`Guard::beside`] gives all other paths to a router of the application, and [`Guard::otherwise`] also what no template matches below
//!   the base path.
//! - **An empty path parameter** does not match its template.
//!
//! Nothing fails open. If the routes do not fit together, [`Guard::try_with_state`] names every reason, and
//! [`Guard::with_state`] says them in the log and on stderr, and answers everything with 500.
//!
//! # Documents that aide makes
//! The feature `aide` lets a documented handler take a [`Permit`]. The permit adds nothing to the document. The call
//! `security_requirement_scopes`, where aide routes the operation, says what it requires. `examples/aide` in the repository is such a
//! service.
//!
//! # Example
//! The document is that of the project's quick start. `policy` is the module that the build script makes of it and
//! `policy_core::include_policy!()` includes.
//! ```
//! # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../surface/clinic/policy.rs")); }
//! use axum::Router;
//! use axum::extract::{Path, State};
//! use axum::http::StatusCode;
//! use policy::{Api, POLICY, operations::*};
//! use policy_axum::{MountError, Permit};
//! use policy_core::{handlers, operation};
//! use policy_http::{Authenticator, EnableAll};
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
//! ) -> Result<String, StatusCode> {
//!     println!("{:?} reads encounter {number}", permit.principal().subject());
//!     reasons.get(number).cloned().ok_or(StatusCode::NOT_FOUND)
//! }
//!
//! /// Ready to be given to `axum::serve`.
//! fn app(keys: impl Authenticator<Api>) -> Result<Router, MountError> {
//!     policy_axum::guard(&POLICY, keys, EnableAll)
//!         .handlers(handlers![list_encounters, get_encounter, pending!(GetAudio, "moves in March")])
//!         .try_with_state(vec!["cough".to_owned()])
//! }
//! # fn main() {}
//! ```
//!
//! # Step by step
//! A service that exists already is guarded operation by operation. The list still names all of them, so that none is left open by
//! mistake. [`Guard::elsewhere`] takes the router that served them until now. A layer around one handler runs after the decision
//! ([`Mount::layer`]).
//! ```
//! # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../surface/clinic/policy.rs")); }
//! use axum::Router;
//! use axum::extract::DefaultBodyLimit;
//! use axum::routing::get;
//! use policy::{Api, POLICY, operations::*};
//! use policy_axum::{MountError, Permit};
//! use policy_core::{handlers, operation};
//! use policy_http::{Authenticator, EnableAll};
//!
//! /// The application as it was.
//! fn application() -> Router {
//!     Router::new()
//!         .route("/encounters", get(async || "all encounters, to anybody"))
//!         .route("/encounters/{encounter_id}", get(async || "an encounter, to anybody"))
//! }
//!
//! #[operation(ListEncounters)]
//! async fn list_encounters(_permit: Permit<ListEncounters>) -> &'static str {
//!     "all encounters, to whom the document lets in"
//! }
//!
//! fn app(keys: impl Authenticator<Api>) -> Result<Router, MountError> {
//!     policy_axum::guard(&POLICY, keys, EnableAll)
//!         .handlers(handlers![
//!             list_encounters.layer(DefaultBodyLimit::max(1024)),
//!             elsewhere!(GetEncounter, "the old routes", until = "2027-06-30"),
//!             pending!(GetAudio, "moves in March"),
//!         ])
//!         .elsewhere(application())
//!         .try_with_state(())
//! }
//! # fn main() {}
//! ```

// docs.rs builds with nightly, and shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod elsewhere;
mod endpoint;
mod framework;
mod guard;
mod mount;
mod permit;
mod seal;

pub use guard::{Guard, Mount, guard};
pub use mount::HandlerService;
pub use permit::{Permit, PermitRejection};
/// The decision point, for applications that depend on this crate alone. Their build script says where it is:
/// `.core_path("::policy_axum::policy_core")`.
#[doc(no_inline)]
pub use policy_core;
pub use policy_http::mount::{MountError, MountFault, NoPermit};
pub use seal::{Seal, Sealed};
