//! Peers that take long to compile, and services to measure.

pub mod engines;
#[path = "../../../policy-store/tests/store/server.rs"]
mod postgres;
pub mod reference;
pub mod services;
