//! Records the events of a request, in their order.
//!
//! The server under test runs in this process, and requests are sent one after the other. So the events between two requests belong to
//! the first of them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use policy_core::Document;
use policy_http::{Decision, DecisionLog};

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The authenticator was asked.
    Authenticated,
    /// The enablement was asked.
    Enabled,
    /// The pipeline ended, for this operation.
    Allowed(&'static str),
    /// The pipeline ended at this stage, or no operation matched and the caller was not known.
    Denied(&'static str),
    /// A known caller was told that there is no such path or method.
    Unmatched,
    /// The handler of this operation ran.
    Ran(&'static str),
}

static EVENTS: Mutex<Vec<Event>> = Mutex::new(Vec::new());

fn events() -> MutexGuard<'static, Vec<Event>> {
    EVENTS.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn record(event: Event) {
    events().push(event);
}

/// The events since the last call.
pub(crate) fn take() -> Vec<Event> {
    std::mem::take(&mut *events())
}

/// Whether this event has happened since the last [`take`].
pub(crate) fn has(event: Event) -> bool {
    events().contains(&event)
}

/// Whether any event has happened since the last [`take`].
pub(crate) fn any() -> bool {
    !events().is_empty()
}

/// Records that the handler of an operation runs, and returns the body that it sends: the operation's name.
///
/// Every handler under test begins with this call. It writes the name of *its own* operation as a literal, since the permit does not prove
/// which function runs.
pub fn ran(operation: &'static str) -> &'static str {
    record(Event::Ran(operation));
    operation
}

/// The decision log of the server under test.
pub(crate) struct Recorder;

impl<D: Document> DecisionLog<D> for Recorder {
    fn record(&self, decision: &Decision<'_, D>) {
        record(match (decision.stage(), decision.operation()) {
            _ if decision.unmatched().is_some() => Event::Unmatched,
            (Some(stage), _) => Event::Denied(stage.as_str()),
            (None, Some(operation)) => Event::Allowed(operation.definition().type_name()),
            (None, None) => Event::Allowed("no operation"),
        });
    }
}

/// What is wrong with the order of these events, for any request.
pub(crate) fn fault(events: &[Event], scopes_first: bool) -> Option<String> {
    let mut allowed = Vec::new();
    // The questions of a request end with its decision. The handler runs after that.
    let (mut authenticated, mut enabled) = (false, false);
    for event in events {
        match *event {
            Event::Authenticated if enabled => return Some("a credential was looked at after the enablement".into()),
            Event::Authenticated => authenticated = true,
            Event::Enabled if !authenticated => return Some("the enablement was asked of nobody".into()),
            Event::Enabled => enabled = true,
            Event::Allowed(operation) => {
                allowed.push(operation);
                (authenticated, enabled) = (false, false);
            }
            Event::Denied(stage) => {
                let asked = match stage {
                    "authentication" => Some(false),
                    "enablement" => Some(true),
                    "scopes" => Some(!scopes_first),
                    "query" => Some(true),
                    _ => None,
                };
                if asked.is_some_and(|asked| asked != enabled) {
                    return Some(format!("denied at {stage}, and the enablement was asked: {enabled}"));
                }
                (authenticated, enabled) = (false, false);
            }
            Event::Unmatched => (authenticated, enabled) = (false, false),
            Event::Ran(operation) => {
                let Some(place) = allowed.iter().position(|decided| *decided == operation) else {
                    return Some(format!("the handler of {operation} ran, and the policy decided for {allowed:?}"));
                };
                allowed.remove(place);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Event::*, fault};

    #[test]
    fn a_handler_that_another_policy_decided_for_is_a_fault() {
        assert_eq!(fault(&[Authenticated, Enabled, Allowed("GetItem"), Ran("GetItem")], false), None);
        assert!(fault(&[Authenticated, Enabled, Allowed("GetItem"), Ran("GetMine")], false).is_some());
        assert!(fault(&[Ran("GetMine")], false).is_some());
        assert!(fault(&[Allowed("GetMine"), Ran("GetMine"), Ran("GetMine")], false).is_some());
        assert!(fault(&[Authenticated, Denied("scopes"), Ran("GetMine")], true).is_some());
    }

    #[test]
    fn a_stage_before_its_turn_is_a_fault() {
        assert!(fault(&[Enabled, Authenticated, Allowed("GetItem")], false).is_some());
        assert!(fault(&[Authenticated, Denied("scopes")], false).is_some());
        assert!(fault(&[Authenticated, Enabled, Denied("scopes")], true).is_some());
        assert!(fault(&[Authenticated, Denied("query")], true).is_some());
        assert!(fault(&[Authenticated, Denied("enablement")], false).is_some());
        assert_eq!(fault(&[Authenticated, Denied("scopes")], true), None);
    }
}
