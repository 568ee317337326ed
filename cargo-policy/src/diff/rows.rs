//! Every route with both of its states: what changed first, in the order in which it is told.

use std::collections::HashMap;

use policy_spec::{Danger, OperationModel};

use super::Report;

/// A route. It is in one of the states at least.
pub(super) struct Row<'r> {
    pub(super) before: Option<&'r OperationModel>,
    pub(super) after: Option<&'r OperationModel>,
    /// The indices of what is told of it, the most dangerous first.
    pub(super) entries: Vec<usize>,
}

impl<'r> Row<'r> {
    /// As it is now, or as it was last.
    pub(super) fn shown(&self) -> Option<&'r OperationModel> {
        self.after.or(self.before)
    }

    /// The kinds of change, each once, the most dangerous first.
    pub(super) fn dangers(&self, report: &Report<'_>) -> Vec<Danger> {
        let mut dangers: Vec<Danger> =
            self.entries.iter().filter_map(|at| report.entries.get(*at)).map(|entry| entry.danger).collect();
        dangers.dedup();
        dangers
    }
}

/// All routes. One that was renamed is one.
pub(super) fn rows<'r>(report: &Report<'_>, before: &'r [OperationModel], after: &'r [OperationModel]) -> Vec<Row<'r>> {
    let mut rows: Vec<Row<'r>> = Vec::new();
    // By the route, in which the names of parameters do not count, and by the path as it is written.
    let (mut by_route, mut by_path) = (HashMap::new(), HashMap::new());
    for operation in after {
        let row = *by_route.entry(operation.route()).or_insert_with(|| {
            rows.push(Row { before: None, after: Some(operation), entries: Vec::new() });
            rows.len() - 1
        });
        by_path.insert((operation.method.as_str(), operation.path.as_str()), row);
    }
    let renamed = report.entries.iter().filter_map(|entry| {
        let (method, path) = entry.operation.as_ref()?;
        let row = *by_path.get(&(method.as_str(), path.as_str()))?;
        Some(((method.as_str(), entry.old_path.as_deref()?), row))
    });
    let renamed: HashMap<(&str, &str), usize> = renamed.collect();
    for operation in before {
        let key = (operation.method.as_str(), operation.path.as_str());
        let row = renamed.get(&key).copied().or_else(|| by_route.get(&operation.route()).copied());
        let row = row.unwrap_or_else(|| {
            by_route.insert(operation.route(), rows.len());
            rows.push(Row { before: None, after: None, entries: Vec::new() });
            rows.len() - 1
        });
        by_path.entry(key).or_insert(row);
        if let Some(row) = rows.get_mut(row) {
            row.before.get_or_insert(operation);
        }
    }
    for (at, entry) in report.entries.iter().enumerate() {
        let named = entry.operation.as_ref().map(|(method, path)| (method.as_str(), path.as_str()));
        if let Some(row) = named.and_then(|named| by_path.get(&named)).and_then(|row| rows.get_mut(*row)) {
            row.entries.push(at);
        }
    }
    // The sort is stable: what is told of stays in its order, and what is unchanged in the order of the document.
    rows.sort_by_key(|row| row.entries.first().copied().unwrap_or(usize::MAX));
    rows
}
