//! The keys that OpenAPI knows at each place, by version.
//!
//! An unknown key is an error where it could change the policy. A misspelt `security` must not make an operation public. A
//! method that this reader does not know must not be left without a rule. Elsewhere an unknown key is a warning.

use crate::context::Context;
use crate::finding::{Code, Finding, Level};
use crate::names::EXTENSION as RUST_NAME;
use crate::tree::{Entry, Node};
use crate::version::Version;

/// The methods that are keys of a path item. `trace` came with OpenAPI 3.0, `query` with 3.2.
const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// Whether a key of a path item is a method in this version.
pub(crate) fn is_method(key: &str, version: Version) -> bool {
    METHODS.contains(&key)
        && match key {
            "trace" => version >= Version::OpenApi30,
            "query" => version >= Version::OpenApi32,
            _ => true,
        }
}

const ROOT: &[&str] = &[
    "openapi",
    "info",
    "servers",
    "paths",
    "components",
    "security",
    "tags",
    "externalDocs",
    "webhooks",
    "jsonSchemaDialect",
];
const ROOT_2: &[&str] = &[
    "swagger",
    "info",
    "host",
    "basePath",
    "schemes",
    "consumes",
    "produces",
    "paths",
    "definitions",
    "parameters",
    "responses",
    "securityDefinitions",
    "security",
    "tags",
    "externalDocs",
];
const PATH_ITEM: &[&str] = &["$ref", "summary", "description", "servers", "parameters"];
const PATH_ITEM_2: &[&str] = &["$ref", "parameters"];
const OPERATION: &[&str] = &[
    "$ref",
    "tags",
    "summary",
    "description",
    "externalDocs",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
    "deprecated",
    "security",
    "servers",
];
const OPERATION_2: &[&str] = &[
    "$ref",
    "tags",
    "summary",
    "description",
    "externalDocs",
    "operationId",
    "consumes",
    "produces",
    "parameters",
    "responses",
    "schemes",
    "deprecated",
    "security",
];
const SECURITY_SCHEME: &[&str] =
    &["$ref", "type", "description", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl"];
const SECURITY_SCHEME_2: &[&str] =
    &["type", "description", "name", "in", "flow", "authorizationUrl", "tokenUrl", "scopes"];
const FLOWS: &[&str] = &["implicit", "password", "clientCredentials", "authorizationCode"];

#[derive(Clone, Copy)]
pub(crate) enum Place {
    Root,
    Paths,
    PathItem,
    Operation,
    Webhook,
    WebhookOperation,
    SecurityScheme,
    Flows,
}

impl Place {
    /// The keys, without methods and without those that OpenAPI 3.2 adds.
    fn listed(self, version: Version) -> &'static [&'static str] {
        let by_version = |old, new| if version == Version::Swagger2 { old } else { new };
        match self {
            Self::Root => by_version(ROOT_2, ROOT),
            Self::Paths => &[],
            Self::PathItem | Self::Webhook => by_version(PATH_ITEM_2, PATH_ITEM),
            Self::Operation | Self::WebhookOperation => by_version(OPERATION_2, OPERATION),
            Self::SecurityScheme => by_version(SECURITY_SCHEME_2, SECURITY_SCHEME),
            Self::Flows => FLOWS,
        }
    }

    fn knows(self, key: &str, version: Version) -> bool {
        self.listed(version).contains(&key)
            || matches!(self, Self::PathItem | Self::Webhook) && is_method(key, version)
            || version >= Version::OpenApi32 && self.new_in_32().contains(&key)
    }

    /// The known key that is likely meant.
    fn nearest(self, context: &Context<'_>, key: &str, version: Version) -> Option<&'static str> {
        let methods = METHODS.iter().filter(|_| matches!(self, Self::PathItem | Self::Webhook));
        let known = self.listed(version).iter().chain(methods).chain(self.new_in_32()).copied();
        context.likely(key, known.filter(|known| self.knows(known, version)))
    }

    /// The keys that OpenAPI 3.2 adds, without methods.
    pub(crate) fn new_in_32(self) -> &'static [&'static str] {
        match self {
            Self::Root => &["$self"],
            Self::PathItem | Self::Webhook => &["additionalOperations"],
            Self::SecurityScheme => &["deprecated", "oauth2MetadataUrl"],
            Self::Flows => &["deviceAuthorization"],
            Self::Paths | Self::Operation | Self::WebhookOperation => &[],
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Root => "the document",
            Self::Paths => "`paths`",
            Self::PathItem => "a path item",
            Self::Operation => "an operation",
            Self::Webhook => "a webhook",
            Self::WebhookOperation => "a webhook's operation",
            Self::SecurityScheme => "a security scheme",
            Self::Flows => "an OAuth flows object",
        }
    }

    /// The extensions that mean something at this place.
    fn extensions<'c>(self, required: &[&'c str]) -> Vec<&'c str> {
        match self {
            Self::Root => vec!["x-check-order"],
            Self::Operation => required.iter().copied().chain([RUST_NAME]).collect(),
            Self::Webhook | Self::WebhookOperation => vec!["x-follow-up"],
            Self::SecurityScheme => vec!["x-scopes", RUST_NAME],
            Self::Paths | Self::PathItem | Self::Flows => Vec::new(),
        }
    }
}

/// Reports unknown keys, extensions that are misspelt, and extensions that would be ignored here.
pub(crate) fn check_keys(context: &mut Context<'_>, node: &Node, place: Place, version: Version) {
    let settings = context.settings;
    let required: Vec<&str> = settings.extensions.iter().map(|extension| extension.name.as_str()).collect();
    let read_here = place.extensions(&required);
    for entry in node.entries().unwrap_or_default() {
        let key = entry.key.as_str();
        if place.knows(key, version) || read_here.contains(&key) {
            continue;
        }
        if key.starts_with("x-") || required.contains(&key) {
            if let Some(finding) = extension(entry, place, version, &read_here, &required) {
                context.report(finding);
            }
            continue;
        }
        // The keys of `paths` are templates. They are checked where templates are read.
        if let Place::Paths = place {
            continue;
        }
        let near = place.nearest(context, key, version);
        // The value under an unknown key may be an operation that is then left out.
        let operation = matches!(place, Place::PathItem) || matches!(place, Place::Root) && near.is_some();
        context.left_out |= operation && entry.value.entries().is_some();
        if context.is_full() {
            break;
        }
        let message = format!("{} has no key `{}`", place.what(), key.escape_debug());
        let level = danger(place, near);
        let finding = Finding { level, ..Finding::new(Code::UnknownKey, entry.key_span, message) };
        let finding = match near {
            Some(near) => finding.label(format!("did you mean `{near}`?")),
            None => finding,
        };
        let help = version.key_of_another(place, key);
        context.report(finding.help(help.unwrap_or_else(|| {
            let reason = if level == Level::Error { "; a key that is not read could hide a rule" } else { "" };
            format!("remove it, or start its name with `x-`{reason}")
        })));
    }
}

/// How bad an unknown key is. It is an error where it could be a method or a rule, since no other finding would be about that.
fn danger(place: Place, near: Option<&str>) -> Level {
    match place {
        Place::Paths | Place::PathItem | Place::Operation => Level::Error,
        // Without the document's `security`, an operation is reported as undeclared. But one with an extension would then accept any scheme.
        Place::Root if near == Some("security") => Level::Error,
        // A webhook guards nothing. A scheme that lacks a key is reported for the missing key.
        Place::Root | Place::Webhook | Place::WebhookOperation | Place::SecurityScheme | Place::Flows => Level::Warning,
    }
}

fn extension(entry: &Entry, place: Place, version: Version, read_here: &[&str], required: &[&str]) -> Option<Finding> {
    let (key, span) = (entry.key.as_str(), entry.key_span);
    let home = match key {
        "x-follow-up" if version < Version::OpenApi31 => Some("a webhook, which came with OpenAPI 3.1"),
        "x-follow-up" => Some("a webhook"),
        "x-scopes" => Some("a security scheme"),
        "x-check-order" => Some("the document's root"),
        RUST_NAME => Some("an operation or a security scheme"),
        _ if required.contains(&key) => Some("an operation"),
        _ => None,
    };
    // A follow-up requires nothing, so that losing one lets nobody in.
    let harmless = |finding: Finding, name: &str| {
        if name == "x-follow-up" { Finding { level: Level::Warning, ..finding } } else { finding }
    };
    if let Some(home) = home {
        let finding = Finding::new(
            Code::MisplacedExtension,
            span,
            format!("`{key}` means nothing on {}", place.what()),
        )
        .label("would be ignored")
        .help(match (key, place) {
            ("x-scopes", Place::Operation) => format!(
                "it is read on {home}; if it holds this operation's scopes, name it under `extensions` in `policy.toml`"
            ),
            _ => format!("it is read on {home}"),
        });
        return Some(harmless(finding, key));
    }
    // This rule is stricter than `likely`, which only adds a hint to something that is reported anyway. Here the nearness itself is
    // reported, and `x-required-roles` is no misspelling of `x-required-scopes`.
    let near = read_here
        .iter()
        .find(|name| name.len().abs_diff(key.len()) <= 2 && strsim::damerau_levenshtein(key, name) <= 2)?;
    let finding = Finding::new(Code::MisspelledExtension, span, format!("`{key}` is not read"))
        .label(format!("did you mean `{near}`?"))
        .help("an extension that is misspelt would be ignored in silence; rename it if something else is meant");
    Some(harmless(finding, near))
}
