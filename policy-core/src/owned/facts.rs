//! What a policy is built of, and why some facts are no policy.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::definition::Access;
use crate::stage::{CheckOrderError, Stage};

/// What a document says, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFacts {
    /// The stages, in the order that requests pass them.
    pub check_order: [Stage; 4],
    /// The names of the security schemes.
    pub schemes: Vec<String>,
    /// The names of the scopes: all that are required, and those of the catalogue.
    pub scopes: Vec<String>,
    /// The operations. Each keeps its place.
    pub operations: Vec<OperationFacts>,
}

/// An operation: a method and a path template, and what they require.
///
/// By default it requires what nobody can meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationFacts {
    /// The HTTP method, exact bytes.
    pub method: String,
    /// The path template as it is served.
    pub template: String,
    /// Whom it lets in before scopes are looked at. It must agree with the alternatives.
    pub access: Access,
    /// The alternatives, in document order.
    pub alternatives: Vec<AlternativeFacts>,
    /// The query parameters that are accepted.
    pub query_names: Vec<String>,
    /// The prefixes, such as `filter[`, of free-form objects.
    pub query_prefixes: Vec<String>,
    /// Whether every query parameter is accepted.
    pub query_any: bool,
}

impl Default for OperationFacts {
    fn default() -> Self {
        Self {
            method: String::new(),
            template: String::new(),
            access: Access::Required,
            alternatives: Vec::new(),
            query_names: Vec::new(),
            query_prefixes: Vec::new(),
            query_any: false,
        }
    }
}

/// One alternative: everything in it is required together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlternativeFacts {
    /// Whether this is `{}`, which asks for nothing. Nothing else is set then.
    pub anonymous: bool,
    /// The schemes, each with the scopes that it must have granted. Empty where any scheme will do.
    pub schemes: Vec<(String, Vec<String>)>,
    /// The scopes of the extension, which any scheme of the alternative may have granted.
    pub extension: Vec<String>,
}

impl AlternativeFacts {
    /// The alternative `{}`.
    #[must_use]
    pub const fn anonymous() -> Self {
        Self { anonymous: true, schemes: Vec::new(), extension: Vec::new() }
    }

    /// One scheme with its scopes.
    #[must_use]
    pub fn of<S: Into<String>>(scheme: impl Into<String>, scopes: impl IntoIterator<Item = S>) -> Self {
        let scopes = scopes.into_iter().map(Into::into).collect();
        Self { anonymous: false, schemes: alloc::vec![(scheme.into(), scopes)], extension: Vec::new() }
    }
}

/// Why some facts are no policy.
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
    /// Access and alternatives of an operation contradict each other, or an anonymous alternative asks for something.
    Contradiction(String),
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
            Self::Contradiction(operation) => {
                write!(
                    f,
                    "the alternatives of `{operation}` contradict its access, or one is anonymous and asks for something"
                )
            }
            Self::TooMany(what) => write!(f, "there are more {what} than a policy can number (65535)"),
        }
    }
}

impl core::error::Error for FactsError {}
