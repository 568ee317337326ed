//! The comparison with another document.

use policy_spec::{Difference, DifferenceInWords, Witness, compare, different_base_paths};
use serde_json::{Map, Value, json};

use super::name;
use crate::project::Read;

/// The other document, and how the first differs from it.
pub(super) struct Against {
    pub(super) other: Read,
    pub(super) differences: Vec<Difference>,
    /// Whether something of both documents could be read and compared.
    pub(super) compared: bool,
    /// How many errors the other document has. With errors it is no policy, and only what could be read is compared.
    pub(super) errors: usize,
}

impl Against {
    pub(super) fn new(read: &Read, other: Read) -> Self {
        let compared = read.loaded.readable().zip(other.loaded.readable()).map(|(one, other)| compare(one, other));
        let errors = other.loaded.findings.iter().filter(|finding| finding.is_error()).count();
        Self { other, compared: compared.is_some(), differences: compared.unwrap_or_default(), errors }
    }

    /// Whether both are the same policy.
    pub(super) fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.other.loaded.model.is_some()
    }

    pub(super) fn name(&self) -> String {
        name(&self.other)
    }

    /// Each difference in words, in the order of [`differences`](Self::differences).
    pub(super) fn told(&self, read: &Read) -> Vec<DifferenceInWords> {
        let (Some(policy), Some(against)) = (read.loaded.readable(), self.other.loaded.readable()) else {
            return Vec::new();
        };
        let other = self.name();
        self.differences.iter().map(|difference| difference.in_words(policy, against, &other)).collect()
    }

    /// A hint if no operation of one document is in the other. Then their base paths differ, most likely.
    pub(super) fn hint(&self, read: &Read) -> Option<String> {
        different_base_paths(read.loaded.readable()?, self.other.loaded.readable()?, &self.differences)
    }
}

/// For programs: `{"schemes": {"OAuth2": ["files:read"]}}`, or `{"query": "limit"}`.
pub(crate) fn witness(witness: &Witness) -> Value {
    match witness {
        Witness::Query(key) => json!({ "query": key }),
        Witness::Credential(schemes) => {
            let schemes: Map<String, Value> =
                schemes.iter().map(|(scheme, scopes)| (scheme.clone(), json!(scopes))).collect();
            json!({ "schemes": schemes })
        }
    }
}
