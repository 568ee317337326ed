//! One security scheme, read from its declaration.

use std::cell::RefCell;
use std::rc::Rc;

use super::catalogue::{Catalogue, catalogue};
use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::keys::{Place, check_keys};
use crate::model::SchemeKind;
use crate::names::{self, rust_name};
use crate::source::Span;
use crate::tree::{Node, Scalar};
use crate::version::Version;

pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) span: Span,
    /// The name that `x-rust-name` gives it.
    pub(crate) rust_name: Option<String>,
    /// What is wrong with it. It is an error if an operation requires the scheme, and otherwise a warning.
    pub(super) faults: RefCell<Vec<Finding>>,
    /// Its declaration, with references followed. Two names for one node are one scheme.
    pub(super) node: Option<Rc<Node>>,
    /// `None` after an error. The name is known all the same, so that requirements of it are not reported as well.
    pub(crate) kind: Option<SchemeKind>,
    /// `deprecated: true`, or a flow that OAuth's best practice forbids.
    pub(crate) deprecated: Option<Deprecated>,
    /// The scopes that it declares. `None` if it has no catalogue: then any scope may be required of it.
    pub(crate) catalogue: Option<Catalogue>,
}

impl Declared {
    /// Whether OpenAPI gives scopes to this kind of scheme [OpenAPI 3.0, Security Requirement Object].
    pub(crate) fn is_oauth(&self) -> bool {
        matches!(self.kind, None | Some(SchemeKind::OAuth2 | SchemeKind::OpenIdConnect))
    }
}

/// Why a scheme is deprecated, and where that stands.
#[derive(Clone, Copy)]
pub(crate) enum Deprecated {
    ByDocument(Span),
    Implicit(Span),
    Password(Span),
}

pub(super) fn declare(
    context: &mut Context<'_>,
    name: &str,
    span: Span,
    node: &Rc<Node>,
    version: Version,
) -> Declared {
    let mut declared = Declared {
        name: name.to_owned(),
        span,
        rust_name: None,
        faults: RefCell::default(),
        node: None,
        kind: None,
        deprecated: None,
        catalogue: None,
    };
    if let Some(node) = context.follow_alone(node, "a security scheme") {
        check_keys(context, &node, Place::SecurityScheme, version);
        declared.rust_name = rust_name(context, &node, names::Kind::Scheme);
        let (known, left_out) = (context.findings.len(), context.left_out);
        declared.kind = kind(context, &node, span, version);
        if declared.kind.is_none() && context.findings.len() > known {
            declared.faults = RefCell::new(context.findings.split_off(known));
            context.left_out = left_out;
        }
        declared.catalogue = catalogue(context, &node, version);
        declared.deprecated = deprecated(&node);
        declared.node = Some(node);
    }
    declared
}

fn deprecated(node: &Node) -> Option<Deprecated> {
    if let Some(entry) = node.entry("deprecated").filter(|entry| entry.value.bool() == Some(true)) {
        return Some(Deprecated::ByDocument(entry.key_span));
    }
    // OpenAPI 3 has an object of flows, Swagger 2.0 one flow by its name.
    let flows = node.get("flows").map(|flows| flows.entries().unwrap_or_default()).unwrap_or_default();
    let named = flows.iter().map(|flow| (flow.key.as_str(), flow.key_span));
    let single = node.get("flow").and_then(|flow| Some((flow.string()?, flow.span)));
    let outdated = |(name, span)| match name {
        "implicit" => Some(Deprecated::Implicit(span)),
        "password" => Some(Deprecated::Password(span)),
        _ => None,
    };
    // A scheme that also has a flow which is not outdated can be used further.
    let all: Option<Vec<Deprecated>> = named.chain(single).map(outdated).collect();
    all?.first().copied()
}

fn kind(context: &mut Context<'_>, node: &Node, span: Span, version: Version) -> Option<SchemeKind> {
    if node.entries().is_none() {
        context.invalid(node, "the security scheme", "a mapping");
        return None;
    }
    sound(context, node, span, version)?;
    // Types that not every version has.
    match (node.get("type").and_then(|kind| kind.string()), version) {
        (Some("mutualTLS"), Version::OpenApi31 | Version::OpenApi32) => return Some(SchemeKind::MutualTls),
        (Some("basic"), Version::Swagger2) => return Some(SchemeKind::Basic),
        (Some("oauth2"), Version::Swagger2) => return Some(SchemeKind::OAuth2),
        _ => {}
    }
    let kind = written_kind(context, node)?;
    #[cfg(feature = "openapiv3")]
    {
        let second = super::by_openapiv3::kind(node);
        if second.as_ref() != Ok(&kind) {
            context.left_out = true;
            let why = second.err().unwrap_or_else(|| "it is of another kind there".to_owned());
            let message = format!("the crate `openapiv3` reads the security scheme in another way: {why}");
            context.report(Finding::error(Code::InvalidShape, span, message));
            return None;
        }
    }
    Some(kind)
}

/// Says that a name is none that a request can carry. Whoever sends requests by the document would write it into them as it stands, and a
/// line break in it would begin another header.
fn no_token(context: &mut Context<'_>, node: &Node, key: &str, expected: &str) {
    if let Some(node) = node.get(key) {
        context.invalid_word(node, &format!("`{key}` of the security scheme"), expected);
    }
}

/// Whether this is a token (RFC 9110, section 5.6.2), as the names of header fields, cookies (RFC 6265, section 4.1.1) and HTTP's
/// authentication schemes are.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// The kind of a [sound] scheme. `None` after an error.
fn written_kind(context: &mut Context<'_>, node: &Node) -> Option<SchemeKind> {
    let text = |context: &mut Context<'_>, key: &str| {
        let value = node.get(key)?;
        let text = value.string().map(str::to_owned);
        if text.is_none() {
            context.invalid(value, &format!("`{key}` of the security scheme"), "a string");
        }
        text
    };
    Some(match node.get("type")?.string()? {
        "apiKey" => {
            let name = text(context, "name")?;
            match node.get("in")?.string()? {
                "query" => SchemeKind::ApiKeyQuery(name),
                "header" if is_token(&name) => SchemeKind::ApiKeyHeader(name),
                "cookie" if is_token(&name) => SchemeKind::ApiKeyCookie(name),
                place @ ("header" | "cookie") => {
                    no_token(context, node, "name", &format!("the name of a {place}, without spaces and separators"));
                    return None;
                }
                _ => return None,
            }
        }
        "http" => {
            let scheme = text(context, "scheme")?;
            if !is_token(&scheme) {
                no_token(context, node, "scheme", "the name of an HTTP authentication scheme, such as `bearer`");
                return None;
            }
            // A hint for people, which may be left empty.
            let format = node.get("bearerFormat").filter(|format| !matches!(format.scalar(), Some(Scalar::Null)));
            if format.is_some() {
                text(context, "bearerFormat")?;
            }
            http_scheme(&scheme)
        }
        "oauth2" => SchemeKind::OAuth2,
        "openIdConnect" => {
            text(context, "openIdConnectUrl")?;
            SchemeKind::OpenIdConnect
        }
        _ => return None,
    })
}

/// The kind of an HTTP scheme. Names of schemes are case-insensitive [RFC 9110, 11.1].
pub(super) fn http_scheme(name: &str) -> SchemeKind {
    match name.to_ascii_lowercase().as_str() {
        "bearer" => SchemeKind::Bearer,
        "basic" => SchemeKind::Basic,
        other => SchemeKind::HttpOther(other.to_owned()),
    }
}

/// Checks that a scheme has the keys that its type requires. `None` after an error.
fn sound(context: &mut Context<'_>, node: &Node, span: Span, version: Version) -> Option<()> {
    let types = version.scheme_types();
    let missing = |context: &mut Context<'_>, key: &str, label: String| {
        context.left_out = true;
        let message = format!("the security scheme has no `{key}`");
        context.report(Finding::error(Code::InvalidShape, span, message).label(label));
    };
    let Some(kind) = node.get("type") else {
        missing(context, "type", format!("expected {types}"));
        return None;
    };
    let written = kind.string();
    let asked: &[&str] = match (written, version) {
        (Some("apiKey"), _) => &["name", "in"],
        (Some("http"), _) => &["scheme"],
        (Some("oauth2"), Version::Swagger2) | (Some("basic"), Version::Swagger2) => &[],
        (Some("mutualTLS"), Version::OpenApi31 | Version::OpenApi32) => &[],
        (Some("oauth2"), _) => &["flows"],
        (Some("openIdConnect"), _) => &["openIdConnectUrl"],
        _ => {
            context.invalid_word(kind, "the type of the security scheme", types);
            return None;
        }
    };
    let mut complete = Some(());
    for key in asked {
        match node.get(key) {
            None => {
                missing(context, key, format!("its type `{}` asks for it", written.unwrap_or_default()));
                complete = None;
            }
            Some(place) if *key == "in" && !matches!(place.string(), Some("header" | "query" | "cookie")) => {
                context.invalid_word(place, "`in` of the security scheme", version.key_places());
                complete = None;
            }
            Some(_) => {}
        }
    }
    complete
}
