//! What every adapter does around its framework's own routing: the list of routes and its check at start, the doors of
//! each template when a request arrives, and the way of the permit to its handler.
//!
//! An adapter supplies three things: how a handler becomes something that can be run (`B` of a [`Plan`], turned into `H`
//! of its [`Doors`]), which templates its router cannot serve exactly ([`Framework`]), and where the framework lets a
//! [`Slot`] travel with the request. The framework routes to the doors of a template; from there on
//!
//! 1. [`Doors::enter`] tells the methods apart, decides, and answers a [`Passage`] to a handler or the whole refusal;
//! 2. the adapter puts [`Slot::new`] where the handler finds it (in any case: an older one must not be left), runs the
//!    handler, and adds to its answer what is [owed](Passage::owed);
//! 3. the adapter's permit type takes the slot's content, once, by [`Slot::permit`].

mod doors;
mod framework;
mod guard_options;
mod no_permit;
mod permit_type;
mod plan;
mod problem;
mod slot;
mod tell_once;
pub mod template;

pub use doors::{Doors, Passage};
pub use framework::Framework;
pub use no_permit::NoPermit;
pub use plan::Plan;
pub use problem::{MountError, MountProblem};
pub use slot::Slot;
pub use tell_once::tell_once;
