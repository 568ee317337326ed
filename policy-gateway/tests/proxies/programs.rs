//! Starts the real proxies with the configurations of `docs/gateway`.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use conformance::Request;

/// A proxy, as `docs/gateway` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proxy {
    EnvoyGrpc,
    EnvoyHttp,
    Traefik,
    Caddy,
    Nginx,
}

pub(crate) const ALL: [Proxy; 5] = [Proxy::EnvoyGrpc, Proxy::EnvoyHttp, Proxy::Traefik, Proxy::Caddy, Proxy::Nginx];

/// Who listens where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) proxy: u16,
    pub(crate) service: u16,
    pub(crate) authorizer: u16,
}

impl Ports {
    /// Three that nobody listens at. They are below those that the system gives to connections, and each is given once.
    pub(crate) fn free() -> Self {
        Self { proxy: free(), service: free(), authorizer: free() }
    }

    pub(crate) fn proxy(self) -> SocketAddr {
        local(self.proxy)
    }

    pub(crate) fn service(self) -> SocketAddr {
        local(self.service)
    }

    pub(crate) fn authorizer(self) -> SocketAddr {
        local(self.authorizer)
    }

    /// A ready configuration with these ports in place of those that it has.
    pub(crate) fn fill(self, text: &str) -> String {
        let ports = [("8080", self.proxy), ("9000", self.service), ("9191", self.authorizer)];
        ports.iter().fold(text.to_owned(), |text, (known, port)| text.replace(known, &port.to_string()))
    }
}

/// A port that nobody listens at.
pub(crate) fn free() -> u16 {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let first = usize::try_from(std::process::id()).unwrap() * 101;
    loop {
        let port = 20_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        let port = u16::try_from(port).unwrap();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// Listens at an address that was free. A program that is just being started by another thread may hold the socket that found it so, until
/// it runs.
pub(crate) fn listen(address: impl Into<SocketAddr>) -> TcpListener {
    let address = address.into();
    let began = Instant::now();
    loop {
        match TcpListener::bind(address) {
            Ok(listener) => return listener,
            Err(error) => assert!(began.elapsed() < Duration::from_secs(2), "{address}: {error}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// The folder that `install` made, where it is there. What is skipped is said.
pub(crate) fn programs() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::var_os("POLICY_GATEWAY_PROXIES").map_or_else(|| root.join("target/proxies"), PathBuf::from);
    let programs = folder.join("programs");
    if programs.join("nginx").exists() {
        return Some(programs);
    }
    eprintln!(
        "SKIPPED: the proxies are not installed in {}. Run policy-gateway/tests/proxies/install, or set POLICY_GATEWAY_PROXIES",
        folder.display()
    );
    None
}

/// A folder that is removed at its end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("policy-gateway-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program that is ended at its end.
pub(crate) struct Running {
    child: Child,
    _folder: Option<Folder>,
}

impl Running {
    /// Starts it, and waits until it listens at the address.
    pub(crate) fn start(mut command: Command, address: SocketAddr, folder: Option<Folder>) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let mut running = Self { child, _folder: folder };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = running.child.try_wait().unwrap() {
                panic!("{command:?} ended before it listened: {status}");
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{command:?} does not listen at {address}");
            std::thread::sleep(Duration::from_millis(20));
        }
        running
    }
}

impl Running {
    /// The same, with a folder that is removed when it has ended.
    pub(crate) fn keep(mut self, folder: Folder) -> Self {
        self._folder = Some(folder);
        self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // nginx has a worker, which ends with its master where that is asked and not killed.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(3) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Proxy {
    /// Its folder in `docs/gateway`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EnvoyGrpc => "envoy-grpc",
            Self::EnvoyHttp => "envoy-http",
            Self::Traefik => "traefik",
            Self::Caddy => "caddy",
            Self::Nginx => "nginx",
        }
    }

    /// The word for its dialect, in `gateway.toml` and for the doctor.
    pub(crate) fn dialect(self) -> &'static str {
        match self {
            Self::Traefik | Self::Caddy => "forward-auth",
            other => other.name(),
        }
    }

    /// Starts it with its ready configuration, in which `edits` replace text. Each must be found.
    pub(crate) fn start(self, programs: &Path, ports: Ports, edits: &[(&str, &str)]) -> Running {
        let ready = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/gateway").join(self.name());
        let folder = Folder::new();
        let mut missing: Vec<&str> = edits.iter().map(|(from, _)| *from).collect();
        for entry in fs::read_dir(&ready).unwrap() {
            let entry = entry.unwrap();
            let mut text = fs::read_to_string(entry.path()).unwrap();
            for (from, to) in edits {
                missing.retain(|edit| edit != from || !text.contains(from));
                text = text.replace(from, to);
            }
            fs::write(folder.path().join(entry.file_name()), ports.fill(&text)).unwrap();
        }
        assert!(missing.is_empty(), "the ready configuration of {} has no {missing:?}", self.name());
        let mut command = match self {
            Self::EnvoyGrpc | Self::EnvoyHttp => {
                let mut envoy = Command::new(programs.join("envoy"));
                envoy.args(["-c", "envoy.yaml", "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]);
                envoy
            }
            Self::Traefik => {
                let mut traefik = Command::new(programs.join("traefik"));
                traefik.arg("--configFile=traefik.yaml");
                traefik
            }
            Self::Caddy => {
                let mut caddy = Command::new(programs.join("caddy"));
                caddy.args(["run", "--config", "Caddyfile", "--adapter", "caddyfile"]).stderr(Stdio::null());
                caddy
            }
            Self::Nginx => {
                let mut nginx = Command::new(programs.join("nginx"));
                let prefix = format!("{}/", folder.path().display());
                nginx.args(["-p", &prefix, "-c", "nginx.conf", "-g", "daemon off;"]);
                nginx
            }
        };
        command.current_dir(folder.path()).env("HOME", folder.path());
        let running = Running::start(command, ports.proxy(), Some(folder));
        // Traefik listens before it has its routes, and answers 404 until then. Nobody else does: the authorizer is not there yet.
        let probe = Request { bytes: b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), ..Request::default() };
        let began = Instant::now();
        while self == Self::Traefik && probe.send(ports.proxy()).1 == "404 page not found\n" {
            assert!(began.elapsed() < Duration::from_secs(30), "Traefik has no routes");
            std::thread::sleep(Duration::from_millis(20));
        }
        running
    }
}
