//! What is wrong with a document that is shown all the same.

use std::io::Write as _;

use crate::failure::Failure;
use crate::project::Read;

/// Tells the document's errors on standard error, beside whatever else is shown of it. `shown` names that.
pub(crate) fn tell_errors(read: &Read, shown: &str) {
    const BOLD: &str = "\x1b[1m";
    const CYAN: &str = "\x1b[1m\x1b[96m";
    const OFF: &str = "\x1b[0m";
    let loaded = &read.loaded;
    let errors: Vec<String> = loaded
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .map(|finding| finding.render(&loaded.sources, true))
        .collect();
    if errors.is_empty() {
        return;
    }
    let whole = if loaded.is_complete() { "" } else { " A part of the document could not be read and is missing." };
    let text = format!(
        "{}\n\n{CYAN}note{OFF}{BOLD}: {shown} shows a document that no build accepts.{whole}{OFF}\n",
        errors.join("\n\n")
    );
    // Where standard error is closed, what is shown is shown nevertheless.
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// The failure of a document of which nothing can be read at all. Its errors were told before.
pub(crate) fn unreadable(read: &Read) -> Failure {
    Failure::new(format!("nothing of `{}` can be shown", read.path.display()))
}
