//! What a replay found, ready to be shown: by answer, operation and client.

use std::collections::{BTreeMap, HashMap};

use policy_spec::{Engine, Location, OperationModel};

use super::Replay;
use super::outcome::{Detail, Outcome, Why};
use super::run::{Run, Totals};
use super::tally::{Count, FURTHER, Logged};
use crate::project::Read;

/// Who called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Client<'r> {
    /// Nobody is known.
    Nobody,
    /// A client by its name.
    Named(&'r str),
    /// Those for which there was no room.
    Further,
}

/// An operation of the log.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation<'r> {
    /// The lines have none.
    None,
    /// By method and template.
    Named(&'r Logged),
    /// Those for which there was no room.
    Further,
}

/// What is told of one client at one operation.
pub(super) struct Row<'r> {
    pub(super) client: Client<'r>,
    pub(super) detail: Detail,
    /// The scopes that the client lacks now.
    pub(super) missing: Vec<&'r str>,
    pub(super) count: Count,
}

/// The rows of one operation with one answer.
pub(super) struct Section<'r> {
    pub(super) outcome: Outcome,
    pub(super) operation: Operation<'r>,
    /// Where the document says what the operation requires.
    pub(super) place: Option<&'r Location>,
    /// What the document has instead.
    pub(super) hint: Option<String>,
    pub(super) rows: Vec<Row<'r>>,
}

impl Section<'_> {
    pub(super) fn lines(&self) -> u64 {
        self.rows.iter().map(|row| row.count.lines).sum()
    }

    /// `GET /files/{id}`.
    pub(super) fn name(&self) -> String {
        match self.operation {
            Operation::None => "no operation".to_owned(),
            Operation::Further => "further operations".to_owned(),
            Operation::Named(logged) => format!("{} {}", logged.method, logged.route),
        }
    }
}

/// How often each client got an answer, with the scopes that it lacks.
type Rows<'r> = BTreeMap<(Client<'r>, Detail, Vec<&'r str>), Count>;

/// Everything that any format shows.
pub(super) struct Report<'r> {
    pub(super) replay: &'r Replay,
    pub(super) document: String,
    pub(super) fingerprint: &'r str,
    pub(super) totals: &'r Totals,
    pub(super) sections: Vec<Section<'r>>,
    pub(super) is_full: bool,
}

impl<'r> Report<'r> {
    pub(super) fn new<'e: 'r>(
        run: &'r Run<'e>,
        engine: &'e Engine,
        read: &Read,
        fingerprint: &'r str,
        replay: &'r Replay,
    ) -> Self {
        let operations = &engine.served().operations;
        let mut by_route: HashMap<String, &OperationModel> = HashMap::new();
        for operation in operations {
            by_route.entry(operation.route()).or_insert(operation);
        }
        // By answer, then as the log has the operations; nobody and those for which there was no room come last.
        let mut sections: BTreeMap<(Outcome, u32, bool), Rows<'_>> = BTreeMap::new();
        for (key, count) in &run.tally.counts {
            let operation = key.operation.and_then(|number| run.tally.operations.get(number as usize));
            let own = operation.and_then(|logged| engine.policy().operation(logged.index?));
            let grants = key.grants.and_then(|number| run.tally.grants.get(number as usize));
            let (mut outcome, mut detail) = (key.outcome, key.detail);
            // Invariant *closed* for a report: what can no longer be looked at is not told.
            let may_pass =
                || own.zip(grants).is_none_or(|(own, grants)| run.decider.may_pass(own, grants, &run.reader));
            if key.is_open && may_pass() {
                (outcome, detail) = (Outcome::CannotTell, Detail::Why(Why::Scope));
            }
            let is_shown = outcome == Outcome::NewlyDenied || detail == Detail::Why(Why::Scope);
            let missing = own.zip(grants).filter(|_| is_shown).map(|(own, grants)| run.decider.missing(own, grants));
            let client = match key.client {
                None => Client::Nobody,
                Some(number) => run.tally.clients.name(number).map_or(Client::Further, Client::Named),
            };
            let section =
                sections.entry((outcome, key.operation.unwrap_or(FURTHER), key.operation.is_none())).or_default();
            let row = section.entry((client, detail, missing.unwrap_or_default()));
            row.and_modify(|known| known.add(*count)).or_insert(*count);
        }
        let mut sections: Vec<Section<'r>> = sections
            .into_iter()
            .map(|((outcome, number, is_none), rows)| {
                let logged = run.tally.operations.get(number as usize);
                let said = logged.and_then(|logged| operations.get(logged.index?));
                let row = |((client, detail, missing), count)| Row { client, detail, missing, count };
                let mut rows: Vec<Row<'_>> = rows.into_iter().map(row).collect();
                rows.sort_by_key(|row| std::cmp::Reverse(row.count.lines));
                Section {
                    outcome,
                    operation: match logged {
                        Some(logged) => Operation::Named(logged),
                        None if is_none => Operation::None,
                        None => Operation::Further,
                    },
                    place: said.map(|said| said.scopes_location.as_ref().unwrap_or(&said.location)),
                    hint: logged.filter(|logged| logged.index.is_none()).and_then(|logged| hint(logged, &by_route)),
                    rows,
                }
            })
            .collect();
        // In document order; the log's other operations after them, in the order in which they came.
        sections.sort_by_key(|section| match section.operation {
            Operation::Named(logged) => (section.outcome, logged.index.unwrap_or(usize::MAX)),
            _ => (section.outcome, usize::MAX),
        });
        let document = read.path.display().to_string();
        Self { replay, document, fingerprint, totals: &run.totals, sections, is_full: run.tally.is_full }
    }

    /// How many lines have this answer.
    pub(super) fn lines(&self, outcome: Outcome) -> u64 {
        self.of(outcome).map(Section::lines).sum()
    }

    /// How many lines have this answer for this reason.
    pub(super) fn lines_with(&self, outcome: Outcome, detail: Detail) -> u64 {
        let rows = self.of(outcome).flat_map(|section| &section.rows);
        rows.filter(|row| row.detail == detail).map(|row| row.count.lines).sum()
    }

    pub(super) fn of(&self, outcome: Outcome) -> impl Iterator<Item = &Section<'r>> {
        self.sections.iter().filter(move |section| section.outcome == outcome)
    }

    /// What was found that `--fail-on` names.
    pub(super) fn refused(&self) -> Vec<(&'static str, u64)> {
        self.replay.fail_on.iter().map(|one| one.found(self)).filter(|(_, found)| *found > 0).collect()
    }

    /// What a reader has to know before relying on the numbers.
    pub(super) fn caveats(&self) -> Vec<String> {
        let totals = self.totals;
        let mut caveats = Vec::new();
        let unread = totals.unreadable + totals.other_schema;
        if unread > 0 {
            caveats.push(format!("{unread} of {} lines were not read, and are not among the answers", totals.lines));
        }
        if totals.lost > 0 {
            caveats.push(format!("the log says that {} decisions are missing in it", totals.lost));
        }
        if self.is_full {
            caveats.push(format!(
                "there are more clients or answers than {}, and the rest is counted as further clients and operations; \
                 `--most-groups` makes room",
                self.replay.most_groups
            ));
        }
        let is_told_by_old = |why| self.lines_with(Outcome::CannotTell, Detail::Why(why)) > 0;
        if self.replay.before.is_none() && (is_told_by_old(Why::Scope) || is_told_by_old(Why::Scheme)) {
            caveats.push(
                "`--before DOCUMENT`, with the document that wrote the log, tells more of what cannot be told"
                    .to_owned(),
            );
        }
        caveats
    }
}

/// The operation that gets the same requests by another template.
fn hint(logged: &Logged, by_route: &HashMap<String, &OperationModel>) -> Option<String> {
    let nowhere = Location { file: String::new(), line: 0, column: 0 };
    let route =
        OperationModel::new(&*logged.method, &*logged.route, policy_spec::RequirementFacts::Undeclared, nowhere)
            .route();
    by_route
        .get(&route)
        .map(|own| format!("the document has `{} {}`, which gets the same requests", own.method, own.path))
}
