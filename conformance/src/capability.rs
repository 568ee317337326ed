//! What a framework can do, and where it differs.

/// A framework under test, as its adapter describes it. The snapshot shows all of it.
#[derive(Clone, Copy, Debug)]
pub struct Framework {
    /// Its name.
    pub name: &'static str,
    /// Its version, as `Cargo.lock` has it.
    pub version: &'static str,
    /// What it cannot do, and why. Each [`Capability`] that is not named must work.
    pub absent: &'static [(Capability, &'static str)],
    /// Rows whose outcome is not among the expected ones: the row, the outcome, and why this is safe.
    pub differs: &'static [(&'static str, &'static str, &'static str)],
}

/// An ability that not every framework has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Capability {
    /// The guarded routes can be mounted below a prefix: [`Setup::Nested`](crate::Setup::Nested).
    Nested,
    /// A route can be added to what the guard built, or merged into it: [`Setup::Late`](crate::Setup::Late).
    Late,
    /// A handler can hand its request on to another: [`Setup::Reused`](crate::Setup::Reused).
    Reused,
    /// HTTP/2 with prior knowledge (RFC 9113, section 3.3).
    Http2,
}

impl Framework {
    /// Why the framework lacks it.
    #[must_use]
    pub fn lacks(&self, capability: Capability) -> Option<&'static str> {
        self.absent.iter().find(|(absent, _)| *absent == capability).map(|(_, reason)| *reason)
    }

    /// The reason that is given for this outcome of the row. A row may have several such outcomes.
    pub(crate) fn differs(&self, row: &str, outcome: &str) -> Option<&'static str> {
        let named = |(id, known, _): &&(&str, &str, &str)| *id == row && *known == outcome;
        self.differs.iter().find(named).map(|(.., reason)| *reason)
    }
}
