//! Which query parameters an operation accepts.

/// The query parameters that an operation accepts. The lists are static, or owned by a policy that was built at run time.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct QueryAllowList<'t, N = &'t str> {
    pub(crate) names: &'t [N],
    pub(crate) prefixes: &'t [N],
    pub(crate) any: bool,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "core::ops::Not::not"))]
    pub(crate) ignores_others: bool,
}

impl<'t, N> QueryAllowList<'t, N> {
    /// No parameter at all.
    pub(crate) const NONE: Self = Self::new(&[], &[], false);

    #[doc(hidden)]
    #[must_use]
    pub const fn new(names: &'t [N], prefixes: &'t [N], any: bool) -> Self {
        Self { names, prefixes, any, ignores_others: false }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn ignoring_others(self) -> Self {
        Self { ignores_others: true, ..self }
    }

    /// The names, sorted by their bytes.
    #[must_use]
    pub const fn names(&self) -> &'t [N] {
        self.names
    }

    /// The prefixes, such as `filter[`, of free-form objects.
    #[must_use]
    pub const fn prefixes(&self) -> &'t [N] {
        self.prefixes
    }

    /// Whether every name is accepted, because the document describes the whole query as a free-form object.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.any
    }

    /// Whether other names are ignored: a request that has them is not refused for it. The policy's owner says so, in `policy.toml`
    /// or at the operation.
    #[must_use]
    pub const fn ignores_others(&self) -> bool {
        self.ignores_others
    }
}
