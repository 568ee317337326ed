//! The servers that an adapter starts for the corpus.

use std::net::{SocketAddr, TcpListener};

/// One server under test. Each has a guard with [`Keys`](crate::Keys), [`enablement`](crate::enablement) and
/// [`options`](crate::options), the handlers of [`all_handlers!`](crate::all_handlers), `head::<GetItem>()`, and an
/// unguarded `GET /healthz` that answers `well`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// The policy `enablement_first`.
    Plain,
    /// The policy `scopes_first`.
    ScopesFirst,
    /// `enablement_first`, all of it nested below `/gateway` with the framework's own means.
    Nested,
    /// `enablement_first`. Afterwards two handlers are added without the guard: `list_items` as `GET /late/items`, and `get_item` as
    /// `GET /merged/{id}` by a router, scope or service that is merged in.
    Late,
    /// `enablement_first`, but `list_items` takes its permit and then passes the unchanged request to `get_mine`.
    Reused,
}

/// Runs a server on a thread of its own, with a listener on loopback, for as long as the process lives.
///
/// # Panics
/// Loopback cannot be listened on.
#[expect(clippy::expect_used, reason = "a test without a socket cannot run")]
pub fn on_a_thread(serve: impl FnOnce(TcpListener) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback can be listened on");
    let address = listener.local_addr().expect("a bound socket has an address");
    listener.set_nonblocking(true).expect("a socket can be made nonblocking");
    std::thread::spawn(move || serve(listener));
    address
}
