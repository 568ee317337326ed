//! A row of the table of operations.

use super::{Access, QueryAllowList};
use crate::decision::Rule;
use crate::requirement::Requirement;

/// An operation: a method and a path template, and what they require.
#[derive(Clone, Copy, Debug)]
pub struct OperationDefinition {
    pub(crate) parts: OperationParts,
}

/// The fields of an [`OperationDefinition`].
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct OperationParts {
    pub method: &'static str,
    pub template: &'static str,
    pub operation_id: Option<&'static str>,
    pub type_name: &'static str,
    pub summary: Option<&'static str>,
    pub access: Access,
    pub requirement: Requirement<'static>,
    pub query: QueryAllowList<'static>,
    pub location: &'static str,
}

impl OperationDefinition {
    /// The definition of an operation that does not exist. Invariant *closed*: it requires what nobody can meet.
    pub(crate) const NOWHERE: Self = Self {
        parts: OperationParts {
            method: "",
            template: "",
            operation_id: None,
            type_name: "",
            summary: None,
            access: Rule::NOWHERE.access,
            requirement: Rule::NOWHERE.requirement,
            query: QueryAllowList::NONE,
            location: "",
        },
    };

    #[doc(hidden)]
    #[must_use]
    pub const fn new(parts: OperationParts) -> Self {
        Self { parts }
    }

    /// The HTTP method, exact bytes.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        self.parts.method
    }

    /// The path template as it is served: the base path and the document's own template.
    #[must_use]
    pub const fn template(&self) -> &'static str {
        self.parts.template
    }

    /// The document's `operationId`, if it gives one.
    #[must_use]
    pub const fn operation_id(&self) -> Option<&'static str> {
        self.parts.operation_id
    }

    /// The name of the generated type.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        self.parts.type_name
    }

    /// The document's `summary`, if it gives one.
    #[must_use]
    pub const fn summary(&self) -> Option<&'static str> {
        self.parts.summary
    }

    /// Whom the operation lets in before scopes are looked at.
    #[must_use]
    pub const fn access(&self) -> Access {
        self.parts.access
    }

    /// The security requirement. It has no alternative only for [`Access::Public`].
    #[must_use]
    pub const fn requirement(&self) -> Requirement<'static> {
        self.parts.requirement
    }

    /// The query parameters that the operation accepts.
    #[must_use]
    pub const fn query(&self) -> &QueryAllowList<'static> {
        &self.parts.query
    }

    /// Where the document declares the requirement: `file:line:column`.
    #[must_use]
    pub const fn location(&self) -> &'static str {
        self.parts.location
    }
}
