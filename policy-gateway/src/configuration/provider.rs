//! The issuer of signed tokens: a provider that is known, or any other.

use policy_http::{ClaimPath, Provider, ProviderError};

use super::fields::{At, Fields};
use super::scheme::{Issuer, claim};

/// A provider that is known, with what tells its customers apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    preset: Preset,
    /// What the preset needs, in the order of [`Preset::needs`].
    said: Vec<String>,
    clients: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preset {
    Auth0,
    Auth0Rfc9068,
    EntraV1,
    EntraV2,
    Keycloak,
    Cognito,
    Okta,
}

/// The presets by their words.
pub(super) const ALL: [(&str, Preset); 7] = [
    ("auth0", Preset::Auth0),
    ("auth0-rfc9068", Preset::Auth0Rfc9068),
    ("entra-v1", Preset::EntraV1),
    ("entra-v2", Preset::EntraV2),
    ("keycloak", Preset::Keycloak),
    ("cognito", Preset::Cognito),
    ("okta", Preset::Okta),
];

/// The keys that belong to some preset.
const OF_PRESETS: [&str; 6] = ["domain", "tenant", "server", "realm", "user-pool", "authorization-server"];
/// The keys that belong to none.
const OF_OTHERS: [&str; 3] = ["issuer", "keys-url", "client-claim"];

impl Preset {
    fn as_str(self) -> &'static str {
        ALL.into_iter().find(|(_, preset)| *preset == self).map_or("", |(word, _)| word)
    }

    /// The keys that it needs.
    fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Auth0 | Self::Auth0Rfc9068 => &["domain"],
            Self::EntraV1 | Self::EntraV2 => &["tenant"],
            Self::Keycloak => &["server", "realm"],
            Self::Cognito => &["user-pool"],
            Self::Okta => &["domain", "authorization-server"],
        }
    }
}

impl Known {
    /// What its tokens look like.
    ///
    /// # Errors
    /// What was said names no customer of the provider.
    pub fn provider(&self) -> Result<Provider, ProviderError> {
        let said = |at: usize| self.said.get(at).map_or("", String::as_str);
        let provider = match self.preset {
            Preset::Auth0 => Provider::auth0(said(0)),
            Preset::Auth0Rfc9068 => Provider::auth0_rfc9068(said(0)),
            Preset::EntraV1 => Provider::entra_v1(said(0)),
            Preset::EntraV2 => Provider::entra_v2(said(0)),
            Preset::Keycloak => Provider::keycloak(said(0), said(1)),
            Preset::Cognito => Provider::cognito(said(0)),
            Preset::Okta => Provider::okta(said(0), said(1)),
        }?;
        Ok(if self.clients.is_empty() { provider } else { provider.clients(self.clients.iter().cloned()) })
    }
}

/// Reads who issues tokens.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> Option<Issuer> {
    let clients: Vec<String> = fields.texts("clients").into_iter().map(|client| client.value).collect();
    let texts: Vec<(&str, Option<At<String>>)> =
        OF_PRESETS.into_iter().chain(["issuer", "keys-url"]).map(|key| (key, fields.text(key))).collect();
    let text = |wanted: &str| texts.iter().find(|(key, _)| *key == wanted).and_then(|(_, text)| text.clone());
    let client_claim = fields.value("client-claim").and_then(|value| claim(fields, value));
    if !fields.has("preset") {
        return other(fields, clients, client_claim, text("issuer"), text("keys-url"));
    }
    let preset = fields.word("preset", "preset", &ALL)?;
    for key in OF_PRESETS.into_iter().chain(OF_OTHERS).filter(|key| !preset.needs().contains(key)) {
        if fields.has(key) {
            let message = format!("`{key}` means nothing with the preset `{}`", preset.as_str());
            fields.refuse(key, message, "leave it out");
        }
    }
    let mut said = Vec::new();
    for key in preset.needs() {
        if !fields.has(key) {
            let message = format!("the preset `{}` needs `{key}`", preset.as_str());
            fields.refuse("preset", message, &format!("add `{key} = \"…\"`"));
        }
        said.extend(text(key).map(|text| text.value));
    }
    if said.len() < preset.needs().len() {
        return None;
    }
    let known = Known { preset, said, clients };
    if let Err(error) = known.provider() {
        fields.refuse(preset.needs().first().copied().unwrap_or("preset"), error.to_string(), "");
    }
    Some(Issuer::Known(known))
}

fn other(
    fields: &mut Fields<'_, '_>,
    clients: Vec<String>,
    client_claim: Option<ClaimPath>,
    issuer: Option<At<String>>,
    keys: Option<At<String>>,
) -> Option<Issuer> {
    for key in OF_PRESETS {
        if fields.has(key) {
            let message = format!("`{key}` belongs to a preset, and there is none");
            fields.refuse(key, message, "add `preset`, or leave it out");
        }
    }
    if !fields.has("issuer") {
        fields.reading.refuse(fields.place(), "`jwt` has neither `issuer` nor `preset`", "say who issues the tokens");
    }
    if fields.has("clients") != fields.has("client-claim") {
        let key = if fields.has("clients") { "clients" } else { "client-claim" };
        fields.refuse(key, "`clients` and `client-claim` are said together", "`client-claim` is `azp` or `client_id`");
    }
    let clients = client_claim.map(|claim| (claim, clients));
    Some(Issuer::Other { name: issuer?, keys, clients })
}
