//! `[policies.assertion]`: the signed assertion that tells the upstream who the caller is.

use std::path::PathBuf;

use http::HeaderName;
use policy_spec::toml_file::schema::{self, Key, key};
use policy_spec::toml_file::{DeTable, Range};

use super::fields::{At, Fields, Reading};
use super::listener;

/// What the assertion is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionEntry {
    /// The private keys, as `policy-gateway keys` writes them.
    pub key: At<PathBuf>,
    /// For whom it is: the upstream.
    pub audience: At<String>,
    /// The header that brings it, where that is not `policy-assertion`.
    pub header: Option<HeaderName>,
}

/// The keys of `[policies.assertion]`.
pub(super) const KEYS: &[Key] = &[
    key("key-file", "The private keys, as `policy-gateway keys` writes them.", schema::said).required(),
    key("audience", "The upstream's name, which it demands.", schema::said).required(),
    key("header", "The header that brings the assertion. Without it: `policy-assertion`.", schema::said),
];

pub(super) fn read(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> Option<AssertionEntry> {
    let mut fields = Fields::new(reading, table, place, "[policies.assertion]", KEYS);
    let (key, audience) = (fields.path("key-file"), fields.text("audience"));
    let header = listener::header(&mut fields, "header");
    Some(AssertionEntry { key: key?, audience: audience?, header })
}
