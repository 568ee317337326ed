//! How two policies differ: which callers and query keys one lets in and the other does not, with an example of each.
//!
//! Operations are compared by what they accept, not by how they are written. A credential is a set of schemes that
//! authenticated a caller, each with the scopes that it granted. A credential with more schemes or more scopes is never refused where
//! one with fewer is accepted. So only the least credentials have to be tried: those that satisfy an alternative and nothing more.
//! If an operation accepts the least credentials of another, it accepts all credentials of it.
//!
//! For example, the least credential of `OAuth2[files:read]` is `OAuth2` with `files:read`. The requirement
//! `OAuth2[files:read] or Key` accepts it, and is therefore the wider one or the same.

mod change;
mod confirm;
mod danger;
mod in_words;
mod query;
mod renamed;
mod review;
mod route;
mod scope_map;

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use policy_core::owned::AlternativeFacts;

pub use change::Change;
pub use confirm::Deciders;
pub use danger::Danger;
pub use in_words::{DifferenceInWords, Spot, different_base_paths};
pub use review::{Reviewable, Reviewed, review};

use crate::model::{OperationModel, PolicyModel};
use query::key_beyond;
use route::{Credential, routes};

/// One thing in which two policies differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub subject: Subject,
    /// In which way.
    pub change: Change,
    /// What the first policy accepts and the second does not.
    pub gained: Option<Witness>,
    /// What the second policy accepts and the first does not.
    pub lost: Option<Witness>,
}

/// What two policies differ in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The order of checks.
    CheckOrder,
    /// A security scheme, by its name.
    Scheme(String),
    /// An entry of the scope map: its index in [`PolicyModel::scope_map`] of the first policy and of the second, where it is there.
    ScopeMap(Option<usize>, Option<usize>),
    /// An operation: its index in [`PolicyModel::operations`] of the first policy and of the second, where it is there.
    Operation(Option<usize>, Option<usize>),
}

/// What one policy accepts and another refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// A caller's credential: the schemes that authenticated the caller, each with the scopes that it granted. An empty list is a
    /// caller without a credential.
    Credential(Vec<(String, Vec<String>)>),
    /// A key in the query.
    Query(String),
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(key) => write!(f, "the query key `{}`", key.escape_debug()),
            Self::Credential(schemes) if schemes.is_empty() => f.write_str("a caller without a credential"),
            Self::Credential(schemes) => {
                f.write_str("a caller with ")?;
                for (at, (scheme, scopes)) in schemes.iter().enumerate() {
                    let separator = if at == 0 { "" } else { " and " };
                    write!(f, "{separator}`{scheme}`")?;
                    match scopes.as_slice() {
                        [] => f.write_str(" without any scope")?,
                        scopes => write!(f, " holding `{}`", scopes.join("`, `"))?,
                    }
                }
                Ok(())
            }
        }
    }
}

/// Everything in which `policy` differs from `against`: the check order, the kinds of schemes in use and which of their
/// credentials count as nobody, the scope map, then the operations
/// in the order of `policy`, and those that only `against` has.
///
/// Operations are the same when their [`route`](crate::OperationModel::route) is: the method and the path as served, whatever its
/// parameters are called. Descriptions, catalogues, `operationId`s and webhooks are no part of the comparison.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let read = |scopes: &str| {
///     let document = format!(
///         "openapi: 3.1.0
/// info: {{ title: Notes, version: '1' }}
/// paths:
///   /notes:
///     get: {{ security: [{{ Token: [{scopes}] }}] }}
/// components:
///   securitySchemes:
///     Token: {{ type: http, scheme: bearer, x-scopes: {{ 'notes:read': Read., 'notes:list': List. }} }}
/// "
///     );
///     policy_spec::read("notes.yaml", document.as_bytes(), &policy_spec::Settings::default()).model.ok_or("errors")
/// };
/// let (before, after) = (read("'notes:read', 'notes:list'")?, read("'notes:read'")?);
/// let [difference] = &*policy_spec::compare(&after, &before) else { return Err("one difference".into()) };
/// assert_eq!(difference.change, policy_spec::Change::Widened);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn compare(policy: &PolicyModel, against: &PolicyModel) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut differs = |subject, change, gained, lost| {
        differences.push(Difference { subject, change, gained, lost });
    };
    if policy.check_order != against.check_order {
        differs(Subject::CheckOrder, Change::CheckOrder, None, None);
    }
    let used: BTreeSet<&str> = used_schemes(policy).chain(used_schemes(against)).collect();
    for scheme in policy.schemes.iter().filter(|scheme| used.contains(scheme.name.as_str())) {
        let other = against.schemes.iter().find(|other| other.name == scheme.name);
        if other.is_some_and(|other| !other.kind.is_same(&scheme.kind)) {
            differs(Subject::Scheme(scheme.name.clone()), Change::SchemeKind, None, None);
        }
        // A scheme that only one of the two has is told by the operations that accept it.
        let Some(other) = other else { continue };
        if !scheme.as_nobody.is_subset(other.as_nobody) {
            differs(Subject::Scheme(scheme.name.clone()), Change::AsNobodyWidened, None, None);
        }
        if !other.as_nobody.is_subset(scheme.as_nobody) {
            differs(Subject::Scheme(scheme.name.clone()), Change::AsNobodyNarrowed, None, None);
        }
    }
    for (subject, is_wider, is_narrower) in scope_map::pairs(policy, against) {
        let of = |model: &PolicyModel, at: Option<usize>| model.scope_map.get(at?).and_then(scope_map::witness);
        let Subject::ScopeMap(here, there) = subject else { continue };
        if is_wider {
            differs(Subject::ScopeMap(here, there), Change::ScopeMapWidened, of(policy, here), None);
        }
        if is_narrower {
            differs(Subject::ScopeMap(here, there), Change::ScopeMapNarrowed, None, of(against, there));
        }
    }
    let (here, there) = (routes(policy), routes(against));
    let of_there: HashMap<&str, usize> = there.iter().enumerate().map(|(at, route)| (route.key.as_str(), at)).collect();
    for route in &here {
        let Some(other) = of_there.get(route.key.as_str()).and_then(|at| there.get(*at)) else {
            let gained = route.smallest().map(Credential::into_witness);
            differs(Subject::Operation(Some(route.index), None), Change::Added, gained, None);
            continue;
        };
        let subject = || Subject::Operation(Some(route.index), Some(other.index));
        match (route.beyond(other), other.beyond(route)) {
            (Ok(None), Ok(None)) if route.access != other.access => differs(subject(), Change::Access, None, None),
            (Ok(None), Ok(None)) => {}
            (Ok(gained), Ok(lost)) => {
                let change = match (&gained, &lost) {
                    (Some(_), Some(_)) => Change::Incomparable,
                    (Some(_), None) => Change::Widened,
                    (None, _) => Change::Narrowed,
                };
                differs(subject(), change, gained, lost);
            }
            _ => differs(subject(), Change::Undecided, None, None),
        }
        let (gained, lost) = (key_beyond(&route.query, &other.query), key_beyond(&other.query, &route.query));
        let change = match (&gained, &lost) {
            (None, None) => continue,
            (Some(_), Some(_)) => Change::QueryIncomparable,
            (Some(_), None) => Change::QueryWidened,
            (None, Some(_)) => Change::QueryNarrowed,
        };
        differs(subject(), change, gained.map(Witness::Query), lost.map(Witness::Query));
    }
    let of_here: BTreeSet<&str> = here.iter().map(|route| route.key.as_str()).collect();
    for route in there.iter().filter(|route| !of_here.contains(route.key.as_str())) {
        let lost = route.smallest().map(Credential::into_witness);
        differs(Subject::Operation(None, Some(route.index)), Change::Removed, None, lost);
    }
    differences
}

/// The names of the schemes by which a caller can authenticate anywhere.
fn used_schemes(model: &PolicyModel) -> impl Iterator<Item = &str> {
    let alternatives = || model.operations.iter().flat_map(OperationModel::alternatives);
    let open = alternatives().any(AlternativeFacts::accepts_any_scheme);
    let all = model.schemes.iter().filter(move |_| open).map(|scheme| scheme.name.as_str());
    all.chain(alternatives().flat_map(|alternative| alternative.schemes()).map(|(scheme, _)| scheme.as_str()))
}
