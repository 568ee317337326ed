//! Security requirements: a list of alternatives, of which one is enough. All schemes of an alternative are needed together.

use std::rc::Rc;

use policy_core::is_scope_token;
use policy_core::owned::AlternativeFacts;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::likely::did_you_mean;
use crate::schemes::{Declared, Schemes, ill_formed};
use crate::scope_lints::is_a_letter_away;
use crate::source::Span;
use crate::tree::{Entry, Node};
use crate::version::Version;

/// A `security` list, resolved.
#[derive(Clone, Debug)]
pub(crate) struct Requirements {
    /// The key.
    pub(crate) span: Span,
    /// The alternatives, each with its place.
    pub(crate) alternatives: Vec<(AlternativeFacts, Span)>,
    /// Every scope in them, with its place.
    pub(crate) scopes: Vec<(String, Span)>,
}

/// Reads a `security` list. `None` after an error of shape.
pub(crate) fn requirements(
    context: &mut Context<'_>,
    node: &Node,
    key: Span,
    schemes: &Schemes,
    version: Version,
) -> Option<Requirements> {
    let items = context.items(node, "`security`", "a list of security requirements")?;
    let mut found = Requirements { span: key, alternatives: Vec::new(), scopes: Vec::new() };
    let mut readable = true;
    for item in items {
        let Some(entries) = context.entries(item, "the security requirement", "a mapping of schemes to scopes") else {
            readable = false;
            continue;
        };
        let mut required: Vec<(String, Vec<String>)> = Vec::new();
        for entry in entries {
            let declared = schemes.resolve(context, &entry.key, entry.key_span, version);
            let Some(scopes) = scopes(context, entry) else {
                readable = false;
                continue;
            };
            if !context.grow(1 + scopes.len(), entry.value.span) {
                return None;
            }
            for (scope, span) in &scopes {
                if !is_scope_token(scope) {
                    let finding = ill_formed(scope, *span);
                    let oauth = declared.as_ref().is_none_or(|declared| declared.is_oauth());
                    context.report(if oauth { finding.settled() } else { finding });
                }
                if let Some(declared) = &declared {
                    in_catalogue(context, scope, *span, declared);
                }
            }
            let scopes_allowed =
                version >= Version::OpenApi31 || declared.as_ref().is_none_or(|declared| declared.is_oauth());
            if !scopes.is_empty() && !scopes_allowed {
                context.report(scopes_not_allowed(entry, version));
            }
            found.scopes.extend(scopes.iter().cloned());
            let name = declared.map_or_else(|| entry.key.clone(), |declared| declared.name.clone());
            if required.iter().any(|(other, _)| *other == name) {
                let message = format!("the scheme `{name}` stands twice in one requirement");
                context.report(
                    Finding::error(Code::DuplicateKey, entry.key_span, message)
                        .label("the same by another name")
                        .help("name it once, with all of its scopes"),
                );
                readable = false;
                continue;
            }
            required.push((name, sorted(scopes.into_iter().map(|(scope, _)| scope).collect())));
        }
        let anonymous = entries.is_empty();
        if anonymous && items.len() > 1 {
            context.report(
                Finding::new(
                    Code::AnonymousAlternative,
                    item.span,
                    "this alternative lets callers in without a credential",
                )
                .label("`{}` requires nothing")
                .help("remove it, unless the operation answers callers that it does not know"),
            );
        }
        let alternative = if anonymous {
            AlternativeFacts::Anonymous
        } else {
            AlternativeFacts::Credentials { schemes: required, extension: Vec::new() }
        };
        found.alternatives.push((alternative, item.span));
    }
    // If an alternative cannot be read, the whole list is left out. A list without it would be another policy.
    readable.then_some(found)
}

/// The scopes that a requirement lists for a scheme. `None` after an error.
fn scopes(context: &mut Context<'_>, entry: &Entry) -> Option<Vec<(String, Span)>> {
    match string_list(&entry.value) {
        Ok(scopes) => Some(scopes),
        Err(node) if node.span == entry.value.span => {
            let what = format!("the requirement of `{}`", entry.key.escape_debug());
            context.invalid(&entry.value, &what, "a list of scopes as strings; `[]` for none");
            None
        }
        Err(item) => {
            let message = format!("a scope that is required of `{}` is {}", entry.key.escape_debug(), item.what());
            let finding = Finding::error(Code::InvalidShape, item.span, message).label("expected a scope as a string");
            let help = quote(item).unwrap_or_else(|| "write each scope as a string".to_owned());
            context.left_out = true;
            context.report(finding.help(help));
            None
        }
    }
}

fn scopes_not_allowed(entry: &Entry, version: Version) -> Finding {
    let name = entry.key.escape_debug();
    let (who, elsewhere) = match version {
        Version::Swagger2 => ("Swagger 2.0 keeps for `oauth2`", ""),
        _ => ("OpenAPI before 3.1 keeps for OAuth", ", or say `openapi: 3.1.0`, which allows them"),
    };
    Finding::new(Code::ScopesOnNonOAuthScheme, entry.value.span, format!("`{name}` is given scopes, which {who}"))
        .label("they are required nevertheless")
        .help(format!("move them to an extension of the operation, such as `x-required-scopes`{elsewhere}"))
}

/// Reports a scope that is required of a scheme and that its catalogue does not list. A scheme without a catalogue may have any
/// scope.
pub(crate) fn in_catalogue(context: &mut Context<'_>, scope: &str, span: Span, scheme: &Rc<Declared>) {
    match &scheme.catalogue {
        Some(catalogue) => {
            if !catalogue.scopes.contains_key(scope) && is_scope_token(scope) {
                undeclared(context, scope, span, std::slice::from_ref(scheme));
            }
        }
        None => context.known_by_use(scope, span, false),
    }
}

/// Reports a scope of an extension that any of `schemes` may grant and none of them declares. True if that was an error.
///
/// The flows of an OAuth scheme list OAuth's scopes. The scopes of an extension can be other ones, such as a vendor's
/// permissions. `x-scopes` is their catalogue. Without `x-scopes`, every scope that is used counts as declared. But a scope that is
/// one letter away from one in the flows is taken for a misspelling of it.
pub(crate) fn extension_in_catalogue(
    context: &mut Context<'_>,
    scope: &str,
    span: Span,
    schemes: &[Rc<Declared>],
) -> bool {
    let catalogues = || schemes.iter().filter_map(|scheme| scheme.catalogue.as_ref());
    if catalogues().any(|catalogue| catalogue.scopes.contains_key(scope)) || !is_scope_token(scope) {
        return false;
    }
    // A scheme without a catalogue may have any scope.
    let every = !schemes.is_empty() && catalogues().count() == schemes.len();
    let names = catalogues().flat_map(|catalogue| catalogue.scopes.keys().map(String::as_str));
    let listed = every
        && (catalogues().all(|catalogue| catalogue.is_own)
            || context.any_of(names, |name| is_a_letter_away(scope, name)));
    if listed {
        undeclared(context, scope, span, schemes);
    } else {
        context.known_by_use(scope, span, true);
    }
    listed
}

fn undeclared(context: &mut Context<'_>, scope: &str, span: Span, schemes: &[Rc<Declared>]) {
    let catalogues = || schemes.iter().filter_map(|scheme| Some((scheme, scheme.catalogue.as_ref()?)));
    let Some((first, catalogue)) = catalogues().next() else { return };
    let near =
        context.likely(scope, catalogues().flat_map(|(_, catalogue)| catalogue.scopes.keys().map(String::as_str)));
    let place = first.place_of(catalogue, context.version);
    context.report(
        Finding::new(
            Code::UndeclaredScope,
            span,
            format!("scope `{scope}` is not in the catalogue of `{}`", first.name),
        )
        .label(did_you_mean(near, "not declared"))
        .help(format!("declare it under {place}, or correct it here")),
    );
}

/// The strings of a list, each with its place. `Err` is the node if it is no list, or its first item that is no string.
pub(crate) fn string_list(node: &Node) -> Result<Vec<(String, Span)>, &Node> {
    let items = node.items().ok_or(node)?;
    items.iter().map(|item| Ok((item.string().ok_or(&**item)?.to_owned(), item.span))).collect()
}

/// The finding for an extension that is no list of strings. `node` is the extension's value or one of its items.
pub(crate) fn not_strings(name: &str, list: &Node, node: &Node, of: &str) -> Finding {
    let what = node.what();
    let message =
        if node.span == list.span { format!("`{name}` is {what}") } else { format!("an item of `{name}` is {what}") };
    Finding::error(Code::UnreadableExtension, node.span, message).label(format!("expected a list of {of} as strings"))
}

/// Advises to quote a scalar that is not a string only because quotes are missing.
pub(crate) fn quote(node: &Node) -> Option<String> {
    node.text().map(|text| format!("quote it: `\"{}\"`", text.escape_debug()))
}

/// A set of scopes, as a list.
pub(crate) fn sorted(mut scopes: Vec<String>) -> Vec<String> {
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}
