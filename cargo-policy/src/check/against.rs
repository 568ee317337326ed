//! The comparison with another document.

use policy_spec::{Difference, DifferenceInWords, Witness, compare, different_base_paths};
use serde_json::{Map, Value, json};

use super::name;
use crate::project::Read;

/// The other document, and in what the first differs from it.
pub(super) struct Against {
    pub(super) other: Read,
    pub(super) differences: Vec<Difference>,
    /// Something of both could be read.
    pub(super) compared: bool,
    /// Errors in the other document: it is no policy, and the comparison is as good as what could be read.
    pub(super) errors: usize,
}

impl Against {
    pub(super) fn new(read: &Read, other: Read) -> Self {
        let compared = read.loaded.readable().zip(other.loaded.readable()).map(|(one, other)| compare(one, other));
        let errors = other.loaded.findings.iter().filter(|finding| finding.is_error()).count();
        Self { other, compared: compared.is_some(), differences: compared.unwrap_or_default(), errors }
    }

    /// The two are the same policy.
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

    /// Where no operation of one is in the other, it is most likely the base path that differs.
    pub(super) fn hint(&self, read: &Read) -> Option<String> {
        different_base_paths(read.loaded.readable()?, self.other.loaded.readable()?, &self.differences)
    }
}

/// For programs: `{"schemes": {"OAuth2": ["files:read"]}}`, or `{"query": "limit"}`.
pub(super) fn witness(witness: &Witness) -> Value {
    match witness {
        Witness::Query(key) => json!({ "query": key }),
        Witness::Credential(schemes) => {
            let schemes: Map<String, Value> =
                schemes.iter().map(|(scheme, scopes)| (scheme.clone(), json!(scopes))).collect();
            json!({ "schemes": schemes })
        }
    }
}
