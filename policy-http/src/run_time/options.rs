//! What the operator of a gate chose.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::log::DecisionLog;
use super::shadow::Shadow;
use crate::answers::Wording;
use crate::clock::{Clock, SystemClock};
use crate::explanation::Explanations;
use crate::log::Tracing;

/// The options of a gate, besides its authenticators and its enablement. Each has a default, and no default lets anybody call more.
pub struct Options {
    pub(super) wording: Wording,
    pub(super) log: Arc<dyn DecisionLog>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) shadows: Vec<Shadow>,
    pub(super) explanations: Explanations,
    pub(super) head_runs_get: bool,
}

impl Options {
    /// The defaults: the realm `api`, decisions as `tracing` events, the system's clock.
    #[must_use]
    pub fn new() -> Self {
        Self {
            wording: Wording::default(),
            log: Arc::new(Tracing),
            clock: Arc::new(SystemClock),
            shadows: Vec::new(),
            explanations: Explanations::default(),
            head_runs_get: false,
        }
    }

    /// The protected space that `WWW-Authenticate` names (RFC 9110, section 11.5).
    #[must_use]
    pub fn realm(mut self, realm: impl Into<Cow<'static, str>>) -> Self {
        self.wording.realm = realm.into();
        self
    }

    /// Where bearer challenges say that the metadata of the API is (RFC 9728, section 5.1): an absolute URL. A text that no header can
    /// hold leaves the challenge without its parameters.
    #[must_use]
    pub fn resource_metadata(mut self, url: impl Into<String>) -> Self {
        self.wording.resource_metadata = Some(url.into());
        self
    }

    /// Where decisions are logged, in place of [`Tracing`].
    #[must_use]
    pub fn log(mut self, log: Arc<dyn DecisionLog>) -> Self {
        self.log = log;
        self
    }

    /// The clock by which expiries are judged.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Logs denials without enforcing them, for the operations, the stages and the time that the shadow names. Said again, each covers its
    /// own.
    #[must_use]
    pub fn shadow(mut self, shadow: Shadow) -> Self {
        self.shadows.push(shadow);
        self
    }

    /// Lets a request with an undeclared HEAD pass where GET's policy lets its caller pass. Otherwise such a caller is answered 405.
    #[must_use]
    pub fn head_runs_get(mut self, runs: bool) -> Self {
        self.head_runs_get = runs;
        self
    }

    /// For development: answers to denials say what the log says. It does nothing unless the feature `explain-denials` is on and the build
    /// has debug assertions.
    #[must_use]
    pub fn explain_denials(mut self) -> Self {
        self.explanations = Explanations::asked();
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("shadows", &self.shadows).finish_non_exhaustive()
    }
}
