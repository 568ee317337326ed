//! Makes what authenticates tokens: by an issuer's signature, or by asking the issuer.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use policy_http::run_time::{Authenticator, RunTime};
use policy_http::{Demands, Discovery, HttpsClient, Introspection, Jwt, JwtAlgorithm, KeySource};

use super::kept_keys::{Fetched, KeptKeys};
use super::refusal::Faults;
use crate::configuration::{IntrospectionEntry, Issuer, JwtEntry, TokenEntry};

/// The clients that ask issuers. Those that trust the same authorities share their connections.
#[derive(Default)]
pub(super) struct Clients(HashMap<(Option<PathBuf>, bool), HttpsClient>);

impl Clients {
    fn client(
        &mut self,
        token: &TokenEntry,
        place: &policy_spec::toml_file::Range,
        faults: &mut Faults,
    ) -> Option<HttpsClient> {
        let key = (token.authorities.as_ref().map(|file| file.value.clone()), token.allows_loopback);
        if let Some(known) = self.0.get(&key) {
            return Some(known.clone());
        }
        let made = match &token.authorities {
            None => HttpsClient::new().map_err(|error| (place.clone(), error.to_string())),
            Some(file) => crate::file::read(&file.value)
                .map_err(|error| error.to_string())
                .and_then(|pem| HttpsClient::trusting(pem).map_err(|error| error.to_string()))
                .map_err(|error| (file.place.clone(), format!("`{}` cannot be used: {error}", file.value.display()))),
        };
        match made {
            Ok(client) => {
                let client = if token.allows_loopback { client.with_plain_loopback() } else { client };
                self.0.insert(key, client.clone());
                Some(client)
            }
            Err((place, message)) => {
                faults.add(place, message, "");
                None
            }
        }
    }
}

/// What authenticates an issuer's signed tokens.
pub(super) async fn jwt(
    entry: &JwtEntry,
    kept: &KeptKeys,
    clients: &mut Clients,
    faults: &mut Faults,
) -> Option<Arc<dyn Authenticator>> {
    let client = clients.client(&entry.token, &entry.place.0, faults)?;
    match &entry.issuer {
        Issuer::Known(known) => {
            // What was said was judged when it was read.
            let provider = known.provider().ok()?;
            let keys = match client.keys(provider.keys_url()) {
                Ok(keys) => keys,
                Err(error) => {
                    faults.add(entry.place.0.clone(), error.to_string(), "");
                    return None;
                }
            };
            let keys = kept.fetched(provider.issuer(), provider.keys_url(), keys).await;
            let audience = entry.audiences.first()?.value.clone();
            let bounds = keys.bounds();
            finish(entry, Jwt::of_provider(provider, audience, keys).with_key_bounds(bounds), faults)
        }
        Issuer::Other { name, keys: Some(url), clients } => {
            let keys = match client.keys(&url.value) {
                Ok(keys) => keys,
                Err(error) => {
                    faults.add(url.place.clone(), error.to_string(), "");
                    return None;
                }
            };
            other(entry, &name.value, clients.as_ref(), kept.fetched(&name.value, &url.value, keys).await, faults)
        }
        Issuer::Other { name, keys: None, clients } => {
            let is_plain = entry.token.allows_loopback && name.value.starts_with("http://");
            let found = if is_plain {
                Discovery::on_loopback(&name.value, client)
            } else {
                Discovery::new(&name.value, client)
            };
            match found {
                Ok(keys) => other(
                    entry,
                    &name.value,
                    clients.as_ref(),
                    kept.fetched(&name.value, "its metadata", keys).await,
                    faults,
                ),
                Err(error) => {
                    faults.add(
                        name.place.clone(),
                        error.to_string(),
                        "write the issuer's name as its tokens have it in `iss`",
                    );
                    None
                }
            }
        }
    }
}

fn other<K: KeySource>(
    entry: &JwtEntry,
    issuer: &str,
    clients: Option<&(policy_http::ClaimPath, Vec<String>)>,
    keys: Fetched<K>,
    faults: &mut Faults,
) -> Option<Arc<dyn Authenticator>> {
    let algorithm = entry.algorithms.first().copied().unwrap_or(JwtAlgorithm::Rs256);
    let bounds = keys.bounds();
    let audience = entry.audiences.first()?.value.clone();
    let mut tokens = Jwt::new(issuer, audience, algorithm, keys).with_key_bounds(bounds);
    if let Some((claim, clients)) = clients {
        tokens = tokens.with_clients(claim.clone(), clients.iter().cloned());
    }
    finish(entry, tokens, faults)
}

fn finish<K: KeySource>(entry: &JwtEntry, mut tokens: Jwt<K>, faults: &mut Faults) -> Option<Arc<dyn Authenticator>> {
    for algorithm in &entry.algorithms {
        tokens = tokens.with_algorithm(*algorithm);
    }
    for audience in entry.audiences.iter().skip(1) {
        tokens = tokens.with_audience(audience.value.clone());
    }
    if !entry.types.is_empty() {
        tokens = tokens.with_types(entry.types.iter().map(|typ| typ.value.clone()));
    }
    if let Some(seconds) = entry.leeway {
        tokens = tokens.with_leeway(seconds);
    }
    if let Some(claim) = &entry.token.tenant_claim {
        tokens = match tokens.with_tenant_claim(claim.value.clone()) {
            Ok(tokens) => tokens,
            Err(error) => {
                faults.add(claim.place.clone(), error.to_string(), "");
                return None;
            }
        };
    }
    if !entry.token.scope_claims.is_empty() {
        tokens = match tokens.with_scope_claims(entry.token.scope_claims.iter().cloned()) {
            Ok(tokens) => tokens,
            Err(error) => {
                faults.add(entry.token.scope_claims_place.0.clone(), error.to_string(), "");
                return None;
            }
        };
    }
    Some(Arc::new(tokens))
}

/// What asks an issuer about each token.
pub(super) fn introspection(
    entry: &IntrospectionEntry,
    clients: &mut Clients,
    faults: &mut Faults,
) -> Option<Arc<dyn Authenticator>> {
    let client = clients.client(&entry.token, &entry.place.0, faults);
    let secret = entry.client_secret.value.read();
    if let Err(error) = &secret {
        faults.add(entry.client_secret.place.clone(), error.to_string(), "");
    }
    let mut demands = Demands::new();
    for audience in &entry.audiences {
        demands = demands.audience(audience.value.clone());
    }
    if let Some(issuer) = &entry.issuer {
        demands = demands.issuer(issuer.clone());
    }
    if let Some(kind) = &entry.token_type {
        demands = demands.token_type(kind.clone());
    }
    if let Some(typ) = &entry.typ {
        demands = demands.typ(typ.clone());
    }
    if let Some(claim) = &entry.token.tenant_claim {
        demands = demands.tenant_claim(claim.value.clone());
    }
    if !entry.token.scope_claims.is_empty() {
        demands = match demands.scope_claims(entry.token.scope_claims.iter().cloned()) {
            Ok(demands) => demands,
            Err(error) => {
                faults.add(entry.token.scope_claims_place.0.clone(), error.to_string(), "");
                return None;
            }
        };
    }
    let server = match client?.introspection(&entry.url.value, &entry.client_id, &secret.ok()?) {
        Ok(server) => server,
        Err(error) => {
            faults.add(entry.url.place.clone(), error.to_string(), "");
            return None;
        }
    };
    match Introspection::<RunTime, _>::new(server, demands) {
        Ok(introspection) => Some(Arc::new(introspection)),
        Err(error) => {
            faults.add(entry.place.0.clone(), error.to_string(), "");
            None
        }
    }
}
