//! Decides for a proxy who may call what, by the scope policy of an OpenAPI document.
//!
//! A proxy asks before it forwards a request: Envoy by `ext_authz`, Traefik and Caddy by forward-auth, nginx by `auth_request`, and
//! others by AuthZEN. Each of these is a dialect. A listener speaks one dialect. It reads a [`ProxiedRequest`], lets the [`Authorizer`]
//! decide, and writes the [`Outcome`] in its dialect's words.

pub mod assertion;
pub mod authorizer;
pub mod keys;
pub mod outcome;
pub mod proxied_request;
mod stored;

pub use authorizer::Authorizer;
pub use outcome::{Admission, Outcome};
pub use proxied_request::ProxiedRequest;
