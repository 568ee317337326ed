//! The export as a TypeScript module: the operations as constants, and a function from operations to the smallest scopes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::export::{Facts, Operation};
use crate::escape::visible;
use crate::failure::Failure;

/// What follows the constants. It needs no library.
const FUNCTIONS: &str = include_str!("scopes.ts");

pub(super) fn typescript(facts: &Facts, document: &str) -> Result<String, Failure> {
    let mut out = String::new();
    // A name of a file has no end of a line, so that it stays in the comment.
    let document = visible(document);
    let _ = writeln!(out, "// Written by `cargo policy scopes --export typescript` from {document}. Do not edit it.\n");
    let _ = writeln!(out, "/** The fingerprint of the policy: it changes when what decides changes. */");
    let _ = writeln!(out, "export const fingerprint = {};\n", literal(&json!(facts.fingerprint))?);
    let _ = writeln!(out, "/** Each operation with the smallest grants that it accepts. Any one of them is enough. */");
    let _ = writeln!(out, "export const operations = {{");
    for operation in &facts.operations {
        let _ = writeln!(out, "  {}: {{", key(&operation.operation)?);
        let _ = writeln!(out, "    access: {},", literal(&json!(operation.access))?);
        let _ = writeln!(out, "    grants: {},\n  }},", literal(&grants(operation))?);
    }
    let _ = writeln!(out, "}} as const;\n");
    let _ = writeln!(out, "/** The operations by their `operationId`. */");
    let _ = writeln!(out, "export const ids = {{");
    let mut known = BTreeSet::new();
    for operation in &facts.operations {
        if let Some(id) = operation.operation_id.as_deref().filter(|id| known.insert(id.to_owned())) {
            let _ = writeln!(out, "  {}: {},", key(id)?, literal(&json!(operation.operation))?);
        }
    }
    let _ = writeln!(out, "}} as const;\n");
    out.push_str(FUNCTIONS);
    Ok(out)
}

fn grants(operation: &Operation) -> Value {
    let grant = |schemes: &Vec<super::export::Scheme>| -> Value {
        schemes.iter().map(|one| json!([one.scheme, one.scopes])).collect()
    };
    operation.grants.iter().map(grant).collect()
}

/// A JSON value is a literal of TypeScript. What could end the text of a script in a page is escaped.
fn literal(value: &Value) -> Result<String, Failure> {
    let text = serde_json::to_string(value).map_err(|error| Failure::new(error.to_string()))?;
    Ok(text.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029"))
}

/// The key of a member. `__proto__` would be no member, unless it is computed.
fn key(name: &str) -> Result<String, Failure> {
    let text = literal(&json!(name))?;
    Ok(if name == "__proto__" { format!("[{text}]") } else { text })
}
