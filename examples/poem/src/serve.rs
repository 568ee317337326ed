//! The service on a socket, with a bound on what a client can hold.
//!
//! poem's server closes idle connections, and has no other bound. Half a request holds its connection and a descriptor for ever, and a
//! thousand such connections stop the process. So this file has an acceptor with bounds.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use poem::listener::{Acceptor, TcpAcceptor};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{IntoEndpoint, Server};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

/// How many connections may be open at once: fewer than the descriptors of the process (`ulimit -n`). Further ones wait.
const CONNECTIONS: usize = 512;
/// The time that a connection may be idle.
const IDLE: Duration = Duration::from_secs(5);
/// The greatest age of a connection. It bounds heads that arrive slowly, slow bodies, slow handlers and slow readers. Raise it if answers
/// stream.
const CONNECTION: Duration = Duration::from_secs(15);
/// The time for running requests to end, once the service is asked to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// The pause after a failed `accept`. It fails until descriptors are free again.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Serves until `stop` is ready, and then lets running requests end.
///
/// # Errors
/// The listener has no address.
pub async fn serve<E>(listener: TcpListener, app: E, stop: impl Future<Output = ()>) -> Result<()>
where
    E: IntoEndpoint,
    E::Endpoint: 'static,
{
    let acceptor = Bounded { inner: TcpAcceptor::from_tokio(listener)?, places: Arc::new(Semaphore::new(CONNECTIONS)) };
    Server::new_with_acceptor(acceptor).idle_timeout(IDLE).run_with_graceful_shutdown(app, stop, Some(DRAIN)).await
}

/// Accepts connections up to their greatest number.
struct Bounded {
    inner: TcpAcceptor,
    places: Arc<Semaphore>,
}

impl Acceptor for Bounded {
    type Io = Connection;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.inner.local_addr()
    }

    async fn accept(&mut self) -> Result<(Connection, LocalAddr, RemoteAddr, poem::http::uri::Scheme)> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(Error::other)?;
        match self.inner.accept().await {
            Ok((stream, local, remote, scheme)) => {
                let connection = Connection { stream, end: Box::pin(sleep(CONNECTION)), _place: place };
                Ok((connection, local, remote, scheme))
            }
            // Without the pause, poem would try again at once.
            Err(error) => {
                sleep(ACCEPT_AGAIN).await;
                Err(error)
            }
        }
    }
}

/// A connection with a greatest age. After that, reading and writing fail.
struct Connection {
    stream: TcpStream,
    end: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    fn in_time(&mut self, context: &mut Context<'_>) -> Result<()> {
        match self.end.as_mut().poll(context) {
            Poll::Ready(()) => Err(Error::from(ErrorKind::TimedOut)),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        self.in_time(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        self.in_time(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.in_time(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        self.in_time(context)?;
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }
}
