//! Counts what the gateway does, in Prometheus' text format.
//!
//! Labels have nothing of a request or its caller. So the number of lines is bounded by the policies, their operations and the reasons.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use policy_http::LabelValue;
use policy_http::run_time::{Decision, DecisionLog};

use crate::loading::Summary;

/// The upper bounds of the latency histogram, in microseconds.
const BOUNDS: [u64; 14] =
    [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000];

/// How many different decisions are counted by operation. What comes beyond is counted without its operation.
const MOST_ROWS: usize = 200_000;

/// What the gateway has counted since it started.
#[derive(Debug)]
pub struct Metrics {
    hasher: RandomState,
    /// The decisions, by the hash of their labels.
    decisions: RwLock<HashMap<u64, Row>>,
    latencies: [AtomicU64; BOUNDS.len() + 1],
    latency_sum: AtomicU64,
    in_flight: AtomicI64,
    /// Requests that were denied without being decided about, by listener and reason.
    refused: Mutex<BTreeMap<(String, &'static str), u64>>,
    reloads: Reloads,
    policies: Mutex<Vec<Summary>>,
    stores: Mutex<BTreeMap<String, bool>>,
}

#[derive(Debug, Default)]
struct Reloads {
    loaded: AtomicU64,
    refused: AtomicU64,
    /// When what is in force was loaded.
    at: AtomicU64,
}

#[derive(Debug)]
struct Row {
    labels: String,
    number: AtomicU64,
}

/// A decision that is being made, for as long as it is kept.
#[derive(Debug)]
pub struct InFlight<'m>(&'m Metrics);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            decisions: RwLock::default(),
            latencies: Default::default(),
            latency_sum: AtomicU64::new(0),
            in_flight: AtomicI64::new(0),
            refused: Mutex::default(),
            reloads: Reloads::default(),
            policies: Mutex::default(),
            stores: Mutex::default(),
        }
    }
}

impl Metrics {
    /// Counts a decision as being made until what is returned is dropped.
    pub fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self)
    }

    /// Counts a request that was denied without being decided about.
    pub fn refused(&self, listener: &str, reason: &'static str) {
        let mut refused = lock(&self.refused);
        match refused.get_mut(&(listener.to_owned(), reason)) {
            Some(number) => *number += 1,
            None => {
                refused.insert((listener.to_owned(), reason), 1);
            }
        }
    }

    /// Notes that a configuration was taken.
    pub fn loaded(&self, policies: &[Summary]) {
        self.reloads.loaded.fetch_add(1, Ordering::Relaxed);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.reloads.at.store(now, Ordering::Relaxed);
        *lock(&self.policies) = policies.to_vec();
    }

    /// Notes that a configuration was refused.
    pub fn reload_refused(&self) {
        self.reloads.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes whether each store answers.
    pub fn stores(&self, stores: BTreeMap<String, bool>) {
        *lock(&self.stores) = stores;
    }

    /// The stores that do not answer.
    #[must_use]
    pub fn silent_stores(&self) -> Vec<String> {
        lock(&self.stores).iter().filter(|(_, answers)| !**answers).map(|(name, _)| name.clone()).collect()
    }

    /// What is in force.
    #[must_use]
    pub fn policies(&self) -> Vec<Summary> {
        lock(&self.policies).clone()
    }

    fn count(&self, decision: &Decision<'_>, with_operation: bool) {
        let operation = decision.operation().filter(|_| with_operation).map(|found| (found.method(), found.template()));
        let key = self.hasher.hash_one((
            decision.document(),
            operation,
            decision.verdict().as_str(),
            decision.stage().map(|stage| stage.as_str()),
            decision.reason_code(),
        ));
        {
            let rows = self.decisions.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(row) = rows.get(&key) {
                row.number.fetch_add(1, Ordering::Relaxed);
                return;
            }
        }
        let labels = [
            ("policy", decision.document()),
            ("method", operation.map(|(method, _)| method)),
            ("route", operation.map(|(_, route)| route)),
            ("decision", Some(decision.verdict().as_str())),
            ("stage", decision.stage().map(|stage| stage.as_str())),
            ("reason", decision.reason_code()),
        ];
        let mut rows = self.decisions.write().unwrap_or_else(PoisonError::into_inner);
        if rows.len() < MOST_ROWS || !with_operation {
            rows.entry(key)
                .or_insert_with(|| Row { labels: written(labels), number: AtomicU64::new(0) })
                .number
                .fetch_add(1, Ordering::Relaxed);
            return;
        }
        drop(rows);
        self.count(decision, false);
    }

    fn measure(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        let at = BOUNDS.partition_point(|bound| *bound < micros);
        if let Some(bucket) = self.latencies.get(at) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.latency_sum.fetch_add(micros, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Labels as they stand in a line: `{policy="notes"}`.
fn written<'l>(labels: impl IntoIterator<Item = (&'static str, Option<&'l str>)>) -> String {
    let mut text = String::new();
    for (name, value) in labels.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        let between = if text.is_empty() { '{' } else { ',' };
        let _ = write!(text, "{between}{name}=\"{}\"", LabelValue(value));
    }
    text.push('}');
    text
}

impl DecisionLog for Metrics {
    fn record(&self, decision: &Decision<'_>) {
        self.count(decision, true);
        if let Some(latency) = decision.latency() {
            self.measure(latency);
        }
    }

    fn measures(&self) -> bool {
        true
    }
}

impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        head(f, "policy_decisions_total", "counter", "Decisions of the scope policies.")?;
        let rows = self.decisions.read().unwrap_or_else(PoisonError::into_inner);
        let mut rows: Vec<_> = rows.values().map(|row| (&row.labels, row.number.load(Ordering::Relaxed))).collect();
        rows.sort();
        for (labels, number) in rows {
            writeln!(f, "policy_decisions_total{labels} {number}")?;
        }
        self.write_latencies(f)?;
        head(f, "policy_gateway_in_flight", "gauge", "Decisions that are being made.")?;
        writeln!(f, "policy_gateway_in_flight {}", self.in_flight.load(Ordering::Relaxed).max(0))?;
        head(f, "policy_gateway_refused_total", "counter", "Requests that were denied without being decided about.")?;
        for ((listener, reason), number) in lock(&self.refused).iter() {
            let labels = written([("listener", Some(listener.as_str())), ("reason", Some(*reason))]);
            writeln!(f, "policy_gateway_refused_total{labels} {number}")?;
        }
        head(f, "policy_gateway_reload_total", "counter", "Configurations that were read, the first one included.")?;
        for (result, number) in [("loaded", &self.reloads.loaded), ("refused", &self.reloads.refused)] {
            writeln!(f, "policy_gateway_reload_total{{result=\"{result}\"}} {}", number.load(Ordering::Relaxed))?;
        }
        head(f, "policy_gateway_loaded_seconds", "gauge", "When what is in force was loaded, in seconds since 1970.")?;
        writeln!(f, "policy_gateway_loaded_seconds {}", self.reloads.at.load(Ordering::Relaxed))?;
        head(
            f,
            "policy_gateway_policy_info",
            "gauge",
            "The policies in force, by the fingerprint of their documents.",
        )?;
        for policy in lock(&self.policies).iter() {
            let labels = written([("policy", Some(&*policy.name)), ("fingerprint", Some(&*policy.fingerprint))]);
            writeln!(f, "policy_gateway_policy_info{labels} 1")?;
        }
        head(f, "policy_gateway_policy_operations", "gauge", "The operations of each policy in force.")?;
        for policy in lock(&self.policies).iter() {
            let labels = written([("policy", Some(&*policy.name))]);
            writeln!(f, "policy_gateway_policy_operations{labels} {}", policy.operations)?;
        }
        head(f, "policy_gateway_store_up", "gauge", "Whether each store answers.")?;
        for (name, answers) in lock(&self.stores).iter() {
            let labels = written([("store", Some(name.as_str()))]);
            writeln!(f, "policy_gateway_store_up{labels} {}", u8::from(*answers))?;
        }
        Ok(())
    }
}

impl Metrics {
    fn write_latencies(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAME: &str = "policy_gateway_decision_seconds";
        head(f, NAME, "histogram", "How long decisions took.")?;
        let mut total = 0;
        for (bound, number) in BOUNDS.iter().map(Some).chain([None]).zip(&self.latencies) {
            total += number.load(Ordering::Relaxed);
            match bound {
                Some(bound) => writeln!(f, "{NAME}_bucket{{le=\"{}\"}} {total}", Seconds(*bound))?,
                None => writeln!(f, "{NAME}_bucket{{le=\"+Inf\"}} {total}")?,
            }
        }
        writeln!(f, "{NAME}_sum {}", Seconds(self.latency_sum.load(Ordering::Relaxed)))?;
        writeln!(f, "{NAME}_count {total}")
    }
}

/// Microseconds, written in seconds.
struct Seconds(u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1_000_000, self.0 % 1_000_000);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{rest:06}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

fn head(f: &mut fmt::Formatter<'_>, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(f, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Metrics, Summary, written};

    #[test]
    fn a_histogram_counts_each_latency_in_all_buckets_above_it() {
        let metrics = Metrics::default();
        for micros in [10, 50, 51, 2_000_000] {
            metrics.measure(Duration::from_micros(micros));
        }
        let text = metrics.to_string();
        for line in [
            "_bucket{le=\"0.00005\"} 2",
            "_bucket{le=\"0.0001\"} 3",
            "_bucket{le=\"1\"} 3",
            "_bucket{le=\"+Inf\"} 4",
            "_sum 2.000111",
            "_count 4",
        ] {
            assert!(text.contains(&format!("policy_gateway_decision_seconds{line}\n")), "{line}\n{text}");
        }
    }

    #[test]
    fn a_refused_reload_leaves_the_policies_in_force() {
        let metrics = Metrics::default();
        metrics.loaded(&[Summary { name: "a\"b".into(), fingerprint: "f".into(), operations: 3 }]);
        metrics.reload_refused();
        let text = metrics.to_string();
        assert!(text.contains("policy_gateway_reload_total{result=\"loaded\"} 1\n"), "{text}");
        assert!(text.contains("policy_gateway_reload_total{result=\"refused\"} 1\n"), "{text}");
        assert!(text.contains("policy_gateway_policy_info{policy=\"a\\\"b\",fingerprint=\"f\"} 1\n"), "{text}");
    }

    #[test]
    fn a_decision_counts_as_in_flight_until_it_is_made() {
        let metrics = Metrics::default();
        let one = metrics.begin();
        assert!(metrics.to_string().contains("policy_gateway_in_flight 1\n"));
        drop(one);
        assert!(metrics.to_string().contains("policy_gateway_in_flight 0\n"));
    }

    #[test]
    fn labels_without_a_value_are_left_out() {
        assert_eq!(written([("a", Some("1")), ("b", None), ("c", Some("2"))]), "{a=\"1\",c=\"2\"}");
    }
}
