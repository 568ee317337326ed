//! `serve`: serves the API on a socket.

use std::fmt::Write;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::failure::Failure;
use super::shutdown::Signals;
use super::{duration, print};
use crate::policy::{Api, POLICY};
use crate::serve::{self, Ended, Limits};
use crate::store::{DemoKeys, LAKESIDE, Missing, NORTHWIND, Store};
use crate::{Settings, app};

const LISTEN: &str = "127.0.0.1:8080";
/// How long the end of the process waits for the database.
const CLOSE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = LISTEN)]
    listen: String,
    /// Fills an empty database with synthetic data, issues fresh keys and prints them with curl lines to try.
    #[arg(long)]
    demo: bool,
    /// How the server is reached from outside; signed URLs begin with it. The address it listens on, if not given.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// How long a key may be unused before it is inactive.
    #[arg(long, value_name = "DURATION", default_value = "90d", value_parser = duration::parse)]
    key_inactivity: SignedDuration,
    /// How long a signed audio URL is good: 15m at most.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration::of_audio_url)]
    audio_lifetime: SignedDuration,
    /// How many connections may be open at once. If not given: 512, or half of the descriptors that this process may open
    /// (`ulimit -n`) where that is less.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    connections: Option<u32>,
}

impl Serve {
    /// The demonstration, which runs if no command is given.
    pub(super) fn demo() -> Self {
        Self {
            listen: LISTEN.into(),
            demo: true,
            public_url: None,
            key_inactivity: SignedDuration::from_hours(90 * 24),
            audio_lifetime: SignedDuration::from_mins(5),
            connections: None,
        }
    }

    pub(super) async fn run(self, database: &str) -> Result<(), Failure> {
        // The port comes first. If another demonstration has the port, its keys must not be replaced.
        let listener = self.bind().await?;
        let address = listener.local_addr()?;
        let signals = Signals::listen()?;
        let store = Store::open(database, Missing::Create).await?;
        let keys = if self.demo { Some(store.seed_demo().await?) } else { None };
        report_unknown_rights(&store).await?;

        let public_url = match self.public_url {
            Some(url) => checked(url)?,
            None => format!("http://{}", reachable(address)),
        };
        let settings = Settings {
            key_inactivity: self.key_inactivity,
            audio_lifetime: self.audio_lifetime,
            ..Settings::new(public_url)
        };
        let mut limits = Limits::of_this_process();
        if let Some(connections) = self.connections.and_then(|number| usize::try_from(number).ok()) {
            limits.connections = connections;
        }
        let url = settings.public_url.clone();
        let router = app(store.clone(), settings)?;
        tracing::info!(
            target: "charthero",
            %address,
            database = store.shown(),
            fingerprint = POLICY.fingerprint(),
            connections = limits.connections,
            "serving"
        );
        if let Some(keys) = keys {
            print(&invitation(&url, keys)?)?;
        }
        serve(listener, router, limits, signals).await;
        // A request that was cut off may still hold a database connection. The file is safe even if it is not closed.
        if tokio::time::timeout(CLOSE, store.close()).await.is_err() {
            tracing::warn!(target: "charthero", "the database was not closed in time");
        }
        tracing::info!(target: "charthero", "ended");
        Ok(())
    }

    async fn bind(&self) -> Result<TcpListener, Failure> {
        TcpListener::bind(&self.listen).await.map_err(|error| {
            let listen = &self.listen;
            Failure::new(match error.kind() {
                ErrorKind::AddrInUse => {
                    format!("`{listen}` is in use by another program; choose another port with `serve --listen ADDRESS:PORT`")
                }
                ErrorKind::PermissionDenied => format!("`{listen}` may not be listened on by this user; choose a port above 1023"),
                _ => format!("`{listen}` cannot be listened on: {error}; write an address and a port, as in `{LISTEN}`"),
            })
        })
    }
}

/// Serves until a signal comes, then lets running requests end. A second signal ends them at once.
async fn serve(listener: TcpListener, router: axum::Router, limits: Limits, mut signals: Signals) {
    let (ask, asked) = oneshot::channel::<()>();
    let stop = async move {
        // An error means that the sender is gone, which also asks the server to end.
        let _ = asked.await;
    };
    let mut server = pin!(serve::serve(listener, router, limits, stop));
    let signal = tokio::select! {
        _ = &mut server => return,
        signal = signals.next() => signal,
    };
    tracing::info!(target: "charthero", signal, "draining");
    drop(ask);
    tokio::select! {
        ended = &mut server => if let Ended::CutOff(connections) = ended {
            tracing::warn!(target: "charthero", connections, "requests are still running after the time for draining; they are cut off");
        },
        _ = signals.next() => tracing::warn!(target: "charthero", "asked again; running requests are cut off"),
    }
}

/// Reports stored routes and scopes that the policy does not know. They grant nothing, and the operator should know why.
async fn report_unknown_rights(store: &Store) -> Result<(), Failure> {
    for organization in store.partners().organizations().await? {
        let (unknown, organization) = (organization.unknown::<Api>(), organization.name);
        for route in unknown.routes {
            tracing::warn!(target: "charthero", organization, operation = %route, "the policy does not know this enabled route; it opens nothing");
        }
        for scope in unknown.scopes {
            tracing::warn!(target: "charthero", organization, scope, "the policy does not know this allowed scope; it opens nothing");
        }
    }
    Ok(())
}

fn checked(url: String) -> Result<String, Failure> {
    let parsed = url.parse::<http::Uri>().ok();
    let good = parsed.is_some_and(|parsed| {
        matches!(parsed.scheme_str(), Some("http" | "https"))
            && parsed.authority().is_some()
            && parsed.query().is_none()
    });
    if good {
        Ok(url)
    } else {
        Err(Failure::new(format!("`{url}` is no URL of a server; write `https://` and a host")))
    }
}

/// An address that a client on this machine can connect to.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The demonstration's keys, with lines to copy into a shell.
fn invitation(url: &str, keys: DemoKeys) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let (all, read) = (keys.northwind.reveal(), keys.northwind_without_recordings.reveal());
    let other = keys.lakeside.reveal();
    let base = format!("{url}{}", POLICY.base_path());
    let document = format!("{base}/encounters/enc_synthetic_0001/documents/doc_synthetic_0001");
    writeln!(text, "\nThe demonstration is served at {url}. Its keys are new at each start:\n")?;
    writeln!(text, "  {NORTHWIND}, every scope              {all}")?;
    writeln!(text, "  {NORTHWIND}, without recordings:read  {read}")?;
    writeln!(text, "  {LAKESIDE}, audio not enabled        {other}")?;
    let mut line = |what: &str, command: String| writeln!(text, "\n# {what}\n{command}");
    let curl = |key: &str, url: &str| format!("curl -sS -H 'Authorization: Bearer {key}' '{url}'");
    line("the newest two encounters", curl(&all, &format!("{base}/encounters?limit=2")))?;
    line("one encounter, one document, its transcript", curl(&all, &format!("{base}/encounters/enc_synthetic_0001")))?;
    writeln!(text, "{}\n{}", curl(&all, &document), curl(&all, &format!("{document}/transcript")))?;
    let mut line = |what: &str, command: String| writeln!(text, "\n# {what}\n{command}");
    let audio = curl(&all, &format!("{document}/audio"));
    line("a signed URL of its recording; and the recording itself, into a file", audio.clone())?;
    writeln!(
        text,
        "curl -sS -o \"${{TMPDIR:-/tmp}}/recording.wav\" \"$({audio} | sed 's/.*\"url\":\"\\([^\"]*\\)\".*/\\1/')\""
    )?;
    let mut line = |what: &str, command: String| writeln!(text, "\n# {what}\n{command}");
    line("403 insufficient_scope", curl(&read, &format!("{document}/audio")))?;
    let theirs = format!("{base}/encounters/enc_synthetic_1001/documents/doc_synthetic_1001/audio");
    line("403 route_not_enabled", curl(&other, &theirs))?;
    line("404: there, but not yours", curl(&all, &format!("{base}/encounters/enc_synthetic_1001")))?;
    line("400 unsupported_filter", curl(&all, &format!("{base}/encounters?patient_id=pat_synthetic_0001")))?;
    line("401 missing_bearer", format!("curl -sS '{base}/encounters'"))?;
    writeln!(text)?;
    Ok(text)
}
