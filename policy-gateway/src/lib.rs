//! Decides for a proxy who may call what, by the scope policy of an OpenAPI document.
//!
//! A proxy asks before it forwards a request: Envoy by `ext_authz`, Traefik and Caddy by forward-auth, nginx by `auth_request`, and
//! others by AuthZEN. Each of these is a dialect. A listener speaks one dialect. It reads a [`ProxiedRequest`], lets the [`Authorizer`]
//! decide, and writes the [`Outcome`] in its dialect's words.
// docs.rs builds with nightly, and shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod admin;
pub mod assertion;
pub mod authorizer;
pub mod configuration;
pub mod decision_log;
pub mod demo;
pub mod dialects;
pub mod doctor;
pub mod event_log;
mod file;
pub mod keys;
pub mod listener;
mod listening;
pub mod loading;
mod observed;
pub mod outcome;
pub mod proxied_request;
mod reload;
pub mod serving;
pub mod store_command;
#[cfg_attr(not(feature = "otlp"), path = "no_traces.rs")]
pub mod traces;

pub use authorizer::Authorizer;
pub use configuration::Configuration;
pub use outcome::{Admission, Outcome};
pub use proxied_request::ProxiedRequest;
