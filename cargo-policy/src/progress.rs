//! A line on the terminal for work that takes over a second.

use std::io::{IsTerminal, Write as _, stderr};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Does the work. After a second, a line on standard error says what is being done, and for how long. It is removed when the work is
/// done. If standard error is no terminal, nothing is written.
pub(crate) fn during<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let told = stderr().is_terminal().then(|| Told::start(what.to_owned()));
    let result = work();
    drop(told);
    result
}

struct Told {
    done: Option<Sender<()>>,
    teller: Option<JoinHandle<()>>,
}

impl Told {
    fn start(what: String) -> Self {
        let (done, finished) = channel::<()>();
        let start = Instant::now();
        let teller = std::thread::spawn(move || {
            let mut shown = false;
            while matches!(finished.recv_timeout(Duration::from_secs(1)), Err(RecvTimeoutError::Timeout)) {
                let _ = write!(stderr(), "\r{what} … {} s", start.elapsed().as_secs());
                shown = true;
            }
            if shown {
                let _ = write!(stderr(), "\r\x1b[K");
            }
        });
        Self { done: Some(done), teller: Some(teller) }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(teller) = self.teller.take() {
            let _ = teller.join();
        }
    }
}
