//! Ports and Unix sockets.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy_gateway::dialects::{Dialect, ForwardAuth};
use policy_gateway::listener::{Address, BindError, Ended, Listener, ListenerSettings, serve};
use tokio::net::UnixStream;

use crate::raw::ask_on;
use crate::script::{Running, Script, allow, on_loopback};

const FORWARD: &str = "GET / HTTP/1.1\nHost: a\nX-Forwarded-Method: GET\nX-Forwarded-Uri: /a\nX-Forwarded-Host: a\nX-Forwarded-Proto: https";

/// A folder that is removed with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("gateway-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn names(&self) -> Vec<String> {
        let names = std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn on(path: &Path, mode: u32) -> ListenerSettings {
    let address = Address::Unix { path: path.to_owned(), mode };
    ListenerSettings { address, ..on_loopback(Dialect::ForwardAuth(ForwardAuth::default())) }
}

async fn is_allowed(path: &Path) -> bool {
    ask_on(&mut UnixStream::connect(path).await.unwrap(), FORWARD).await.status == 200
}

#[tokio::test]
async fn a_unix_socket_has_its_permissions_and_is_removed_at_the_end() {
    let folder = Folder::new("mode");
    for mode in [0o600, 0o660, 0o666] {
        let path = folder.0.join("socket");
        let running = Running::with(on(&path, mode), allow()).await;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
        assert_eq!(running.address, Address::Unix { path: path.clone(), mode });
        assert!(is_allowed(&path).await);
        assert_eq!(folder.names(), ["socket"]);
        assert_eq!(running.ended().await, Ended::Drained);
        assert_eq!(folder.names(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_stale_socket_is_replaced_and_nothing_else_is() {
    let folder = Folder::new("stale");
    let path = folder.0.join("socket");
    // A process that was killed leaves its socket behind, under either name.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    drop(std::os::unix::net::UnixListener::bind(folder.0.join("socket~")).unwrap());
    let running = Running::with(on(&path, 0o600), allow()).await;
    assert!(is_allowed(&path).await);
    assert_eq!(folder.names(), ["socket"]);

    let taken = Listener::bind(on(&path, 0o600)).await.err().unwrap();
    assert!(matches!(&taken, BindError::Taken(at) if *at == path), "{taken}");
    assert!(taken.to_string().starts_with("another process listens on `"));
    assert!(is_allowed(&path).await, "the other one goes on");

    // What another process has put there meanwhile is not removed.
    std::fs::rename(&path, folder.0.join("moved")).unwrap();
    let next = Running::with(on(&path, 0o600), allow()).await;
    running.ended().await;
    assert!(is_allowed(&path).await);
    next.ended().await;

    let file = folder.0.join("file");
    std::fs::write(&file, "notes").unwrap();
    let no_socket = Listener::bind(on(&file, 0o600)).await.err().unwrap();
    assert!(matches!(no_socket, BindError::NoSocket(_)), "{no_socket}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "notes");

    let nowhere = Listener::bind(on(&folder.0.join("no/folder/socket"), 0o600)).await.err().unwrap();
    assert!(matches!(nowhere, BindError::System { .. }), "{nowhere}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let running = Running::of(Dialect::ForwardAuth(ForwardAuth::default()), allow()).await;
    let mut settings = on_loopback(Dialect::ForwardAuth(ForwardAuth::default()));
    settings.address = running.address.clone();
    let error = serve(settings, Arc::clone(&running.script), async {}).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("`{}` could not be opened: ", running.port())), "{error}");
}

#[tokio::test]
async fn a_listener_that_is_told_to_end_at_once_ends() {
    let settings = on_loopback(Dialect::ForwardAuth(ForwardAuth::default()));
    assert_eq!(serve(settings, Script::new(allow()), async {}).await.unwrap(), Ended::Drained);
}
