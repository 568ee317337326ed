//! Security schemes and their scope catalogues.

use std::collections::BTreeMap;

use openapiv3::{APIKeyLocation, SecurityScheme};
use policy_core::is_scope_token;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::keys::{Place, check_keys};
use crate::model::{Scheme, SchemeKind};
use crate::source::Span;
use crate::tree::Node;

/// The schemes of the document.
pub(crate) struct Schemes {
    pub(crate) list: Vec<Declared>,
}

pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) span: Span,
    /// `None` after an error; the name resolves nevertheless, so that one mistake is told once.
    pub(crate) kind: Option<SchemeKind>,
    /// The scopes it declares; `None` when it has no catalogue, and any scope may be required of it.
    pub(crate) catalogue: Option<Catalogue>,
}

pub(crate) struct Catalogue {
    pub(crate) scopes: BTreeMap<String, (Option<String>, Span)>,
    /// Where a scope would be added.
    pub(crate) place: &'static str,
}

impl Schemes {
    pub(crate) fn find(&self, name: &str) -> Option<&Declared> {
        self.list.iter().find(|scheme| scheme.name == name)
    }

    pub(crate) fn models(&self, context: &Context<'_>) -> Vec<Scheme> {
        self.list
            .iter()
            .filter_map(|scheme| {
                Some(Scheme {
                    name: scheme.name.clone(),
                    kind: scheme.kind.clone()?,
                    location: context.location(scheme.span),
                })
            })
            .collect()
    }
}

/// Reads `components.securitySchemes`.
pub(crate) fn schemes(context: &mut Context<'_>, root: &Node) -> Schemes {
    let mut list = Vec::new();
    let Some(components) = root.get("components") else { return Schemes { list } };
    if components.entries().is_none() {
        context.invalid(components, "`components`", "a mapping");
    }
    let Some(schemes) = components.get("securitySchemes") else { return Schemes { list } };
    let Some(entries) = schemes.entries() else {
        context.invalid(schemes, "`securitySchemes`", "a mapping of names to schemes");
        return Schemes { list };
    };
    for entry in entries {
        let mut declared = Declared { name: entry.key.clone(), span: entry.key_span, kind: None, catalogue: None };
        if let Some(node) = context.follow_alone(&entry.value, "a security scheme") {
            check_keys(context, &node, Place::SecurityScheme);
            declared.kind = kind(context, &node, entry.key_span);
            declared.catalogue = catalogue(context, &node);
        }
        list.push(declared);
    }
    Schemes { list }
}

fn kind(context: &mut Context<'_>, node: &Node, span: Span) -> Option<SchemeKind> {
    let Some(entries) = node.entries() else {
        context.invalid(node, "the security scheme", "a mapping");
        return None;
    };
    // `openapiv3` models OpenAPI 3.0, which does not know this one.
    if node.get("type").and_then(|kind| kind.string()) == Some("mutualTLS") {
        return Some(SchemeKind::MutualTls);
    }
    let kept = entries.iter().filter(|entry| !entry.key.starts_with("x-") && entry.key != "description");
    let typed =
        context.typed(span, "the security scheme", kept.map(|entry| (entry.key.as_str(), &*entry.value)).collect())?;
    Some(match typed {
        SecurityScheme::APIKey { location: APIKeyLocation::Header, name, .. } => SchemeKind::ApiKeyHeader(name),
        SecurityScheme::APIKey { location: APIKeyLocation::Query, name, .. } => SchemeKind::ApiKeyQuery(name),
        SecurityScheme::APIKey { location: APIKeyLocation::Cookie, name, .. } => SchemeKind::ApiKeyCookie(name),
        // Scheme names are case-insensitive [RFC 9110, 11.1].
        SecurityScheme::HTTP { scheme, .. } => match scheme.to_ascii_lowercase().as_str() {
            "bearer" => SchemeKind::Bearer,
            "basic" => SchemeKind::Basic,
            other => SchemeKind::HttpOther(other.to_owned()),
        },
        SecurityScheme::OAuth2 { .. } => SchemeKind::OAuth2,
        SecurityScheme::OpenIDConnect { .. } => SchemeKind::OpenIdConnect,
    })
}

fn catalogue(context: &mut Context<'_>, node: &Node) -> Option<Catalogue> {
    let mut scopes = BTreeMap::new();
    let mut place = None;
    if let Some(flows) = node.get("flows") {
        check_keys(context, flows, Place::Flows);
        for flow in flows.entries().unwrap_or_default().iter().filter(|flow| !flow.key.starts_with("x-")) {
            if let Some(listed) = flow.value.get("scopes") {
                place = Some("flows");
                collect(context, listed, "the flow's `scopes`", Code::InvalidShape, &mut scopes);
            }
        }
    }
    if let Some(listed) = node.get("x-scopes") {
        place = Some("x-scopes");
        collect(context, listed, "`x-scopes`", Code::UnreadableExtension, &mut scopes);
    }
    place.map(|place| Catalogue { scopes, place })
}

fn collect(
    context: &mut Context<'_>,
    listed: &Node,
    what: &str,
    code: Code,
    scopes: &mut BTreeMap<String, (Option<String>, Span)>,
) {
    let Some(entries) = listed.entries() else {
        context.error(
            Finding::error(code, listed.span, format!("{what} is {}", listed.what()))
                .label("expected a mapping of scopes to descriptions"),
        );
        return;
    };
    for entry in entries {
        if !is_scope_token(&entry.key) {
            context.error(ill_formed(&entry.key, entry.key_span));
        }
        if entry.value.text().is_none() && !entry.value.is_null() {
            context.error(
                Finding::error(
                    code,
                    entry.value.span,
                    format!("the description of scope `{}` is {}", entry.key, entry.value.what()),
                )
                .label("expected a string"),
            );
        }
        let description = entry.value.text().map(str::to_owned);
        scopes.entry(entry.key.clone()).or_insert((description, entry.key_span));
    }
}

/// The finding for a string that is no scope token.
pub(crate) fn ill_formed(scope: &str, span: Span) -> Finding {
    let reason = match scope.chars().find(|c| !matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')) {
        None => "a scope has at least one character".to_owned(),
        Some(' ') if scope.trim() == scope => "holds a space; is it several scopes?".to_owned(),
        Some(other) => format!("holds {other:?}"),
    };
    let message = match scope {
        "" => "an empty string is not a scope".to_owned(),
        _ => format!("`{}` is not a scope", scope.escape_debug()),
    };
    Finding::error(Code::IllFormedScope, span, message)
        .label(reason)
        .help("a scope is made of printable ASCII without space, `\"` and `\\` (RFC 6749, appendix A.4)")
}
