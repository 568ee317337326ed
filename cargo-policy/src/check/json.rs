//! The report for programs: one JSON object. Its schema is documented in `docs/command-line.md`.

use policy_spec::{Difference, DifferenceInWords, Location};
use serde::Serialize;
use serde_json::Value;

use super::against::witness;
use super::{Report, name};
use crate::failure::Failure;
use crate::finding_json::{FindingJson, findings};

/// The version of the schema. It is raised when a key changes its meaning or is removed, and not when one is added.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct CheckJson<'r> {
    schema_version: u32,
    document: String,
    openapi: Option<&'r str>,
    fingerprint: Option<String>,
    policy: bool,
    complete: bool,
    denied: &'static str,
    clean: bool,
    counts: CountsJson,
    findings: Vec<FindingJson<'r>>,
    against: Option<AgainstJson<'r>>,
}

#[derive(Serialize)]
struct CountsJson {
    errors: usize,
    warnings: usize,
    notes: usize,
    waived: usize,
}

#[derive(Serialize)]
struct AgainstJson<'r> {
    document: String,
    fingerprint: Option<String>,
    policy: bool,
    findings: Vec<FindingJson<'r>>,
    differences: Option<Vec<DifferenceJson>>,
}

#[derive(Serialize)]
struct DifferenceJson {
    change: &'static str,
    message: String,
    operation: Option<String>,
    scheme: Option<String>,
    document: Option<PlaceJson>,
    against: Option<PlaceJson>,
    gained: Option<Value>,
    lost: Option<Value>,
}

#[derive(Serialize)]
struct PlaceJson {
    file: String,
    line: usize,
    column: usize,
}

impl From<Location> for PlaceJson {
    fn from(Location { file, line, column }: Location) -> Self {
        Self { file, line, column }
    }
}

pub(super) fn json(report: &Report<'_>) -> Result<String, Failure> {
    let loaded = &report.read.loaded;
    let counts = report.counts;
    let fingerprint = |loaded: &policy_spec::Loaded| loaded.model.as_ref().map(policy_spec::PolicyModel::fingerprint);
    let against = report.against.map(|against| AgainstJson {
        document: name(&against.other),
        fingerprint: fingerprint(&against.other.loaded),
        policy: against.other.loaded.model.is_some(),
        findings: findings(&against.other.loaded),
        differences: against
            .compared
            .then(|| against.differences.iter().zip(against.told(report.read)).map(difference).collect()),
    });
    pretty(&CheckJson {
        schema_version: SCHEMA_VERSION,
        document: report.name(),
        openapi: loaded.readable().map(|model| model.openapi.as_str()),
        fingerprint: fingerprint(loaded),
        policy: loaded.model.is_some(),
        complete: loaded.is_complete(),
        denied: report.deny.as_str(),
        clean: report.exit() == crate::exit::Exit::Clean,
        counts: CountsJson {
            errors: counts.errors,
            warnings: counts.warnings,
            notes: counts.notes,
            waived: counts.waived,
        },
        findings: findings(loaded),
        against,
    })
}

pub(crate) fn pretty(value: &impl Serialize) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| Failure::new(error.to_string()))?;
    text.push('\n');
    Ok(text)
}

fn difference((difference, told): (&Difference, DifferenceInWords)) -> DifferenceJson {
    DifferenceJson {
        change: told.change.as_str(),
        message: told.message,
        operation: told.operation,
        scheme: told.scheme,
        document: told.here.map(|spot| spot.location.into()),
        against: told.there.map(|spot| spot.location.into()),
        gained: difference.gained.as_ref().map(witness),
        lost: difference.lost.as_ref().map(witness),
    }
}
