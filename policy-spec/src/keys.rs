//! The keys that OpenAPI 3.0 and 3.1 know at each place.
//!
//! An unknown key is an error where it could carry policy: a misspelt `security` must not make an operation public, and
//! a method this reader does not know must not leave a route without a rule.

use crate::context::{Context, closest};
use crate::finding::{Code, Finding};
use crate::tree::Node;

pub(crate) const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

const ROOT: &[&str] = &[
    "openapi",
    "info",
    "jsonSchemaDialect",
    "servers",
    "paths",
    "webhooks",
    "components",
    "security",
    "tags",
    "externalDocs",
];
const PATH_ITEM: &[&str] = &[
    "$ref",
    "summary",
    "description",
    "get",
    "put",
    "post",
    "delete",
    "options",
    "head",
    "patch",
    "trace",
    "servers",
    "parameters",
];
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
const SECURITY_SCHEME: &[&str] =
    &["$ref", "type", "description", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl"];
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
    fn known(self) -> &'static [&'static str] {
        match self {
            Self::Root => ROOT,
            Self::Paths => &[],
            Self::PathItem | Self::Webhook => PATH_ITEM,
            Self::Operation | Self::WebhookOperation => OPERATION,
            Self::SecurityScheme => SECURITY_SCHEME,
            Self::Flows => FLOWS,
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
    fn extensions(self, extension: &str) -> Vec<&str> {
        match self {
            Self::Root => vec!["x-check-order"],
            Self::Operation => vec![extension],
            Self::Webhook | Self::WebhookOperation => vec!["x-follow-up"],
            Self::SecurityScheme => vec!["x-scopes"],
            Self::Paths | Self::PathItem | Self::Flows => Vec::new(),
        }
    }
}

/// Reports unknown keys, extensions that are misspelt, and extensions that would be ignored here.
pub(crate) fn check_keys(context: &mut Context<'_>, node: &Node, place: Place) {
    let settings = context.settings;
    let read_here = place.extensions(&settings.extension);
    for entry in node.entries().unwrap_or_default() {
        let key = entry.key.as_str();
        if place.known().contains(&key) || read_here.contains(&key) {
            continue;
        }
        if key.starts_with("x-") || key == settings.extension {
            if let Some(finding) = extension(key, entry.key_span, place, &read_here, &settings.extension) {
                context.error(finding);
            }
            continue;
        }
        // The keys of `paths` are templates, checked as such.
        if let Place::Paths = place {
            continue;
        }
        let mut finding =
            Finding::error(Code::UnknownKey, entry.key_span, format!("{} has no key `{key}`", place.what()));
        if let Some(near) = closest(key, place.known().iter().copied()) {
            finding = finding.label(format!("did you mean `{near}`?"));
        }
        let help = match (place, key) {
            (Place::PathItem, "query" | "additionalOperations") | (Place::Flows, "deviceAuthorization") => {
                "it belongs to OpenAPI 3.2, which is not read yet"
            }
            _ => "remove it, or start its name with `x-`; a key that is not read could hide a rule",
        };
        context.error(finding.help(help));
    }
}

fn extension(
    key: &str,
    span: crate::source::Span,
    place: Place,
    read_here: &[&str],
    required: &str,
) -> Option<Finding> {
    let everywhere = [
        (required, "an operation"),
        ("x-follow-up", "a webhook"),
        ("x-scopes", "a security scheme"),
        ("x-check-order", "the document's root"),
    ];
    if let Some((name, home)) = everywhere.iter().find(|(name, _)| *name == key) {
        return Some(
            Finding::error(Code::MisplacedExtension, span, format!("`{name}` means nothing on {}", place.what()))
                .label("would be ignored")
                .help(match (*name, place) {
                    ("x-scopes", Place::Operation) => format!(
                        "it is read on {home}; if it holds this operation's scopes, name it as the extension in the settings"
                    ),
                    _ => format!("it is read on {home}"),
                }),
        );
    }
    let near = read_here.iter().find(|name| strsim::damerau_levenshtein(key, name) <= 2)?;
    Some(
        Finding::error(Code::MisspelledExtension, span, format!("`{key}` is not read"))
            .label(format!("did you mean `{near}`?"))
            .help("an extension that is misspelt would be ignored in silence; rename it if something else is meant"),
    )
}
