//! Finds routes and scopes by the names that people write. A name that the policy does not have is an error with a suggestion, and is
//! never ignored.

use std::fmt;

use policy_core::{OperationRef, Scope, ScopeSet};

use crate::policy::{Api, POLICY};

/// The operation that `GET /external/v1/encounters`, or its `operationId`, names.
///
/// # Errors
/// [`UnknownName`] where the policy has no such route.
pub fn operation(text: &str) -> Result<OperationRef<Api>, UnknownName> {
    let mut words = text.split_whitespace();
    let found = match (words.next(), words.next(), words.next()) {
        (Some(method), Some(template), None) => POLICY.operation(method, template),
        (Some(id), None, None) => {
            POLICY.operations().find(|operation| operation.definition().operation_id() == Some(id))
        }
        _ => None,
    };
    found.ok_or_else(|| {
        let mut known: Vec<String> = POLICY.operations().map(|operation| operation.to_string()).collect();
        let ids = POLICY.operations().filter_map(|operation| operation.definition().operation_id());
        let suggestion = closest(text, known.iter().map(String::as_str).chain(ids));
        known.sort_unstable();
        UnknownName { kind: "route", name: text.into(), suggestion, known }
    })
}

/// The scopes of a list separated by commas.
///
/// # Errors
/// [`UnknownName`] where the policy has no such scope.
pub fn scopes(list: &str) -> Result<ScopeSet<Api>, UnknownName> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(scope).collect()
}

/// The scope of this name.
///
/// # Errors
/// [`UnknownName`] where the policy has no such scope.
pub fn scope(name: &str) -> Result<Scope<Api>, UnknownName> {
    POLICY.scope(name).ok_or_else(|| {
        let known: Vec<String> = POLICY.scopes().map(|scope| scope.name().to_owned()).collect();
        let suggestion = closest(name, known.iter().map(String::as_str));
        UnknownName { kind: "scope", name: name.into(), suggestion, known }
    })
}

/// The error for a name that is not among the known ones.
#[must_use]
pub fn unknown(kind: &'static str, name: &str, known: Vec<String>) -> UnknownName {
    let suggestion = closest(name, known.iter().map(String::as_str));
    UnknownName { kind, name: name.into(), suggestion, known }
}

/// The name that is likely meant: at most one character in three differs. Capitals do not count.
///
/// The rule is that of `policy_spec::likely`. It is repeated here, since a server should not depend on the reader of documents.
fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let distance = |known: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &known.to_lowercase());
    let most = |known: &str| (known.chars().count().max(name.chars().count()) / 3).max(1);
    let near = known.map(|known| (distance(known), known)).filter(|(distance, known)| *distance <= most(known));
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known.to_owned())
}

/// A name that the policy does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    kind: &'static str,
    name: String,
    suggestion: Option<String>,
    known: Vec<String>,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} `{}`", self.kind, self.name.escape_debug())?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, "; did you mean `{suggestion}`?")?;
        }
        match self.known.as_slice() {
            [] => write!(f, "\n  there is no {} yet", self.kind),
            known => {
                write!(f, "\n  known:")?;
                known.iter().try_for_each(|known| write!(f, "\n    {known}"))
            }
        }
    }
}

impl std::error::Error for UnknownName {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn a_route_is_named_by_method_and_template_or_by_its_operation_id() {
        let route = "GET /external/v1/encounters";
        assert_eq!(operation(route).unwrap().to_string(), route);
        assert_eq!(operation("listEncounters").unwrap().to_string(), route);
        for (wrong, suggestion) in [
            ("get /external/v1/encounters", "GET /external/v1/encounters"),
            ("GET /external/v1/encounter", "GET /external/v1/encounters"),
            ("getTranscripts", "getTranscript"),
        ] {
            let error = operation(wrong).unwrap_err();
            assert_eq!(error.suggestion.as_deref(), Some(suggestion), "{wrong}");
        }
        for wrong in ["", "GET", "GET /external/v1/encounters x", "POST /external/v1/encounters"] {
            assert!(operation(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn scopes_are_separated_by_commas() {
        assert_eq!(scopes("patients:read, encounters:read,").unwrap().to_string(), "encounters:read patients:read");
        assert!(scopes("").unwrap().is_empty());
        let error = scopes("encounters:read,patient:read").unwrap_err().to_string();
        assert!(error.starts_with("unknown scope `patient:read`; did you mean `patients:read`?"), "{error}");
    }
}
