//! Peers that take long to compile, and services to measure.

pub mod engines;
pub mod reference;
pub mod services;
