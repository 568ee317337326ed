//! The life of the gateway: it starts, takes new configurations while it runs, and ends once what is in flight is answered.

mod changes;
mod reading;
mod running;
mod signals;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use policy_http::JsonLines;
use policy_http::run_time::DecisionLog;
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::reading::{Read, Refused};
use self::running::Running;
use self::signals::Signals;
use crate::admin::{Admin, Metrics, State};
use crate::authorizer::Authorizer;
use crate::configuration::Configuration;
use crate::decision_log::{Lines, Reopen};
use crate::listener::{Ended, Listener};
use crate::loading::{Mode, Refusal, Stores, Summary};
use crate::observed::Observed;
use crate::traces::Traces;

/// Why the gateway does not start.
#[derive(Debug)]
pub enum StartError {
    /// The configuration is refused.
    Refused(Refusal),
    /// Something of the system is missing. The text says what.
    System(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::System(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for StartError {}

impl StartError {
    fn of(what: &str, error: &dyn fmt::Display) -> Self {
        Self::System(format!("{what}: {error}"))
    }
}

/// What a check found to be right.
#[derive(Debug)]
pub struct Checked {
    /// The policies.
    pub policies: Vec<Summary>,
    /// What is worth a look and no error: findings, as `rustc` would print them, and databases that need migrations.
    pub warnings: Vec<String>,
}

/// Judges the file and all that it names, and changes nothing: not in its databases either.
///
/// # Errors
/// Everything that is wrong.
pub async fn check(path: &Path, mode: Mode) -> Result<Checked, Refusal> {
    match reading::read(path, mode, &Stores::default(), None, |_| Ok(Vec::new())).await {
        Ok(read) => {
            read.loaded.stores.close().await;
            Ok(Checked { policies: read.loaded.policies, warnings: read.loaded.warnings })
        }
        Err(refused) => Err(refused.refusal),
    }
}

/// Where decisions are told, once it is known from the configuration.
struct Told {
    log: Vec<Arc<dyn DecisionLog>>,
    lines: Option<Arc<JsonLines>>,
    reopen: Reopen,
    traces: Option<Traces>,
}

impl Told {
    fn new(configuration: &Configuration, metrics: &Arc<Metrics>) -> Result<Self, String> {
        let lines =
            Lines::open(&configuration.log).map_err(|error| format!("the decision log cannot be opened: {error}"))?;
        let traces = configuration.traces.as_ref().map(Traces::new).transpose();
        let traces = traces.map_err(|error| format!("traces cannot be sent: {error}"))?;
        let reopen = lines.reopen();
        let mut log: Vec<Arc<dyn DecisionLog>> = vec![Arc::clone(metrics) as Arc<dyn DecisionLog>];
        let lines = lines.log.map(Arc::new);
        log.extend(lines.clone().map(|lines| lines as Arc<dyn DecisionLog>));
        log.extend(traces.clone().map(|traces| Arc::new(traces) as Arc<dyn DecisionLog>));
        Ok(Self { log, lines, reopen, traces })
    }
}

/// Serves what the file says, until a signal ends it. `begin` is called with the configuration before anything is told.
///
/// # Errors
/// [`StartError`]: it does not start.
pub async fn serve(path: &Path, begin: impl Fn(&Configuration)) -> Result<(), StartError> {
    let mut signals = Signals::new().map_err(|error| StartError::of("signals cannot be heard", &error))?;
    let metrics = Arc::new(Metrics::default());
    let told = Mutex::new(None);
    // The log is opened once, though files that change are read several times.
    let log = |configuration: &Configuration| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none() {
            begin(configuration);
            *told = Some(Told::new(configuration, &metrics)?);
        }
        Ok(told.as_ref().map(|told| told.log.clone()).unwrap_or_default())
    };
    let read = reading::read(path, Mode::Serve, &Stores::default(), None, log).await;
    let Read { configuration, settings, loaded, snapshot } =
        read.map_err(|Refused { refusal, .. }| StartError::Refused(refusal))?;
    let told = told.into_inner().unwrap_or_else(PoisonError::into_inner);
    let Some(Told { log, lines, reopen, traces }) = told else {
        return Err(StartError::System("there is no log".into()));
    };

    let state = Arc::new(State::new(Arc::clone(&metrics)));
    let certificates = settings.iter().filter_map(|one| Some((one.name.clone(), one.tls.clone()?))).collect();
    let mut listeners = Vec::new();
    for settings in settings {
        let name = settings.name.clone();
        let listener = Listener::bind(settings).await;
        listeners
            .push(listener.map_err(|error| StartError::of(&format!("the listener `{name}` cannot start"), &error))?);
    }
    let admin = match &configuration.admin {
        None => None,
        Some(address) => Some(bind_admin(address.value).await?),
    };
    state.loaded(&loaded.policies);
    let authorizer = Arc::new(Authorizer::new(loaded.set));
    let observed = Arc::new(Observed { authorizer: Arc::clone(&authorizer), metrics, traces: traces.clone(), lines });
    let (stop, stopped) = watch::channel(());
    let mut serving = JoinSet::new();
    for (listener, said) in listeners.into_iter().zip(&configuration.listeners) {
        let (name, dialect, address) = (&said.name.value, said.dialect.as_str(), listener.local_address());
        tracing::info!(target: "policy_gateway", listener = %name, dialect, %address, "listening");
        let (observed, mut stopped) = (Arc::clone(&observed), stopped.clone());
        // The channel has no message: it is closed when the gateway ends.
        serving.spawn(async move { listener.serve(observed, async move { drop(stopped.changed().await) }).await });
    }
    drop((observed, stopped));
    let admin = admin.map(|admin| tokio::spawn(admin.serve(Arc::clone(&state))));
    let mut running = Running { configuration, authorizer, state, log, stores: loaded.stores, certificates, reopen };
    running.run(path, &mut signals, snapshot).await;

    running.state.draining();
    tracing::info!(target: "policy_gateway", "ending: requests in flight are answered, and no new ones are taken");
    drop(stop);
    let drained = async {
        while let Some(ended) = serving.join_next().await {
            if let Ok(Ended::CutOff(connections)) = ended {
                tracing::warn!(target: "policy_gateway", connections, "connections were cut off, since they took longer than `drain-seconds`");
            }
        }
    };
    tokio::select! {
        () = drained => {}
        () = signals.end() => tracing::warn!(target: "policy_gateway", "asked again to end: requests in flight are cut off"),
    }
    serving.shutdown().await;
    if let Some(admin) = admin {
        admin.abort();
    }
    running.end().await;
    if let Some(traces) = traces {
        // It blocks the thread until the last traces are sent.
        let _ = tokio::task::spawn_blocking(move || traces.end()).await;
    }
    Ok(())
}

async fn bind_admin(address: std::net::SocketAddr) -> Result<Admin, StartError> {
    let admin = Admin::bind(address).await;
    let admin = admin.map_err(|error| StartError::of(&format!("`admin` cannot listen at `{address}`"), &error))?;
    let address = admin.local_address().map_err(|error| StartError::of("`admin` does not know its address", &error))?;
    tracing::info!(target: "policy_gateway", %address, "metrics, health and readiness");
    Ok(admin)
}

/// Is ready when a signal asks the process to end. It is heard from now on.
pub(crate) fn ending() -> std::io::Result<impl Future<Output = ()>> {
    let mut signals = Signals::new()?;
    Ok(async move { signals.end().await })
}
