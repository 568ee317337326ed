//! The files that this build script has written so far. A second document must not overwrite the policy of the first.

use std::path::PathBuf;
use std::sync::Mutex;

use crate::report::Report;

/// Every call of `compile` so far.
pub(crate) static CALLS: Mutex<Vec<Call>> = Mutex::new(Vec::new());

/// One call of `compile`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// The file that it writes.
    pub(crate) target: PathBuf,
    /// What the names of its macros begin with. `None` if it does not export macros from the crate.
    pub(crate) exported: Option<String>,
    pub(crate) document: PathBuf,
    /// The builder as it was set.
    pub(crate) settings: String,
}

/// Notes a call. It is an error if the call would overwrite what another one wrote. The same call may be repeated, since it writes the
/// same file.
pub(crate) fn claim(calls: &mut Vec<Call>, call: Call) -> Result<(), Report> {
    if calls.contains(&call) {
        return Ok(());
    }
    let file = call.target.file_name().unwrap_or_default().to_string_lossy();
    let document = call.document.display();
    // The help proposes an output of its own, named after the document.
    let name = call.document.file_stem().unwrap_or_default().to_string_lossy();
    let name = if file.strip_suffix(".rs") == Some(&*name) { format!("{name}_2") } else { name.into_owned() };
    let help = format!(
        "give it a file of its own: `policy_build::configure().output(\"{name}.rs\").compile(\"{document}\")`, and include that by `policy_core::include_policy!(\"{name}\")`"
    );
    let before = |other: &Call| other.document.display().to_string();
    if let Some(other) = calls.iter().find(|other| other.target == call.target) {
        let message = if other.document == call.document {
            format!("`{file}` holds the policy of `{document}` already, compiled with other settings")
        } else {
            format!(
                "`{file}` holds the policy of `{}` already, and that of `{document}` would take its place",
                before(other)
            )
        };
        return Err(Report::message(message, Some(&help)));
    }
    if let Some(other) = calls.iter().find(|other| call.exported.is_some() && other.exported == call.exported) {
        let message = format!("the exported macros of `{}` and `{document}` would have the same names", before(other));
        return Err(Report::message(message, Some(&help)));
    }
    calls.push(call);
    Ok(())
}
