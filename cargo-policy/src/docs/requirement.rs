//! What an operation requires, as a cell of a table.

use policy_spec::{InWords, OperationModel, PolicyModel, RequirementFacts};

use super::markdown::{code, text};

/// The cell. Each alternative is a line of it.
pub(crate) fn cell(operation: &OperationModel, model: &PolicyModel) -> String {
    // A document's only scheme need not be named.
    let only = match model.schemes.as_slice() {
        [only] => Some(only.name.as_str()),
        _ => None,
    };
    let words = InWords::new(&code).with_schemes(&text).without(only);
    let phrases = words.requirement(&operation.requirement).join("<br>or ");
    if operation.requirement == RequirementFacts::Public { format!("none: {phrases}") } else { phrases }
}
