//! `[policies.assertion]`: the signed assertion that tells the upstream who the caller is.

use std::path::PathBuf;

use policy_spec::toml_file::schema::{self, Key, key};
use policy_spec::toml_file::{DeTable, Range};

use super::fields::{At, Fields, Reading};

/// What the assertion is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionEntry {
    /// The private key, as `policy-gateway keys` writes it.
    pub key: At<PathBuf>,
    /// Who makes it.
    pub issuer: At<String>,
    /// For whom it is: the upstream.
    pub audience: At<String>,
}

/// The keys of `[policies.assertion]`.
pub(super) const KEYS: &[Key] = &[
    key("key-file", "The private key, as `policy-gateway keys` writes it.", schema::said).required(),
    key("issuer", "The gateway's name, which the upstream demands.", schema::said).required(),
    key("audience", "The upstream's name, which it demands.", schema::said).required(),
];

pub(super) fn read(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> Option<AssertionEntry> {
    let mut fields = Fields::new(reading, table, place, "[policies.assertion]", KEYS);
    let (key, issuer, audience) = (fields.path("key-file"), fields.text("issuer"), fields.text("audience"));
    Some(AssertionEntry { key: key?, issuer: issuer?, audience: audience? })
}
