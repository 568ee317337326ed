//! Rust names for what a document calls its operations, scopes and schemes.
//!
//! A document's names can be any text: empty, emoji, keywords, or names that begin with a digit or look like others. Each becomes an
//! ASCII identifier of the right case. Other letters are not used, for two reasons. Two operations that look the same in a review
//! must not be different ones, and the compiler normalises identifiers beyond ASCII.
//!
//! A name is made of the operation, scope or scheme alone. It does not depend on what else the document holds, nor on the
//! order. So an edit elsewhere cannot give the name to something else. Where two things would have one name, there is a
//! [`Collision`], and `policy-build` refuses the document until one of them is given another name.

mod collision;
mod given;
mod reserved;
mod variant;
mod words;

pub use collision::Collision;
pub(crate) use collision::report;
pub(crate) use given::{EXTENSION, apply, rust_name};
pub use reserved::Kind;
pub(crate) use reserved::{fault, pattern};

use crate::model::{OperationModel, PolicyModel, Scheme, ScopeEntry};
use crate::served;
use words::{of_route, upper_camel};

/// The Rust names of a policy.
///
/// ```
/// let document = "
/// openapi: 3.1.0
/// info: { title: Notes, version: '1' }
/// components:
///   securitySchemes:
///     notesKey: { type: http, scheme: bearer }
/// security: [{ notesKey: [notes:read] }]
/// paths:
///   /notes:
///     get: { operationId: list-notes }
/// ";
/// let loaded = policy_spec::read("notes.yaml", document.as_bytes(), &policy_spec::Settings::default());
/// let names = loaded.model.ok_or("the document has errors")?.names();
/// assert_eq!(names.operations[0].name, "ListNotes");
/// assert_eq!(names.scopes[0].name, "NotesRead");
/// assert_eq!(names.schemes[0], "NOTES_KEY");
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The operations that are served, in the order of [`PolicyModel::operations`].
    pub operations: Vec<OperationNames>,
    /// The scopes, in the order of [`PolicyModel::scopes`].
    pub scopes: Vec<ScopeNames>,
    /// The constant of each scheme, in the order of [`PolicyModel::schemes`].
    pub schemes: Vec<String>,
}

/// The names of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationNames {
    /// Its index in [`PolicyModel::operations`].
    pub index: usize,
    /// Its type, and the macro of the same name.
    pub name: String,
    /// The enum of its alternatives, where it has more than one.
    pub alternatives: Option<String>,
}

/// The names of a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeNames {
    /// Its type.
    pub name: String,
    /// The trait of the operations that require it.
    pub requires: String,
}

impl PolicyModel {
    /// The Rust names of all operations, scopes and schemes.
    #[must_use]
    pub fn names(&self) -> Names {
        let operations = served::indexed(self).map(|(index, operation)| {
            let name = type_of_operation(operation);
            let alternatives = (served::alternatives(operation, self).len() > 1).then(|| format!("{name}Alternative"));
            OperationNames { index, name, alternatives }
        });
        let scopes = self.scopes.iter().map(|scope| {
            let name = type_of_scope(scope);
            let requires = format!("Requires{name}");
            ScopeNames { name, requires }
        });
        Names {
            operations: operations.collect(),
            scopes: scopes.collect(),
            schemes: self.schemes.iter().map(constant_of_scheme).collect(),
        }
    }

    /// The variants of the enum of an operation's alternatives. Each is named after its schemes, and after its scopes too if the
    /// schemes alone would give several the same name. A name does not depend on where its alternative stands.
    #[must_use]
    pub fn variants(&self, operation: &OperationModel) -> Vec<String> {
        variant::variants(self, &served::alternatives(operation, self))
    }
}

fn type_of_operation(operation: &OperationModel) -> String {
    operation.rust_name.clone().unwrap_or_else(|| {
        let words = operation.operation_id.as_deref().map(upper_camel).filter(|words| !words.is_empty());
        words.map_or_else(|| type_of_route(operation), |words| reserved::type_of(&words, Kind::Operation.word()))
    })
}

/// The name of an operation after its method and template.
fn type_of_route(operation: &OperationModel) -> String {
    reserved::type_of(&of_route(&operation.method, &operation.template), Kind::Operation.word())
}

fn type_of_scope(scope: &ScopeEntry) -> String {
    scope.rust_name.clone().unwrap_or_else(|| reserved::type_of(&upper_camel(&scope.name), Kind::Scope.word()))
}

fn constant_of_scheme(scheme: &Scheme) -> String {
    scheme.rust_name.clone().unwrap_or_else(|| reserved::constant_of(&scheme.name))
}
