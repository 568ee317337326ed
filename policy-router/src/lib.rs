#![doc = include_str!("../README.md")]
//!
//! # Specification
//! ## Paths
//! A *path* is what stands in the request target before the first `?`: raw bytes, as they were sent. It is split at its
//! slashes. A path is **no route**, whatever the templates, if
//! - it does not start with `/` (so neither `*` nor an authority is a route);
//! - a segment other than the last is empty;
//! - a segment is `.` or `..`;
//! - it holds `%2f`, `%5c` or `%2e`, in either case, a backslash, a control byte (below 0x20, or 0x7f), a byte outside
//!   ASCII, a `?` or a `#`.
//!
//! Nothing else is special: `%20`, `;` and upper case are bytes like others. [`PathFault`] tells which of these it is.
//!
//! ## Templates
//! A segment of a template is a *literal*, a *parameter* (`{name}`), or *partial*: literals and parameters in turn, as in
//! `{name}.json`, `{id}:cancel` or `fn(a='{a}')`. A literal matches the segment that has the same bytes. A trailing slash
//! in a template is a last literal that is empty, and nothing else matches an empty segment.
//!
//! A literal is written as requests are: of the characters that RFC 3986, section 3.3, calls `pchar`. A byte that needs no
//! percent-encoding has none, and encodings have upper-case digits: `%C3%A9`. This is the grammar that OpenAPI gives for
//! path templates (OpenAPI 3.2.0, "Path Templating"), without the templates that no request could match.
//!
//! A parameter takes at least one byte of one segment, and its value is never `.` or `..`. There are no parameters of
//! several segments: in `{proxy+}` the `+` is a part of the name. The value is given as it stands in the path.
//!
//! A template that no request could reach is an error, and so is `{a}{b}`, where nothing says where one value ends:
//! [`TemplateFault`] has the list. [`Template::parse`] is the grammar, for whoever reads templates and routes nothing.
//!
//! ## How a partial segment splits
//! From left to right: each literal is taken at the first place that leaves the parameter before it at least one byte;
//! the last literal is taken at the segment's end. If the segment can be split in any way, it can be split so. Only then
//! the values are looked at: if one is empty, `.` or `..`, the template does not match.
//!
//! ```
//! # use policy_router::{Match, Router};
//! let router = Router::build([("GET", "/{a}-{b}"), ("GET", "/compare/{base}...{head}")])?;
//! let values = |path| match router.find("GET", path) {
//!     Match::Found { parameters, .. } => parameters.iter().map(|(_, value)| value).collect(),
//!     _ => Vec::new(),
//! };
//! assert_eq!(values("/x-y-z"), ["x", "y-z"]);
//! assert_eq!(values("/---"), ["-", "-"]);
//! assert!(values("/x-").is_empty());
//! assert_eq!(values("/compare/v1....v2"), ["v1", ".v2"]);
//! assert!(values("/compare/v1.....").is_empty(), "the second value would be `..`");
//! # Ok::<(), policy_router::BuildError>(())
//! ```
//!
//! ## The order
//! Templates are compared segment by segment from the left. At the first segment in which they differ,
//! 1. a literal comes before a partial segment, and that before a parameter;
//! 2. of two partial segments, the one with more literal bytes comes first; then the one with fewer parameters; then the
//!    one whose text comes first in the order of bytes, with each parameter written as one zero byte.
//!
//! A segment that matches less than another comes before it: `{name}:cancel` before `{name}:{verb}`, which matches all of its
//! values. [`Segment::relation`] says how two segments relate.
//!
//! Names of parameters make no difference. So any two templates that match one path differ in this order, unless they are
//! the same but for names: with the same method that is an error, [`BuildFault::Collision`].
//!
//! ```
//! # use policy_router::Router;
//! let router = Router::build([
//!     ("GET", "/a/{x}/c"),
//!     ("GET", "/a/b/{y}"),
//!     ("GET", "/f/{name}"),
//!     ("GET", "/f/{name}.json"),
//!     ("GET", "/f/x{name}"),
//! ])?;
//! let find = |path| router.find("GET", path).operation();
//! assert_eq!(find("/a/b/c"), Some(1), "`b` is a literal, further left than `c`");
//! assert_eq!(find("/a/z/c"), Some(0));
//! assert_eq!(find("/f/x.json"), Some(3), "five literal bytes before one");
//! assert_eq!(find("/f/xy"), Some(4));
//! assert_eq!(find("/f/.json"), Some(2), "the name in `.json` would be empty");
//! # Ok::<(), policy_router::BuildError>(())
//! ```
//!
//! ## The method
//! Methods are exact bytes. A request is matched by the first template, *among those with an operation of its method*,
//! that matches its path. If there is none, but templates with other methods match the path, the answer is
//! [`Match::MethodNotAllowed`] with the methods of all of them. `HEAD` and `OPTIONS` are methods like others: who lets
//! `GET` answer `HEAD` asks a second time.
//!
//! ```
//! # use policy_router::{Match, Router};
//! let router = Router::build([("GET", "/items/mine"), ("PUT", "/items/{id}"), ("DELETE", "/items/{id}")])?;
//! assert_eq!(router.find("PUT", "/items/mine").operation(), Some(1), "`/items/mine` has no PUT");
//! let Match::MethodNotAllowed(allowed) = router.find("get", "/items/mine") else { panic!() };
//! assert!(allowed.eq(["DELETE", "GET", "PUT"]));
//! # Ok::<(), policy_router::BuildError>(())
//! ```
#![no_std]

extern crate alloc;

mod bytes;
mod error;
mod find;
mod layout;
mod method;
mod owned;
mod parameters;
mod partial;
mod path_fault;
mod scan;
mod segment;
mod slot;
mod strict;
mod table;
mod template;
mod trie;

pub use error::{BuildError, BuildFault, TemplateFault};
pub use find::{AllowedMethods, Match};
pub use method::is_method;
pub use owned::OwnedRouter;
pub use parameters::{ParameterIter, Parameters};
pub use path_fault::PathFault;
pub use table::{FORMAT, Router, Tables};
pub use template::{Partial, Relation, Segment, Template};
