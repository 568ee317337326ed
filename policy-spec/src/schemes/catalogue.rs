//! The scopes that a security scheme declares.

use std::collections::BTreeMap;

use policy_core::is_scope_token;

use super::declared::Declared;
use crate::context::Context;
use crate::finding::{Code, Finding, Level};
use crate::keys::{Place, check_keys};
use crate::source::Span;
use crate::tree::Node;
use crate::version::Version;

pub(crate) struct Catalogue {
    pub(crate) scopes: BTreeMap<String, (Option<String>, Span)>,
    /// The scheme's key below which a scope would be added.
    place: &'static str,
    /// Whether it is, or holds, an `x-scopes`. Then it lists the scopes of extensions too. Flows list those of OAuth only.
    pub(crate) is_own: bool,
}

impl Declared {
    /// The place in the document where a scope is added to a catalogue of this scheme.
    pub(crate) fn place_of(&self, catalogue: &Catalogue, version: Version) -> String {
        let (name, place) = (&self.name, catalogue.place);
        // A scheme that is named by URI is declared in another place.
        if name.contains('#') {
            format!("`{place}` of `{name}`")
        } else {
            format!("`{}.{name}.{place}`", version.schemes())
        }
    }
}

pub(super) fn catalogue(context: &mut Context<'_>, node: &Node, version: Version) -> Option<Catalogue> {
    let mut scopes = BTreeMap::new();
    let mut place = None;
    if let Some(listed) = node.get("scopes").filter(|_| version == Version::Swagger2) {
        place = Some("scopes");
        collect(context, listed, "`scopes`", Code::InvalidShape, &mut scopes);
    }
    if let Some(flows) = node.get("flows") {
        check_keys(context, flows, Place::Flows, version);
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
    place.map(|place| Catalogue { scopes, place, is_own: place == "x-scopes" })
}

fn collect(
    context: &mut Context<'_>,
    listed: &Node,
    what: &str,
    code: Code,
    scopes: &mut BTreeMap<String, (Option<String>, Span)>,
) {
    let Some(entries) = listed.entries() else {
        context.report(
            Finding::error(code, listed.span, format!("{what} is {}", listed.what()))
                .label("expected a mapping of scopes to descriptions"),
        );
        return;
    };
    for entry in entries.iter().filter(|entry| !entry.key.starts_with("x-") || entry.value.text().is_some()) {
        // To require an ill-formed scope is an error. To list one is a warning, since it decides nothing.
        if !is_scope_token(&entry.key) {
            context.report(Finding { level: Level::Warning, ..ill_formed(&entry.key, entry.key_span) });
        }
        if entry.value.text().is_none() && !entry.value.is_null() {
            let message = format!("the description of scope `{}` is {}", entry.key, entry.value.what());
            let finding = Finding::new(code, entry.value.span, message).label("expected a string");
            context.report(Finding { level: Level::Warning, ..finding });
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
