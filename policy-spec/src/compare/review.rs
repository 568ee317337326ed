//! What a reviewer of a change is told: the differences by their danger, renamed routes as one, and the words of the catalogue.

use super::renamed::renamed;
use super::{Danger, Difference, Subject, compare};
use crate::model::{PolicyModel, ScopeEntry};

/// One thing that a reviewer is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// How dangerous it is.
    pub danger: Danger,
    /// What it is.
    pub what: Reviewable,
}

/// What a reviewer is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reviewable {
    /// A difference, as [`compare`] finds it.
    Difference(Difference),
    /// An operation that is gone, and one that is new, of the same policy and so alike that they are most likely one. Their indices in
    /// [`PolicyModel::operations`] of the policy before and of the one after.
    Renamed {
        /// In the policy before.
        before: usize,
        /// In the policy after.
        after: usize,
    },
    /// A scope that the catalogue has, or describes, in one of the two only. Its index in [`PolicyModel::scopes`] of the policy before
    /// and of the one after, where the catalogue has it.
    Word {
        /// In the policy before.
        before: Option<usize>,
        /// In the policy after.
        after: Option<usize>,
    },
}

/// Everything in which the policy `after` differs from the one `before`, the most dangerous first, and else in the order of
/// [`compare`], which finds it.
///
/// ```
/// use policy_spec::{Danger, Settings, read, review};
///
/// let model = |security: &str| {
///     let document = format!(
///         "openapi: 3.1.0
/// info: {{ title: Notes, version: '1' }}
/// paths:
///   /notes: {{ get: {{ security: {security} }} }}
/// components:
///   securitySchemes:
///     Token: {{ type: http, scheme: bearer }}
/// "
///     );
///     read("notes.yaml", document.as_bytes(), &Settings::default()).model.ok_or("errors")
/// };
/// let (before, after) = (model("[{ Token: [] }]")?, model("[]")?);
/// assert_eq!(review(&before, &after).first().map(|one| one.danger), Some(Danger::Opened));
/// assert_eq!(review(&before, &before), []);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn review(before: &PolicyModel, after: &PolicyModel) -> Vec<Reviewed> {
    let differences = compare(after, before);
    let renamed = renamed(before, after, &differences);
    let is_renamed = |difference: &Difference| match difference.subject {
        Subject::Operation(Some(at), None) => renamed.iter().any(|(_, after)| *after == at),
        Subject::Operation(None, Some(at)) => renamed.iter().any(|(before, _)| *before == at),
        _ => false,
    };
    let told = differences.into_iter().filter(|difference| !is_renamed(difference)).map(|difference| Reviewed {
        danger: Danger::of(&difference, after),
        what: Reviewable::Difference(difference),
    });
    let mut reviewed: Vec<Reviewed> = told.collect();
    let renamed = renamed.iter().map(|(before, after)| Reviewable::Renamed { before: *before, after: *after });
    reviewed.extend(renamed.map(|what| Reviewed { danger: Danger::Renamed, what }));
    reviewed.extend(words(before, after).map(|what| Reviewed { danger: Danger::Catalogue, what }));
    reviewed.sort_by_key(|one| one.danger);
    reviewed
}

/// The scopes of which the catalogues say something else, by name.
fn words<'m>(before: &'m PolicyModel, after: &'m PolicyModel) -> impl Iterator<Item = Reviewable> + 'm {
    let of = |model: &'m PolicyModel, name: &str| {
        let at = model.scopes.binary_search_by(|scope| scope.name.as_str().cmp(name)).ok()?;
        model.scopes.get(at).filter(|scope| scope.declared).map(|scope| (at, scope))
    };
    let mut names: Vec<&str> = before.scopes.iter().chain(&after.scopes).map(|scope| scope.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().filter_map(move |name| {
        let (old, new) = (of(before, name), of(after, name));
        let said = |entry: Option<(usize, &'m ScopeEntry)>| entry.map(|(_, scope)| scope.description.as_deref());
        (said(old) != said(new))
            .then(|| Reviewable::Word { before: old.map(|(at, _)| at), after: new.map(|(at, _)| at) })
    })
}
