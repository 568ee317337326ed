//! Every alternative of an operation, and what the caller lacks for it.

use policy_core::ScopeString;
use policy_core::owned::{
    AlternativeFacts, Decision, Grant, OperationFacts, OwnedPolicy, PolicyFacts, Request, RequirementFacts,
};
use policy_spec::{OperationModel, Span};
use serde::{Serialize, Serializer};

use super::Context;
use super::caller::Caller;
use super::excerpt::Excerpt;
use crate::failure::Failure;

/// An alternative, with what the caller lacks for it.
#[derive(Debug, Serialize)]
pub(crate) struct Alternative {
    /// What it asks for.
    #[serde(flatten, serialize_with = "listed")]
    pub(crate) facts: AlternativeFacts,
    /// Whether the caller meets it.
    pub(crate) met: bool,
    /// Whether the decision rests on it. That is the first one that is met. An anonymous one counts after all others.
    pub(crate) chosen: bool,
    /// Whether a denial names it. That is the first of those that lack the fewest scopes, among those whose schemes are satisfied.
    pub(crate) closest: bool,
    /// The schemes that did not authenticate the caller.
    pub(crate) missing_schemes: Vec<String>,
    /// The scopes that the caller lacks, if all schemes are satisfied.
    pub(crate) missing_scopes: Vec<String>,
    /// Where the missing scopes are written, or the granted ones if none is missing.
    pub(crate) places: Vec<Excerpt>,
}

/// The form of version 1 of the JSON, in which the schemes are a list.
fn listed<S: Serializer>(facts: &AlternativeFacts, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Scheme<'a> {
        scheme: &'a str,
        scopes: &'a [String],
    }
    #[derive(Serialize)]
    struct Listed<'a> {
        anonymous: bool,
        schemes: Vec<Scheme<'a>>,
        extension: &'a [String],
    }
    let schemes = facts.schemes().iter().map(|(scheme, scopes)| Scheme { scheme, scopes }).collect();
    Listed { anonymous: facts.is_anonymous(), schemes, extension: facts.extension() }.serialize(serializer)
}

/// Weighs each alternative of a decided operation.
///
/// A decision says on which alternative it rests, and what the closest one lacks. To learn the same of the others, each is made an
/// operation with only this alternative, and decided.
pub(crate) fn weigh(
    context: &Context<'_>,
    operation: &OperationModel,
    caller: &Caller,
    decision: &Decision<'_, '_>,
) -> Result<Vec<Alternative>, Failure> {
    let served = context.engine.served();
    let alone = OwnedPolicy::new(PolicyFacts::new(
        served.schemes.iter().map(|scheme| scheme.name.clone()).collect(),
        served.scopes.iter().map(|scope| scope.name.clone()).collect(),
        (0..).zip(operation.alternatives()).map(|(at, one)| only(at, one)).collect(),
    ))
    .map_err(|error| Failure::new(error.to_string()))?;
    let issued = caller.issued();
    let grants = grants(&alone, &issued)?;
    let caller_of = (!caller.is_anonymous()).then_some(grants.as_slice());
    // If an extension multiplied the alternatives, there is no place for each of them.
    let spans = Some(&operation.alternative_spans).filter(|spans| spans.len() == operation.alternatives().len());
    let weighed = operation.alternatives().iter().zip(alone.operations()).enumerate().map(|(at, (one, alone))| {
        let request = Request { caller: Ok(caller_of), enabled: Ok(true), query: None };
        let judged = alone.decide(&request);
        let missing_schemes: Vec<String> =
            one.schemes().iter().map(|(name, _)| name).filter(|name| !caller.has(name)).cloned().collect();
        let mut missing_scopes: Vec<String> = judged.missing().map(str::to_owned).collect();
        missing_scopes.sort_unstable();
        missing_scopes.dedup();
        let span = spans.and_then(|spans| spans.get(at)).or(operation.reasons.first());
        let mut alternative = Alternative {
            facts: one.clone(),
            met: judged.is_allowed(),
            chosen: decision.alternative() == Some(at),
            closest: decision.closest() == Some(at),
            missing_schemes,
            missing_scopes,
            places: Vec::new(),
        };
        alternative.places = span.map(|span| places(context, operation, *span, &alternative)).unwrap_or_default();
        alternative
    });
    Ok(weighed.collect())
}

/// What each scheme granted, for a policy.
pub(crate) fn grants<'g>(policy: &OwnedPolicy, scopes: &'g [(&str, String)]) -> Result<Vec<Grant<'g>>, Failure> {
    scopes
        .iter()
        .map(|(scheme, scopes)| {
            let scopes = ScopeString::new(scopes).map_err(|error| Failure::new(error.to_string()))?;
            let unknown = || Failure::new(format!("the document declares no security scheme `{scheme}`"));
            policy.grant(scheme, scopes).ok_or_else(unknown)
        })
        .collect()
}

/// An operation with only this alternative.
fn only(at: usize, one: &AlternativeFacts) -> OperationFacts {
    OperationFacts::new("GET", at.to_string(), RequirementFacts::AnyOf(vec![one.clone()]))
}

/// Where the alternative is written. A scope may stand in the alternative itself or in the extension that adds to it.
fn places(context: &Context<'_>, operation: &OperationModel, span: Span, one: &Alternative) -> Vec<Excerpt> {
    let sources = &context.read.loaded.sources;
    let own = one.facts.scopes();
    let (words, label): (Vec<&String>, &str) = match (one.met, one.missing_schemes.is_empty()) {
        (true, _) if one.facts.is_anonymous() => (Vec::new(), "requires nothing"),
        (true, _) => match own.collect::<Vec<_>>() {
            none if none.is_empty() => (one.facts.schemes().iter().map(|(scheme, _)| scheme).collect(), "met"),
            scopes => (scopes, "granted"),
        },
        (false, true) => (one.missing_scopes.iter().collect(), "not granted"),
        (false, false) => (one.missing_schemes.iter().collect(), "no such credential"),
    };
    let mut words: Vec<&str> = words.into_iter().map(String::as_str).collect();
    let mut places = Vec::new();
    for span in std::iter::once(span).chain(operation.reasons.iter().copied()) {
        let found: Vec<&str> = words.iter().copied().filter(|word| Excerpt::holds(sources, span, word)).collect();
        if !found.is_empty() {
            places.push(Excerpt::of(sources, span, &found, label));
            words.retain(|word| !found.contains(word));
        }
    }
    if places.is_empty() {
        places.push(Excerpt::of(sources, span, &[], label));
    }
    places
}
