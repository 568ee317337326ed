//! The report for programs: one JSON object. Its schema is documented in `docs/verify.md`.

use policy_test::matrix::{Counts, Expected, Judged};
use serde::Serialize;

use super::Verified;
use crate::check::pretty;
use crate::failure::Failure;

/// The version of the schema. It is raised when a key changes its meaning or is removed, and not when one is added.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct VerifyJson<'v> {
    schema_version: u32,
    document: &'v str,
    url: &'v str,
    verdict: &'static str,
    refusals: Vec<u16>,
    counts: CountsJson,
    operations: Vec<OperationJson<'v>>,
    cases: Vec<CaseJson<'v>>,
}

#[derive(Serialize)]
struct CountsJson {
    cases: usize,
    passed: usize,
    errors: usize,
    warnings: usize,
    cannot_tell: usize,
}

impl From<Counts> for CountsJson {
    fn from(counts: Counts) -> Self {
        let Counts { passed, errors, warnings, cannot_tell, .. } = counts;
        Self { cases: counts.all(), passed, errors, warnings, cannot_tell }
    }
}

#[derive(Serialize)]
struct OperationJson<'v> {
    operation: &'v str,
    requirement: &'v str,
    file: &'v str,
    line: usize,
    column: usize,
    counts: CountsJson,
    not_tried: Vec<&'v str>,
}

#[derive(Serialize)]
struct CaseJson<'v> {
    operation: &'v str,
    check: &'static str,
    what: String,
    method: &'v str,
    target: String,
    caller: String,
    due: DueJson,
    status: Option<u16>,
    outcome: &'static str,
    fault: Option<&'static str>,
    level: Option<&'static str>,
    message: &'v str,
    curl: Option<String>,
}

#[derive(Serialize)]
struct DueJson {
    answer: &'static str,
    stage: Option<&'static str>,
    status: Option<u16>,
}

impl From<Expected> for DueJson {
    fn from(expected: Expected) -> Self {
        match expected {
            Expected::Denied { stage, status } => {
                Self { answer: "denied", stage: Some(stage.as_str()), status: Some(status) }
            }
            Expected::Unmatched => Self { answer: "unmatched", stage: None, status: None },
            Expected::Allowed => Self { answer: "allowed", stage: None, status: None },
        }
    }
}

pub(super) fn json(verified: &Verified<'_>) -> Result<String, Failure> {
    let report = verified.report;
    let counts = report.by_operation();
    let operations = report.operations.iter().enumerate().map(|(index, operation)| OperationJson {
        operation: &operation.key,
        requirement: &operation.requirement,
        file: &operation.location.file,
        line: operation.location.line,
        column: operation.location.column,
        counts: counts.get(&index).copied().unwrap_or_default().into(),
        not_tried: report.left_out.iter().filter(|(at, _)| *at == index).map(|(_, why)| *why).collect(),
    });
    pretty(&VerifyJson {
        schema_version: SCHEMA_VERSION,
        document: &verified.document,
        url: verified.url,
        verdict: verified.verdict(),
        refusals: report.refusals.statuses().collect(),
        counts: report.counts().into(),
        operations: operations.collect(),
        cases: report.judged.iter().map(|judged| case(verified, judged)).collect(),
    })
}

fn case<'v>(verified: &'v Verified<'_>, judged: &'v Judged) -> CaseJson<'v> {
    let fault = judged.outcome.fault();
    CaseJson {
        operation: verified.report.operation(judged).map_or("", |operation| operation.key.as_str()),
        check: judged.case.check.code(),
        what: judged.case.check.to_string(),
        method: &judged.case.method,
        target: judged.case.target(),
        caller: judged.caller().to_string(),
        due: judged.case.expected.into(),
        status: judged.answer.as_ref().map(|answer| answer.status),
        outcome: judged.outcome.word(),
        fault: fault.map(policy_test::matrix::Fault::code),
        level: fault.map(|fault| if fault.is_error() { "error" } else { "warning" }),
        message: judged.outcome.message(),
        curl: verified.report.curl(judged),
    }
}
