//! Every alternative of an operation, and what the caller lacks for it.

use policy_core::owned::{AlternativeFacts, Decision, Grant, OperationFacts, OwnedPolicy, PolicyFacts, Request};
use policy_core::{Access, ScopeString, Stage};
use policy_spec::{AlternativeModel, OperationModel, Span};
use serde::Serialize;

use super::Context;
use super::caller::Caller;
use super::excerpt::Excerpt;
use crate::failure::Failure;

/// An alternative, weighed.
#[derive(Debug, Serialize)]
pub(crate) struct Alternative {
    /// `{}`: no credential is needed.
    pub(crate) anonymous: bool,
    /// The schemes, each with the scopes that its credential must hold.
    pub(crate) schemes: Vec<SchemeScopes>,
    /// The scopes of the extension, which any of these schemes may have granted.
    pub(crate) extension: Vec<String>,
    /// Whether the caller meets it.
    pub(crate) met: bool,
    /// Whether the decision rests on it: the first that is met, an anonymous one after all others.
    pub(crate) chosen: bool,
    /// Whether it is the one that a denial names: of those whose schemes are satisfied, the first that lacks the fewest.
    pub(crate) closest: bool,
    /// The schemes that did not authenticate the caller.
    pub(crate) missing_schemes: Vec<String>,
    /// The scopes that the caller lacks, where all schemes are satisfied.
    pub(crate) missing_scopes: Vec<String>,
    /// Where what matters of it is written: what is missing, else what was granted.
    pub(crate) places: Vec<Excerpt>,
}

/// A scheme of an alternative.
#[derive(Debug, Serialize)]
pub(crate) struct SchemeScopes {
    pub(crate) scheme: String,
    pub(crate) scopes: Vec<String>,
}

/// Weighs each alternative of a decided operation.
///
/// A decision says which alternative it rests on and what the closest one lacks. For the others the engine is asked about
/// an operation that has nothing but this one alternative.
pub(crate) fn weigh(
    context: &Context<'_>,
    operation: &OperationModel,
    caller: &Caller,
    decision: &Decision<'_, '_>,
) -> Result<Vec<Alternative>, Failure> {
    let served = context.engine.served();
    let alone = OwnedPolicy::new(PolicyFacts {
        check_order: Stage::ALL,
        schemes: served.schemes.iter().map(|scheme| scheme.name.clone()).collect(),
        scopes: served.scopes.iter().map(|scope| scope.name.clone()).collect(),
        operations: (0..).zip(&operation.alternatives).map(|(at, one)| only(at, one)).collect(),
    })
    .map_err(|error| Failure::new(error.to_string()))?;
    let scopes: Vec<(&str, String)> =
        caller.grants.iter().map(|grant| (grant.scheme.as_str(), grant.scopes.join(" "))).collect();
    let grants = grants(&alone, &scopes)?;
    let caller_of = (!caller.is_anonymous()).then_some(grants.as_slice());
    // Where alternatives were not multiplied, each has the place where it is written.
    let spans = Some(&operation.alternative_spans).filter(|spans| spans.len() == operation.alternatives.len());
    let weighed = operation.alternatives.iter().zip(alone.operations()).enumerate().map(|(at, (one, alone))| {
        let request = Request { caller: Ok(caller_of), enabled: Ok(true), query: None };
        let judged = alone.decide(&request);
        let missing_schemes: Vec<String> =
            one.schemes.iter().map(|(name, _)| name).filter(|name| !caller.has(name)).cloned().collect();
        let mut missing_scopes: Vec<String> = judged.missing().map(str::to_owned).collect();
        missing_scopes.sort_unstable();
        missing_scopes.dedup();
        let span = spans.and_then(|spans| spans.get(at)).or(operation.reasons.first());
        let mut alternative = Alternative {
            anonymous: one.anonymous,
            schemes: one.schemes.iter().map(scheme_scopes).collect(),
            extension: one.extension.clone(),
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

/// An operation that has nothing but this alternative.
fn only(at: usize, one: &AlternativeModel) -> OperationFacts {
    OperationFacts {
        method: "GET".to_owned(),
        template: at.to_string(),
        access: if one.anonymous { Access::Optional } else { Access::Required },
        alternatives: vec![AlternativeFacts {
            anonymous: one.anonymous,
            schemes: one.schemes.clone(),
            extension: one.extension.clone(),
        }],
        ..OperationFacts::default()
    }
}

fn scheme_scopes((scheme, scopes): &(String, Vec<String>)) -> SchemeScopes {
    SchemeScopes { scheme: scheme.clone(), scopes: scopes.clone() }
}

/// Where the alternative is written. A scope may stand in the alternative itself or in the extension that adds to it.
fn places(context: &Context<'_>, operation: &OperationModel, span: Span, one: &Alternative) -> Vec<Excerpt> {
    let sources = &context.read.loaded.sources;
    let own = one.schemes.iter().flat_map(|scheme| &scheme.scopes).chain(&one.extension);
    let (words, label): (Vec<&String>, &str) = match (one.met, one.missing_schemes.is_empty()) {
        (true, _) if one.anonymous => (Vec::new(), "requires nothing"),
        (true, _) => match own.collect::<Vec<_>>() {
            none if none.is_empty() => (one.schemes.iter().map(|scheme| &scheme.scheme).collect(), "met"),
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
