//! The stable names of findings.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// What kind of finding it is. The text is stable and may be used in configuration and searches.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as printed, in kebab-case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

codes! {
    /// The file cannot be read from the disk.
    UnreadableFile = "unreadable-file",
    /// The text is not well-formed YAML or JSON, or not UTF-8.
    ParseError = "parse-error",
    /// The document nests deeper than the budget allows.
    TooDeep = "too-deep",
    /// The document, with its aliases expanded, is larger than the budget allows.
    TooLarge = "too-large",
    /// A mapping holds one key twice; a last-wins reader would drop the first in silence.
    DuplicateKey = "duplicate-key",
    /// A key that OpenAPI does not know at this place, and that is no `x-` extension.
    UnknownKey = "unknown-key",
    /// Neither `openapi` nor `swagger` names a version.
    UnknownVersion = "unknown-version",
    /// A known version that this reader does not read.
    UnsupportedVersion = "unsupported-version",
    /// A part of the document does not have the shape that OpenAPI gives it.
    InvalidShape = "invalid-shape",
    /// A `$ref` leads nowhere, or in a circle.
    UnresolvedRef = "unresolved-ref",
    /// A `$ref` leads out of the document's folder tree or to the network.
    ReferenceOutsideTree = "reference-outside-tree",
    /// A security requirement names a scheme that is not declared.
    SchemeUnresolved = "scheme-unresolved",
    /// A scope that is not a scope token of RFC 6749, appendix A.4.
    IllFormedScope = "ill-formed-scope",
    /// A scope that is missing from the catalogue of its scheme.
    UndeclaredScope = "undeclared-scope",
    /// A scheme other than `oauth2` and `openIdConnect` is given scopes in OpenAPI 3.0, which reserves them.
    ScopesOnPlainScheme = "scopes-on-plain-scheme",
    /// Neither the operation nor the document says how the operation is secured.
    UndeclaredOperation = "undeclared-operation",
    /// An operation that anonymous callers may use demands scopes.
    PublicOperationWithScopes = "public-operation-with-scopes",
    /// An extension that the policy is read from has a shape it cannot have.
    UnreadableExtension = "unreadable-extension",
    /// An extension that the policy is read from stands where it would be ignored.
    MisplacedExtension = "misplaced-extension",
    /// An extension is named almost, but not quite, like one that the policy is read from.
    MisspelledExtension = "misspelled-extension",
    /// A path key that is no template: no leading `/`, unbalanced braces, or a query or fragment.
    IllFormedTemplate = "ill-formed-template",
    /// Two templates differ in their parameters' names only.
    TemplateCollision = "template-collision",
    /// Two templates match the same request and neither is more specific.
    AmbiguousTemplates = "ambiguous-templates",
    /// A webhook's follow-up names no operation of the document.
    UnknownFollowUp = "unknown-follow-up",
    /// The check order is incomplete or would leak.
    InvalidCheckOrder = "invalid-check-order",
    /// The base path cannot be told from the server.
    UnreadableBasePath = "unreadable-base-path",
    /// Servers with other base paths than the one in use are left out.
    OtherBasePath = "other-base-path",
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
    }
}
