//! The question before requests are sent that may change something.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _, stderr, stdin};

use policy_test::matrix::Run;

use crate::check::plural;
use crate::failure::Failure;

/// Asks, unless `--yes` answered already. Where nobody can be asked, it is a failure.
pub(super) fn confirm(run: &Run, url: &str, yes: bool) -> Result<(), Failure> {
    let others: Vec<_> = run.plan().cases.iter().filter(|case| !case.is_safe()).collect();
    if yes || others.is_empty() {
        return Ok(());
    }
    let methods: BTreeSet<&str> = others.iter().map(|case| case.method.as_str()).collect();
    let methods = methods.into_iter().collect::<Vec<_>>().join(", ");
    let what = format!("{} by {methods} would be sent to {url}", plural(others.len(), "request"));
    if !stdin().is_terminal() || !stderr().is_terminal() {
        let help = "`--yes` sends them, `--dry-run` shows them";
        return Err(Failure::with_help(format!("{what}, and nobody can be asked whether that is meant"), help));
    }
    let _ = write!(stderr(), "{what}. A service with a fault runs them. Send them? [y/N] ");
    let _ = stderr().flush();
    let mut answer = String::new();
    let _ = stdin().read_line(&mut answer);
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::new("nothing was sent")),
    }
}
