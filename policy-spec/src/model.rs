//! The policy model: what a document says about who may call what, and nothing else.

use std::fmt;

use policy_core::owned::{AlternativeFacts, QueryFacts, RequirementFacts};
use policy_core::{Access, AsNobody, ScopeMapping, Stage};

use crate::source::{Location, Span};

/// A document's policy.
///
/// References are resolved and defaults are applied. Alternatives are kept whole: the scopes of one are never mixed with those of
/// another.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyModel {
    /// `info.title`; empty when the document has none.
    pub title: String,
    /// `info.version`; empty when the document has none.
    pub version: String,
    /// The `openapi` (or `swagger`) version as written, for example `3.1.0`.
    pub openapi: String,
    /// The path of the document's first server: empty, or `/…` without a trailing slash. An operation with servers of
    /// its own may be served elsewhere: see [`OperationModel::path`].
    pub base_path: String,
    /// The order in which a request is checked.
    pub check_order: [Stage; 4],
    /// The security schemes, in document order.
    pub schemes: Vec<Scheme>,
    /// Every scope that a catalogue declares or an operation requires, sorted by name.
    pub scopes: Vec<ScopeEntry>,
    /// The operations, in document order.
    pub operations: Vec<OperationModel>,
    /// The webhooks, in document order.
    pub webhooks: Vec<WebhookModel>,
    /// The overlays that were applied, by the names of their files, in order.
    pub overlays: Vec<String>,
    /// The operations that overlays removed, in document order.
    pub removed: Vec<RemovedOperation>,
    /// What grants mean beside the names that they have, by `scopes.map` of the configuration. Sorted.
    pub scope_map: Vec<ScopeMapping>,
}

impl PolicyModel {
    /// A policy without any operation. A program that has no document adds operations, schemes and scopes to it.
    ///
    /// ```
    /// use policy_spec::{Access, AlternativeFacts, OperationModel, PolicyModel, RequirementFacts, Scheme, SchemeKind};
    ///
    /// let mut model = PolicyModel::new("Notes", "1");
    /// let location = policy_spec::Location { file: "notes".into(), line: 1, column: 1 };
    /// model.schemes.push(Scheme::new("Key", SchemeKind::Bearer, location.clone()));
    /// let requirement = RequirementFacts::AnyOf(vec![AlternativeFacts::of("Key", ["notes:read"])]);
    /// model.operations.push(OperationModel::new("GET", "/notes", requirement, location));
    /// assert_eq!(model.operations[0].access(), Some(Access::Required));
    /// ```
    #[must_use]
    pub fn new(title: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            version: version.into(),
            openapi: String::new(),
            base_path: String::new(),
            check_order: Stage::ALL,
            schemes: Vec::new(),
            scopes: Vec::new(),
            operations: Vec::new(),
            webhooks: Vec::new(),
            overlays: Vec::new(),
            removed: Vec::new(),
            scope_map: Vec::new(),
        }
    }
}

/// An operation of the document that an overlay removed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemovedOperation {
    /// Its method and template: `GET /notes`.
    pub key: String,
    /// What it required.
    pub before: RequirementFacts,
}

impl RemovedOperation {
    /// An operation by its method and template.
    #[must_use]
    pub fn new(key: impl Into<String>, before: RequirementFacts) -> Self {
        Self { key: key.into(), before }
    }
}

/// What the document says of an operation without its overlays. Displays as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BeforeOverlays {
    /// It has no such operation.
    Absent,
    /// It has the operation, with this requirement.
    Declared(RequirementFacts),
}

impl fmt::Display for BeforeOverlays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("not in the document"),
            Self::Declared(requirement) => requirement.fmt(f),
        }
    }
}

/// A security scheme of `components.securitySchemes`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scheme {
    /// Its name in the document.
    pub name: String,
    /// Where the credential travels and what it is.
    pub kind: SchemeKind,
    /// `deprecated: true` [OpenAPI 3.2].
    pub deprecated: bool,
    /// The name of its Rust constant, where `x-rust-name` or `policy.toml` gives one.
    pub rust_name: Option<String>,
    /// Which of its credentials count as nobody on operations that anybody may call, by the configuration.
    pub as_nobody: AsNobody,
    /// Where the document declares it.
    pub location: Location,
}

impl Scheme {
    /// A scheme that is not deprecated. Its Rust constant is named after it.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: SchemeKind, location: Location) -> Self {
        Self { name: name.into(), kind, deprecated: false, rust_name: None, as_nobody: AsNobody::NONE, location }
    }
}

/// The kind of a security scheme [OpenAPI 3.1, Security Scheme Object].
pub type SchemeKind = policy_core::SchemeKind<String>;

/// One scope.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScopeEntry {
    /// The scope token [RFC 6749, appendix A.4].
    pub name: String,
    /// The catalogue's description of it.
    pub description: Option<String>,
    /// Whether a catalogue declares it. If not, an operation requires it all the same.
    pub declared: bool,
    /// The name of its Rust type, where `policy.toml` gives one.
    pub rust_name: Option<String>,
    /// Where it is declared, else where it is first required.
    pub location: Location,
}

impl ScopeEntry {
    /// A scope that is required and that no catalogue declares.
    #[must_use]
    pub fn new(name: impl Into<String>, location: Location) -> Self {
        Self { name: name.into(), description: None, declared: false, rust_name: None, location }
    }
}

/// One operation: a method and a path template.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationModel {
    /// The method, in upper case; a key of `additionalOperations` [OpenAPI 3.2] as written.
    pub method: String,
    /// The path as served: the base path and the template. Of a key like `/token#refresh` only `/token` is served.
    pub path: String,
    /// The path template as the document's key, without the base path.
    pub template: String,
    /// `operationId`, if it has one.
    pub operation_id: Option<String>,
    /// The name of its Rust type, where `x-rust-name` or `policy.toml` gives one.
    pub rust_name: Option<String>,
    /// The summary, for documentation only.
    pub summary: Option<String>,
    /// Who may call it.
    ///
    /// What is empty means different things in OpenAPI:
    ///
    /// | written | meaning |
    /// |---|---|
    /// | `security: []`, at the operation or inherited | public: credentials are not looked at |
    /// | `security: [{}]` | anybody may call it, and a credential that is sent must be valid |
    /// | `security: [{ Key: [] }]` | every caller whom `Key` authenticates |
    /// | no `security` anywhere | undeclared: an error or, by configuration, denied; never public |
    pub requirement: RequirementFacts,
    /// Where each of the alternatives is written: its item of `security`, or the extension if there is no `security`.
    pub alternative_spans: Vec<Span>,
    /// The query parameters that the operation takes.
    pub query: QueryFacts,
    /// Where the operation's method key stands.
    pub location: Location,
    /// Where its scopes are written: the extension's value, else the operation's own `security`.
    pub scopes_location: Option<Location>,
    /// Where its requirement is written: its extension, then its own or its inherited `security`.
    pub reasons: Vec<Span>,
    /// The texts that belong to it: its key, its body, what overlays wrote into it, and the key of its path. Findings about the route
    /// point at the key of the path.
    pub spans: Vec<Span>,
    /// Why anybody may call it, where the configuration says so by `[[public]]` and the document does not.
    pub public_reason: Option<String>,
    /// What the document says of it without its overlays, where they changed who may call it.
    pub before_overlays: Option<BeforeOverlays>,
    /// The names of path parameters, each with an example of its value. They are read where
    /// [`Settings::path_examples`](crate::Settings::path_examples) asks for them.
    pub path_examples: Vec<(String, String)>,
}

impl OperationModel {
    /// An operation without query keys. Its path is its template.
    #[must_use]
    pub fn new(
        method: impl Into<String>,
        path: impl Into<String>,
        requirement: RequirementFacts,
        location: Location,
    ) -> Self {
        let path = path.into();
        Self {
            method: method.into(),
            template: path.clone(),
            path,
            operation_id: None,
            rust_name: None,
            summary: None,
            requirement,
            alternative_spans: Vec::new(),
            query: QueryFacts::default(),
            location,
            scopes_location: None,
            reasons: Vec::new(),
            spans: Vec::new(),
            public_reason: None,
            before_overlays: None,
            path_examples: Vec::new(),
        }
    }

    /// Whom it lets in before scopes are looked at. `None` where the document does not say.
    #[must_use]
    pub fn access(&self) -> Option<Access> {
        self.requirement.access()
    }

    /// The alternatives, any one of which is enough.
    #[must_use]
    pub fn alternatives(&self) -> &[AlternativeFacts] {
        self.requirement.alternatives()
    }

    /// The operation's key as people write it: `GET /encounters`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// The operation as it is served, with the base path: `GET /v1/encounters`.
    #[must_use]
    pub fn served_key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Its route: the method and the path as served, with the names of parameters erased. Two operations with the same route get
    /// the same requests.
    #[must_use]
    pub fn route(&self) -> String {
        format!("{} {}", self.method, crate::path_key::erased(&self.path))
    }
}

/// A webhook that the API sends, with the operations its receiver calls afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookModel {
    /// The webhook's name.
    pub name: String,
    /// The summary, for documentation only.
    pub summary: Option<String>,
    /// Indices into [`PolicyModel::operations`], in the order written, without repetition.
    pub follow_up: Vec<usize>,
}

impl WebhookModel {
    /// A webhook that is followed up by nothing.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), summary: None, follow_up: Vec::new() }
    }
}
