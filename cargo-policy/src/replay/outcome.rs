//! What the new policy says of a line, beside what the logged one said.

use policy_core::Reason;

/// What changes for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Outcome {
    /// It was allowed, and is denied.
    NewlyDenied,
    /// It was refused, and is allowed.
    NewlyAllowed,
    /// The line does not say enough.
    CannotTell,
    /// Nothing.
    Unchanged,
}

impl Outcome {
    pub(super) const ALL: [Self; 4] = [Self::NewlyDenied, Self::NewlyAllowed, Self::CannotTell, Self::Unchanged];

    /// In JSON.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::NewlyDenied => "newly-denied",
            Self::NewlyAllowed => "newly-allowed",
            Self::CannotTell => "cannot-tell",
            Self::Unchanged => "unchanged",
        }
    }

    /// For people.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::NewlyDenied => "newly denied",
            Self::NewlyAllowed => "newly allowed",
            Self::CannotTell => "cannot tell",
            Self::Unchanged => "unchanged",
        }
    }
}

/// What the line does not say and the answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Why {
    /// The request reached no operation, and its path is not logged.
    NoOperation,
    /// The document has no operation with this method and template.
    UnknownOperation,
    /// The line has no `granted`.
    Granted,
    /// The line has no `enablement`, or it was not asked.
    Enablement,
    /// The line has no `query_names`, or a name in it was cut or escaped.
    QueryNames,
    /// Whether the request had a credential of a scheme that was not looked at.
    Scheme,
    /// Whether the credential has a scope that the logged policy did not know.
    Scope,
    /// How a refused credential counts where anybody may call.
    Credential,
    /// A reason that this version does not know.
    Reason,
}

impl Why {
    /// In JSON.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::NoOperation => "no-operation",
            Self::UnknownOperation => "unknown-operation",
            Self::Granted => "granted-not-logged",
            Self::Enablement => "enablement-not-asked",
            Self::QueryNames => "query-names-not-logged",
            Self::Scheme => "scheme-not-looked-at",
            Self::Scope => "scope-not-known-then",
            Self::Credential => "refused-credential",
            Self::Reason => "unknown-reason",
        }
    }

    /// For people: what was not logged.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::NoOperation => "it reached no operation, and paths are not logged",
            Self::UnknownOperation => "the document has no such operation: removed, or its template was renamed",
            Self::Granted => "what was granted was not logged: the log was written without replay fields",
            Self::Enablement => "whether the operation is enabled was not logged: nothing asked for it",
            Self::QueryNames => "not all query names were logged whole",
            Self::Scheme => "whether it has a credential of another scheme was not logged: nothing looked at it",
            Self::Scope => "whether it has a scope that the logged policy may not have known was not logged",
            Self::Credential => "which scheme's credential was refused was not logged",
            Self::Reason => "it was refused for a reason that this version does not know",
        }
    }
}

/// Why a request is denied now, was denied before, or cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Detail {
    /// Allowed before and now.
    Allowed,
    /// Refused before and now.
    Refused,
    /// Refused before and now, and shadow mode let it through.
    Shadowed,
    /// The reason, by its place among `Reason::CODES`.
    Reason(u8),
    /// What was not logged.
    Why(Why),
}

impl Detail {
    pub(super) fn reason(reason: &Reason<'_>) -> Self {
        Self::Reason(u8::try_from(reason.index()).unwrap_or(u8::MAX))
    }

    /// In JSON.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "denied",
            Self::Shadowed => "would-deny",
            Self::Reason(index) => Reason::CODES.get(usize::from(index)).map_or("unknown", |(code, _)| code),
            Self::Why(why) => why.code(),
        }
    }

    /// For people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "denied",
            Self::Shadowed => "denied, and shadow mode let it through",
            Self::Why(why) => why.words(),
            Self::Reason(_) => self.code(),
        }
    }
}
