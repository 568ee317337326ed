//! Whether the gateway is ready, and what hinders it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::Metrics;
use crate::loading::Summary;

/// What `/ready` tells.
///
/// - `ready`: what the file says is in force.
/// - `degraded`: an older configuration is in force, because the newer one was refused; or a store does not answer. Requests are
///   decided, so that the status stays 200: a gateway that leaves its place because of a mistake in a file would take the service with
///   it.
/// - `draining`: it ends, and the status is 503.
#[derive(Debug, Default)]
pub struct State {
    metrics: Arc<Metrics>,
    draining: AtomicBool,
    refused: Mutex<Option<Refused>>,
}

#[derive(Debug)]
struct Refused {
    why: String,
    at: u64,
}

impl State {
    /// The state of a gateway with these metrics.
    #[must_use]
    pub fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics, ..Self::default() }
    }

    /// What was counted.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// A configuration is in force.
    pub fn loaded(&self, policies: &[Summary]) {
        self.metrics.loaded(policies);
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// A configuration was refused, and the older one goes on.
    pub fn refused(&self, why: String) {
        self.metrics.reload_refused();
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(Refused { why, at });
    }

    /// The gateway ends.
    pub fn draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether requests should come here, and why, as JSON.
    #[must_use]
    pub fn ready(&self) -> (bool, String) {
        let draining = self.draining.load(Ordering::Relaxed);
        let silent = self.metrics.silent_stores();
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let reload = refused.as_ref().map(|refused| json!({ "refused": refused.why, "unix_seconds": refused.at }));
        drop(refused);
        let status = match (draining, reload.is_some() || !silent.is_empty()) {
            (true, _) => "draining",
            (false, true) => "degraded",
            (false, false) => "ready",
        };
        let policies: Vec<_> = self
            .metrics
            .policies()
            .into_iter()
            .map(|policy| json!({ "name": policy.name, "fingerprint": policy.fingerprint, "operations": policy.operations }))
            .collect();
        let mut body = json!({ "status": status, "policies": policies });
        if let Some(members) = body.as_object_mut() {
            if let Some(reload) = reload {
                members.insert("reload".into(), reload);
            }
            if !silent.is_empty() {
                members.insert("stores_without_answer".into(), json!(silent));
            }
        }
        (!draining, format!("{body}\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn a_refused_configuration_degrades_and_a_good_one_mends_it() {
        let state = State::default();
        assert!(state.ready().0 && state.ready().1.contains("\"status\":\"ready\""));
        state.refused("gateway.toml:3:1: no".into());
        let (is_ready, body) = state.ready();
        assert!(
            is_ready && body.contains("\"status\":\"degraded\"") && body.contains("gateway.toml:3:1: no"),
            "{body}"
        );
        state.loaded(&[]);
        assert!(state.ready().1.contains("\"status\":\"ready\""));
        state.metrics().stores([("main".to_owned(), false)].into());
        assert!(state.ready().1.contains("\"stores_without_answer\":[\"main\"]"));
        state.draining();
        assert!(!state.ready().0 && state.ready().1.contains("draining"));
    }
}
