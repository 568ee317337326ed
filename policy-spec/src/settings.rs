//! What the document leaves to the application.

use policy_core::Stage;

/// How the scopes of the extension combine. It is never guessed: the same list means all-of in one vendor's document
/// and any-of in another's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Combine {
    /// All of the scopes are required.
    #[default]
    All,
    /// Any one of the scopes is enough; each alternative is multiplied out.
    Any,
}

/// How to read a document.
///
/// ```
/// let settings = policy_spec::Settings { extension: "x-scopes-needed".into(), ..Default::default() };
/// assert_eq!(settings.combine, policy_spec::Combine::All);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name of the extension that holds an operation's scopes.
    pub extension: String,
    /// How its scopes combine.
    pub combine: Combine,
    /// The check order for a document without `x-check-order`. Default: authentication, enablement, scopes, query.
    pub check_order: Option<[Stage; 4]>,
    /// The base path, instead of the one of the document's first server.
    pub base_path: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { extension: "x-required-scopes".to_owned(), combine: Combine::All, check_order: None, base_path: None }
    }
}
