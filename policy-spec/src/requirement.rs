//! Security requirements: an OR of ANDs, kept whole.

use policy_core::is_scope_token;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::model::AlternativeModel;
use crate::schemes::{Declared, Schemes, ill_formed};
use crate::source::Span;
use crate::tree::Node;
use crate::version::Version;

/// A `security` list, resolved.
#[derive(Clone, Debug)]
pub(crate) struct Requirements {
    /// The key.
    pub(crate) span: Span,
    /// The alternatives, each with its place.
    pub(crate) alternatives: Vec<(AlternativeModel, Span)>,
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
    let Some(items) = node.items() else {
        context.invalid(node, "`security`", "a list of security requirements");
        return None;
    };
    let mut found = Requirements { span: key, alternatives: Vec::new(), scopes: Vec::new() };
    let mut readable = true;
    for item in items {
        let Some(entries) = item.entries() else {
            context.invalid(item, "the security requirement", "a mapping of schemes to scopes");
            readable = false;
            continue;
        };
        let mut required = Vec::new();
        for entry in entries {
            let declared = schemes.resolve(context, &entry.key, entry.key_span, version);
            let Some(scopes) = string_list(&entry.value) else {
                context.invalid(
                    &entry.value,
                    &format!("the requirement of `{}`", entry.key),
                    "a list of scopes as strings; `[]` for none",
                );
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
                    in_catalogue(context, scope, *span, std::slice::from_ref(declared));
                }
            }
            let scopes_allowed = version >= Version::OpenApi31 || declared.is_none_or(|declared| declared.is_oauth());
            if !scopes.is_empty() && !scopes_allowed {
                context.report(
                    Finding::new(
                        Code::ScopesOnNonOAuthScheme,
                        entry.value.span,
                        format!("`{}` is given scopes, which OpenAPI before 3.1 keeps for OAuth", entry.key),
                    )
                    .label("they are required nevertheless")
                    .help("move them to the scope extension, or to OpenAPI 3.1"),
                );
            }
            found.scopes.extend(scopes.iter().cloned());
            required.push((entry.key.clone(), sorted(scopes.into_iter().map(|(scope, _)| scope).collect())));
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
        found.alternatives.push((AlternativeModel { anonymous, schemes: required, extension: Vec::new() }, item.span));
    }
    // Fewer alternatives than were written would be another policy.
    readable.then_some(found)
}

/// Reports a scope that no catalogue of `schemes` holds. A scheme without a catalogue may know it.
pub(crate) fn in_catalogue(
    context: &mut Context<'_>,
    scope: &str,
    span: Span,
    schemes: &[std::rc::Rc<Declared>],
) -> bool {
    let catalogues: Vec<_> =
        schemes.iter().filter_map(|scheme| Some((&scheme.name, scheme.catalogue.as_ref()?))).collect();
    let Some((name, first)) = catalogues.first().copied() else { return false };
    if catalogues.len() < schemes.len()
        || catalogues.iter().any(|(_, catalogue)| catalogue.scopes.contains_key(scope))
        || !is_scope_token(scope)
    {
        return false;
    }
    let names = catalogues.iter().flat_map(|(_, catalogue)| catalogue.scopes.keys().map(String::as_str));
    let near = context.closest(scope, names);
    context.report(
        Finding::new(Code::UndeclaredScope, span, format!("scope `{scope}` is not in the catalogue of `{name}`"))
            .label(near.map_or_else(|| "not declared".to_owned(), |near| format!("did you mean `{near}`?")))
            .help(format!("declare it under `components.securitySchemes.{name}.{}`, or correct it here", first.place)),
    );
    true
}

/// The strings of a list, each with its place; `None` when it is anything else.
pub(crate) fn string_list(node: &Node) -> Option<Vec<(String, Span)>> {
    node.items()?.iter().map(|item| Some((item.string()?.to_owned(), item.span))).collect()
}

/// A set of scopes, as a list.
pub(crate) fn sorted(mut scopes: Vec<String>) -> Vec<String> {
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}
