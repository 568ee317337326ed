//! What somebody probably meant who wrote a name that is not there: the one rule of every "did you mean".

/// The candidate that is likely meant: the nearest one, where at most one character in three differs. In a name of up to five
/// characters one may.
///
/// A character that is added, left out or replaced differs, and so do two neighbours that changed places.
///
/// ```
/// assert_eq!(policy_spec::likely("files:raed", ["files:read", "files:write"]), Some("files:read"));
/// assert_eq!(policy_spec::likely("status", ["files:read", "files:write"]), None);
/// ```
pub fn likely<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    /// Nobody misspells a name of that length.
    const LONGEST: usize = 120;
    let most = |one: usize, other: usize| (one.max(other) / 3).max(1);
    candidates
        .into_iter()
        .take_while(|_| written.len() <= LONGEST)
        // Lengths alone tell most of them apart, and cost nothing.
        .filter(|candidate| candidate.len().abs_diff(written.len()) <= most(candidate.len(), written.len()))
        .map(|candidate| (strsim::damerau_levenshtein(written, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= most(candidate.chars().count(), written.chars().count()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
