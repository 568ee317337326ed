//! The stable names of findings.

use std::fmt;

use crate::finding::Level;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal $level:ident $($fixed:ident)?,)*) => {
        /// What kind of finding it is. The text is stable and may be used in configuration and searches.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $doc])+ $variant,)* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as printed, in kebab-case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub fn summary(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim(),)* }
            }

            /// The level that findings of this code have unless a rule says otherwise.
            #[must_use]
            pub const fn level(self) -> Level {
                match self { $(Self::$variant => Level::$level,)* }
            }

            /// Whether configuration and waivers leave its level alone: without what such a finding is about, the
            /// policy would not be the document's.
            #[must_use]
            pub const fn is_fixed(self) -> bool {
                match self { $(Self::$variant => false $(|| codes!(@$fixed))?,)* }
            }

            /// The code of that text.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }
        }
    };
    (@fixed) => { true };
}

codes! {
    // Reading.
    /// The file cannot be read from the disk.
    UnreadableFile = "unreadable-file" Error fixed,
    /// The text is not well-formed YAML or JSON, or not UTF-8.
    ParseError = "parse-error" Error fixed,
    /// The document nests deeper than the budget allows.
    TooDeep = "too-deep" Error fixed,
    /// The document, with its aliases and references expanded, is larger than the budget allows.
    TooLarge = "too-large" Error fixed,
    /// A mapping holds one key twice; a last-wins reader would drop the first in silence.
    DuplicateKey = "duplicate-key" Error fixed,
    /// A key that OpenAPI does not know at this place, and that is no `x-` extension.
    UnknownKey = "unknown-key" Error,
    /// Neither `openapi` nor `swagger` names a version that is known.
    UnknownVersion = "unknown-version" Error fixed,
    /// A part of the document does not have the shape that OpenAPI gives it.
    InvalidShape = "invalid-shape" Error fixed,
    /// A `$ref` leads nowhere, or in a circle.
    UnresolvedRef = "unresolved-ref" Error fixed,
    /// A `$ref` leads out of the document's folder tree or to the network.
    ReferenceOutsideTree = "reference-outside-tree" Error fixed,

    // Security requirements.
    /// A security requirement names a scheme that is not declared.
    SchemeUnresolved = "scheme-unresolved" Error fixed,
    /// Neither the operation nor the document says how the operation is secured.
    UndeclaredOperation = "undeclared-operation" Error,
    /// An operation that anonymous callers may use demands scopes.
    PublicOperationWithScopes = "public-operation-with-scopes" Error fixed,
    /// An operation demands scopes, but no scheme is declared that could authenticate a caller.
    NoSecurityScheme = "no-security-scheme" Error fixed,
    /// One of several alternatives is `{}`: without any credential.
    AnonymousAlternative = "anonymous-alternative" Warning,
    /// An alternative without scopes stands beside one that demands some.
    UnscopedAlternativeBesideScoped = "unscoped-alternative-beside-scoped" Warning,
    /// An alternative that another one implies: whoever satisfies it satisfies the other.
    RedundantAlternative = "redundant-alternative" Note,
    /// Scopes that read like alternatives, such as `x:read` and `x:write` or `x:*` and `x:read`, are required together.
    AndThatReadsLikeOr = "and-that-reads-like-or" Warning,
    /// A scheme that its document or OAuth calls deprecated.
    DeprecatedScheme = "deprecated-scheme" Warning,
    /// A credential that travels in the URL.
    CredentialInQuery = "credential-in-query" Warning,

    // Scopes.
    /// A scope that is not a scope token of RFC 6749, appendix A.4.
    IllFormedScope = "ill-formed-scope" Error,
    /// A scope that is missing from the catalogue of its scheme.
    UndeclaredScope = "undeclared-scope" Error,
    /// A scope that a catalogue declares and no operation requires.
    UnusedScope = "unused-scope" Note,
    /// A scope that looks like a word for "no scope" or "every scope".
    SentinelScope = "sentinel-scope" Warning,
    /// A scope that is a template, such as `consent:{consentId}`: tokens hold a value in its place, and never these bytes.
    ScopePlaceholder = "scope-placeholder" Warning,
    /// A scope that is required once, and a letter away from another one.
    ScopeTypo = "scope-typo" Warning,
    /// An extension demands scopes that no catalogue lists, so that those in use are taken for all there are.
    UncataloguedScopes = "uncatalogued-scopes" Note,
    /// Operations of one resource demand scopes of different resources: a list and its item, or reading and writing.
    SiblingDisagrees = "sibling-disagrees" Note,
    /// A scheme other than `oauth2` and `openIdConnect` is given scopes, which OpenAPI before 3.1 reserves for those.
    ScopesOnNonOAuthScheme = "scopes-on-non-oauth-scheme" Warning,

    // Extensions.
    /// The extension and `security` demand different scopes.
    ExtensionDisagreesWithSecurity = "extension-disagrees-with-security" Warning,
    /// An extension that the policy is read from has a shape it cannot have.
    UnreadableExtension = "unreadable-extension" Error fixed,
    /// An extension that the policy is read from stands where it would be ignored.
    MisplacedExtension = "misplaced-extension" Error,
    /// An extension is named almost, but not quite, like one that the policy is read from.
    MisspelledExtension = "misspelled-extension" Error,

    // Routes.
    /// A path key that is no template: no request could reach it, or it is not clear what it means.
    IllFormedTemplate = "ill-formed-template" Error,
    /// Two templates differ in their parameters' names only.
    TemplateCollision = "template-collision" Error,
    /// Two templates match the same request and neither is more specific.
    AmbiguousTemplates = "ambiguous-templates" Error,
    /// A template stands behind a wider one with another policy.
    ShadowedRoute = "shadowed-route" Note,
    /// A path is written in the syntax of a router, which OpenAPI does not know.
    RouterSyntax = "router-syntax" Warning,
    /// An extension holds an operation, or a path, that is not served.
    UnservedOperation = "unserved-operation" Warning,
    /// A path key with a query or fragment, which names the same route as the path before it.
    PathVariant = "path-variant" Warning,
    /// A server, or a value of one of its variables, whose base path is not served.
    ServerNotCovered = "server-not-covered" Warning,
    /// The base path cannot be told from the server.
    UnreadableBasePath = "unreadable-base-path" Error fixed,

    /// A query parameter has a `style` that queries do not have.
    UnknownStyle = "unknown-style" Warning,

    /// A part of a query parameter's schema that no names can be read from; the keys that it stands for are refused.
    UnreadSchema = "unread-schema" Warning,

    // The document.
    /// Two operations have one `operationId`.
    DuplicateOperationId = "duplicate-operation-id" Warning,
    /// An operation without an `operationId`.
    MissingOperationId = "missing-operation-id" Note,
    /// Two operations, scopes or schemes that would have one name in Rust.
    NameCollision = "name-collision" Note fixed,
    /// A document without any operation.
    EmptyPolicy = "empty-policy" Warning,
    /// A webhook's follow-up names no operation of the document.
    UnknownFollowUp = "unknown-follow-up" Error fixed,
    /// The check order is incomplete or would leak.
    InvalidCheckOrder = "invalid-check-order" Error fixed,

    // Overlays.
    /// An overlay cannot be read or applied.
    InvalidOverlay = "invalid-overlay" Error fixed,
    /// The target of an overlay's action selects nothing.
    UnmatchedOverlayTarget = "unmatched-overlay-target" Error fixed,
    /// Overlays change who may call an operation.
    OverlayChangesRequirement = "overlay-changes-requirement" Note,

    // The configuration.
    /// An entry of `[[public]]` that is no operation of the document, or one that the document decides about.
    InvalidPublicEntry = "invalid-public-entry" Error fixed,
    /// An entry of `[[scopes.map]]` names a scheme or scope that the document does not have, maps nothing, or is there twice.
    InvalidScopeMapEntry = "invalid-scope-map-entry" Error fixed,
    /// An entry of `[[scopes.map]]` is past its last day, and grants nothing.
    ExpiredScopeMapEntry = "expired-scope-map-entry" Error,
    /// `as-nobody` is said of a scheme that the document does not have.
    InvalidAsNobody = "invalid-as-nobody" Error fixed,
    /// `as-nobody` is said of a scheme that no operation accepts which anybody may call.
    UnusedAsNobody = "unused-as-nobody" Warning,
    /// The configuration cannot be read.
    InvalidConfiguration = "invalid-configuration" Error fixed,
    /// A waiver is past its date.
    ExpiredWaiver = "expired-waiver" Error,
    /// A waiver that nothing needs.
    UnusedWaiver = "unused-waiver" Warning,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Code;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let unique: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(unique.len(), Code::ALL.len());
        for code in unique {
            assert!(
                code.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())),
                "{code}"
            );
        }
        for code in Code::ALL {
            assert_eq!(Code::from_text(code.as_str()), Some(*code));
            assert!(code.summary().ends_with('.'), "{code}");
        }
    }
}
