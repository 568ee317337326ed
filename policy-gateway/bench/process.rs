//! The gateway as a process, in a folder of its own.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A folder that is removed at its end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("gateway-bench-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file in the folder at once: readers see the old one or the new one.
    pub(crate) fn replace(&self, name: &str, text: &str) {
        let beside = self.0.join(format!(".{name}.new"));
        fs::write(&beside, text).unwrap();
        fs::rename(beside, self.0.join(name)).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running program, which ends with this value.
pub(crate) struct Process {
    child: Child,
    /// From its start until it listened.
    pub(crate) started: Duration,
}

impl Process {
    /// Starts it, and waits until it listens at the address.
    pub(crate) fn start(mut command: Command, address: SocketAddr) -> Self {
        let began = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let mut process = Self { child, started: Duration::ZERO };
        while TcpStream::connect(address).is_err() {
            if let Some(status) = process.child.try_wait().unwrap() {
                let folder = command.get_current_dir().unwrap_or(Path::new("."));
                let said = fs::read_to_string(folder.join("stderr")).unwrap_or_default();
                panic!("{command:?} ended before it listened: {status}\n{said}");
            }
            assert!(began.elapsed() < Duration::from_secs(300), "{command:?} does not listen at {address}");
            std::thread::sleep(Duration::from_millis(2));
        }
        process.started = began.elapsed();
        process
    }

    /// The gateway, with the `gateway.toml` of the folder.
    pub(crate) fn gateway(folder: &Folder, address: SocketAddr) -> Self {
        Self::gateway_under("", folder, address)
    }

    /// The gateway, run by another program.
    pub(crate) fn gateway_under(program: &str, folder: &Folder, address: SocketAddr) -> Self {
        let mut gateway = under(program, Path::new(env!("CARGO_BIN_EXE_policy-gateway")));
        gateway.arg("serve").current_dir(folder.path());
        let errors = fs::File::create(folder.path().join("stderr")).unwrap();
        Self::start(
            {
                gateway.stderr(errors);
                gateway
            },
            address,
        )
    }

    /// The memory that it has in use, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kilobytes.unwrap_or(0) * 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(15) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program that is run by another one, as `valgrind --tool=callgrind`, or by itself where that is empty.
pub(crate) fn under(program: &str, run: &Path) -> Command {
    let mut words = program.split_whitespace();
    let Some(first) = words.next() else { return Command::new(run) };
    let mut command = Command::new(first);
    command.args(words).arg(run);
    command
}

/// An address that nobody listens at, below those that the system gives to connections.
pub(crate) fn free() -> SocketAddr {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let first = usize::try_from(std::process::id()).unwrap() * 103;
    loop {
        let port = 20_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, u16::try_from(port).unwrap()));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
