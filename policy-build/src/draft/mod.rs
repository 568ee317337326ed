//! Draft mode: the program that writes a document is compiled before the document says what the program needs.
//!
//! `cargo policy draft` sets `POLICY_DRAFT` to the document that it is going to replace. While the variable is set, the build of that
//! document generates a policy with everything that the old document has or the sources name. Every type exists, and every permit
//! carries every scope. Such a policy must never be served. Three checks prevent that, and each is enough by itself:
//!
//! 1. The build script refuses any profile but debug ones ([`mode`]).
//! 2. The generated module does not compile without debug assertions ([`LOCK`]).
//! 3. The policy says that it is a draft (`policy-core`): no adapter mounts it, and it denies every request.

mod model;
mod names;
mod tokens;

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::Path;

use policy_spec::{DRAFT_VARIABLE, DraftSettings, PolicyModel, draft_path};

use crate::report::Report;
use crate::text;

pub(crate) use model::drafted;
pub(crate) use names::Named;

/// The beginning of a generated draft. It fails to compile without debug assertions.
pub(crate) const LOCK: &str = "#[cfg(not(debug_assertions))]\n\
     ::core::compile_error!(\"this policy is a draft (`POLICY_DRAFT` is set), and a draft is never built without debug assertions\");\n";

/// The environment variables that decide about a draft.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Surroundings<'e> {
    /// `POLICY_DRAFT`: the document that is being written.
    pub(crate) draft: Option<&'e OsStr>,
    /// `PROFILE`: `debug` or `release`. A profile that inherits one of them has the same word.
    pub(crate) profile: Option<&'e OsStr>,
}

/// What is generated for a document.
pub(crate) enum Mode<'s> {
    /// The policy.
    Policy,
    /// A draft, because the program that is compiled writes this document.
    Draft(&'s DraftSettings),
}

/// Whether a draft is asked for.
///
/// # Errors
/// The variable asks for a draft that the configuration or the profile does not allow.
pub(crate) fn mode<'s>(
    surroundings: Surroundings<'_>,
    document: &Path,
    settings: Option<&'s DraftSettings>,
) -> Result<Mode<'s>, Report> {
    let asked = surroundings.draft.filter(|asked| !asked.is_empty());
    // No document is being written, or another one.
    if asked.is_none_or(|asked| Path::new(asked) != draft_path(document)) {
        return Ok(Mode::Policy);
    }
    let name = document.display();
    let Some(settings) = settings else {
        let help = "add `[draft]` to `policy.toml` if a program writes this document; else unset the variable";
        let message = format!("`{DRAFT_VARIABLE}` asks for a draft of `{name}`, and its configuration allows none");
        return Err(Report::message(message, Some(help)));
    };
    if surroundings.profile != Some(OsStr::new("debug")) {
        let profile = surroundings.profile.unwrap_or_default().to_string_lossy();
        let help = format!("unset `{DRAFT_VARIABLE}`, or build in the profile `dev`");
        let message =
            format!("a draft of `{name}` is never built in a profile like `{profile}`: nothing may be served by it");
        return Err(Report::message(message, Some(&help)));
    }
    Ok(Mode::Draft(settings))
}

/// A sentence with the command that writes the document, for messages about something that is missing in it.
pub(crate) fn help(settings: Option<&DraftSettings>) -> Option<String> {
    let settings = settings?;
    Some(format!("`{}` writes the document from what the program says", settings.instruction()))
}

/// A warning for each name that the sources have and the document does not. Without it, rustc says only that it cannot find the name.
pub(crate) fn missing(document: &str, model: &PolicyModel, settings: &DraftSettings) -> Vec<String> {
    let named = Named::in_folders(&settings.sources);
    let names = model.names();
    let operations: HashSet<String> =
        names.operations.into_iter().flat_map(|one| [Some(one.name), one.alternatives]).flatten().collect();
    let scopes: HashSet<String> = names.scopes.into_iter().map(|one| one.name).collect();
    let schemes: HashSet<String> = names.schemes.into_iter().collect();
    let kinds = [
        ("an operation", &named.operations, operations),
        ("a scope", &named.scopes, scopes),
        ("a security scheme", &named.schemes, schemes),
    ];
    let mut warnings = Vec::new();
    for (kind, named, known) in &kinds {
        for (name, place) in named.iter().filter(|(name, place)| place.certain && !known.contains(*name)) {
            let file = place.file.to_string_lossy().replace('\\', "/");
            let (document, file) = (text::one_line(document), text::one_line(&file));
            warnings.push(format!(
                "cargo::warning={file}:{}: `{name}` is not {kind} of {document}; if it is new, `{}` writes the document",
                place.line,
                settings.instruction()
            ));
        }
    }
    warnings
}
