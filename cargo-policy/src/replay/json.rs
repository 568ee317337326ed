//! A replay for programs: one JSON object. Its schema is documented in `docs/replay.md`.

use serde::Serialize;

use super::outcome::{Detail, Outcome};
use super::report::{Client, Operation, Report, Row, Section};
use crate::check::json::pretty;
use crate::failure::Failure;

/// The version of the schema. It is raised when a key changes its meaning or is removed, and not when one is added.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct ReplayJson<'r> {
    schema_version: u32,
    document: &'r str,
    fingerprint: &'r str,
    passed: bool,
    first_unix_ms: Option<u64>,
    last_unix_ms: Option<u64>,
    lines: LinesJson,
    counts: CountsJson,
    groups: Vec<GroupJson<'r>>,
    unread: Vec<UnreadJson<'r>>,
    all_groups_told_apart: bool,
}

#[derive(Serialize)]
struct LinesJson {
    read: u64,
    replayed: u64,
    outside: u64,
    of_other_documents: u64,
    unreadable: u64,
    of_other_schema: u64,
    lost: u64,
    undecided: u64,
}

#[derive(Serialize)]
struct CountsJson {
    newly_denied: u64,
    newly_allowed: u64,
    cannot_tell: u64,
    unchanged: u64,
    unchanged_allowed: u64,
    unchanged_denied: u64,
    unchanged_would_deny: u64,
}

#[derive(Serialize)]
struct GroupJson<'r> {
    outcome: &'static str,
    method: Option<&'r str>,
    route: Option<&'r str>,
    client: Option<&'r str>,
    further: bool,
    reason: &'static str,
    message: &'static str,
    missing_scopes: &'r [&'r str],
    lines: u64,
    first_unix_ms: u64,
    last_unix_ms: u64,
    place: Option<PlaceJson<'r>>,
    hint: Option<&'r str>,
}

#[derive(Serialize)]
struct PlaceJson<'r> {
    file: &'r str,
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct UnreadJson<'r> {
    file: &'r str,
    line: u64,
    why: &'r str,
}

fn group<'r>(section: &'r Section<'_>, row: &'r Row<'_>) -> GroupJson<'r> {
    let (method, route) = match section.operation {
        Operation::Named(logged) => (Some(&*logged.method), Some(&*logged.route)),
        Operation::None | Operation::Further => (None, None),
    };
    GroupJson {
        outcome: section.outcome.code(),
        method,
        route,
        client: match row.client {
            Client::Named(name) => Some(name),
            Client::Nobody | Client::Further => None,
        },
        further: row.client == Client::Further || matches!(section.operation, Operation::Further),
        reason: row.detail.code(),
        message: row.detail.words(),
        missing_scopes: &row.missing,
        lines: row.count.lines,
        first_unix_ms: row.count.first,
        last_unix_ms: row.count.last,
        place: section.place.map(|place| PlaceJson { file: &place.file, line: place.line, column: place.column }),
        hint: section.hint.as_deref(),
    }
}

pub(super) fn json(report: &Report<'_>) -> Result<String, Failure> {
    let totals = report.totals;
    let unchanged = |detail| report.lines_with(Outcome::Unchanged, detail);
    pretty(&ReplayJson {
        schema_version: SCHEMA_VERSION,
        document: &report.document,
        fingerprint: report.fingerprint,
        passed: report.refused().is_empty(),
        first_unix_ms: totals.time.map(|time| time.first),
        last_unix_ms: totals.time.map(|time| time.last),
        lines: LinesJson {
            read: totals.lines,
            replayed: totals.replayed,
            outside: totals.outside,
            of_other_documents: totals.of_others,
            unreadable: totals.unreadable,
            of_other_schema: totals.other_schema,
            lost: totals.lost,
            undecided: totals.undecided,
        },
        counts: CountsJson {
            newly_denied: report.lines(Outcome::NewlyDenied),
            newly_allowed: report.lines(Outcome::NewlyAllowed),
            cannot_tell: report.lines(Outcome::CannotTell),
            unchanged: report.lines(Outcome::Unchanged),
            unchanged_allowed: unchanged(Detail::Allowed),
            unchanged_denied: unchanged(Detail::Refused),
            unchanged_would_deny: unchanged(Detail::Shadowed),
        },
        groups: report.sections.iter().flat_map(|section| section.rows.iter().map(|row| group(section, row))).collect(),
        unread: totals.unread.iter().map(|one| UnreadJson { file: &one.file, line: one.line, why: &one.why }).collect(),
        all_groups_told_apart: !report.is_full,
    })
}
