//! What the callers of a decision log called, and what they held, for `cargo policy scopes`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::grants::Schemes;
use super::line::{Before, Line, Said, read};
use super::lines::{self, Take};
use crate::failure::Failure;

/// How many bytes the operations, schemes and scopes that a log names may take. No document has as many.
const MOST_BYTES: usize = 1 << 24;
/// What it takes to keep a name, beside its own bytes.
const BYTES_OF_ONE: usize = 64;

/// Which lines of which logs.
pub(crate) struct Wanted<'a> {
    pub(crate) logs: &'a [PathBuf],
    pub(crate) since: Option<u64>,
    pub(crate) until: Option<u64>,
    /// Only those of this subject.
    pub(crate) client: Option<&'a str>,
}

/// What was found in them.
#[derive(Default)]
pub(crate) struct Used {
    /// The allowed operations, as `GET /files/{id}`.
    pub(crate) operations: BTreeSet<String>,
    /// What was granted, by scheme.
    pub(crate) held: BTreeMap<String, BTreeSet<String>>,
    /// How many lines count.
    pub(crate) lines: u64,
    /// How many of the counted lines do not say what was granted.
    pub(crate) without_grants: u64,
    /// How many lines were not read, and the first of them with its number.
    pub(crate) unread: u64,
    pub(crate) first_unread: Option<String>,
}

/// Reads the logs.
pub(crate) fn used(wanted: &Wanted<'_>) -> Result<Used, Failure> {
    let mut reading = Reading { wanted, used: Used::default(), bytes: 0, file: String::new(), line: 0 };
    for log in wanted.logs {
        reading.begin(log);
        lines::each(log, &mut lines::open(log)?, &mut reading)?;
    }
    Ok(reading.used)
}

struct Reading<'a> {
    wanted: &'a Wanted<'a>,
    used: Used,
    /// What is kept takes so many bytes.
    bytes: usize,
    file: String,
    line: u64,
}

impl Reading<'_> {
    fn begin(&mut self, log: &Path) {
        (self.file, self.line) = (log.display().to_string(), 0);
    }

    fn unread(&mut self, why: &str) {
        self.used.unread += 1;
        if self.used.first_unread.is_none() {
            self.used.first_unread = Some(format!("{}:{}: {why}", self.file, self.line));
        }
    }

    /// Counts a line. What shadow mode let through was called, and is refused when it ends.
    fn decision(&mut self, line: &Line<'_>) -> Result<(), Failure> {
        let wanted = self.wanted;
        let is_wanted = wanted.since.is_none_or(|since| line.unix_ms >= since)
            && wanted.until.is_none_or(|until| line.unix_ms < until)
            && wanted.client.is_none_or(|client| line.subject.as_deref() == Some(client))
            && line.before != Before::Denied;
        let Some((method, route)) = line.operation.as_ref().filter(|_| is_wanted) else { return Ok(()) };
        let granted = match line.granted.map(serde_json::from_str::<Schemes<'_>>) {
            Some(Ok(granted)) => granted.0,
            Some(Err(error)) => {
                self.unread(&format!("`granted`: {error}"));
                return Ok(());
            }
            None => {
                self.used.without_grants += 1;
                Vec::new()
            }
        };
        self.used.lines += 1;
        let operation = format!("{} {}", &**method, &**route);
        let mut bytes = self.bytes;
        let mut keep = |name: &str, is_known: bool| bytes += if is_known { 0 } else { name.len() + BYTES_OF_ONE };
        keep(&operation, self.used.operations.contains(&operation));
        self.used.operations.insert(operation);
        for (scheme, scopes) in &granted {
            keep(scheme, self.used.held.contains_key(&**scheme));
            let held = self.used.held.entry((**scheme).to_owned()).or_default();
            for scope in scopes.split(' ').filter(|scope| !scope.is_empty()) {
                keep(scope, !held.insert(scope.to_owned()));
            }
        }
        self.bytes = bytes;
        if bytes > MOST_BYTES {
            return Err(Failure::with_help(
                format!("{}:{}: the log names more operations or scopes than any document has", self.file, self.line),
                "name one client by `--client`, or less time by `--since` and `--until`",
            ));
        }
        Ok(())
    }
}

impl Take for Reading<'_> {
    fn take(&mut self, line: Option<&[u8]>) -> Result<(), Failure> {
        self.line += 1;
        match line.map(read) {
            None => self.unread("it is longer than a line of a log"),
            Some(Err(why)) => self.unread(&why),
            Some(Ok(Said::OtherSchema(_))) => self.unread("it is of another version of the schema"),
            Some(Ok(Said::Lost(_) | Said::Undecided)) => {}
            Some(Ok(Said::Decision(line))) => self.decision(&line)?,
        }
        Ok(())
    }
}
