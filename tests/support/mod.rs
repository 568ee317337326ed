//! The product from the outside: its program, its database file and raw HTTP over loopback.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use charthero_api::policy::POLICY;
use charthero_api::store::Store;
use policy_http::NewKey;
use policy_store::KeyTerms;

#[path = "../../policy-store/tests/store/server.rs"]
pub(crate) mod postgres;

/// A folder that is removed with everything in it, and the URL of a database.
pub(crate) struct Folder(PathBuf, String);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("charthero-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        let database = format!("sqlite:{}", path.join("api.db").display());
        Self(path, database)
    }

    /// A folder for a database that is elsewhere.
    pub(crate) fn on(database: String) -> Self {
        let mut folder = Self::new();
        folder.1 = database;
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> String {
        self.1.clone()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Issues a key from within this process.
pub(crate) async fn issue(store: &Store, terms: &KeyTerms) -> NewKey {
    let mut change = store.partners().begin().await.unwrap();
    let key = change.issue_key(terms).await.unwrap();
    change.commit().await.unwrap();
    key
}

/// The names of every scope.
pub(crate) fn every_scope() -> impl Iterator<Item = &'static str> {
    POLICY.scopes().map(|scope| scope.name())
}

/// Runs the program to its end.
pub(crate) fn run(folder: &Folder, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_charthero-api"))
        .args(arguments)
        .args(["--database", &folder.database()])
        .current_dir(folder.path())
        .output()
        .unwrap()
}

/// Runs the program, which must succeed, and gives its standard output.
pub(crate) fn succeed(folder: &Folder, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// Runs the program, which must fail with an error for people, and gives that.
pub(crate) fn fail(folder: &Folder, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{arguments:?} succeeded");
    assert!(output.stdout.is_empty(), "{arguments:?} printed {:?}", String::from_utf8_lossy(&output.stdout));
    assert!(!error.contains("panicked"), "{error}");
    error
}

/// The running server. It is asked to end when this is dropped.
pub(crate) struct Server {
    child: Child,
    address: String,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(folder: &Folder) -> Self {
        Self::with(folder, &["serve", "--listen", "127.0.0.1:0", "--database", &folder.database()])
    }

    pub(crate) fn with(folder: &Folder, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_charthero-api"));
        command.args(arguments);
        Self::of(folder, command)
    }

    /// The server, with so many descriptors and no more.
    pub(crate) fn with_descriptors(folder: &Folder, descriptors: u32) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -n {descriptors} && exec \"$0\" \"$@\"")]);
        command.args([env!("CARGO_BIN_EXE_charthero-api"), "serve", "--listen", "127.0.0.1:0"]);
        command.args(["--database", &folder.database()]);
        Self::of(folder, command)
    }

    fn of(folder: &Folder, mut command: Command) -> Self {
        let mut child =
            command.current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut address = None;
        for line in lines.by_ref().map_while(Result::ok) {
            let line = plain(&line);
            log.lock().unwrap().push_str(&format!("{line}\n"));
            if let Some((_, rest)) = line.split_once("serving address=") {
                address = rest.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':')).next().map(str::to_owned);
                break;
            }
        }
        let shared = Arc::clone(&log);
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                shared.lock().unwrap().push_str(&format!("{}\n", plain(&line)));
            }
        });
        let address = address.unwrap_or_else(|| panic!("the server did not start: {}", log.lock().unwrap()));
        Self { child, address, log, reader: Some(reader) }
    }

    /// Everything that the server logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Ends it as a failing machine does: without a word to it.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What the server printed for its operator, once it has ended.
    pub(crate) fn stop(mut self) -> (bool, String, String) {
        self.terminate();
        let status = self.child.wait().unwrap();
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        let mut printed = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        (status.success(), printed, self.log())
    }

    fn terminate(&self) {
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
    }

    /// Sends one request and reads the answer to its end.
    pub(crate) fn send(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        Answer::read(&bytes)
    }

    /// The log's line of the decision that came after the first `before` ones; the log arrives behind the answer.
    pub(crate) fn decision_after(&self, before: usize) -> String {
        for _ in 0..500 {
            if let Some(line) = self.decisions().get(before) {
                return line.clone();
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("no decision was logged: {}", self.log());
    }

    pub(crate) fn decisions(&self) -> Vec<String> {
        self.log().lines().filter(|line| line.contains(" decision=")).map(str::to_owned).collect()
    }

    pub(crate) fn get(&self, target: &str, key: Option<&str>) -> Answer {
        match key {
            Some(key) => self.send("GET", target, &[("Authorization", &format!("Bearer {key}"))]),
            None => self.send("GET", target, &[]),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.terminate();
            let _ = self.child.wait();
        }
    }
}

/// Without the colours of a log line.
fn plain(line: &str) -> String {
    let mut plain = String::new();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain
}

/// An answer, as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no HTTP answer: {text:?}"));
        let mut lines = head.lines();
        let status =
            lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok()).unwrap();
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self { status, headers, body: body.to_owned() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn reason_code(&self) -> String {
        self.json()["reason_code"].as_str().unwrap_or_default().to_owned()
    }

    /// Without what differs between any two answers.
    pub(crate) fn comparable(mut self) -> Self {
        self.headers.retain(|(name, _)| name != "date");
        self
    }
}
