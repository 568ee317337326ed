//! Extensions of operations that hold scopes: their name, shape and combination.

/// An extension of operations that holds required scopes.
///
/// Its name, shape and combination are configured and never guessed. The same list means "all of these" in one vendor's document and
/// "any of these" in another's.
///
/// ```
/// use policy_spec::{Combine, Extension, ExtensionShape, Settings};
///
/// // `x-permission: { operator: OR, permissions: [notes_read, notes_write] }`
/// let mut permission = Extension::new("x-permission");
/// permission.shape = ExtensionShape::Operator;
/// // `x-any-scope: [notes:read, notes:write]`, of which one is enough
/// let any = Extension::new("x-any-scope").combining(Combine::Any);
/// let settings = Settings::default().with(|settings| settings.extensions = vec![permission, any]);
/// assert_eq!(settings.extensions.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extension {
    /// Its key, such as `x-required-scopes`.
    pub name: String,
    /// How its scopes combine.
    pub combine: Combine,
    /// What its value looks like.
    pub shape: ExtensionShape,
    /// The key of another extension of the operation, whose value `any` or `all` says how these scopes combine. An operation
    /// without it takes [`combine`](Self::combine).
    pub sibling: Option<String>,
}

impl Extension {
    /// A list of scopes, all of them required.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), combine: Combine::All, shape: ExtensionShape::List, sibling: None }
    }

    /// The same extension, with its scopes combined in this way.
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
    /// Any one of the scopes is enough. Each alternative of `security` becomes one alternative for each scope.
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
    /// A list of `{scheme, scopes}`. Each is about the credential of its scheme. With `any`, each is an alternative.
    Entries,
    /// `{operator: OR, permissions: [a, b]}`. The operator says how they combine. With `OPEN` none is needed.
    Operator,
    /// `{all: [a]}`, `{any: [b, c]}`, or both.
    AllAny,
    /// `{enum: [a, b]}`.
    Enum,
    /// A mapping of schemes to scopes. Each is about the credential of its scheme.
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
