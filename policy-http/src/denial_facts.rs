//! What answers and logs are made of: the facts of a denial, whether its policy was compiled or read at run time.

use std::fmt;

use policy_core::{Denial, Document, Reason, Scope, Stage};

/// The facts of a denial.
pub(crate) trait DenialFacts {
    fn stage(&self) -> Stage;
    fn reason(&self) -> Reason<'_>;
    /// The scopes that the closest alternative requires, each once, sorted.
    fn required(&self) -> Vec<&str>;
    /// The scopes that the caller lacks, with spaces between them. Empty where it lacks none.
    fn missing(&self) -> String;
    /// Writes the value of `WWW-Authenticate`.
    fn write_challenge(&self, out: &mut dyn fmt::Write, realm: &str) -> fmt::Result;
}

impl<D: Document> DenialFacts for Denial<'_, D> {
    fn stage(&self) -> Stage {
        Denial::stage(self)
    }

    fn reason(&self) -> Reason<'_> {
        Denial::reason(self)
    }

    fn required(&self) -> Vec<&str> {
        Denial::required(self).iter().map(Scope::name).collect()
    }

    fn missing(&self) -> String {
        Denial::missing(self).to_string()
    }

    fn write_challenge(&self, out: &mut dyn fmt::Write, realm: &str) -> fmt::Result {
        Denial::write_challenge(self, out, realm)
    }
}
