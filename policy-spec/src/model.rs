//! The policy model: what a document says about who may call what, and nothing else.

use std::fmt;

use policy_core::Stage;

use crate::source::{Location, Span};

/// A document's policy.
///
/// References are resolved, defaults applied, alternatives kept whole (an OR of ANDs, never flattened).
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// An operation of the document that an overlay removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedOperation {
    /// Its method and template: `GET /notes`.
    pub key: String,
    /// What it required.
    pub before: BeforeOverlays,
}

/// What the document says of an operation without its overlays. Displays as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BeforeOverlays {
    /// It has no such operation.
    Absent,
    /// It has the operation, with this requirement.
    Declared {
        /// Who may come at all.
        access: Access,
        /// The alternatives, any one of which is enough.
        alternatives: Vec<AlternativeModel>,
    },
}

impl fmt::Display for BeforeOverlays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("not in the document"),
            Self::Declared { access, alternatives } => write_requirement(f, *access, alternatives),
        }
    }
}

/// A requirement in one line: `OAuth2[files:read] + Key or anonymous`.
fn write_requirement(f: &mut fmt::Formatter<'_>, access: Access, alternatives: &[AlternativeModel]) -> fmt::Result {
    /// A line with more of them is not read.
    const SHOWN: usize = 6;
    if alternatives.is_empty() {
        return f.write_str(access.as_str());
    }
    for (at, alternative) in alternatives.iter().take(SHOWN).enumerate() {
        write!(f, "{}{alternative}", if at == 0 { "" } else { " or " })?;
    }
    match alternatives.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, " or {more} more"),
    }
}

/// A security scheme of `components.securitySchemes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// Its name in the document.
    pub name: String,
    /// Where the credential travels and what it is.
    pub kind: SchemeKind,
    /// `deprecated: true` [OpenAPI 3.2].
    pub deprecated: bool,
    /// The name of its Rust constant, where `x-rust-name` or `policy.toml` gives one.
    pub rust_name: Option<String>,
    /// Where the document declares it.
    pub location: Location,
}

/// The kind of a security scheme [OpenAPI 3.1, Security Scheme Object].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemeKind {
    /// `type: http`, `scheme: bearer` (RFC 6750).
    Bearer,
    /// `type: http`, `scheme: basic` (RFC 7617).
    Basic,
    /// `type: http` with another scheme name, in lower case.
    HttpOther(String),
    /// `type: apiKey`, `in: header`, with the header's name.
    ApiKeyHeader(String),
    /// `type: apiKey`, `in: query`, with the parameter's name.
    ApiKeyQuery(String),
    /// `type: apiKey`, `in: cookie`, with the cookie's name.
    ApiKeyCookie(String),
    /// `type: oauth2`.
    OAuth2,
    /// `type: openIdConnect`.
    OpenIdConnect,
    /// `type: mutualTLS` (OpenAPI 3.1).
    MutualTls,
}

impl SchemeKind {
    /// Whether both ask for the same credential in the same place. Names of headers are case-insensitive
    /// [RFC 9110, 5.1], those of query parameters and cookies are not.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::ApiKeyHeader(one), Self::ApiKeyHeader(other)) => one.eq_ignore_ascii_case(other),
            _ => self == other,
        }
    }
}

/// One scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeEntry {
    /// The scope token [RFC 6749, appendix A.4].
    pub name: String,
    /// The catalogue's description of it.
    pub description: Option<String>,
    /// Whether a catalogue declares it (otherwise an operation merely requires it).
    pub declared: bool,
    /// The name of its Rust type, where `policy.toml` gives one.
    pub rust_name: Option<String>,
    /// Where it is declared, else where it is first required.
    pub location: Location,
}

/// Who may come at all, before any scope is looked at.
///
/// The four emptinesses of OpenAPI are four things: `security: []` here or inherited is [`Public`](Self::Public),
/// `[{scheme: []}]` is [`Required`](Self::Required), and no `security` anywhere is [`Undeclared`](Self::Undeclared).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Anyone: the effective `security` is `[]`.
    Public,
    /// Anyone, because one alternative is `{}`; a credential may bring more.
    Optional,
    /// Only callers that satisfy an alternative.
    Required,
    /// The document does not say. An error, or by configuration a denial; never public.
    Undeclared,
}

impl Access {
    /// The word for it in reports: `public`, `optional`, `required` or `undeclared`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Optional => "optional",
            Self::Required => "required",
            Self::Undeclared => "undeclared",
        }
    }
}

/// One operation: a method and a path template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationModel {
    /// The method, in upper case; a key of `additionalOperations` [OpenAPI 3.2] as written.
    pub method: String,
    /// The path as served: the base path and the template, without what a key like `/token#refresh` has after its path.
    pub path: String,
    /// The path template as the document's key, without the base path.
    pub template: String,
    /// `operationId`, which need not be there.
    pub operation_id: Option<String>,
    /// The name of its Rust type, where `x-rust-name` or `policy.toml` gives one.
    pub rust_name: Option<String>,
    /// The summary, for documentation only.
    pub summary: Option<String>,
    /// Who may come at all.
    pub access: Access,
    /// The alternatives, any one of which is enough. Empty exactly when the operation is public or undeclared.
    pub alternatives: Vec<AlternativeModel>,
    /// Where each of the alternatives is written: its item of `security`, or the extension where only that speaks.
    pub alternative_spans: Vec<Span>,
    /// The query parameters that the operation takes.
    pub query: QueryModel,
    /// Where the operation's method key stands.
    pub location: Location,
    /// Where its scopes are written: the extension's value, else the operation's own `security`.
    pub scopes_location: Option<Location>,
    /// What its requirement is written in: its extension, then the `security` that counts, its own or inherited.
    pub reasons: Vec<Span>,
    /// The texts it consists of: its key, its body, what overlays wrote into it, and the key of its path, where findings
    /// about the route point.
    pub spans: Vec<Span>,
    /// Why anybody may call it, where the configuration says so by `[[public]]` and the document does not.
    pub public_reason: Option<String>,
    /// What the document says of it without its overlays, where they changed who may call it.
    pub before_overlays: Option<BeforeOverlays>,
}

impl OperationModel {
    /// Its requirement in one line: `OAuth2[files:read] + Key or anonymous`; without an alternative its access.
    #[must_use]
    pub fn requirement(&self) -> String {
        BeforeOverlays::Declared { access: self.access, alternatives: self.alternatives.clone() }.to_string()
    }

    /// The operation's key as people write it: `GET /encounters`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// Its route: the method and the path as served, with parameters' names erased. Two operations with the same route
    /// are the same requests.
    #[must_use]
    pub fn route(&self) -> String {
        format!("{} {}", self.method, crate::path_key::shape(&self.path))
    }
}

/// One alternative: everything in it is required together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlternativeModel {
    /// The alternative `{}`: no credential is needed. Nothing else is set then.
    pub anonymous: bool,
    /// The schemes, all required, in document order, each with the scopes that *its* credential must hold, sorted. Empty
    /// without being anonymous when only an extension speaks: then any scheme of the document may authenticate.
    pub schemes: Vec<(String, Vec<String>)>,
    /// The scopes of the extension, sorted; they count from any of this alternative's own schemes, or
    /// when it names none from the scheme that authenticated.
    pub extension: Vec<String>,
}

/// One line: `OAuth2[files:read] + Key`, with an extension's scopes after the schemes.
impl fmt::Display for AlternativeModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.anonymous {
            return f.write_str("anonymous");
        }
        let mut separator = "";
        for (scheme, scopes) in &self.schemes {
            write!(f, "{separator}{scheme}")?;
            if !scopes.is_empty() {
                write!(f, "[{}]", scopes.join(" "))?;
            }
            separator = " + ";
        }
        if self.schemes.is_empty() {
            f.write_str("any scheme")?;
            separator = " + ";
        }
        if self.extension.is_empty() { Ok(()) } else { write!(f, "{separator}{}", self.extension.join(" ")) }
    }
}

impl AlternativeModel {
    /// The same with its schemes sorted: equal for alternatives that are equal but for the order in which they stand.
    pub(crate) fn in_any_order(&self) -> Self {
        let mut sorted = self.clone();
        sorted.schemes.sort_unstable();
        sorted
    }
}

/// Which query keys an operation takes. A key outside of it is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryModel {
    /// Exact keys, sorted.
    pub names: Vec<String>,
    /// Prefixes of keys, such as `filter[`, from free-form `deepObject` parameters; sorted.
    pub prefixes: Vec<String>,
    /// Any key at all: a free-form object in exploded form style.
    pub any: bool,
}

/// A webhook that the API sends, with the operations its receiver calls afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookModel {
    /// The webhook's name.
    pub name: String,
    /// The summary, for documentation only.
    pub summary: Option<String>,
    /// Indices into [`PolicyModel::operations`], in the order written, without repetition.
    pub follow_up: Vec<usize>,
}
