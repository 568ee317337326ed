//! `[[listeners]]`: where proxies ask, and in which dialect.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderName;
use policy_spec::toml_file::schema::{self, Key, key};
use policy_spec::toml_file::{DeTable, Range};

use super::fields::{At, Fields, Reading};
use super::forms;

/// The words in which a proxy asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Envoy's `ext_authz`, by gRPC.
    EnvoyGrpc,
    /// Envoy's `ext_authz`, by HTTP.
    EnvoyHttp,
    /// Forward-auth, as Traefik and Caddy ask.
    ForwardAuth,
    /// nginx's `auth_request`.
    Nginx,
    /// The AuthZEN Authorization API 1.0.
    Authzen,
}

impl Dialect {
    /// Each dialect with its word in the file.
    pub const ALL: [(&'static str, Self); 5] = [
        ("envoy-grpc", Self::EnvoyGrpc),
        ("envoy-http", Self::EnvoyHttp),
        ("forward-auth", Self::ForwardAuth),
        ("nginx", Self::Nginx),
        ("authzen", Self::Authzen),
    ];

    /// Its word in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, dialect)| *dialect == self).map_or("", |(word, _)| word)
    }
}

/// A place where proxies ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// What policies and logs call it.
    pub name: At<String>,
    /// The one dialect that it speaks.
    pub dialect: Dialect,
    /// Where it listens.
    pub bind: Bind,
    /// Its certificate, and whose clients may ask.
    pub tls: Option<Tls>,
    /// What stands before the path of a request, with `envoy-http`.
    pub path_prefix: Option<String>,
    /// The header that holds the path of a request in place of that, with `envoy-http`.
    pub path_header: Option<HeaderName>,
    /// The header that holds the host of a request, with `nginx`.
    pub host_header: Option<HeaderName>,
    /// The header, or the key of Envoy's `context_extensions`, by which the proxy says which document applies.
    pub document_from: Option<String>,
    /// Whether the document may depend on the host, because the proxy routes by it.
    pub by_host: bool,
    /// Whether scopes count that the asker states, with `authzen`.
    pub allows_stated_scopes: bool,
    /// The address under which askers know it, with `authzen`.
    pub public_url: Option<String>,
    /// How long a decision may take before it is a denial, where it is said.
    pub timeout: Option<Duration>,
    /// What it accepts at most, where it is said.
    pub limits: LimitEntry,
}

/// Where something listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bind {
    /// At an address.
    Address(SocketAddr),
    /// At a Unix socket.
    Socket {
        /// Its path.
        path: PathBuf,
        /// The permissions of its file, where they are said.
        mode: Option<u32>,
    },
}

/// The certificate of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The certificate and those that sign it, in PEM.
    pub certificate: At<PathBuf>,
    /// Its private key, in PEM.
    pub key: At<PathBuf>,
    /// The authorities that sign the certificates of those who may ask, in PEM. Without it, nobody is asked for one.
    pub client_ca: Option<At<PathBuf>>,
}

/// What a listener accepts at most. `None` where nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitEntry {
    /// Decisions at a time. What comes beyond is denied.
    pub concurrent: Option<usize>,
    /// Open connections.
    pub connections: Option<usize>,
    /// Bytes of the head of a request.
    pub header_bytes: Option<usize>,
    /// Bytes of the body of a request.
    pub body_bytes: Option<usize>,
    /// Questions in one request, with `authzen`.
    pub evaluations: Option<usize>,
    /// The time from the first byte of a head to its last.
    pub head: Option<Duration>,
    /// The time after which a silent connection is closed.
    pub idle: Option<Duration>,
}

const TIMEOUT: RangeInclusive<u64> = 1..=30_000;
const COUNT: RangeInclusive<u64> = 1..=1_000_000;
const HEAD_BYTES: RangeInclusive<u64> = 8_192..=16_777_216;
const BODY_BYTES: RangeInclusive<u64> = 1_024..=16_777_216;
const HEAD_TIME: RangeInclusive<u64> = 1..=60_000;
const IDLE_TIME: RangeInclusive<u64> = 1..=86_400_000;

/// The keys of `[[listeners]]`.
pub(super) const KEYS: &[Key] = &[
    key("name", "What policies and logs call the listener.", schema::said).required(),
    key("dialect", "The one dialect that it speaks.", || schema::words(&Dialect::ALL)).required(),
    key(
        "address",
        "An IP address and a port. One that other machines reach needs `expose` or `tls.client-ca`.",
        schema::said,
    ),
    key("socket", "The path of a Unix socket, in place of an address.", schema::said),
    key("socket-mode", "The permissions of the socket in octal digits: `0600` where nothing is said.", schema::said),
    key("expose", "Whether the address may be one that other machines reach.", forms::flag),
    key("tls", "The certificate of the listener, and whose clients may ask.", || schema::table(TLS)),
    key("path-prefix", "What Envoy puts before each path, with `envoy-http`: its `path_prefix`.", schema::said),
    key(
        "path-header",
        "The header that holds the path in place of that, with `envoy-http`: it carries `%REQ(:PATH)%`.",
        schema::said,
    ),
    key(
        "host-header",
        "The header that holds the host, with `nginx`. It is needed where `by-host` is said.",
        schema::said,
    ),
    key(
        "document-from",
        "The header that the proxy overwrites, or with `envoy-grpc` the key of `context_extensions`, that says which document applies.",
        schema::said,
    ),
    key("by-host", "Whether the document may depend on the host. Only where the proxy routes by it.", forms::flag),
    key("allow-stated-scopes", "Whether scopes count that the asker states, with `authzen`.", forms::flag),
    key("public-url", "The https address under which askers know the listener, with `authzen`.", schema::said),
    key("timeout-ms", "How long a decision may take: below the proxy's own timeout.", || forms::number(&TIMEOUT)),
    key("limits", "What the listener accepts at most.", || schema::table(LIMITS)),
];

const TLS: &[Key] = &[
    key("certificate", "The certificate and those that sign it, in PEM.", schema::said).required(),
    key("key", "The private key of the certificate, in PEM.", schema::said).required(),
    key("client-ca", "The authorities that sign the certificates of those who may ask, in PEM.", schema::said),
];

const LIMITS: &[Key] = &[
    key("concurrent", "Decisions at a time; what comes beyond is denied.", || forms::number(&COUNT)),
    key("connections", "Open connections; what comes beyond is answered by one denial.", || forms::number(&COUNT)),
    key("header-bytes", "Bytes of the head of a request.", || forms::number(&HEAD_BYTES)),
    key("body-bytes", "Bytes of the body of a request.", || forms::number(&BODY_BYTES)),
    key("evaluations", "Questions in one request, with `authzen`.", || forms::number(&COUNT)),
    key("head-ms", "The time from the first byte of a head to its last, and for a TLS handshake.", || {
        forms::number(&HEAD_TIME)
    }),
    key("idle-ms", "The time after which a silent connection is closed: above the proxy's own.", || {
        forms::number(&IDLE_TIME)
    }),
];

pub(super) fn read(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> Option<Listener> {
    let mut fields = Fields::new(reading, table, place, "[[listeners]]", KEYS);
    let name = fields.text("name");
    let dialect = fields.word("dialect", "dialect", &Dialect::ALL);
    let tls = fields.table("tls").map(|(table, place)| tls(fields.reading, table, place));
    let is_mutual = tls.as_ref().is_some_and(|tls| tls.as_ref().is_some_and(|tls| tls.client_ca.is_some()));
    let bind = bind(&mut fields, is_mutual);
    let limits = fields.table("limits").map(|(table, place)| limits(fields.reading, table, place)).unwrap_or_default();
    let timeout = fields.number("timeout-ms", &TIMEOUT).map(Duration::from_millis);
    let path_prefix = fields.text("path-prefix");
    let [path_header, host_header] = ["path-header", "host-header"].map(|key| header(&mut fields, key));
    let document_from = fields.text("document-from");
    let public_url = fields.text("public-url");
    let by_host = fields.flag("by-host");
    let allows_stated_scopes = fields.flag("allow-stated-scopes");
    let dialect = dialect?;
    for (key, only) in [
        ("path-prefix", Dialect::EnvoyHttp),
        ("path-header", Dialect::EnvoyHttp),
        ("host-header", Dialect::Nginx),
        ("allow-stated-scopes", Dialect::Authzen),
        ("public-url", Dialect::Authzen),
    ] {
        if fields.has(key) && dialect != only {
            let message = format!("`{key}` means nothing with `{}`", dialect.as_str());
            fields.refuse(key, message, &format!("leave it out; it is for `{}`", only.as_str()));
        }
    }
    match dialect {
        Dialect::Authzen if by_host => {
            fields.refuse("by-host", "AuthZEN asks without a host", "tell documents apart by the listener");
        }
        Dialect::Authzen if document_from.is_some() => {
            fields.refuse(
                "document-from",
                "AuthZEN asks without a header of a proxy",
                "tell documents apart by the listener",
            );
        }
        Dialect::Authzen if !fields.has("public-url") => {
            let help = "add `public-url = \"https://pdp.example.com\"`, the address by which askers know it";
            fields.reading.refuse(fields.place(), "an `authzen` listener needs `public-url`", help);
        }
        Dialect::EnvoyHttp if path_prefix.is_some() && path_header.is_some() => {
            fields.refuse(
                "path-header",
                "`path-header` stands beside `path-prefix`",
                "keep the one that Envoy is configured for",
            );
        }
        Dialect::Nginx if by_host && host_header.is_none() => {
            let help = "add `host-header = \"X-Original-Host\"`, and let nginx set it by `proxy_set_header`";
            fields.refuse("by-host", "nginx tells the host by a header, and none is named", help);
        }
        _ => {}
    }
    if let Some(from) = &document_from
        && !matches!(dialect, Dialect::EnvoyGrpc | Dialect::Authzen)
    {
        is_header(&mut fields, "document-from", &from.value);
    }
    if let Some(url) = &public_url
        && !url
            .value
            .strip_prefix("https://")
            .is_some_and(|rest| !rest.is_empty() && !rest.contains(['?', '#', '@', ' ']))
    {
        fields.refuse(
            "public-url",
            "this is no `https` address",
            "AuthZEN's discovery needs one: `https://pdp.example.com`",
        );
    }
    Some(Listener {
        name: name?,
        dialect,
        bind: bind?,
        tls: match tls {
            None => None,
            Some(tls) => Some(tls?),
        },
        path_prefix: path_prefix.map(|prefix| prefix.value),
        path_header,
        host_header,
        document_from: document_from.map(|from| from.value),
        by_host,
        allows_stated_scopes,
        public_url: public_url.map(|url| url.value.trim_end_matches('/').to_owned()),
        timeout,
        limits,
    })
}

/// Where a listener is, by `address` or `socket`.
fn bind(fields: &mut Fields<'_, '_>, is_mutual: bool) -> Option<Bind> {
    let (address, socket, mode) = (address(fields, is_mutual), fields.path("socket"), fields.text("socket-mode"));
    if fields.has("address") == fields.has("socket") {
        let what =
            if fields.has("address") { "both an `address` and a `socket`" } else { "neither `address` nor `socket`" };
        let help = "write one of the two: `address = \"127.0.0.1:9191\"`";
        fields.reading.refuse(fields.place(), format!("the listener has {what}"), help);
        return None;
    }
    let octal = mode.as_ref().map(|mode| u32::from_str_radix(&mode.value, 8).ok().filter(|mode| *mode <= 0o777));
    if octal == Some(None) {
        fields.refuse("socket-mode", "these are no permissions", "write octal digits, such as `0660`");
    }
    if mode.is_some() && socket.is_none() {
        fields.refuse("socket-mode", "`socket-mode` stands without a `socket`", "leave it out");
    }
    match socket {
        Some(path) => Some(Bind::Socket { path: path.value, mode: octal.flatten() }),
        None => address.map(Bind::Address),
    }
}

/// The address at which something listens. One that other machines reach needs a word.
pub(super) fn address(fields: &mut Fields<'_, '_>, is_mutual: bool) -> Option<SocketAddr> {
    let (text, expose) = (fields.text("address")?, fields.flag("expose"));
    let Ok(address) = text.value.parse::<SocketAddr>() else {
        fields.refuse("address", "this is no IP address with a port", "write `127.0.0.1:9191` or `[::1]:9191`");
        return None;
    };
    if !address.ip().is_loopback() && !expose && !is_mutual {
        let message = format!("other machines reach `{address}`, and whoever reaches it may ask");
        let help = "listen at `127.0.0.1`, at `[::1]` or at a Unix socket; or say `expose = true`, if the network keeps others out";
        fields.refuse("address", message, help);
    }
    Some(address)
}

fn tls(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> Option<Tls> {
    let mut fields = Fields::new(reading, table, place, "[listeners.tls]", TLS);
    let (certificate, key, client_ca) = (fields.path("certificate"), fields.path("key"), fields.path("client-ca"));
    Some(Tls { certificate: certificate?, key: key?, client_ca })
}

fn limits(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> LimitEntry {
    let mut fields = Fields::new(reading, table, place, "[listeners.limits]", LIMITS);
    let (head, idle) = (fields.number("head-ms", &HEAD_TIME), fields.number("idle-ms", &IDLE_TIME));
    let mut number =
        |key, bounds: &RangeInclusive<u64>| fields.number(key, bounds).and_then(|number| usize::try_from(number).ok());
    LimitEntry {
        concurrent: number("concurrent", &COUNT),
        connections: number("connections", &COUNT),
        header_bytes: number("header-bytes", &HEAD_BYTES),
        body_bytes: number("body-bytes", &BODY_BYTES),
        evaluations: number("evaluations", &COUNT),
        head: head.map(Duration::from_millis),
        idle: idle.map(Duration::from_millis),
    }
}

/// The name of a header that is the value of a key.
pub(super) fn header(fields: &mut Fields<'_, '_>, key: &str) -> Option<HeaderName> {
    let text = fields.text(key)?;
    is_header(fields, key, &text.value)
}

/// The name of a header. One with `_` is refused, because servers take it for one with `-`.
fn is_header(fields: &mut Fields<'_, '_>, key: &str, name: &str) -> Option<HeaderName> {
    let header = HeaderName::from_bytes(name.as_bytes()).ok().filter(|name| !name.as_str().contains(['_', '.']));
    if header.is_none() {
        fields.refuse(key, "this is no name of a header", "write letters, digits and `-`, such as `X-Policy-Document`");
    }
    header
}
