//! A server of PostgreSQL for tests, of the version that is installed.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "each test uses a part of it, and fails by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// A server of PostgreSQL that ends with the test.
pub(crate) struct Server {
    folder: PathBuf,
    programs: PathBuf,
    running: Option<Child>,
}

impl Server {
    /// A new one, or nothing where PostgreSQL is not installed.
    pub(crate) fn start() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let Some(programs) = programs() else {
            println!("skipped: PostgreSQL (`initdb`) is not installed");
            return None;
        };
        let name = format!("policy-store-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let mut server = Self { folder, programs, running: None };
        if is_root() {
            succeed(Command::new("chown").arg("postgres").arg(&server.folder));
        }
        succeed(
            server
                .command("initdb")
                .args(["--auth=trust", "--username=api", "--no-sync", "--pgdata"])
                .arg(server.data()),
        );
        server.run();
        Some(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// One of PostgreSQL's programs, as a user that it accepts: it refuses to run as root.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Starts it, and waits until it answers.
    pub(crate) fn run(&mut self) {
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < Duration::from_secs(60), "PostgreSQL does not start");
            // After a crash it does not start before the last process of the one before has ended.
            let has_ended = self.running.as_mut().is_none_or(|running| running.try_wait().unwrap().is_some());
            if has_ended {
                let mut command = self.command("postgres");
                command.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
                command.args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"]);
                self.running = Some(command.spawn().unwrap());
            }
            if self.command("pg_isready").arg("-q").arg("-h").arg(&self.folder).status().unwrap().success() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it as a failing machine does: without a word to anybody.
    pub(crate) fn kill(&mut self) {
        let mut running = self.running.take().unwrap();
        running.kill().unwrap();
        running.wait().unwrap();
    }

    /// Stops its processes, as a machine does that hangs: connections stay open, and nothing answers.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets them go on.
    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let server = self.running.as_ref().unwrap().id();
        let children = fs::read_to_string(format!("/proc/{server}/task/{server}/children")).unwrap();
        succeed(Command::new("kill").arg(signal).arg(server.to_string()).args(children.split_whitespace()));
    }

    /// The URL of a database of this server.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://api@localhost/{database}?host={}", self.folder.display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            // Processes that a failed test left stopped would never end.
            let children = format!("/proc/{0}/task/{0}/children", running.id());
            let children = fs::read_to_string(children).unwrap_or_default();
            let _ = Command::new("kill")
                .arg("-CONT")
                .arg(running.id().to_string())
                .args(children.split_whitespace())
                .stderr(Stdio::null())
                .status();
            self.kill();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

/// Where PostgreSQL's programs are. Debian keeps them out of the path.
fn programs() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = installed.map(|version| version.path().join("bin")).collect();
    folders.extend(env::split_paths(&path));
    folders
        .into_iter()
        .find(|folder| ["initdb", "postgres", "pg_isready"].iter().all(|name| is_program(&folder.join(name))))
}

fn is_program(path: &Path) -> bool {
    path.is_file()
}

fn succeed(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}
