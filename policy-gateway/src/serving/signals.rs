//! The signals that a process gets.

use std::io;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// To read the configuration again.
    Reload,
    /// To end.
    End,
}

/// The signals of this process.
pub(crate) struct Signals {
    #[cfg(unix)]
    hangup: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// Hears them from now on.
    pub(crate) fn new() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let (hangup, terminate) = (signal(SignalKind::hangup())?, signal(SignalKind::terminate())?);
            Ok(Self { hangup, terminate, interrupt: signal(SignalKind::interrupt())? })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Is ready when one asks the process to end.
    pub(crate) async fn end(&mut self) {
        while self.next().await != Signal::End {}
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Signal {
        #[cfg(unix)]
        tokio::select! {
            _ = self.hangup.recv() => Signal::Reload,
            _ = self.terminate.recv() => Signal::End,
            _ = self.interrupt.recv() => Signal::End,
        }
        #[cfg(not(unix))]
        {
            // Where it cannot be heard, nothing else would end the process well either.
            let _ = tokio::signal::ctrl_c().await;
            Signal::End
        }
    }
}
