//! Operations that have another path and the same policy.
//!
//! Such a pair is told as one, so that a reviewer sees what is new. But an operation that anybody may call is never paired: a route that is
//! new and open has to be seen, whatever is gone at the same time.

use std::collections::BTreeMap;

use policy_core::Access;

use super::{Difference, Subject};
use crate::fingerprint::alternative;
use crate::model::{OperationModel, PolicyModel};
use crate::path_key::erased;

/// In how many pairs of one policy paths are compared segment by segment.
const MOST_PAIRS: usize = 10_000;

/// Pairs of an operation of `before` that is gone and one of `after` that is new.
pub(super) fn renamed(before: &PolicyModel, after: &PolicyModel, differences: &[Difference]) -> Vec<(usize, usize)> {
    let mut buckets: BTreeMap<Policy, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for difference in differences {
        match difference.subject {
            Subject::Operation(Some(at), None) => {
                if let Some(policy) = after.operations.get(at).and_then(policy) {
                    buckets.entry(policy).or_default().1.push(at);
                }
            }
            Subject::Operation(None, Some(at)) => {
                if let Some(policy) = before.operations.get(at).and_then(policy) {
                    buckets.entry(policy).or_default().0.push(at);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (mut gone, mut new) in buckets.into_values() {
        let id = |operation: &OperationModel| operation.operation_id.clone();
        let template = |operation: &OperationModel| Some(erased(&operation.template));
        pair(&mut found, before, after, &mut gone, &mut new, id);
        pair(&mut found, before, after, &mut gone, &mut new, template);
        alike(&mut found, before, after, &gone, &new);
    }
    found.sort_unstable_by_key(|(_, after)| *after);
    found
}

/// What has to be the same.
type Policy = (String, Vec<Vec<u8>>, Vec<String>, Vec<String>, bool, bool);

/// `None` for an operation that is never paired.
fn policy(operation: &OperationModel) -> Option<Policy> {
    if operation.access() != Some(Access::Required) {
        return None;
    }
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort_unstable();
        names
    };
    let mut alternatives: Vec<Vec<u8>> = operation.alternatives().iter().map(alternative).collect();
    alternatives.sort_unstable();
    let query = &operation.query;
    let (names, prefixes) = (sorted(&query.names), sorted(&query.prefixes));
    Some((operation.method.clone(), alternatives, names, prefixes, query.any, query.ignores_others))
}

/// Pairs what has the same key, where only one on each side has it.
fn pair(
    found: &mut Vec<(usize, usize)>,
    before: &PolicyModel,
    after: &PolicyModel,
    gone: &mut Vec<usize>,
    new: &mut Vec<usize>,
    key: impl Fn(&OperationModel) -> Option<String>,
) {
    let mut keys: BTreeMap<String, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for at in gone.iter() {
        if let Some(key) = before.operations.get(*at).and_then(&key) {
            keys.entry(key).or_default().0.push(*at);
        }
    }
    for at in new.iter() {
        if let Some(key) = after.operations.get(*at).and_then(&key) {
            keys.entry(key).or_default().1.push(*at);
        }
    }
    for sides in keys.values() {
        if let ([one], [other]) = (sides.0.as_slice(), sides.1.as_slice()) {
            found.push((*one, *other));
            gone.retain(|at| at != one);
            new.retain(|at| at != other);
        }
    }
}

/// Pairs paths that are alike, where each is like no other.
fn alike(found: &mut Vec<(usize, usize)>, before: &PolicyModel, after: &PolicyModel, gone: &[usize], new: &[usize]) {
    if gone.len().saturating_mul(new.len()) > MOST_PAIRS {
        return;
    }
    let path =
        |model: &PolicyModel, at: usize| model.operations.get(at).map(|one| erased(&one.path)).unwrap_or_default();
    let olds: Vec<String> = gone.iter().map(|at| path(before, *at)).collect();
    let news: Vec<String> = new.iter().map(|at| path(after, *at)).collect();
    for (old, one) in olds.iter().zip(gone) {
        let mut like = news.iter().zip(new).filter(|(new, _)| is_alike(old, new));
        let (Some((path, other)), None) = (like.next(), like.next()) else { continue };
        if olds.iter().filter(|old| is_alike(old, path)).count() == 1 {
            found.push((*one, *other));
        }
    }
}

/// One segment differs, or one path is the end of the other.
fn is_alike(one: &str, other: &str) -> bool {
    if one.ends_with(other) || other.ends_with(one) {
        return true;
    }
    let (one, other): (Vec<&str>, Vec<&str>) = (one.split('/').collect(), other.split('/').collect());
    one.len() == other.len() && one.len() > 2 && one.iter().zip(&other).filter(|(one, other)| one != other).count() == 1
}
