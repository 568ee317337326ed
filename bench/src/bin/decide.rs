//! Compares a route and a decision with other routers and with a check by hand. `bench/engines` adds policy engines.

use std::process::ExitCode;

fn main() -> ExitCode {
    policy_bench::table::run(&|_, _| Ok(Vec::new()))
}
