//! What tokens and their issuers say, in the forms that are found in practice. Shared by JWTs and introspection answers.

use std::collections::HashMap;
use std::fmt;

use policy_core::{Document, IllFormedScope, Policy, ScopeSet, is_scope_token};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::{Number, Value};

/// One text or several: `aud` (RFC 7519, section 4.1.3), and `scp` as different issuers write it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(crate) fn contains(&self, text: &str) -> bool {
        match self {
            OneOrMany::One(one) => one == text,
            OneOrMany::Many(many) => many.iter().any(|one| one == text),
        }
    }
}

/// The members that have no name here, among them the one that an application names. A repeated one is an error, as it is
/// for those that have a name.
#[derive(Debug)]
pub(crate) struct Others(HashMap<String, Value>);

impl Others {
    /// The text of a member, `None` where there is no such member, `Some(None)` where it is no text or an empty one.
    pub(crate) fn get(&self, name: &str) -> Option<Option<&str>> {
        Some(self.0.get(name)?.as_str().filter(|text| !text.is_empty()))
    }
}

impl<'de> Deserialize<'de> for Others {
    fn deserialize<R: Deserializer<'de>>(deserializer: R) -> Result<Self, R::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Others;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Others, M::Error> {
                let mut others = HashMap::new();
                while let Some((name, value)) = members.next_entry::<String, Value>()? {
                    if others.insert(name, value).is_some() {
                        return Err(M::Error::custom("a member is repeated"));
                    }
                }
                Ok(Others(others))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// A `NumericDate` in whole seconds (RFC 7519, section 2). Fractions are dropped; a time before the epoch is the epoch.
pub(crate) fn seconds(date: &Number) -> Option<u64> {
    if let Some(seconds) = date.as_u64() {
        return Some(seconds);
    }
    // The cast saturates.
    date.as_f64().filter(|seconds| seconds.is_finite()).map(|seconds| seconds as u64)
}

/// The grant of `scope` (RFC 9068, section 2.2.3) or of `scp`, which other issuers write as a text or a list. Where both
/// stand, they must say the same: nobody could tell which one was meant.
pub(crate) fn grant<D: Document>(scope: Option<&str>, scp: Option<&OneOrMany>) -> Result<ScopeSet<D>, IllFormedScope> {
    let scope = scope.map(|text| ScopeSet::parse(text).map(|parsed| parsed.set())).transpose()?;
    let scp = scp
        .map(|scp| match scp {
            OneOrMany::One(text) => ScopeSet::parse(text).map(|parsed| parsed.set()),
            OneOrMany::Many(names) => listed(names),
        })
        .transpose()?;
    match (scope, scp) {
        (Some(scope), Some(scp)) if scope != scp => Err(IllFormedScope),
        (scope, scp) => Ok(scope.or(scp).unwrap_or_default()),
    }
}

fn listed<D: Document>(names: &[String]) -> Result<ScopeSet<D>, IllFormedScope> {
    let mut set = ScopeSet::EMPTY;
    for name in names {
        if !is_scope_token(name) {
            return Err(IllFormedScope);
        }
        if let Some(scope) = Policy::<D>::new().scope(name) {
            set.insert(scope);
        }
    }
    Ok(set)
}
