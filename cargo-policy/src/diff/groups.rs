//! Operations of which the same is said are told together, so that a wide document can be reviewed.

use std::collections::BTreeMap;

use policy_spec::Danger;

use super::entry::Entry;

/// Entries of which the same is said. There is at least one.
#[derive(Debug)]
pub(super) struct Group<'e> {
    pub(super) danger: Danger,
    pub(super) entries: Vec<&'e Entry>,
}

impl<'e> Group<'e> {
    /// The first, which stands for all.
    pub(super) fn first(&self) -> Option<&'e Entry> {
        self.entries.first().copied()
    }

    /// What is said of all of them.
    pub(super) fn sentence(&self) -> String {
        match (self.entries.as_slice(), self.first()) {
            ([one], _) => one.sentence(),
            (all, Some(first)) => {
                let what = if first.operation.is_some() { "operations" } else { "scopes" };
                format!("{} {what} {}", all.len(), first.phrase.several)
            }
            _ => String::new(),
        }
    }

    /// What all of them require before, or after, where that is the same.
    pub(super) fn common(&self, said: impl Fn(&'e Entry) -> Option<&'e str>) -> Option<&'e str> {
        let first = said(self.first()?)?;
        self.entries.iter().all(|entry| said(entry) == Some(first)).then_some(first)
    }
}

/// The groups, the most dangerous first, and of one danger the largest. The order is the same for the same entries.
pub(super) fn groups(entries: &[Entry]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut known: BTreeMap<(Danger, String), usize> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        let same = match (&entry.operation, entry.danger) {
            (Some(_), _) if entry.phrase.is_whole => format!("{} {}", entry.change, entry.phrase.several),
            (Some(_), _) => {
                let said = (&entry.phrase.several, &entry.before, &entry.after, !entry.notes.is_empty());
                format!("{} {said:?}", entry.change)
            }
            // Descriptions are shown for each scope.
            (None, Danger::Catalogue) => entry.change.to_owned(),
            (None, _) => format!("alone {at}"),
        };
        match known.get(&(entry.danger, same.clone())).and_then(|at| groups.get_mut(*at)) {
            Some(group) => group.entries.push(entry),
            None => {
                known.insert((entry.danger, same), groups.len());
                groups.push(Group { danger: entry.danger, entries: vec![entry] });
            }
        }
    }
    // The sort is stable: groups of one size stay in the order of the document.
    groups.sort_by_key(|group| {
        let is_open = group.first().is_some_and(|entry| entry.is_open);
        (group.danger, !is_open, std::cmp::Reverse(group.entries.len()))
    });
    groups
}
