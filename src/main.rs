//! The reference API's program.

use std::io::Write;

fn main() -> std::io::Result<()> {
    write!(std::io::stdout(), "{}", charthero_api::policy::POLICY.audit())
}
