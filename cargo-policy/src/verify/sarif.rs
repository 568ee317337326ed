//! The report as SARIF 2.1.0: each fault a result, at the line of the document that says otherwise.

use std::collections::BTreeMap;

use hmac_sha256::Hash;
use policy_test::matrix::{Fault, Judged};
use serde_json::{Value, json};

use super::Verified;
use crate::check::{in_checkout, pretty, uri};
use crate::escape::without_links;
use crate::failure::Failure;

pub(super) fn sarif(verified: &Verified<'_>) -> Result<String, Failure> {
    let rules: Vec<Value> = Fault::ALL.into_iter().map(rule).collect();
    let mut identities = BTreeMap::new();
    let failures = verified.report.failures();
    let results: Vec<Value> =
        failures.into_iter().map(|(fault, judged)| result(verified, fault, judged, &mut identities)).collect();
    pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cargo-policy",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "automationDetails": { "id": format!("cargo-policy-verify/{}/", verified.url) },
            "columnKind": "utf16CodeUnits",
            "artifacts": [{ "location": artifact(&verified.document) }],
            "results": results,
        }],
    }))
}

fn rule(fault: Fault) -> Value {
    json!({
        "id": fault.code(),
        "shortDescription": { "text": fault.summary() },
        "fullDescription": { "text": fault.summary() },
        "help": { "text": format!("{} See docs/verify.md#faults.", fault.summary()) },
        "defaultConfiguration": { "level": level(fault) },
        "properties": { "tags": ["security", "openapi"] },
    })
}

fn level(fault: Fault) -> &'static str {
    if fault.is_error() { "error" } else { "warning" }
}

fn result(verified: &Verified<'_>, fault: Fault, judged: &Judged, identities: &mut BTreeMap<String, usize>) -> Value {
    let operation = verified.report.operation(judged);
    let key = operation.map_or("", |operation| operation.key.as_str());
    let (file, line, column) = operation.map_or((verified.document.as_str(), 1, 1), |operation| {
        (operation.location.file.as_str(), operation.location.line, operation.location.column)
    });
    let case = &judged.case;
    let curl = verified.report.curl(judged).unwrap_or_default();
    let message = format!(
        "`{key}`: {}\ntried: {}\nby: {}\ndue: {}\n{curl}",
        judged.outcome.message(),
        case.check,
        judged.caller(),
        case.expected
    );
    let identity =
        identity(&[fault.code(), key, case.check.code(), &case.method, &case.target(), &case.caller.to_string()]);
    let count = identities.entry(identity.clone()).or_default();
    *count += 1;
    json!({
        "ruleId": fault.code(),
        "ruleIndex": Fault::ALL.iter().position(|known| *known == fault).unwrap_or_default(),
        "level": level(fault),
        "message": { "text": without_links(&message) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": artifact(file),
                "region": { "startLine": line, "startColumn": column },
            },
            "logicalLocations": [{ "fullyQualifiedName": key, "kind": "resource" }],
        }],
        "partialFingerprints": { "primaryLocationLineHash": format!("{identity}:{count}") },
    })
}

/// The hash of the parts that stay the same when lines move.
fn identity(parts: &[&str]) -> String {
    let mut hash = Hash::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn artifact(name: &str) -> Value {
    match in_checkout(name) {
        Some(path) => json!({ "uri": uri(&path), "uriBaseId": "%SRCROOT%" }),
        None => json!({ "uri": uri(name) }),
    }
}
