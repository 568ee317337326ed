//! The salvo enforcement point: handlers mounted at the document's own templates, each behind its own guard.
//!
//! [`guard`] starts a builder; [`Guard::handlers`] takes the list that `handlers!` checked against the document, and
//! [`Guard::into_router`] answers a plain [`salvo_core::Router`]. State is in salvo's depot: `.hoop(State(value))` on the
//! router, and [`State<T>`](State) in a handler.
//!
//! - **The framework routes.** Each template is mounted in salvo as it stands in the document; the guard holds the
//!   operation it was mounted for. No path is matched and nothing is looked up when a request arrives. A template that
//!   salvo cannot serve exactly (`/files/{id}.json`) is an error at start.
//! - **The guard is innermost**: after routing and whatever hoops the application adds, before any extractor. A denial is
//!   a final response, which no catcher fills. The body is untouched until the handler runs.
//! - **A handler takes [`Permit`] first** and is the plain function that `#[operation]` leaves alone, without salvo's
//!   `#[handler]`. The permit comes out of the request once. A handler that is reached in any other way answers 500, and
//!   the log says why.
//! - **Methods are exact.** `OPTIONS` is not implied. `HEAD` has its own policy where the document declares it; else the
//!   policy of `GET` decides, and an allowed request is answered 405 unless [`Guard::head`] says that the handler may run.
//! - **What matches nothing** below the policy's base path is 401 without a valid credential, and then 404 or 405. Elsewhere salvo
//!   goes on to whatever routes stand behind the guard's ([`Guard::beside`]).
//! - **Every slash counts.** salvo takes several for one and those at the end for none; a path that has such is 401 or 404.

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
/// The decision point, under the name by which the macros find it for whoever depends on this crate alone.
#[doc(no_inline)]
pub use policy_core;
pub use policy_http::mount::{MountError, MountFault};
