//! Compares the costs of this project with those of others. The programs are in `src/bin`, and this library has their parts.
#![allow(clippy::print_stdout, reason = "programs that print tables")]

extern crate alloc;

pub mod arguments;
pub mod contenders;
pub mod document;
pub mod floors;
pub mod measure;
pub mod oracle;
pub mod requests;
pub mod table;
pub mod tables;
pub mod workload;

// Private files of the router, compiled here once more, so that the same source can be measured by itself.
#[path = "../../policy-router/src/bytes.rs"]
#[allow(dead_code, reason = "parts of it are measured")]
mod bytes;
#[path = "../../policy-router/src/method.rs"]
#[allow(dead_code, unreachable_pub, reason = "parts of it are measured")]
mod method;
#[path = "../../policy-router/src/scan.rs"]
#[allow(dead_code, reason = "parts of it are measured")]
mod scan;
#[path = "../../policy-router/src/segment.rs"]
#[allow(dead_code, reason = "parts of it are measured")]
mod segment;
#[path = "../../policy-router/src/slot.rs"]
#[allow(dead_code, reason = "parts of it are measured")]
mod slot;
#[path = "../../policy-router/src/strict.rs"]
#[allow(dead_code, reason = "parts of it are measured")]
mod strict;
