//! Runs rustdoc with permission to write JSON, which stable Rust does not have.
//!
//! The permission is an environment variable. It is given to rustdoc alone, since build scripts of dependencies look at it too:
//! given to cargo, all of them would be built again.

use std::process::{Command, ExitCode};
use std::{env, io};

fn main() -> io::Result<ExitCode> {
    let status = Command::new("rustdoc").args(env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
