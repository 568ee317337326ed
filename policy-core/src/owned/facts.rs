//! The facts of which a policy is built, and why some facts cannot be a policy.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::requirement::RequirementFacts;
use crate::as_nobody::AsNobody;
use crate::scheme_kind::SchemeKind;
use crate::scope_map::ScopeMapping;
use crate::stage::{CheckOrderError, Stage};

/// What a document says, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyFacts {
    /// The stages, in the order that requests pass them.
    pub check_order: [Stage; 4],
    /// The names of the security schemes.
    pub schemes: Vec<String>,
    /// The names of the scopes: all that are required, and those of the catalogue.
    pub scopes: Vec<String>,
    /// The operations, which keep their order.
    pub operations: Vec<OperationFacts>,
    /// What grants mean beside the names that they have.
    pub scope_map: Vec<ScopeMapping>,
    /// The schemes of which some credentials count as nobody where anybody may call.
    pub as_nobody: Vec<(String, AsNobody)>,
    /// How the credentials of the schemes travel. Of a scheme that is not here no request has a credential.
    pub scheme_kinds: Vec<(String, SchemeKind<String>)>,
}

impl PolicyFacts {
    /// The facts of a document that does not choose the order of the checks: they come in that of [`Stage::ALL`].
    #[must_use]
    pub fn new(schemes: Vec<String>, scopes: Vec<String>, operations: Vec<OperationFacts>) -> Self {
        let (check_order, scope_map) = (Stage::ALL, Vec::new());
        let (as_nobody, scheme_kinds) = (Vec::new(), Vec::new());
        Self { check_order, schemes, scopes, operations, scope_map, as_nobody, scheme_kinds }
    }

    /// With the order of the checks that the document chooses.
    #[must_use]
    pub fn with_check_order(self, check_order: [Stage; 4]) -> Self {
        Self { check_order, ..self }
    }

    /// With what grants mean beside the names that they have.
    #[must_use]
    pub fn with_scope_map(self, scope_map: Vec<ScopeMapping>) -> Self {
        Self { scope_map, ..self }
    }

    /// With the credentials that count as nobody where anybody may call, by scheme.
    #[must_use]
    pub fn with_as_nobody(self, as_nobody: Vec<(String, AsNobody)>) -> Self {
        Self { as_nobody, ..self }
    }

    /// With how the credentials of the schemes travel, which whoever reads requests must know.
    #[must_use]
    pub fn with_scheme_kinds(self, scheme_kinds: Vec<(String, SchemeKind<String>)>) -> Self {
        Self { scheme_kinds, ..self }
    }
}

/// An operation: a method and a path template, and what they require.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationFacts {
    /// The HTTP method, exact bytes.
    pub method: String,
    /// The path template as it is served.
    pub template: String,
    /// Who may call it.
    pub requirement: RequirementFacts,
    /// The query parameters that it accepts.
    pub query: QueryFacts,
}

impl OperationFacts {
    /// An operation that accepts no query parameter.
    #[must_use]
    pub fn new(method: impl Into<String>, template: impl Into<String>, requirement: RequirementFacts) -> Self {
        Self { method: method.into(), template: template.into(), requirement, query: QueryFacts::default() }
    }

    /// With the query parameters that it accepts.
    #[must_use]
    pub fn with_query(self, query: QueryFacts) -> Self {
        Self { query, ..self }
    }
}

/// The query parameters that an operation accepts. By default it accepts none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct QueryFacts<N = String> {
    /// The exact names, sorted.
    pub names: Vec<N>,
    /// The prefixes of names, such as `filter[`, which free-form `deepObject` parameters have; sorted.
    pub prefixes: Vec<N>,
    /// Whether every name is accepted, because the document describes the whole query as a free-form object.
    pub any: bool,
    /// Whether other names are ignored: a request that has them is not refused for it.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "core::ops::Not::not"))]
    pub ignores_others: bool,
}

impl<N> QueryFacts<N> {
    /// Whether a request may have a name that is not listed.
    #[must_use]
    pub fn takes_any(&self) -> bool {
        self.any || self.ignores_others
    }
}

/// Why some facts cannot be a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FactsError {
    /// The stages are not in a safe order.
    CheckOrder(CheckOrderError),
    /// A scheme is there twice.
    RepeatedScheme(String),
    /// Two operations have one method and one template.
    RepeatedOperation(String),
    /// An operation names a scheme that is not in the list.
    UnknownScheme {
        /// The operation.
        operation: String,
        /// The scheme.
        scheme: String,
    },
    /// An operation names a scope that is not in the list.
    UnknownScope {
        /// The operation.
        operation: String,
        /// The scope.
        scope: String,
    },
    /// An entry of the scope map names a scheme or a scope that is not in the list. The entry and the name.
    UnknownInMap(String, String),
    /// Of a scheme that is not in the list, some credentials count as nobody.
    UnknownAsNobody(String),
    /// It is said how credentials of a scheme travel that is not in the list.
    UnknownKind(String),
    /// There are more of these than can be numbered.
    TooMany(&'static str),
}

impl fmt::Display for FactsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CheckOrder(error) => error.fmt(f),
            Self::RepeatedScheme(name) => write!(f, "the security scheme `{name}` is there twice"),
            Self::RepeatedOperation(key) => write!(f, "the operation `{key}` is there twice"),
            Self::UnknownScheme { operation, scheme } => {
                write!(f, "`{operation}` requires the security scheme `{scheme}`, which is not in the list of schemes")
            }
            Self::UnknownScope { operation, scope } => {
                write!(f, "`{operation}` requires the scope `{scope}`, which is not in the list of scopes")
            }
            Self::UnknownInMap(entry, name) => {
                write!(f, "the scope map names `{name}`, which is not in the policy: {entry}")
            }
            Self::UnknownAsNobody(name) => {
                write!(
                    f,
                    "credentials of the security scheme `{name}` count as nobody, which is not in the list of schemes"
                )
            }
            Self::UnknownKind(name) => {
                write!(f, "the security scheme `{name}` has a kind and is not in the list of schemes")
            }
            Self::TooMany(what) => write!(f, "there are more {what} than a policy can number (65535)"),
        }
    }
}

impl core::error::Error for FactsError {}
