//! Shows the errors of a document on standard error, while something else of the document is shown.

use std::io::Write as _;

use policy_spec::{Finding, Told};

use crate::failure::Failure;
use crate::project::Read;

const BOLD: &str = "\x1b[1m";
const CYAN: &str = "\x1b[1m\x1b[96m";
const OFF: &str = "\x1b[0m";

/// Shows the document's errors on standard error. `shown` names what else is shown of the document.
pub(crate) fn tell_errors(read: &Read, shown: &str) {
    tell(read, shown, |_| true);
}

/// Shows the errors about one operation, and how many others there are. Without an operation, it shows all.
pub(crate) fn tell_errors_about(read: &Read, operation: Option<String>, shown: &str) {
    let Some(operation) = operation else { return tell_errors(read, shown) };
    let model = read.loaded.readable();
    let operation = model.and_then(|model| model.operations.iter().find(|one| one.key() == operation));
    let about: Vec<&Finding> = operation.map(|operation| read.loaded.about(operation).collect()).unwrap_or_default();
    tell(read, shown, |finding| about.iter().any(|one| std::ptr::eq(*one, finding)));
}

fn tell(read: &Read, shown: &str, wanted: impl Fn(&Finding) -> bool) {
    let loaded = &read.loaded;
    let errors: Vec<&Finding> = loaded.findings.iter().filter(|finding| finding.is_error()).collect();
    if errors.is_empty() {
        return;
    }
    let told: Vec<&&Finding> = errors.iter().filter(|finding| wanted(finding)).collect();
    let mut text = String::new();
    for finding in Told::once(told.iter().copied().copied()) {
        text.push_str(&finding.render(&loaded.sources, true, None));
        text.push_str("\n\n");
    }
    let others = match errors.len() - told.len() {
        0 => String::new(),
        1 => " `cargo policy check` shows another error.".to_owned(),
        more => format!(" `cargo policy check` shows {more} other errors."),
    };
    let whole = if loaded.is_complete() { "" } else { " A part of the document could not be read and is missing." };
    text.push_str(&format!(
        "{CYAN}note{OFF}{BOLD}: {shown} shows a document that no build accepts.{whole}{others}{OFF}\n"
    ));
    // If standard error is closed, the other output is still wanted.
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Shows the document's errors on standard error, and says what is not done because of them: `nothing is exported`.
pub(crate) fn tell_refusal(read: &Read, refused: &str) {
    let loaded = &read.loaded;
    let mut text = String::new();
    for told in Told::once(loaded.findings.iter().filter(|finding| finding.is_error())) {
        text.push_str(&told.render(&loaded.sources, true, None));
        text.push_str("\n\n");
    }
    text.push_str(&format!("{CYAN}note{OFF}{BOLD}: {refused}, since a document with errors is no policy{OFF}\n"));
    // If standard error is closed, the exit code has to be enough.
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// The failure of a document of which nothing can be read. Its errors were shown before.
pub(crate) fn unreadable(read: &Read) -> Failure {
    Failure::new(format!("nothing of `{}` can be shown", read.path.display()))
}
