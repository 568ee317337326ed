//! A gateway that runs as a process, in a folder of its own.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use policy_http::KeyFormat;
use policy_store::{KeyTerms, Missing, Store};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder that is removed at its end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("policy-gateway-serve-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Writes a file in place.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    /// Replaces a file by a complete one.
    pub(crate) fn replace(&self, name: &str, text: &str) {
        let next = self.0.join(format!("{name}.next"));
        fs::write(&next, text).unwrap();
        fs::rename(next, self.0.join(name)).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// A key of a new store in this folder.
    pub(crate) fn key(&self, scopes: &[&str]) -> String {
        let url = format!("sqlite:{}", self.0.join("keys.db").display());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::open(&url, KeyFormat::new("acme_sk").unwrap(), Missing::Create).await.unwrap();
            let mut change = store.begin().await.unwrap();
            let key = change.issue_key(&KeyTerms::new().with_scopes(scopes.iter().copied())).await.unwrap();
            change.commit().await.unwrap();
            store.close().await;
            key.reveal()
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A port that nobody listens at. Each is given once.
pub(crate) fn free() -> u16 {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let first = usize::try_from(std::process::id()).unwrap() * 61;
    loop {
        let port = u16::try_from(12_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 8_000).unwrap();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Asks once. `None` if nobody answers.
pub(crate) fn ask(port: u16, target: &str, headers: &[(&str, &str)]) -> Option<Answer> {
    let address: SocketAddr = (Ipv4Addr::LOCALHOST, port).into();
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

/// Waits until something is so.
pub(crate) fn until<T>(what: &str, mut is_so: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = is_so() {
            return found;
        }
        assert!(begin.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(25));
    }
}

/// A gateway that runs.
pub(crate) struct Gateway {
    process: Child,
    pub(crate) listener: u16,
    pub(crate) admin: u16,
}

impl Gateway {
    /// Starts it with a forward-auth listener and an admin listener before `rest` of the configuration, and waits until it is ready.
    pub(crate) fn start(folder: &Folder, rest: &str) -> Self {
        Self::start_edited(folder, rest, |text| text)
    }

    /// The same with a change of the whole configuration.
    pub(crate) fn start_edited(folder: &Folder, rest: &str, edit: impl Fn(String) -> String) -> Self {
        let (listener, admin) = (free(), free());
        folder.write("gateway.toml", &edit(configuration(listener, admin, rest)));
        let process = command(folder).args(["serve", "--config"]).arg(folder.0.join("gateway.toml")).spawn().unwrap();
        let gateway = Self { process, listener, admin };
        until("it is ready", || ask(admin, "/ready", &[]).filter(|answer| answer.status == 200));
        gateway
    }

    /// Asks as a proxy does, and answers the status.
    pub(crate) fn decide(&self, method: &str, target: &str, key: Option<&str>) -> Answer {
        let authorization = key.map(|key| format!("Bearer {key}"));
        let mut headers = vec![
            ("X-Forwarded-Method", method),
            ("X-Forwarded-Uri", target),
            ("X-Forwarded-Host", "api.example.com"),
            ("X-Forwarded-Proto", "https"),
        ];
        headers.extend(authorization.as_deref().map(|value| ("Authorization", value)));
        ask(self.listener, "/", &headers).unwrap()
    }

    pub(crate) fn status(&self, method: &str, target: &str, key: Option<&str>) -> u16 {
        self.decide(method, target, key).status
    }

    pub(crate) fn metrics(&self) -> String {
        ask(self.admin, "/metrics", &[]).unwrap().body
    }

    pub(crate) fn ready(&self) -> Answer {
        ask(self.admin, "/ready", &[]).unwrap()
    }

    /// Waits until a line stands in the metrics.
    pub(crate) fn until_counted(&self, line: &str) {
        until(line, || self.metrics().lines().any(|found| found == line).then_some(()));
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.process.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it by SIGTERM.
    pub(crate) fn end(mut self) -> ExitStatus {
        self.signal("TERM");
        until("it ends", || self.process.try_wait().unwrap())
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn configuration(listener: u16, admin: u16, rest: &str) -> String {
    format!(
        "[[listeners]]\nname = \"edge\"\ndialect = \"forward-auth\"\naddress = \"127.0.0.1:{listener}\"\n\
         [admin]\naddress = \"127.0.0.1:{admin}\"\n{rest}"
    )
}

/// The program, with what it writes where a failed test shows it.
pub(crate) fn command(folder: &Folder) -> Command {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.0.join("stderr")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_policy-gateway"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).env_remove("RUST_LOG");
    command
}

/// What a command prints, and its exit code.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_policy-gateway"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}
