//! The name that somebody probably meant who wrote a name that does not exist. Every "did you mean" follows this rule.

/// The candidate that is likely meant: the nearest one, if it is near enough. At most one character in three may differ, and one
/// character in a name of up to five.
///
/// A difference is a character that is added, left out or replaced, or two neighbours that are swapped.
///
/// ```
/// assert_eq!(policy_spec::likely("files:raed", ["files:read", "files:write"]), Some("files:read"));
/// assert_eq!(policy_spec::likely("status", ["files:read", "files:write"]), None);
/// ```
pub fn likely<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    nearest(written, &mut candidates.into_iter())
}

/// The same, compiled once for all kinds of iterators. There are many, and a build script compiles each of them.
fn nearest<'c>(written: &str, candidates: &mut dyn Iterator<Item = &'c str>) -> Option<&'c str> {
    /// No suggestion is made for longer names: comparing them costs more than it helps.
    const LONGEST: usize = 120;
    let most = |one: usize, other: usize| (one.max(other) / 3).max(1);
    if written.len() > LONGEST {
        return None;
    }
    let mut nearest: Option<(usize, &str)> = None;
    for candidate in candidates {
        // Most candidates are ruled out by their lengths, which is cheap.
        if candidate.len().abs_diff(written.len()) > most(candidate.len(), written.len()) {
            continue;
        }
        let distance = strsim::damerau_levenshtein(written, candidate);
        let is_near = distance <= most(candidate.chars().count(), written.chars().count());
        if is_near && nearest.is_none_or(|(least, _)| distance < least) {
            nearest = Some((distance, candidate));
        }
    }
    nearest.map(|(_, candidate)| candidate)
}

/// The question whether a name is meant. Where none is near, it is what is said `otherwise`.
pub(crate) fn did_you_mean(near: Option<&str>, otherwise: impl Into<String>) -> String {
    near.map_or_else(|| otherwise.into(), |near| format!("did you mean `{near}`?"))
}
