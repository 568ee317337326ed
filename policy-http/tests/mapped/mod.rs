//! A policy with a scope map, as `policy-build` generates it.
#![allow(dead_code, unreachable_pub, reason = "shared by test binaries that use parts of it")]

use policy_core::__private::{PolicyParts, ScopeMapRow, ScopeTable, phf};
use policy_core::{Document, PolicyDefinition, Scheme, SchemeDefinition, SchemeKind, ScopeDefinition, ScopeSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {}

impl Document for Api {
    type Words = [u64; 1];
    type OperationWords = [u64; 0];
    type Grants = [Option<ScopeSet<Self>>; 3];
    type Order = policy_core::order::EnablementFirst;
    const DEFINITION: &'static PolicyDefinition = &DEFINITION;
}

pub const OAUTH: Scheme<Api> = Scheme::new(0);
pub const PARTNER: Scheme<Api> = Scheme::new(1);
pub const KEY: Scheme<Api> = Scheme::new(2);

/// The first second after the last day of the entry that has one, 2027-03-31.
pub const END: u64 = 1_806_537_600;

const fn row(claim: &'static [&'static str], from: &'static str, to: &'static [u16]) -> ScopeMapRow {
    ScopeMapRow { scheme: 0, claim, from, to, until: None }
}

static DEFINITION: PolicyDefinition = PolicyDefinition::new(PolicyParts {
    title: "Files",
    version: "1",
    source: "files.yaml",
    base_path: "",
    fingerprint: "0123456789abcdef",
    scopes: ScopeTable::rows(&SCOPES),
    scope_index: &[65535, 65535, 3, 65535, 2, 0, 1, 65535],
    schemes: &SCHEMES,
    operations: &[],
    webhooks: &[],
    index: &phf::Map { key: 0, disps: &[], entries: &[] },
})
.with_scope_map(&[
    ScopeMapRow { until: Some((2027, 3, 31)), ..row(&[], "api://files/Files.Read", &[1]) },
    // What this grants is the name that the next entry maps.
    row(&[], "Files.ReadWrite", &[1, 2]),
    row(&[], "files:write", &[0]),
    row(&["roles"], "Files.Read.All", &[1]),
    row(&["cognito:groups"], "auditors", &[3]),
    row(&["realm_access", "roles"], "editor", &[1, 2]),
    row(&["resource_access", "files-api", "roles"], "manager", &[0]),
    row(&["permissions"], "write:files", &[2]),
    ScopeMapRow { scheme: 2, ..row(&[], "reader", &[1]) },
]);

static SCOPES: [ScopeDefinition; 4] = [
    ScopeDefinition::new("admin", None, true),
    ScopeDefinition::new("files:read", None, true),
    ScopeDefinition::new("files:write", None, true),
    ScopeDefinition::new("meta:read", None, true),
];

static SCHEMES: [SchemeDefinition; 3] = [
    SchemeDefinition::new("OAuth", SchemeKind::OAuth2),
    SchemeDefinition::new("Partner", SchemeKind::OAuth2),
    SchemeDefinition::new("Key", SchemeKind::ApiKeyHeader("X-Key")),
];
