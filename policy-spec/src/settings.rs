//! What the document leaves to the application.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use policy_core::{Date, Stage};

use crate::code::Code;
use crate::finding::Level;
use crate::names::{Kind, fault};

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
    /// Operations that anybody may call, of which the document does not say who may.
    pub public: Vec<PublicOperation>,
    /// The extensions that hold an operation's scopes. An operation must satisfy each that it has.
    pub extensions: Vec<Extension>,
    /// The check order for a document without `x-check-order`. Default: authentication, enablement, scopes, query.
    pub check_order: Option<[Stage; 4]>,
    /// The base path, instead of the ones that the document's servers say.
    pub base_path: Option<String>,
    /// The folder that references must stay in, instead of the document's own.
    pub reference_root: Option<PathBuf>,
    /// What becomes of an operation whose security the document does not declare.
    pub undeclared: Undeclared,
    /// What becomes of a request with query parameters that its operation does not have, where the operation itself
    /// (`x-unsupported-query`) does not say.
    pub unsupported_query: UnsupportedQuery,
    /// How operations, scopes and schemes are called in Rust.
    pub names: NameSettings,
    /// Levels other than those that the codes have of themselves.
    pub levels: BTreeMap<Code, Lint>,
    /// Findings to live with, each for a reason and a time.
    pub waivers: Vec<Waiver>,
    /// Budgets against documents that are too large to be meant.
    pub limits: Limits,
    /// The day on which waivers are judged.
    pub today: Date,
}

impl Settings {
    /// The same with a change.
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
/// It is read with the cargo feature `overlays`; without that, a document with overlays is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// Its path, relative to the folder that the program runs in.
    pub path: PathBuf,
    /// The document that its `extends` may name, where the one that is read is a copy of that.
    pub document: Option<PathBuf>,
    /// Where a configuration file names it.
    pub(crate) origin: Option<Origin>,
}

impl Overlay {
    /// An overlay that no configuration file names.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), document: None, origin: None }
    }
}

/// An operation that anybody may call, although the document does not declare its security.
///
/// It is not for operations that the document decides about: one that has `security`, its own or inherited, or a scope
/// extension, is an error.
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
    /// An entry that no configuration file says.
    pub fn new(operation: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { operation: operation.into(), reason: reason.into(), origin: None }
    }
}

/// An extension of operations that holds required scopes.
///
/// Its name, shape and combination are said, never guessed: the same list means all-of in one vendor's document and
/// any-of in another's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extension {
    /// Its key, such as `x-required-scopes`.
    pub name: String,
    /// How its scopes combine.
    pub combine: Combine,
    /// What its value looks like.
    pub shape: ExtensionShape,
    /// The key of another extension of the operation that says `any` or `all` for this one, where it is there.
    pub sibling: Option<String>,
}

impl Extension {
    /// A list of scopes, all of them required.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), combine: Combine::All, shape: ExtensionShape::List, sibling: None }
    }

    /// The same with another way in which its scopes combine.
    #[must_use]
    pub fn combining(self, combine: Combine) -> Self {
        Self { combine, ..self }
    }
}

/// How the scopes of an extension combine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Combine {
    /// All of the scopes are required.
    #[default]
    All,
    /// Any one of the scopes is enough; each alternative is multiplied out.
    Any,
}

/// What the value of an extension looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExtensionShape {
    /// A list of scopes: `[a, b]`.
    #[default]
    List,
    /// One scope, or `null` for none.
    String,
    /// Scopes in one string, separated by single spaces.
    Words,
    /// A list of `{scheme, scopes}`, each for the credential of its scheme; with `any`, each is an alternative.
    Entries,
    /// `{operator: OR, permissions: [a, b]}`; the operator says how they combine, `OPEN` that none is needed.
    Operator,
    /// `{all: [a]}`, `{any: [b, c]}`, or both.
    AllAny,
    /// `{enum: [a, b]}`.
    Enum,
    /// A mapping of schemes to scopes, each for the credential of its scheme.
    Schemes,
}

impl ExtensionShape {
    /// Every shape with its name in the configuration.
    pub const ALL: [(&'static str, Self); 8] = [
        ("list", Self::List),
        ("string", Self::String),
        ("words", Self::Words),
        ("entries", Self::Entries),
        ("operator", Self::Operator),
        ("all-any", Self::AllAny),
        ("enum", Self::Enum),
        ("schemes", Self::Schemes),
    ];
}

/// What becomes of an operation whose security the document does not declare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Undeclared {
    /// It is an error: there is no policy until the document says.
    #[default]
    Error,
    /// It is denied, with a warning: every request to it is answered as if it did not exist.
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
    /// A name that no file gives.
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

/// A finding to live with.
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
    /// Where a configuration file says so, for findings about the waiver itself.
    pub(crate) origin: Option<Origin>,
}

/// A place in a configuration file, given by name and text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) file: Arc<(String, String)>,
    pub(crate) range: Range<usize>,
}

impl Waiver {
    /// A waiver that no file says.
    pub fn new(code: Code, location: impl Into<String>, reason: impl Into<String>, expires: Date) -> Self {
        Self { code, location: location.into(), reason: reason.into(), expires, origin: None }
    }
}

/// Budgets. Real documents stay far below them; a document beyond them is refused with the budget's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes that the document's files may have together. Default: 64 MiB.
    pub bytes: usize,
    /// The deepest nesting, aliases expanded. Default: 200.
    pub depth: usize,
    /// How many values aliases and merge keys may add. Default: 1,048,576.
    pub alias_values: usize,
    /// How many references may be followed. Default: 1,048,576.
    pub references: usize,
    /// How many values overlays may look at, copy and write. Default: 8,388,608.
    pub overlay_values: usize,
    /// How many alternatives one operation may have. Default: 1,000.
    pub alternatives: usize,
    /// How many values may go into the model: keys of path items and operations, parameters, alternatives, schemes and
    /// scopes, each counted wherever a reference, inheritance or an extension makes it count. Default: 2,097,152.
    pub model_values: usize,
    /// How many pairs of templates may be compared. Default: 4,194,304.
    pub comparisons: usize,
    /// How many findings are told. Default: 50,000.
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 200,
            alias_values: 1 << 20,
            references: 1 << 20,
            overlay_values: 1 << 23,
            alternatives: 1_000,
            model_values: 1 << 21,
            comparisons: 1 << 22,
            findings: 50_000,
        }
    }
}

/// Today in UTC, by the system's clock.
fn today() -> Date {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Date::of_unix(seconds)
}
