//! Makes the entry of one policy: who authenticates, what is enabled, and which requests it is for.

use std::sync::Arc;
use std::time::Duration;

use policy_http::run_time::{self, Authenticator, DecisionLog, Gate, Options, Policy, RunTime, Shadow};
use policy_http::{EnableAll, StoredEnablement};
use policy_spec::{Engine, likely};

use super::Mode;
use super::document::Document;
use super::issuers::{self, Clients};
use super::refusal::Faults;
use super::stores::{Callers, Stores};
use crate::authorizer::{self, IdentityHeaders, Limits, Selection};
use crate::configuration::{At, By, Configuration, Enablement, IdentityEntry, PolicyEntry, ShadowEntry};

/// For how many organizations is kept what is enabled, and for how long. The store says when it changes.
const ORGANIZATIONS: usize = 10_000;
const KEPT_FOR: Duration = Duration::from_secs(30);

/// What is shared by all policies.
pub(super) struct With<'l> {
    pub(super) configuration: &'l Configuration,
    pub(super) mode: Mode,
    pub(super) stores: &'l Stores,
    pub(super) log: &'l [Arc<dyn DecisionLog>],
}

/// The entry of a policy. `None` where something is wrong with it, which is among the faults.
pub(super) async fn entry(
    entry: &PolicyEntry,
    document: &Document,
    with: &With<'_>,
    clients: &mut Clients,
    faults: &mut Faults,
) -> Option<authorizer::PolicyEntry> {
    let engine = &document.engine;
    let name = &entry.name.value;
    let mut options = Options::new().realm(name.clone()).log(Arc::new(with.log.to_vec()));
    for said in &entry.shadow {
        if let Some(shadow) = shadow(engine, said, faults) {
            options = options.shadow(shadow);
        }
    }
    let policy = Policy::new(engine.shared_policy(), &engine.served().base_path, &document.fingerprint).with_name(name);
    // A store that does not exist was found when the file was read.
    let enablement: Arc<dyn run_time::Enablement> = match &entry.enablement {
        Enablement::All => Arc::new(EnableAll),
        Enablement::Store(_) if with.mode == Mode::Offline => Arc::new(EnableAll),
        Enablement::Store(store) => {
            let store = with.stores.named(&store.value)?.clone();
            Arc::new(StoredEnablement::<RunTime, _>::new(store).with_cache(ORGANIZATIONS, KEPT_FOR))
        }
    };
    let mut gate = Gate::new(policy, enablement, options);
    let mut stored = Vec::new();
    for said in &entry.schemes {
        let scheme = &said.scheme;
        let known = || engine.served().schemes.iter().map(|known| known.name.as_str());
        if !known().any(|name| name == scheme.value) {
            let help = match likely(&scheme.value, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the document declares `{}`", known().collect::<Vec<_>>().join("`, `")),
            };
            let message = format!("the document has no security scheme `{}`", scheme.value.escape_debug());
            faults.add(scheme.place.clone(), message, help);
            continue;
        }
        if with.mode == Mode::Offline {
            continue;
        }
        let authenticator: Option<Arc<dyn Authenticator>> = match &said.by {
            By::Store(store) => with.stores.named(&store.value).map(|store| {
                stored.push((scheme.value.clone(), store.clone()));
                Arc::new(store.api_keys()) as Arc<dyn Authenticator>
            }),
            By::Jwt(jwt) => issuers::jwt(jwt, with.stores.keys(), clients, faults).await,
            By::Introspection(introspection) => issuers::introspection(introspection, clients, faults),
        };
        if let Some(authenticator) = authenticator {
            match gate.authenticator(&scheme.value, authenticator) {
                Ok(with_it) => gate = with_it,
                Err(error) => {
                    faults.add(scheme.place.clone(), error.to_string(), "");
                    return None;
                }
            }
        }
    }
    let is_used = |scheme: &str| {
        let alternatives = engine.served().operations.iter().flat_map(|operation| operation.alternatives());
        alternatives.flat_map(|alternative| alternative.schemes()).any(|(name, _)| name == scheme)
    };
    for scheme in gate.unhandled().filter(|scheme| is_used(scheme)) {
        if !entry.schemes.iter().any(|said| said.scheme.value == scheme) {
            let help = format!(
                "add `[policies.schemes.{scheme}]` with `store = \"…\"`, `jwt = {{ … }}` or `introspection = {{ … }}`"
            );
            faults.add(
                entry.name.place.clone(),
                format!("nobody authenticates the scheme `{scheme}` of the document"),
                help,
            );
        }
    }
    let texts = |list: &[At<String>]| list.iter().map(|text| text.value.clone()).collect::<Vec<_>>();
    let selection = Selection {
        listeners: texts(&entry.listeners),
        values: entry.document_key.iter().map(|key| key.value.clone()).collect(),
        hosts: texts(&entry.hosts),
    };
    let mut made = authorizer::PolicyEntry::new(name, Arc::clone(engine), gate)
        .with_selection(selection)
        .with_identity(identity(&entry.identity))
        .with_limits(limits(with.configuration));
    if !entry.removed_headers.is_empty() {
        made = made.with_removed_headers(entry.removed_headers.iter().map(|name| name.value.clone()).collect());
    }
    if let Some(origin) = &entry.public_origin {
        made = made.with_public_origin(origin.clone());
    }
    if let Some(said) = entry.assertion.as_ref().filter(|_| with.mode != Mode::Offline) {
        match super::assertions::of_entry(said, engine.shared_policy(), &document.fingerprint) {
            Ok(assertion) => made = made.with_assertion(assertion),
            Err(error) => faults.add(said.key.place.clone(), error, ""),
        }
    }
    for (scheme, store) in stored {
        made = match made.with_stored_callers(&scheme, Arc::new(Callers(store))) {
            Ok(made) => made,
            Err(error) => {
                faults.add(entry.name.place.clone(), error.to_string(), "");
                return None;
            }
        };
    }
    Some(made)
}

fn shadow(engine: &Engine, said: &ShadowEntry, faults: &mut Faults) -> Option<Shadow> {
    let operations = || engine.served().operations.iter();
    let mut named = Vec::new();
    for operation in &said.operations {
        let found = operation
            .value
            .split_once(' ')
            .filter(|(method, template)| operations().any(|known| known.method == *method && known.path == *template));
        match found {
            Some(found) => named.push(found),
            None => {
                let keys: Vec<String> = operations().map(|known| format!("{} {}", known.method, known.path)).collect();
                let help = match likely(&operation.value, keys.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "write method and template, with the base path: `GET /v1/notes/{id}`".to_owned(),
                };
                let message = format!("the document has no operation `{}`", operation.value.escape_debug());
                faults.add(operation.place.clone(), message, help);
            }
        }
    }
    let covers = |method: &str, template: &str| named.contains(&(method, template));
    match Shadow::new(engine.policy(), covers, &said.until.to_string(), said.reason.clone()) {
        Ok(shadow) => Some(shadow.at_stages(said.stages.iter().copied())),
        Err(error) => {
            faults.add(said.place.0.clone(), error.to_string(), "");
            None
        }
    }
}

fn identity(said: &IdentityEntry) -> IdentityHeaders {
    let IdentityEntry { subject, client, tenant, scopes, operation } = said.clone();
    IdentityHeaders { subject, client, tenant, scopes, operation }
}

/// A listener ends a decision by itself. This is the longest that any of them waits.
fn limits(configuration: &Configuration) -> Limits {
    let longest = configuration.listeners.iter().filter_map(|listener| listener.timeout).max();
    Limits { longest_decision: longest.unwrap_or_default().max(Duration::from_secs(3)), ..Limits::default() }
}
