//! Measurements of the gateway. The README beside this file has the commands.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a measurement fails by panicking, and prints"
)]

mod calls;
mod compare;
mod floor;
mod keys;
mod load;
mod process;
mod scale;
mod soak;
mod wire;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser as _;

/// Measures the gateway.
#[derive(clap::Parser)]
enum Command {
    /// Envoy with the gateway, Envoy with an authorizer that allows everything, and Cerbos, in one run.
    Compare(compare::Compare),
    /// The gateway by gRPC, without a proxy.
    Calls(calls::Calls),
    /// Start time, memory and reload time with many documents, operations and keys.
    Scale(scale::Scale),
    /// Load under reloads and key changes, in which every answer is checked.
    Soak {
        /// For how many minutes.
        #[arg(long, default_value_t = 10.0)]
        minutes: f64,
    },
    /// The authorizer that decides nothing, which the others start.
    #[command(hide = true)]
    Floor {
        address: SocketAddr,
        /// The folder of the answers that it gives.
        prepared: Option<PathBuf>,
    },
}

fn main() {
    // Cargo adds `--bench`.
    let arguments = std::env::args().filter(|argument| argument != "--bench");
    match Command::parse_from(arguments) {
        Command::Compare(compare) => compare.run(),
        Command::Calls(calls) => calls.run(),
        Command::Floor { address, prepared } => floor::authorizer(address, prepared.as_deref()),
        Command::Scale(scale) => scale.run(),
        Command::Soak { minutes } => {
            let report = soak::run(Duration::from_secs_f64(minutes * 60.0));
            print!("{}", report.text);
            assert!(report.wrong.is_empty(), "{:#?}", report.wrong);
        }
    }
}
