//! What changed of an operation, as the end of a sentence: `no longer requires x:read`. Operations of which the same is said are told
//! together.

use std::collections::BTreeSet;

use policy_spec::{Access, AlternativeFacts, Change, Difference, OperationModel, QueryFacts};

/// The end of a sentence about one operation and about several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Phrase {
    pub(super) one: String,
    pub(super) several: String,
    /// Whether it says all that changed, so that what was before and is after may differ among those of which it is said.
    pub(super) is_whole: bool,
}

impl Phrase {
    pub(super) fn new(one: impl Into<String>, several: impl Into<String>) -> Self {
        Self { one: one.into(), several: several.into(), is_whole: false }
    }

    fn whole(one: impl Into<String>, several: impl Into<String>) -> Self {
        Self { is_whole: true, ..Self::new(one, several) }
    }
}

/// Of a difference of an operation that is in both states.
pub(super) fn of(difference: &Difference, before: &OperationModel, after: &OperationModel) -> Phrase {
    match difference.change {
        Change::Widened | Change::Narrowed | Change::Incomparable => callers(difference, before, after),
        Change::Access if is_open(after) == Some(Access::Public) => {
            Phrase::whole("no longer looks at credentials", "no longer look at credentials")
        }
        Change::Access => {
            Phrase::whole("refuses credentials that are not valid", "refuse credentials that are not valid")
        }
        Change::QueryWidened | Change::QueryNarrowed | Change::QueryIncomparable => {
            query(&before.query, &after.query, difference)
        }
        Change::Undecided => Phrase::new(
            "cannot be compared: there are too many combinations of scopes",
            "cannot be compared: there are too many combinations of scopes",
        ),
        _ => Phrase::new("differs", "differ"),
    }
}

/// The access of an operation that lets in anybody.
pub(super) fn is_open(operation: &OperationModel) -> Option<Access> {
    match operation.access() {
        Some(Access::Optional) if operation.alternatives().iter().all(AlternativeFacts::is_anonymous) => {
            Some(Access::Public)
        }
        access => access.filter(|access| *access != Access::Required),
    }
}

fn callers(difference: &Difference, before: &OperationModel, after: &OperationModel) -> Phrase {
    if is_open(after).is_some() && difference.gained.is_some() {
        return Phrase::new("is open to anybody", "are open to anybody");
    }
    if is_open(before).is_some() && difference.lost.is_some() {
        return Phrase::new("is no longer open to anybody", "are no longer open to anybody");
    }
    if let Some(Delta { gone, new, alternatives }) = delta(before, after) {
        let (gone_names, new_names) = (quoted(&gone), quoted(&new));
        let place = match alternatives {
            Alternatives::All => "",
            Alternatives::One => " in one alternative",
            Alternatives::Some => " in some alternatives",
        };
        return match (gone.is_empty(), new.is_empty()) {
            (false, true) => Phrase::whole(
                format!("no longer requires {gone_names}{place}"),
                format!("no longer require {gone_names}{place}"),
            ),
            (true, false) => {
                Phrase::whole(format!("requires {new_names}{place} too"), format!("require {new_names}{place} too"))
            }
            _ => Phrase::whole(
                format!("requires {new_names} instead of {gone_names}{place}"),
                format!("require {new_names} instead of {gone_names}{place}"),
            ),
        };
    }
    match difference.change {
        Change::Widened => Phrase::new("lets in more callers", "let in more callers"),
        Change::Narrowed => Phrase::new("refuses callers that it let in", "refuse callers that they let in"),
        _ => Phrase::new("lets in other callers", "let in other callers"),
    }
}

/// What changed of scopes alone.
struct Delta {
    gone: BTreeSet<String>,
    new: BTreeSet<String>,
    alternatives: Alternatives,
}

/// In which alternatives it changed.
enum Alternatives {
    All,
    One,
    Some,
}

/// The scopes that alternatives lost, and those that they got, where these are the same for all that changed and nothing else did.
fn delta(before: &OperationModel, after: &OperationModel) -> Option<Delta> {
    let (old, new) = (before.alternatives(), after.alternatives());
    let mut same: Option<(BTreeSet<String>, BTreeSet<String>)> = None;
    let mut count = 0;
    if old.len() != new.len() {
        return None;
    }
    for (old, new) in old.iter().zip(new) {
        let schemes =
            |one: &AlternativeFacts| one.schemes().iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
        if old == new {
            continue;
        }
        if old.is_anonymous() || new.is_anonymous() || schemes(old) != schemes(new) {
            return None;
        }
        let scopes = |one: &AlternativeFacts| one.scopes().cloned().collect::<BTreeSet<String>>();
        let (held, needed) = (scopes(old), scopes(new));
        let changed = (&held - &needed, &needed - &held);
        if same.as_ref().is_some_and(|same| *same != changed) {
            return None;
        }
        same = Some(changed);
        count += 1;
    }
    let alternatives = match count {
        _ if count == old.len() => Alternatives::All,
        1 => Alternatives::One,
        _ => Alternatives::Some,
    };
    let (gone, new) = same.filter(|(gone, new)| !gone.is_empty() || !new.is_empty())?;
    Some(Delta { gone, new, alternatives })
}

fn query(before: &QueryFacts, after: &QueryFacts, difference: &Difference) -> Phrase {
    let beyond = |one: &QueryFacts, other: &QueryFacts| {
        let prefix = |prefix: &String| format!("{prefix}…");
        let all = |query: &QueryFacts| -> BTreeSet<String> {
            query.names.iter().cloned().chain(query.prefixes.iter().map(prefix)).collect()
        };
        &all(one) - &all(other)
    };
    let (more, less) = (beyond(after, before), beyond(before, after));
    let takes = |keys: &BTreeSet<String>, any: bool| if any { "any query key".to_owned() } else { keys_of(keys) };
    let more = takes(&more, after.takes_any() && !before.takes_any());
    let less = takes(&less, before.takes_any() && !after.takes_any());
    match difference.change {
        Change::QueryWidened => Phrase::whole(format!("takes {more}"), format!("take {more}")),
        Change::QueryNarrowed if before.takes_any() => {
            Phrase::whole("no longer takes any query key", "no longer take any query key")
        }
        Change::QueryNarrowed => Phrase::whole(format!("no longer takes {less}"), format!("no longer take {less}")),
        _ => Phrase::whole(format!("takes {more} and no longer {less}"), format!("take {more} and no longer {less}")),
    }
}

fn keys_of(keys: &BTreeSet<String>) -> String {
    match keys.len() {
        0 => "other query keys".to_owned(),
        1 => format!("the query key {}", quoted(keys)),
        _ => format!("the query keys {}", quoted(keys)),
    }
}

/// Names in backticks. A name with a backtick would end them.
fn quoted(names: &BTreeSet<String>) -> String {
    const MOST: usize = 8;
    let mut all: Vec<String> = names.iter().take(MOST).map(|name| format!("`{}`", name.replace('`', "'"))).collect();
    if names.len() > MOST {
        all.push(format!("{} more", names.len() - MOST));
    }
    all.join(", ")
}

/// Where a route went: the paths without their common end, such as `/v1` and `/v2`.
pub(super) fn moved(before: &str, after: &str) -> Phrase {
    let (mut old, mut new): (Vec<&str>, Vec<&str>) = (before.split('/').collect(), after.split('/').collect());
    while old.len() > 1 && new.len() > 1 && old.last() == new.last() {
        old.pop();
        new.pop();
    }
    let shown = |parts: &[&str]| match parts.join("/") {
        path if path.is_empty() => "/".to_owned(),
        path => path.replace('`', "'"),
    };
    let (old, new) = (shown(&old), shown(&new));
    if old == before.replace('`', "'") {
        return Phrase::new(format!("is now at `{new}`"), format!("are now at `{new}`"));
    }
    Phrase::whole(format!("is below `{new}` instead of `{old}`"), format!("are below `{new}` instead of `{old}`"))
}
