//! What shadow mode is, whatever the policy: the stages whose denials are not enforced, until when, and why.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use policy_core::{Date, Reason, Stage};

use crate::clock::Clock;

/// Shadow mode without its operations.
pub(crate) struct Mode {
    pub(crate) stages: Vec<Stage>,
    pub(crate) until: Date,
    pub(crate) reason: Cow<'static, str>,
    ended: AtomicBool,
}

impl Mode {
    /// Up to the end of that day in UTC, at every stage but authentication.
    pub(crate) fn new(until: &str, reason: impl Into<Cow<'static, str>>) -> Result<Self, ShadowError> {
        let reason = reason.into();
        if reason.trim().is_empty() {
            return Err(ShadowError::NoReason);
        }
        // A day before the epoch is a typing mistake.
        let read = Date::parse(until).filter(|date| date.end() > 0);
        let until = read.ok_or_else(|| ShadowError::NoDate(until.to_owned()))?;
        let stages = vec![Stage::Enablement, Stage::Scopes, Stage::Query];
        Ok(Self { stages, until, reason, ended: AtomicBool::new(false) })
    }

    pub(crate) fn at_stages(&mut self, stages: impl IntoIterator<Item = Stage>) {
        let stages: Vec<Stage> = stages.into_iter().collect();
        self.stages = Stage::ALL.into_iter().filter(|stage| stages.contains(stage)).collect();
    }

    /// Whether a denial of one of the operations is logged and not enforced.
    pub(crate) fn covers(&self, stage: Stage, reason: Reason<'_>, clock: &dyn Clock) -> bool {
        self.stages.contains(&stage) && reason != Reason::NoHandler && self.is_on(clock)
    }

    fn is_on(&self, clock: &dyn Clock) -> bool {
        let on = clock.unix_seconds() < self.until.end();
        if !on && !self.ended.swap(true, Ordering::Relaxed) {
            tracing::warn!(target: "policy", until = %self.until, "shadow mode has ended; denials are enforced");
        }
        on
    }

    /// Writes to the log what is not enforced.
    pub(crate) fn announce(&self, operations: usize, clock: &dyn Clock) {
        if self.is_on(clock) {
            tracing::warn!(
                target: "policy",
                operations,
                stages = ?self.stages,
                until = %self.until,
                reason = %self.reason,
                "shadow mode is on: denials are logged and not enforced"
            );
        }
    }
}

impl fmt::Debug for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mode")
            .field("stages", &self.stages)
            .field("until", &format_args!("{}", self.until))
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

/// Why there is no shadow mode.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShadowError {
    /// The text is no date of the form `2027-06-30`.
    NoDate(String),
    /// The reason is empty. Without one nobody would know when the mode can be turned off.
    NoReason,
}

impl fmt::Display for ShadowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDate(text) => {
                write!(f, "`{}` is no date; write the last day of shadow mode as `2027-06-30`", text.escape_debug())
            }
            Self::NoReason => f.write_str("shadow mode needs a reason, which the audit shows"),
        }
    }
}

impl std::error::Error for ShadowError {}
