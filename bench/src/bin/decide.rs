//! What a route and a decision cost beside routers and a check by hand. `bench/engines` adds policy engines.

use std::process::ExitCode;

fn main() -> ExitCode {
    policy_bench::table::run(&|_, _| Ok(Vec::new()))
}
