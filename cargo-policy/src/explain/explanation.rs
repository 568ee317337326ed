//! An explanation, for every format. Its JSON is an interface, which `docs/explain.md` describes.

use policy_core::Stage;
use serde::Serialize;

use super::alternatives::Alternative;
use super::answer::Answer;
use super::caller::Caller;
use super::excerpt::Excerpt;
use super::request::Request;
use crate::finding_json::FindingJson;

/// The version of the JSON. Adding a key does not change it. Any other change makes another version.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// How a request is decided, and why.
#[derive(Debug, Serialize)]
pub(crate) struct Explanation<'l> {
    pub(crate) schema_version: u32,
    /// The document's path.
    pub(crate) document: String,
    /// The fingerprint of its policy.
    pub(crate) fingerprint: String,
    /// Whether all of the document could be read.
    pub(crate) complete: bool,
    /// Whether a build accepts the document: it has no error.
    pub(crate) accepted: bool,
    pub(crate) request: Request,
    pub(crate) caller: Caller,
    pub(crate) route: Route,
    pub(crate) verdict: Verdict,
    /// The stages in the order of the document. Empty if no operation is reached.
    pub(crate) stages: Vec<StageExplained>,
    /// The alternatives in the order of the document, as they are served.
    pub(crate) alternatives: Vec<Alternative>,
    /// The answer if the handler does not run.
    pub(crate) answer: Option<Answer>,
    /// What else is to be known of this request.
    pub(crate) remarks: Vec<String>,
    /// The findings about the operation. Without an operation, the document's errors.
    pub(crate) findings: Vec<FindingJson<'l>>,
}

/// Whether the handler runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Allowed,
    Denied,
}

/// What the method and the path lead to.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Route {
    /// An operation decides.
    Operation {
        #[serde(flatten)]
        operation: Operation,
        /// The parameters in the path, in its order.
        parameters: Vec<Parameter>,
    },
    /// Operations with other methods have the path.
    MethodNotAllowed { allowed: Vec<String>, near: Vec<Near> },
    /// No operation has the path.
    NotFound {
        /// Why no operation could have it: the path breaks a rule that holds for all paths.
        fault: Option<String>,
        near: Vec<Near>,
    },
    /// The document has the operation but does not say who may call it.
    Undeclared(Operation),
    /// The document has the operation, but errors kept it out of the policy.
    LeftOut(Operation),
}

/// A parameter in the path, with its value as it is written in the path.
#[derive(Debug, Serialize)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// An operation, as readers know it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Operation {
    pub(crate) method: String,
    /// The template as it is served.
    pub(crate) path: String,
    /// The document's key.
    pub(crate) template: String,
    pub(crate) operation_id: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) access: &'static str,
    pub(crate) place: Excerpt,
}

/// Another request that leads to an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Near {
    pub(crate) method: String,
    /// The path of a request, or the template of an operation.
    pub(crate) path: String,
    /// How it differs. `None` for an operation that only looks alike.
    pub(crate) why: Option<String>,
    /// `file:line:column` of the operation.
    pub(crate) place: String,
}

/// What a stage said.
#[derive(Debug, Serialize)]
pub(crate) struct StageExplained {
    pub(crate) stage: Stage,
    pub(crate) outcome: StageResult,
    /// The stable name of the reason.
    pub(crate) reason_code: Option<&'static str>,
    /// Why, in a sentence.
    pub(crate) because: String,
    /// Where the document says so.
    pub(crate) places: Vec<Excerpt>,
}

/// What a stage said of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StageResult {
    Passed,
    Denied,
    NotReached,
}

impl Explanation<'_> {
    /// The key of the operation that this is about: `GET /files`.
    pub(crate) fn operation_key(&self) -> Option<String> {
        match &self.route {
            Route::Operation { operation, .. } | Route::Undeclared(operation) | Route::LeftOut(operation) => {
                Some(format!("{} {}", operation.method, operation.template))
            }
            Route::MethodNotAllowed { .. } | Route::NotFound { .. } => None,
        }
    }
}
