//! `policy-gateway demo`: a gateway before a small service, to see what it does.
//!
//! Everything listens on this machine, and ends with the process: the service, the gateway with two keys in memory, and the proxy between
//! them. The proxy is Envoy where it is found. Otherwise it is `proxy`, a small one that asks by forward-auth as Traefik does.

mod envoy;
mod gateway;
mod proxy;
mod service;

use std::fmt;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use self::envoy::Envoy;
use self::gateway::Keys;

/// Why the demonstration does not start.
#[derive(Debug)]
pub struct DemoError(String);

impl fmt::Display for DemoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DemoError {}

impl DemoError {
    fn of(what: &str, error: &dyn fmt::Display) -> Self {
        Self(format!("{what}: {error}"))
    }
}

/// Runs the demonstration until Ctrl-C or SIGTERM. `print` gets what there is to read.
///
/// # Errors
/// [`DemoError`]: the address is taken, say.
pub async fn run(listen: SocketAddr, look_for_envoy: bool, print: impl Fn(&str)) -> Result<(), DemoError> {
    let signals = crate::serving::ending().map_err(|error| DemoError::of("signals cannot be heard", &error))?;
    let service = local().await?;
    let service_address = address(&service)?;
    let _service = Aborted(tokio::spawn(service::serve(service)));
    let found = if look_for_envoy { envoy::find() } else { None };
    let gateway = gateway::start(found.is_some()).await?;
    let (proxy, mut envoy) = match found {
        Some(program) => {
            let envoy = Envoy::start(&program, listen, service_address, gateway.address).await?;
            (Proxy::Envoy(envoy.address), Some(envoy))
        }
        None => {
            let listener = TcpListener::bind(listen).await;
            let listener =
                listener.map_err(|error| DemoError::of(&format!("`{listen}` cannot be listened at"), &error))?;
            let at = address(&listener)?;
            let task = tokio::spawn(proxy::serve(listener, service_address, gateway.address));
            (Proxy::Own(at, Aborted(task)), None)
        }
    };
    print(&page(&proxy, &gateway.keys, gateway.address, service_address));
    tokio::select! {
        () = signals => {}
        status = ended(envoy.as_mut()) => return Err(DemoError(format!("Envoy ended: {status}"))),
    }
    if let Some(envoy) = envoy {
        envoy.end().await;
    }
    gateway.end().await;
    Ok(())
}

/// The proxy between client and service.
enum Proxy {
    Envoy(SocketAddr),
    Own(SocketAddr, #[expect(dead_code, reason = "it is kept until the end")] Aborted),
}

/// A task that ends with whoever keeps it.
struct Aborted(tokio::task::JoinHandle<()>);

impl Drop for Aborted {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn ended(envoy: Option<&mut Envoy>) -> String {
    match envoy {
        Some(envoy) => envoy.ended().await,
        None => std::future::pending().await,
    }
}

async fn local() -> Result<TcpListener, DemoError> {
    let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await;
    listener.map_err(|error| DemoError::of("no port of this machine can be listened at", &error))
}

fn address(listener: &TcpListener) -> Result<SocketAddr, DemoError> {
    listener.local_addr().map_err(|error| DemoError::of("a port has no number", &error))
}

/// What there is to read: the parts, and requests to try, each with the status of its answer.
fn page(proxy: &Proxy, keys: &Keys, gateway: SocketAddr, service: SocketAddr) -> String {
    let (at, which, dialect) = match proxy {
        Proxy::Envoy(at) => (at, "Envoy", "envoy-grpc"),
        Proxy::Own(at, _) => (at, "a small proxy of its own (Envoy was not found)", "forward-auth"),
    };
    let (reader, writer) = (&keys.reader, &keys.writer);
    format!(
        "client ──▶ {which}, {at} ──▶ service, {service}
                  │ asks
                  ▼
           policy-gateway, {gateway}, {dialect}

The document says: anybody may GET /health; GET /notes and GET /notes/{{id}} need notes:read; POST /notes needs notes:write too.
Two keys live as long as this process: one with notes:read, one with both scopes.

# 200: anybody may
curl -si http://{at}/health
# 401: no key
curl -si http://{at}/notes
# 200: the service is told who calls, and a client's own X-Subject never arrives
curl -si -H 'X-Subject: mallory' -H 'Authorization: Bearer {reader}' http://{at}/notes
# 403: the key lacks notes:write
curl -si -X POST -H 'Authorization: Bearer {reader}' http://{at}/notes
# 201
curl -si -X POST -H 'Authorization: Bearer {writer}' http://{at}/notes
# 400: the document has no such query parameter
curl -si -H 'Authorization: Bearer {reader}' 'http://{at}/notes?admin=1'
# 405: the document has no DELETE there
curl -si -X DELETE -H 'Authorization: Bearer {writer}' http://{at}/notes
# 404: the path is decided as it was sent, and never made to fit
curl -si --path-as-is -H 'Authorization: Bearer {writer}' http://{at}/health/../notes

Ctrl-C ends everything.
"
    )
}
