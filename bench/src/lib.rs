//! What this costs beside its peers: the parts that the programs in `src/bin` are made of.
#![allow(clippy::print_stdout, reason = "programs that print tables")]

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
