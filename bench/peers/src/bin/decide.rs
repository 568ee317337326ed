//! The table of `policy-bench`, with Cedar and regorus.

use std::process::ExitCode;

fn main() -> ExitCode {
    policy_bench::table::run(&|operations, _| policy_bench_peers::engines::engines(operations))
}
