//! The difference for programs: one JSON object. Its schema is documented in `docs/diff.md`.

use std::collections::BTreeMap;

use policy_spec::Location;
use serde::Serialize;
use serde_json::Value;

use super::Report;
use super::entry::Entry;
use super::groups::groups;
use super::state::State;
use crate::check::against::witness;
use crate::check::json::pretty;
use crate::failure::Failure;

/// The version of the schema. It is raised when a key changes its meaning or is removed, and not when one is added.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct DiffJson<'r> {
    schema_version: u32,
    old: StateJson<'r>,
    new: StateJson<'r>,
    passed: bool,
    counts: BTreeMap<&'static str, usize>,
    differences: Vec<EntryJson<'r>>,
    groups: Vec<GroupJson>,
    hint: Option<&'r str>,
}

#[derive(Serialize)]
struct StateJson<'r> {
    name: &'r str,
    commit: Option<&'r str>,
    present: bool,
    policy: bool,
    errors: usize,
    fingerprint: Option<String>,
}

#[derive(Serialize)]
struct EntryJson<'r> {
    danger: &'static str,
    change: &'static str,
    message: String,
    method: Option<&'r str>,
    path: Option<&'r str>,
    old_path: Option<&'r str>,
    before: Option<&'r str>,
    after: Option<&'r str>,
    old: Option<PlaceJson<'r>>,
    new: Option<PlaceJson<'r>>,
    gained: Option<Value>,
    lost: Option<Value>,
    confirmed: Option<bool>,
    notes: &'r [String],
    open: bool,
    refused: bool,
}

#[derive(Serialize)]
struct PlaceJson<'r> {
    file: &'r str,
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct GroupJson {
    danger: &'static str,
    message: String,
    operations: Vec<String>,
}

impl<'r> StateJson<'r> {
    fn of(state: &'r State) -> Self {
        Self {
            name: &state.name,
            commit: state.commit.as_deref(),
            present: state.read.is_some(),
            policy: state.read.is_some() && !state.is_broken(),
            errors: state.errors().count(),
            fingerprint: state.fingerprint(),
        }
    }
}

fn place(location: &Location) -> PlaceJson<'_> {
    PlaceJson { file: &location.file, line: location.line, column: location.column }
}

fn entry<'r>(report: &Report<'_>, entry: &'r Entry) -> EntryJson<'r> {
    EntryJson {
        danger: entry.danger.as_str(),
        change: entry.change,
        message: entry.sentence(),
        method: entry.operation.as_ref().map(|(method, _)| method.as_str()),
        path: entry.operation.as_ref().map(|(_, path)| path.as_str()),
        old_path: entry.old_path.as_deref(),
        before: entry.before.as_deref(),
        after: entry.after.as_deref(),
        old: entry.old_place.as_ref().map(place),
        new: entry.new_place.as_ref().map(place),
        gained: entry.gained.as_ref().map(witness),
        lost: entry.lost.as_ref().map(witness),
        confirmed: entry.confirmed,
        notes: &entry.notes,
        open: entry.is_open,
        refused: report.is_refused(entry),
    }
}

pub(super) fn json(report: &Report<'_>) -> Result<String, Failure> {
    let several = groups(&report.entries).into_iter().filter(|group| group.entries.len() > 1);
    pretty(&DiffJson {
        schema_version: SCHEMA_VERSION,
        old: StateJson::of(report.old),
        new: StateJson::of(report.new),
        passed: report.exit() == crate::exit::Exit::Clean,
        counts: report.counts().into_iter().map(|(danger, count)| (danger.as_str(), count)).collect(),
        differences: report.entries.iter().map(|one| entry(report, one)).collect(),
        groups: several
            .map(|group| GroupJson {
                danger: group.danger.as_str(),
                message: group.sentence(),
                operations: group.entries.iter().map(|entry| entry.bare_name()).collect(),
            })
            .collect(),
        hint: report.hint.as_deref(),
    })
}
