//! The operations with what they require, for programs that ask for what they need.

use policy_spec::PolicyModel;
use serde::Serialize;

use super::grant::{Grant, TooMany, of_operation};
use crate::check::json::pretty;
use crate::failure::Failure;

/// The version of the schema. It is raised when a key changes its meaning or is removed, and not when one is added.
const SCHEMA_VERSION: u32 = 1;

/// What is exported.
#[derive(Debug, Serialize)]
pub(super) struct Facts {
    schema_version: u32,
    pub(super) fingerprint: String,
    pub(super) operations: Vec<Operation>,
}

/// One operation. Each of its grants is enough, and smallest.
#[derive(Debug, Serialize)]
pub(super) struct Operation {
    /// Method and path as served.
    pub(super) operation: String,
    pub(super) operation_id: Option<String>,
    /// `public`, `optional` or `required`.
    pub(super) access: &'static str,
    /// Each a list of schemes, each with its scopes. One that is empty needs no credential.
    pub(super) grants: Vec<Vec<Scheme>>,
}

/// A scheme with the scopes that its credential has to hold.
#[derive(Debug, Serialize)]
pub(super) struct Scheme {
    pub(super) scheme: String,
    pub(super) scopes: Vec<String>,
}

/// Of everything that is served. An operation that nobody can call, or nobody by this scheme, has no grant.
pub(super) fn facts(served: &PolicyModel, scheme: Option<&str>, fingerprint: String) -> Result<Facts, TooMany> {
    let mut operations = Vec::with_capacity(served.operations.len());
    for operation in &served.operations {
        let grants = of_operation(operation, scheme)?.unwrap_or_default();
        operations.push(Operation {
            operation: operation.served_key(),
            operation_id: operation.operation_id.clone(),
            access: operation.requirement.access_word(),
            grants: grants.into_iter().map(schemes).collect(),
        });
    }
    Ok(Facts { schema_version: SCHEMA_VERSION, fingerprint, operations })
}

fn schemes(grant: Grant) -> Vec<Scheme> {
    grant.0.into_iter().map(|(scheme, scopes)| Scheme { scheme, scopes: scopes.into_iter().collect() }).collect()
}

pub(super) fn json(facts: &Facts) -> Result<String, Failure> {
    pretty(facts)
}
