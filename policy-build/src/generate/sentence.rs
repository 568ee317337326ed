//! What an operation requires, as a sentence of Markdown for rustdoc.

use policy_spec::{InWords, OperationModel, RequirementFacts};

use crate::text::code;

/// `Requires …`, for rustdoc.
pub(super) fn requirement(operation: &OperationModel) -> String {
    let phrases = InWords::new(&code).requirement(&operation.requirement);
    match (&operation.requirement, phrases.as_slice()) {
        (RequirementFacts::Public, _) => "Public: no credential is needed.".to_owned(),
        (_, [phrase]) => format!("Requires {phrase}."),
        (_, phrases) => format!("Requires one of: {}.", phrases.join("; ")),
    }
}
