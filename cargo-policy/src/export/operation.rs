//! What an operation requires, in the form that every target says it: nobody, anybody, or one of several alternatives.

use policy_core::owned::{AlternativeFacts, RequirementFacts};
use policy_spec::OperationModel;

use crate::escape::visible;

/// Whom an operation lets in, as far as schemes and scopes decide.
pub(super) enum LetsIn<'o> {
    /// Nothing is said, or no alternative is there.
    Nobody,
    /// It is public, or one alternative is anonymous. The sentence says which.
    Anybody(&'static str),
    /// Whoever meets one of these.
    AnyOf(Vec<Met<'o>>),
}

/// An alternative that asks for a credential.
pub(super) struct Met<'o> {
    /// The schemes, each with the scopes that it must have granted.
    pub(super) schemes: Vec<(&'o str, Vec<&'o str>)>,
    /// The schemes of which any may have granted each of `extension`: those of the alternative, or all of the document where it names
    /// none.
    pub(super) any: Vec<&'o str>,
    /// The scopes that any of those may have granted.
    pub(super) extension: Vec<&'o str>,
}

/// What an operation requires. `schemes` are all of the document, for alternatives that name none.
pub(super) fn lets_in<'o>(operation: &'o OperationModel, schemes: &[&'o str]) -> LetsIn<'o> {
    let alternatives = match &operation.requirement {
        RequirementFacts::Undeclared => return LetsIn::Nobody,
        RequirementFacts::Public => return LetsIn::Anybody("Anybody may call it, and no credential is looked at."),
        RequirementFacts::AnyOf(alternatives) => alternatives,
    };
    if alternatives.iter().any(AlternativeFacts::is_anonymous) {
        return LetsIn::Anybody("Anybody may call it, and a credential that is sent must be valid.");
    }
    let met: Vec<Met<'_>> = alternatives.iter().map(|alternative| met(alternative, schemes)).collect();
    if met.is_empty() { LetsIn::Nobody } else { LetsIn::AnyOf(met) }
}

fn met<'o>(alternative: &'o AlternativeFacts, schemes: &[&'o str]) -> Met<'o> {
    fn texts(names: &[String]) -> Vec<&str> {
        names.iter().map(String::as_str).collect()
    }
    let mut own: Vec<(&str, Vec<&str>)> =
        alternative.schemes().iter().map(|(name, scopes)| (name.as_str(), texts(scopes))).collect();
    // Of one scheme, any and all are the same.
    if let [(_, scopes)] = own.as_mut_slice() {
        scopes.extend(alternative.extension().iter().map(String::as_str));
        scopes.sort_unstable();
        scopes.dedup();
        return Met { any: Vec::new(), extension: Vec::new(), schemes: own };
    }
    let any = if own.is_empty() { schemes.to_vec() } else { own.iter().map(|(name, _)| *name).collect() };
    Met { schemes: own, any, extension: texts(alternative.extension()) }
}

/// The name by which a policy is asked for an operation: its method and its path template as it is served.
pub(super) fn name(operation: &OperationModel) -> String {
    operation.served_key()
}

/// The two lines above each policy: the operation, and where the document says what it requires.
pub(super) fn comment(operation: &OperationModel) -> [String; 2] {
    let place = operation.scopes_location.as_ref().unwrap_or(&operation.location);
    [visible(&name(operation)).into_owned(), visible(&format!("{}:{}", place.file, place.line)).into_owned()]
}
