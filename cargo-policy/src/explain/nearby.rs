//! Requests that were probably meant, for one that reaches no operation.

use std::collections::BTreeSet;

use policy_router::PathFault;
use policy_spec::{OperationModel, PolicyModel, Routed};

use super::Context;
use super::explanation::Near;
use super::request::Request;

/// How many operations are proposed.
const TOLD: usize = 5;

/// For a path that only operations with other methods have: these operations. First comes one whose method differs in case only.
pub(crate) fn methods(context: &Context<'_>, request: &Request, allowed: &[String]) -> Vec<Near> {
    let upper = request.method.to_ascii_uppercase();
    let mut near: Vec<Near> = Vec::new();
    for method in allowed.iter().take(TOLD) {
        let found = reached(context, method, &request.path, "methods are case-sensitive");
        near.extend(found.map(|found| if *method == upper { found } else { Near { why: None, ..found } }));
    }
    near.sort_by_key(|near| near.method != upper);
    near
}

/// For a path that no operation has: the same request, corrected. If no correction helps, operations that look alike.
pub(crate) fn paths(context: &Context<'_>, request: &Request) -> Vec<Near> {
    let mut near: Vec<Near> = Vec::new();
    for (path, why) in corrections(context.engine.served(), &request.path) {
        let method = request.method.to_ascii_uppercase();
        for method in [request.method.as_str(), method.as_str()] {
            let found = reached(context, method, &path, &why);
            near.extend(found.filter(|found| !near.iter().any(|known| known.path == found.path)));
        }
    }
    if near.is_empty() { alike(context.engine.served(), &request.method, &request.path) } else { near }
}

fn reached(context: &Context<'_>, method: &str, path: &str, why: &str) -> Option<Near> {
    match context.engine.route(method, path) {
        Routed::Operation { said, .. } => Some(Near {
            method: method.to_owned(),
            path: path.to_owned(),
            why: Some(why.to_owned()),
            place: said.location.to_string(),
        }),
        _ => None,
    }
}

/// Corrections of frequent mistakes in a path, each with the name of the mistake.
fn corrections(served: &PolicyModel, path: &str) -> Vec<(String, String)> {
    let mut corrections: Vec<(String, String)> = Vec::new();
    let mut correct = |path: String, why: String| corrections.push((path, why));
    if let Some((_, rest)) = path.split_once("://") {
        let start = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
        correct(start.to_owned(), "a path is asked for, not a URL".to_owned());
    }
    if !path.starts_with('/') {
        correct(format!("/{path}"), "a path starts with `/`".to_owned());
    }
    match path.strip_suffix('/') {
        Some(without) => correct(without.to_owned(), "a trailing slash makes another path".to_owned()),
        None => correct(format!("{path}/"), "a trailing slash makes another path".to_owned()),
    }
    if let Some((before, after)) = path.split_once(['?', '#']) {
        let what = if after.is_empty() { "what follows a path" } else { "a query or a fragment" };
        correct(before.to_owned(), format!("{what} is no part of it"));
    }
    let joined: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    correct(format!("/{}", joined.join("/")), "an empty segment makes another path".to_owned());
    correct(path.to_ascii_lowercase(), "paths are case-sensitive".to_owned());
    // The base path is missing, or another one is written.
    let bases: BTreeSet<&str> = served.operations.iter().map(base).collect();
    for (at, _) in path.match_indices('/') {
        let (before, rest) = path.split_at_checked(at).unwrap_or_default();
        if !before.is_empty() && PathFault::of(before).is_some() {
            break;
        }
        for base in bases.iter().filter(|base| **base != before) {
            let what = if before.is_empty() { "no base path" } else { before };
            let below = if base.is_empty() { "without one" } else { base };
            let said = if before.is_empty() {
                format!("the operation is served below `{below}`")
            } else if base.is_empty() {
                format!("the operation is served without a base path, not below `{what}`")
            } else {
                format!("the operation is served below `{below}`, not below `{what}`")
            };
            correct(format!("{base}{rest}"), said);
        }
    }
    corrections
}

/// The path below which an operation's template is served.
fn base(operation: &OperationModel) -> &str {
    let template = operation.template.split(['#', '?']).next().unwrap_or_default();
    operation.path.strip_suffix(template).unwrap_or_default()
}

/// The operations whose template looks most like the path.
fn alike(served: &PolicyModel, method: &str, path: &str) -> Vec<Near> {
    let mut scored: Vec<(usize, bool, usize, &OperationModel)> = served
        .operations
        .iter()
        .enumerate()
        .filter_map(|(at, operation)| Some((away(operation, path)?, operation.method != method, at, operation)))
        .collect();
    scored.sort_by_key(|(distance, other_method, at, _)| (*distance, *other_method, *at));
    // Templates that are much less alike than the first are left out.
    let most = scored.first().map_or(0, |(distance, ..)| distance + 2);
    let near =
        scored.into_iter().take_while(|(distance, ..)| *distance <= most).take(TOLD).map(|(_, _, _, operation)| Near {
            method: operation.method.clone(),
            path: operation.path.clone(),
            why: None,
            place: operation.location.to_string(),
        });
    near.collect()
}

/// The distance of the operation's path as served. The template without the base path is tried as well, and counts as somewhat
/// further away.
fn away(operation: &OperationModel, path: &str) -> Option<usize> {
    let without_base = operation.path.get(base(operation).len()..).unwrap_or_default();
    let further = || distance(without_base, path).map(|distance| distance + 2);
    distance(&operation.path, path).or_else(further)
}

/// In how many characters a path differs from a template. A parameter matches any value. `None` if they are entirely different.
///
/// [`policy_spec::likely`] is for names. This function compares segment by segment, and sorts templates by their distance.
fn distance(template: &str, path: &str) -> Option<usize> {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let (shorter, longer) = (template.len().min(path.len()), template.len().max(path.len()));
    if longer - shorter > 1 {
        return None;
    }
    let mut sum = 3 * (longer - shorter);
    for (one, other) in template.iter().zip(&path) {
        if one.contains('{') || one == other {
            continue;
        }
        let distance = strsim::damerau_levenshtein(one, other);
        // A word of which more than half differs is no misspelling.
        if 2 * distance > one.len().max(other.len()) + 1 {
            return None;
        }
        sum += distance;
    }
    Some(sum)
}
