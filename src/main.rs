//! The reference API's server and command line.

fn main() -> std::process::ExitCode {
    charthero_api::cli::run()
}
