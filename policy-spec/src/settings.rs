//! The settings of the application: what the document does not say, and how it is read.

mod extension;
mod limits;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use policy_core::{AsNobody, Date, ScopeMapping, Stage};

use crate::code::Code;
use crate::finding::Level;
use crate::names::{Kind, fault};

pub use extension::{Combine, Extension, ExtensionShape};
pub use limits::Limits;

/// How to read a document. Everything has a default, and a document with plain `security` scopes needs nothing else.
///
/// ```
/// use policy_spec::{Combine, Extension, Settings};
///
/// let settings = Settings::default().with(|settings| settings.extensions = vec![Extension::new("x-scopes-needed")]);
/// assert_eq!(settings.extensions[0].combine, Combine::All);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Overlays that are applied to the document before anything else reads it, in this order.
    pub overlays: Vec<Overlay>,
    /// Operations that anybody may call. Only for operations of which the document does not say who may call them.
    pub public: Vec<PublicOperation>,
    /// The extensions that hold an operation's scopes. An operation must satisfy each that it has.
    pub extensions: Vec<Extension>,
    /// The check order for a document without `x-check-order`. Default: authentication, enablement, scopes, query.
    pub check_order: Option<[Stage; 4]>,
    /// The base path, in place of those of the document's servers.
    pub base_path: Option<String>,
    /// The folder that references must stay in, instead of the document's own.
    pub reference_root: Option<PathBuf>,
    /// What happens to an operation whose security the document does not declare.
    pub undeclared: Undeclared,
    /// What becomes of a request with query parameters that its operation does not have, where the operation itself
    /// (`x-unsupported-query`) does not say.
    pub unsupported_query: UnsupportedQuery,
    /// How operations, scopes and schemes are called in Rust.
    pub names: NameSettings,
    /// Levels for codes that are to have another than their own.
    pub levels: BTreeMap<Code, Lint>,
    /// Findings that are accepted, each for a reason and until a day.
    pub waivers: Vec<Waiver>,
    /// What grants mean beside the names that they have.
    pub scope_map: Vec<ScopeMapEntry>,
    /// Of which schemes some credentials count as nobody on operations that anybody may call.
    pub as_nobody: Vec<AsNobodyEntry>,
    /// Whether the examples of path parameters are read: for tools that send requests. They decide nothing.
    pub path_examples: bool,
    /// Whether pipes and devices are refused as files of the document: for a server, which must not wait for one that never ends.
    #[doc(hidden)]
    pub ordinary_files: bool,
    /// Budgets, which hostile documents exceed and real ones do not.
    pub limits: Limits,
    /// The day by which waivers expire.
    pub today: Date,
}

impl Settings {
    /// These settings with a change. The struct may get fields, so that other crates cannot write it as a literal.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            overlays: Vec::new(),
            public: Vec::new(),
            extensions: vec![Extension::new("x-required-scopes")],
            check_order: None,
            base_path: None,
            reference_root: None,
            undeclared: Undeclared::Error,
            unsupported_query: UnsupportedQuery::Reject,
            names: NameSettings::default(),
            levels: BTreeMap::new(),
            waivers: Vec::new(),
            scope_map: Vec::new(),
            as_nobody: Vec::new(),
            path_examples: false,
            ordinary_files: false,
            limits: Limits::default(),
            today: today(),
        }
    }
}

/// What becomes of a request with query parameters that its operation does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnsupportedQuery {
    /// It is refused, 400.
    #[default]
    Reject,
    /// They are ignored, for clients that add parameters of their own (`utm_source`, cache busters). The handler must not read
    /// them: nothing says what they mean.
    Ignore,
}

impl UnsupportedQuery {
    /// Each with the word for it.
    pub(crate) const ALL: [(&str, Self); 2] = [("reject", Self::Reject), ("ignore", Self::Ignore)];
}

/// A file of the [OpenAPI Overlay Specification](https://spec.openapis.org/overlay/latest.html), 1.0 or 1.1.
///
/// It is read with the cargo feature `overlays`. Without the feature, settings with overlays are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// Its path, relative to the folder that the program runs in.
    pub path: PathBuf,
    /// Another document that its `extends` may name, because the one that is read is a copy of it.
    pub document: Option<PathBuf>,
    /// Where a configuration file names it.
    pub(crate) origin: Option<Origin>,
}

impl Overlay {
    /// An overlay by its path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), document: None, origin: None }
    }
}

/// An operation that anybody may call, although the document does not declare its security.
///
/// The document decides about an operation with `security`, its own or inherited, and about one with a scope extension. To name
/// such an operation is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicOperation {
    /// Its method and path as the document writes them: `GET /health`.
    pub operation: String,
    /// Why anybody may call it.
    pub reason: String,
    /// Where a configuration file says so.
    pub(crate) origin: Option<Origin>,
}

impl PublicOperation {
    /// An operation such as `GET /health`, and why anybody may call it.
    ///
    /// ```
    /// use policy_spec::{PublicOperation, Settings};
    ///
    /// let health = PublicOperation::new("GET /health", "the load balancer asks without a credential");
    /// let settings = Settings::default().with(|settings| settings.public.push(health));
    /// let document = b"openapi: 3.1.0\ninfo: { title: Notes, version: '1' }\npaths: { /health: { get: {} } }\n";
    /// let model = policy_spec::read("notes.yaml", document, &settings).model.ok_or("the document has errors")?;
    /// assert_eq!(model.operations[0].access(), Some(policy_spec::Access::Public));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn new(operation: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { operation: operation.into(), reason: reason.into(), origin: None }
    }
}

/// What happens to an operation whose security the document does not declare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Undeclared {
    /// It is an error: there is no policy until the document says.
    #[default]
    Error,
    /// It is denied, with a warning. Every request for it is answered as if the operation did not exist.
    Deny,
}

/// How operations, scopes and schemes are called in Rust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NameSettings {
    /// What names an operation that is given no name.
    pub operations: Naming,
    /// Names for single operations, scopes and schemes. They count before an `x-rust-name` of the document.
    pub given: Vec<GivenName>,
}

/// What names an operation that is given no name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// Its `operationId`, and where it has none its method and path.
    #[default]
    OperationId,
    /// Its method and path.
    Route,
}

/// A name for one operation, scope or scheme.
///
/// ```
/// use policy_spec::{GivenName, NameKind, Settings};
///
/// let name = GivenName::new(NameKind::Operation, "GET /notes", "ListNotes")?;
/// let settings = Settings::default().with(|settings| settings.names.given.push(name));
/// assert!(GivenName::new(NameKind::Scope, "notes:read", "not a type").is_err());
/// # assert_eq!(settings.names.given.len(), 1);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenName {
    /// What it names.
    pub kind: Kind,
    /// The operation as `METHOD /template`, or the name of the scope or of the scheme in the document.
    pub key: String,
    /// The name of the type or of the constant.
    pub name: String,
    /// Where a configuration file says so.
    pub(crate) origin: Option<Origin>,
}

impl GivenName {
    /// A name for the operation, scope or scheme with this key.
    ///
    /// # Errors
    /// What is wrong with the name, when no type or constant can be called so.
    pub fn new(kind: Kind, key: impl Into<String>, name: impl Into<String>) -> Result<Self, String> {
        let name = name.into();
        match fault(&name, kind) {
            None => Ok(Self { kind, key: key.into(), name, origin: None }),
            Some((message, help)) => Err(format!("{message}; {help}")),
        }
    }
}

/// A level in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lint {
    /// Not reported.
    Allow,
    /// Reported at this level.
    Level(Level),
}

/// A finding that is accepted for a reason and until a day. The policy is made in spite of it.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use policy_spec::{Code, Date, Settings, Waiver};
///
/// let code = Code::from_text("undeclared-scope").ok_or("no such code")?;
/// let day = Date::parse("2999-01-31").ok_or("no such day")?;
/// let waiver = Waiver::new(code, "GET /notes", "the catalogue is generated, and lacks it until May", day);
/// let settings = Settings::default().with(|settings| settings.waivers.push(waiver));
/// # assert_eq!(settings.waivers.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The code of the finding.
    pub code: Code,
    /// Where: `GET /template`, `/template`, or a JSON pointer such as `#/components/securitySchemes/Key`.
    pub location: String,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Date,
    /// Where a configuration file has it, for findings about the waiver itself.
    pub(crate) origin: Option<Origin>,
}

/// A place in a configuration file. It holds the file's name and text, so that findings can show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) file: Arc<(String, String)>,
    pub(crate) range: Range<usize>,
}

/// An entry of `[[scopes.map]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeMapEntry {
    /// What it says.
    pub mapping: ScopeMapping,
    /// Where a configuration file says so.
    pub(crate) origin: Option<Origin>,
}

impl From<ScopeMapping> for ScopeMapEntry {
    /// An entry that no configuration file says.
    fn from(mapping: ScopeMapping) -> Self {
        Self { mapping, origin: None }
    }
}

/// A table `[schemes.NAME]` with `as-nobody`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsNobodyEntry {
    /// The scheme's name in the document.
    pub scheme: String,
    /// Which of its credentials.
    pub credentials: AsNobody,
    /// Where a configuration file says so.
    pub(crate) origin: Option<Origin>,
}

impl AsNobodyEntry {
    /// An entry that no configuration file says.
    ///
    /// ```
    /// use policy_core::{AsNobody, Stale};
    /// use policy_spec::{AsNobodyEntry, Settings};
    ///
    /// let expired = AsNobodyEntry::new("Key", AsNobody::NONE.with(Stale::Expired));
    /// let settings = Settings::default().with(|settings| settings.as_nobody.push(expired));
    /// # assert_eq!(settings.as_nobody.len(), 1);
    /// ```
    pub fn new(scheme: impl Into<String>, credentials: AsNobody) -> Self {
        Self { scheme: scheme.into(), credentials, origin: None }
    }
}

impl Waiver {
    /// A waiver for findings of a code at a location.
    pub fn new(code: Code, location: impl Into<String>, reason: impl Into<String>, expires: Date) -> Self {
        Self { code, location: location.into(), reason: reason.into(), expires, origin: None }
    }
}

/// Today in UTC, by the system's clock.
fn today() -> Date {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Date::of_unix(seconds)
}
