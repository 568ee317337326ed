//! A gateway that runs: it takes new configurations, and asks its stores whether they answer.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use policy_http::run_time::DecisionLog;

use super::changes;
use super::reading::{Read, Refused, read};
use super::signals::{Signal, Signals};
use crate::admin::State;
use crate::authorizer::Authorizer;
use crate::configuration::Configuration;
use crate::decision_log::Reopen;
use crate::listener::Tls;
use crate::loading::{Mode, Refusal, Stores};
use crate::reload::{Snapshot, Watch};

/// How often each store is asked whether it answers.
const ASK_STORES: Duration = Duration::from_secs(5);
/// How long a store may take to say so.
const STORE_WITHIN: Duration = Duration::from_secs(2);
/// How long the end waits for the decision log to be written.
const WRITE_WITHIN: Duration = Duration::from_secs(5);

/// A gateway that runs.
pub(super) struct Running {
    pub(super) configuration: Configuration,
    pub(super) authorizer: Arc<Authorizer>,
    pub(super) state: Arc<State>,
    pub(super) log: Vec<Arc<dyn DecisionLog>>,
    pub(super) stores: Stores,
    /// The certificates of the listeners that have some.
    pub(super) certificates: Vec<(String, Tls)>,
    pub(super) reopen: Reopen,
}

impl Running {
    /// Runs until a signal ends it.
    pub(super) async fn run(&mut self, path: &Path, signals: &mut Signals, snapshot: Snapshot) {
        let mut watch = Watch::from(snapshot);
        let mut asking = tokio::time::interval(ASK_STORES);
        asking.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let why = tokio::select! {
                signal = signals.next() => match signal {
                    Signal::End => return,
                    Signal::Reload => {
                        self.reopen.now();
                        "a signal"
                    }
                },
                () = watch.replaced() => "a file that was replaced",
                _ = asking.tick() => {
                    self.ask_stores().await;
                    continue;
                }
            };
            let mut why = Some(why);
            while let Some(reason) = why.take() {
                let mut reload = std::pin::pin!(self.reload(path, watch.now(), reason));
                let snapshot = loop {
                    tokio::select! {
                        snapshot = reload.as_mut() => break snapshot,
                        // A signal that ends the gateway ends a reload as well, however long an issuer takes. One that comes for
                        // another reload is not lost.
                        signal = signals.next() => match signal {
                            Signal::End => return,
                            Signal::Reload => why = Some("a signal"),
                        },
                    }
                };
                watch = Watch::from(snapshot);
            }
        }
    }

    /// Takes the configuration as it is now, or refuses it and goes on with the one that is in force.
    async fn reload(&mut self, path: &Path, known: Snapshot, why: &str) -> Snapshot {
        let log = self.log.clone();
        let (refusal, snapshot) = match read(path, Mode::Serve, &self.stores, Some(known), |_| Ok(log.clone())).await {
            Ok(read) => match self.take(read).await {
                Ok(snapshot) => {
                    tracing::info!(target: "policy_gateway", why, "the configuration was loaded anew");
                    return snapshot;
                }
                Err(refused) => refused,
            },
            Err(Refused { refusal, snapshot }) => (refusal, snapshot),
        };
        let (first, mistakes) = (refusal.first(), refusal.count());
        tracing::error!(
            target: "policy_gateway",
            why,
            mistakes,
            "the new configuration is refused, and the old one goes on: {first}\n{refusal}"
        );
        self.state.refused(first);
        snapshot
    }

    /// Puts a configuration in force, whole.
    async fn take(&mut self, read: Read) -> Result<Snapshot, (Refusal, Snapshot)> {
        let Read { configuration, settings: _, loaded, snapshot } = read;
        let renewed =
            self.fixed(&configuration).and_then(|()| crate::listening::renew(&configuration, &self.certificates));
        if let Err(refusal) = renewed {
            loaded.stores.close_except(&self.stores).await;
            return Err((refusal, snapshot));
        }
        let replaced = self.authorizer.current();
        self.authorizer.swap(loaded.set);
        self.state.loaded(&loaded.policies);
        let taken = self.authorizer.current();
        tokio::task::spawn_blocking(move || changes::tell(&replaced, &taken));
        changes::tell_keys(&self.configuration, &configuration);
        self.configuration = configuration;
        let before = std::mem::replace(&mut self.stores, loaded.stores);
        let now = self.stores.clone();
        // Requests in flight keep the policy that they began with, and its databases. These are closed behind them.
        let patience = self.longest_decision();
        tokio::spawn(async move {
            tokio::time::sleep(patience).await;
            before.close_except(&now).await;
        });
        self.ask_stores().await;
        Ok(snapshot)
    }

    /// What a running gateway cannot change.
    fn fixed(&self, new: &Configuration) -> Result<(), Refusal> {
        let old = &self.configuration;
        let mut refusal = Refusal::default();
        for (what, is_same) in [
            ("[[listeners]]", old.listeners == new.listeners),
            ("[admin]", old.admin == new.admin),
            ("[log]", old.log == new.log),
            ("[traces]", old.traces == new.traces),
            ("drain-seconds", old.drain == new.drain),
        ] {
            if !is_same {
                refusal.sentence(format!("`{what}` changed, which a running gateway cannot take: restart it"));
            }
        }
        if refusal.is_empty() { Ok(()) } else { Err(refusal) }
    }

    fn longest_decision(&self) -> Duration {
        let longest = self.configuration.listeners.iter().filter_map(|listener| listener.timeout).max();
        longest.unwrap_or_default().max(Duration::from_secs(5)) * 2
    }

    /// Asks each store for a key that there is not.
    async fn ask_stores(&self) {
        let asked = self.stores.iter().map(|(name, store)| async move {
            let answer = tokio::time::timeout(STORE_WITHIN, store.key("no key has this id")).await;
            (name.to_owned(), matches!(answer, Ok(Ok(_))))
        });
        let answers: BTreeMap<String, bool> = futures_util::future::join_all(asked).await.into_iter().collect();
        self.state.metrics().stores(answers);
    }

    /// Closes what is open. The log is written to its end.
    pub(super) async fn end(self) {
        self.stores.close().await;
        drop(self.authorizer);
        // A thread of its own writes the lines that are left, and is waited for here.
        let log = self.log;
        let written = tokio::task::spawn_blocking(move || drop(log));
        if tokio::time::timeout(WRITE_WITHIN, written).await.is_err() {
            tracing::warn!(target: "policy_gateway", "the decision log takes no lines, and the last ones are lost");
        }
    }
}
