//! Accepts connections, and ends well.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::bind::Socket;
use super::connection::{self, Room, Shared};
use super::{Address, BindError, Decides, ListenerSettings, Refusal, threads};
use crate::dialects::tell;

/// The pause after an `accept` that failed because there are no descriptors. The error repeats until a connection is closed.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);
/// The connections beyond the limit that get a denial at the same time. One more is closed.
const DENIED_AT_ONCE: usize = 64;

/// Whether every sub-request ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every sub-request had its answer.
    Drained,
    /// So many connections were cut off when the time for sub-requests in flight was over.
    CutOff(usize),
}

/// A listener whose socket is open.
pub struct Listener {
    settings: ListenerSettings,
    socket: Socket,
}

impl Listener {
    /// Opens the socket. From here on, connections wait until [`serve`](Self::serve) takes them.
    ///
    /// # Errors
    /// The settings have faults, or the system refuses the address.
    pub async fn bind(settings: ListenerSettings) -> Result<Self, BindError> {
        let faults = settings.faults();
        if !faults.is_empty() {
            return Err(BindError::Settings(faults));
        }
        let socket = Socket::open(&settings.address).await?;
        Ok(Self { settings, socket })
    }

    /// Where it listens, with the port that the system chose.
    #[must_use]
    pub fn local_address(&self) -> Address {
        self.socket.address(&self.settings.address)
    }

    /// Answers until `stop` is ready. Then no connection is accepted any more, silent ones are closed, and sub-requests in flight have the
    /// time of `limits.drain`.
    ///
    /// Errors of single connections do not end it, nor does a lack of descriptors.
    pub async fn serve<D: Decides>(self, decides: Arc<D>, stop: impl Future<Output = ()>) -> Ended {
        let Self { settings, socket } = self;
        let (limits, drain) = (settings.limits.clone(), watch::Sender::new(()));
        let places = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
        let beyond = Arc::new(Semaphore::new(DENIED_AT_ONCE));
        let shared = Arc::new(Shared::new(settings, decides));
        let mut connections = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = socket.accept() => accepted,
                Some(_) = connections.join_next() => continue,
                () = stop.as_mut() => break,
            };
            let stream = match accepted {
                Ok(stream) => stream,
                Err(error) if is_of_the_connection(&error) => continue,
                Err(error) => {
                    let listener = &shared.settings.name;
                    tracing::warn!(target: "policy_gateway", listener, %error, "no connection could be accepted");
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                    continue;
                }
            };
            let place = Arc::clone(&places).try_acquire_owned().map(|place| (place, Room::Taken));
            let place = place.or_else(|_| Arc::clone(&beyond).try_acquire_owned().map(|place| (place, Room::None)));
            let Ok((place, room)) = place else {
                tell(&*shared.decides, &shared.settings.name, Refusal::Overloaded);
                continue;
            };
            let (shared, draining) = (Arc::clone(&shared), drain.subscribe());
            let serving = async move {
                connection::serve(shared, stream, room, draining).await;
                drop(place);
            };
            connections.spawn_on(serving, &threads::least_busy());
        }
        drop(socket);
        drain.send_replace(());
        let drained = async { while connections.join_next().await.is_some() {} };
        match tokio::time::timeout(limits.drain, drained).await {
            Ok(()) => Ended::Drained,
            Err(_) => Ended::CutOff(connections.len()),
        }
    }
}

/// Opens a listener, and answers until `stop` is ready.
///
/// # Errors
/// The settings have faults, or the system refuses the address.
pub async fn serve<D: Decides>(
    settings: ListenerSettings,
    decides: Arc<D>,
    stop: impl Future<Output = ()>,
) -> Result<Ended, BindError> {
    Ok(Listener::bind(settings).await?.serve(decides, stop).await)
}

/// Whether an error of `accept` only says that the asker is gone. Then nothing is wrong on this side.
fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
