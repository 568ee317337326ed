//! `[[policies]]`: a document, who authenticates for it, and which requests it is for.

use std::path::PathBuf;

use http::HeaderName;
use policy_core::{Date, Stage};
use policy_spec::toml_file::schema::{self, Key, key};
use policy_spec::toml_file::{DeTable, DeValue, Range};

use super::assertion::{self, AssertionEntry};
use super::fields::{At, Fields, Place, Reading};
use super::forms;
use super::listener::header;
use super::scheme::{self, SchemeEntry};

/// One document in force, with what the gateway is told beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyEntry {
    /// What logs and metrics call it.
    pub name: At<String>,
    /// The document, its `policy.toml`, or the folder that holds one.
    pub source: At<PathBuf>,
    /// The path below which its templates are served, in place of what the source says.
    pub base_path: Option<At<String>>,
    /// Scheme, host and port under which callers know the service.
    pub public_origin: Option<String>,
    /// The listeners whose requests it is for. Empty for all of them.
    pub listeners: Vec<At<String>>,
    /// What the proxy says where a request is for this document.
    pub document_key: Option<At<String>>,
    /// The hosts that it is for. Empty for all of them.
    pub hosts: Vec<At<String>>,
    /// Who authenticates.
    pub schemes: Vec<SchemeEntry>,
    /// What is enabled.
    pub enablement: Enablement,
    /// What the upstream is told of the caller, by headers.
    pub identity: IdentityEntry,
    /// What the upstream is told of the caller, by a signed assertion.
    pub assertion: Option<AssertionEntry>,
    /// Header fields that the proxy must not forward.
    pub removed_headers: Vec<At<HeaderName>>,
    /// Operations whose denials are logged and not enforced.
    pub shadow: Vec<ShadowEntry>,
}

/// What is enabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enablement {
    /// Every operation, for every organization.
    All,
    /// What the store with this name says.
    Store(At<String>),
}

/// The headers that tell the upstream who the caller is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityEntry {
    /// Who the caller is.
    pub subject: Option<HeaderName>,
    /// By which client.
    pub client: Option<HeaderName>,
    /// On whose behalf.
    pub tenant: Option<HeaderName>,
    /// With which scopes.
    pub scopes: Option<HeaderName>,
    /// For which operation.
    pub operation: Option<HeaderName>,
}

/// Operations whose denials are logged and not enforced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShadowEntry {
    /// The operations, by method and template: `GET /notes/{id}`.
    pub operations: Vec<At<String>>,
    /// The last day.
    pub until: Date,
    /// Why.
    pub reason: String,
    /// The stages that it is about: all but authentication, where nothing is said.
    pub stages: Vec<Stage>,
    /// Where it stands.
    pub place: Place,
}

/// The keys of `[[policies]]`.
pub(super) const KEYS: &[Key] = &[
    key("name", "What logs and metrics call the policy.", schema::said).required(),
    key("source", "The OpenAPI document, its `policy.toml`, or the folder that holds one.", schema::said).required(),
    key("base-path", "The path below which the templates are served, in place of what the source says.", schema::said),
    key("public-origin", "Scheme, host and port under which callers know the service.", schema::said),
    key("listeners", "The listeners whose requests it is for: all of them where nothing is said.", forms::texts),
    key(
        "document-key",
        "What the proxy says, by the listener's `document-from`, where a request is for this document.",
        schema::said,
    ),
    key("hosts", "The hosts that it is for, where the listener says `by-host`.", forms::texts),
    key("schemes", "Who authenticates the credentials of each security scheme.", scheme::schema),
    key("enablement", "`all`, or the store that says what is enabled for an organization.", schema::said).required(),
    key("identity", "The headers that tell the upstream who the caller is.", || schema::table(IDENTITY)),
    key("assertion", "The signed assertion that tells the upstream who the caller is.", || {
        schema::table(assertion::KEYS)
    }),
    key(
        "remove-headers",
        "Header fields that the proxy must not forward, such as the caller's credential.",
        forms::texts,
    ),
    key("shadow", "Operations whose denials are logged and not enforced, until a day.", || schema::tables(SHADOW)),
];

const IDENTITY: &[Key] = &[
    key("subject", "The header that says who the caller is.", schema::said),
    key("client", "The header that says by which client.", schema::said),
    key("tenant", "The header that says on whose behalf.", schema::said),
    key("scopes", "The header that says with which scopes.", schema::said),
    key("operation", "The header that says for which operation.", schema::said),
];

const SHADOW: &[Key] = &[
    key("operations", "The operations, by method and template: `GET /notes/{id}`.", forms::texts).required(),
    key("until", "The last day.", schema::day).required(),
    key("reason", "Why denials are not enforced.", schema::said).required(),
    key("stages", "The stages that it is about: all but `authentication`, where nothing is said.", stages),
];

fn stages() -> serde_json::Value {
    serde_json::json!({ "type": "array", "items": { "enum": Stage::ALL.map(Stage::as_str) }, "minItems": 1 })
}

pub(super) fn read(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> Option<PolicyEntry> {
    let mut fields = Fields::new(reading, table, place, "[[policies]]", KEYS);
    let (name, source, base_path) = (fields.text("name"), fields.path("source"), fields.text("base-path"));
    let public_origin = public_origin(&mut fields);
    let (listeners, document_key, hosts) = (fields.texts("listeners"), fields.text("document-key"), hosts(&mut fields));
    let schemes = fields.table("schemes").map(|(table, _)| scheme::read(fields.reading, table)).unwrap_or_default();
    let enablement = fields.text("enablement").map(|said| match said.value.as_str() {
        "all" => Enablement::All,
        _ => Enablement::Store(said),
    });
    let identity = fields.table("identity").map(|(table, place)| identity(fields.reading, table, place));
    let assertion = fields.table("assertion").and_then(|(table, place)| assertion::read(fields.reading, table, place));
    if identity.is_some() && fields.has("assertion") {
        let help = "keep the assertion, which the upstream can verify, or the headers";
        fields.refuse("identity", "`identity` stands beside `assertion`", help);
    }
    let removed_headers = removed_headers(&mut fields);
    let shadow = fields.tables("shadow").into_iter().filter_map(|(table, place)| shadow(fields.reading, table, place));
    let shadow = shadow.collect();
    if let Some(path) = &base_path
        && !(path.value.starts_with('/') && (path.value == "/" || !path.value.ends_with('/')))
    {
        fields.refuse(
            "base-path",
            "this is no base path",
            "write it with `/` at its beginning and none at its end: `/v1`",
        );
    }
    Some(PolicyEntry {
        name: name?,
        source: source?,
        base_path,
        public_origin,
        listeners,
        document_key,
        hosts,
        schemes,
        enablement: enablement?,
        identity: identity.unwrap_or_default(),
        assertion,
        removed_headers,
        shadow,
    })
}

fn public_origin(fields: &mut Fields<'_, '_>) -> Option<String> {
    let origin = fields.text("public-origin")?;
    let rest = ["https://", "http://"].iter().find_map(|scheme| origin.value.strip_prefix(scheme));
    let is_origin = rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.contains(['/', '?', '#', '@'])
            && rest.parse::<http::uri::Authority>().is_ok()
            && !rest.bytes().any(|byte| byte.is_ascii_uppercase())
    });
    if !is_origin {
        fields.refuse(
            "public-origin",
            "this is no origin",
            "write scheme, host and port alone: `https://api.example.com`",
        );
    }
    Some(origin.value)
}

fn hosts(fields: &mut Fields<'_, '_>) -> Vec<At<String>> {
    let hosts = fields.texts("hosts");
    for host in &hosts {
        let is_host =
            host.value.parse::<http::uri::Authority>().is_ok_and(|authority| authority.as_str() == authority.host())
                && !host.value.bytes().any(|byte| byte.is_ascii_uppercase());
        if !is_host {
            let help = "write it in lower case and without a port: `api.example.com`";
            fields.reading.refuse(host.place.clone(), "this is no host", help);
        }
    }
    hosts
}

fn removed_headers(fields: &mut Fields<'_, '_>) -> Vec<At<HeaderName>> {
    let names = fields.texts("remove-headers");
    let mut headers = Vec::with_capacity(names.len());
    for name in names {
        match HeaderName::from_bytes(name.value.as_bytes()) {
            Ok(header) => headers.push(At { value: header, place: name.place }),
            Err(_) => fields.reading.refuse(name.place, "this is no name of a header", "write it as `Authorization`"),
        }
    }
    headers
}

fn identity(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> IdentityEntry {
    let mut fields = Fields::new(reading, table, place, "[policies.identity]", IDENTITY);
    let mut seen: Vec<HeaderName> = Vec::new();
    let [subject, client, tenant, scopes, operation] =
        ["subject", "client", "tenant", "scopes", "operation"].map(|key| {
            let header = header(&mut fields, key)?;
            if seen.contains(&header) {
                fields.refuse(
                    key,
                    format!("the header `{header}` says two things"),
                    "choose another name for one of them",
                );
            }
            seen.push(header.clone());
            Some(header)
        });
    IdentityEntry { subject, client, tenant, scopes, operation }
}

fn shadow(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> Option<ShadowEntry> {
    let mut fields = Fields::new(reading, table, place, "[[policies.shadow]]", SHADOW);
    let (operations, reason) = (fields.texts("operations"), fields.text("reason"));
    let until = fields.value("until").and_then(|value| {
        let text = match value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            _ => fields.reading.form.string(value)?.to_owned(),
        };
        let day = Date::parse(&text);
        if day.is_none() {
            let message = format!("`{}` is no day", text.escape_debug());
            fields.reading.form.error(value.span(), message, "write it as `2027-01-31`");
        }
        day
    });
    let known = Stage::ALL.map(|stage| (stage.as_str(), stage));
    let stages = match fields.value("stages") {
        None => vec![Stage::Enablement, Stage::Scopes, Stage::Query],
        Some(value) => match value.get_ref().as_array().filter(|items| !items.is_empty()) {
            Some(items) => items.iter().filter_map(|item| fields.reading.form.word(item, "stage", &known)).collect(),
            None => {
                fields.reading.form.error(value.span(), "`stages` is no list of stages", "write `[\"scopes\"]`");
                Vec::new()
            }
        },
    };
    Some(ShadowEntry { operations, until: until?, reason: reason?.value, stages, place: Place(fields.place()) })
}
