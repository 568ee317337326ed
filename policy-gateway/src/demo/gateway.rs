//! The gateway of the demonstration: a document that is part of the program, and two keys in memory.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use http::HeaderName;
use policy_http::run_time::{Gate, Options, Policy};
use policy_http::{ApiKeys, EnableAll, KeyFormat, MemoryKeys, StoredKey};
use policy_spec::{Engine, Settings};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::DemoError;
use crate::authorizer::{Authorizer, IdentityHeaders, PolicyEntry, PolicySet};
use crate::dialects::{Dialect, EnvoyGrpc, ForwardAuth};
use crate::listener::{Address, Listener, ListenerSettings};

const DOCUMENT: &str = include_str!("openapi.yaml");

/// The keys, as their owners have them.
pub(super) struct Keys {
    pub(super) reader: String,
    pub(super) writer: String,
}

/// A gateway that runs.
pub(super) struct Gateway {
    pub(super) address: SocketAddr,
    pub(super) keys: Keys,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Gateway {
    /// Ends once what is in flight is answered.
    pub(super) async fn end(self) {
        drop(self.stop);
        // The task cannot be cancelled, and says nothing.
        let _ = self.task.await;
    }
}

/// Starts the gateway.
pub(super) async fn start(for_envoy: bool) -> Result<Gateway, DemoError> {
    let (set, keys) = policies()?;
    let dialect =
        if for_envoy { Dialect::EnvoyGrpc(EnvoyGrpc::default()) } else { Dialect::ForwardAuth(ForwardAuth::default()) };
    let address = Address::Tcp((Ipv4Addr::LOCALHOST, 0).into());
    let listener = Listener::bind(ListenerSettings::new("demo", address, dialect)).await;
    let listener = listener.map_err(|error| DemoError::of("the gateway cannot listen", &error))?;
    let Address::Tcp(address) = listener.local_address() else {
        return Err(DemoError("the gateway has no port".to_owned()));
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let authorizer = Arc::new(Authorizer::new(set));
    let task = tokio::spawn(async move {
        // The channel has no message: it is closed when the demonstration ends.
        listener.serve(authorizer, async move { drop(stopped.await) }).await;
    });
    Ok(Gateway { address, keys, stop, task })
}

fn policies() -> Result<(PolicySet, Keys), DemoError> {
    let loaded = policy_spec::read("openapi.yaml", DOCUMENT.as_bytes(), &Settings::default());
    let model = loaded.model.as_ref().ok_or_else(|| DemoError(loaded.render(false)))?;
    let engine = Engine::new(model).map_err(|error| DemoError::of("the document cannot be served", &error))?;
    let engine = Arc::new(engine);
    let format = KeyFormat::new("demo").map_err(|error| DemoError::of("keys have no form", &error))?;
    let memory = MemoryKeys::new();
    let issue = |subject: &str, scopes: &str| {
        let key = format.generate().map_err(|error| DemoError::of("no key can be made", &error))?;
        let stored = StoredKey::new(key.secret_hash()).with_subject(subject).with_tenant("demo").with_scopes(scopes);
        memory.insert(key.id(), stored);
        Ok::<_, DemoError>(key.reveal())
    };
    let keys = Keys { reader: issue("reader", "notes:read")?, writer: issue("writer", "notes:read notes:write")? };
    let policy =
        Policy::new(engine.shared_policy(), &engine.served().base_path, &model.fingerprint()).with_name("notes");
    let gate = Gate::new(policy, Arc::new(EnableAll), Options::new().realm("notes"));
    let gate = gate.authenticator("ApiKey", Arc::new(ApiKeys::new(format, memory)));
    let gate = gate.map_err(|error| DemoError::of("the document has no scheme `ApiKey`", &error))?;
    let identity = IdentityHeaders {
        subject: Some(HeaderName::from_static("x-subject")),
        client: Some(HeaderName::from_static("x-client")),
        tenant: Some(HeaderName::from_static("x-tenant")),
        scopes: Some(HeaderName::from_static("x-scopes")),
        operation: Some(HeaderName::from_static("x-operation")),
    };
    let entry = PolicyEntry::new("notes", engine, gate)
        .with_identity(identity)
        .with_removed_headers(vec![http::header::AUTHORIZATION]);
    let set = PolicySet::new(vec![entry]).map_err(|error| DemoError::of("the document cannot be in force", &error))?;
    Ok((set, keys))
}
