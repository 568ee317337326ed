//! Security requirements: an OR of ANDs, kept whole.

use policy_core::{Access, is_scope_token};

use crate::context::{Context, closest};
use crate::finding::{Code, Finding};
use crate::model::{AlternativeModel, SchemeKind};
use crate::schemes::{Declared, Schemes, ill_formed};
use crate::settings::Combine;
use crate::source::Span;
use crate::tree::Node;

/// A `security` list, resolved.
#[derive(Clone, Debug)]
pub(crate) struct Requirements {
    pub(crate) span: Span,
    pub(crate) alternatives: Vec<AlternativeModel>,
}

/// The scopes of an operation's extension.
#[derive(Clone, Debug)]
pub(crate) struct Extension {
    pub(crate) span: Span,
    pub(crate) scopes: Vec<(String, Span)>,
}

/// Reads a `security` list. `None` after an error of shape.
pub(crate) fn requirements(
    context: &mut Context<'_>,
    node: &Node,
    key: Span,
    schemes: &Schemes,
    openapi: &str,
) -> Option<Requirements> {
    let Some(items) = node.items() else {
        context.invalid(node, "`security`", "a list of security requirements");
        return None;
    };
    let mut alternatives = Vec::new();
    let mut readable = true;
    for item in items {
        let Some(entries) = item.entries() else {
            context.invalid(item, "the security requirement", "a mapping of schemes to scopes");
            readable = false;
            continue;
        };
        let mut required = Vec::new();
        for entry in entries {
            let declared = schemes.find(&entry.key);
            if declared.is_none() {
                context.error(unresolved(&entry.key, entry.key_span, schemes));
            }
            let Some(scopes) = string_list(&entry.value) else {
                context.invalid(
                    &entry.value,
                    &format!("the requirement of `{}`", entry.key),
                    "a list of scopes as strings; `[]` for none",
                );
                readable = false;
                continue;
            };
            for (scope, span) in &scopes {
                well_formed(context, scope, *span);
                if let Some(declared) = declared {
                    in_catalogue(context, scope, *span, &[declared]);
                }
            }
            let scopes_allowed = declared.is_none_or(|declared| {
                matches!(declared.kind, None | Some(SchemeKind::OAuth2 | SchemeKind::OpenIdConnect))
                    || !openapi.starts_with("3.0")
            });
            if !scopes.is_empty() && !scopes_allowed {
                context.error(
                    Finding::warning(
                        Code::ScopesOnPlainScheme,
                        entry.value.span,
                        format!("`{}` is given scopes, which OpenAPI 3.0 keeps for OAuth", entry.key),
                    )
                    .label("they are required nevertheless")
                    .help("move them to the scope extension, or to OpenAPI 3.1"),
                );
            }
            required.push((entry.key.clone(), sorted(scopes)));
        }
        alternatives.push(AlternativeModel { anonymous: entries.is_empty(), schemes: required, extension: Vec::new() });
    }
    // Fewer alternatives than were written would be another policy.
    readable.then_some(Requirements { span: key, alternatives })
}

fn unresolved(name: &str, span: Span, schemes: &Schemes) -> Finding {
    let near = closest(name, schemes.list.iter().map(|scheme| scheme.name.as_str()));
    Finding::error(Code::SchemeUnresolved, span, format!("the security scheme `{name}` is not declared"))
        .label(near.map_or_else(
            || "not under `components.securitySchemes`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        ))
        .help("declare it under `components.securitySchemes`, or correct the name")
}

/// Reads the scope extension.
pub(crate) fn extension(context: &mut Context<'_>, node: &Node) -> Option<Extension> {
    let name = &context.settings.extension;
    let Some(scopes) = string_list(node) else {
        // The item at fault, if the list itself is one.
        let fault = node.items().and_then(|items| items.iter().find(|item| item.string().is_none()));
        let mut finding = match fault {
            Some(item) => {
                Finding::error(Code::UnreadableExtension, item.span, format!("an item of `{name}` is {}", item.what()))
                    .label("expected a string")
            }
            None => Finding::error(Code::UnreadableExtension, node.span, format!("`{name}` is {}", node.what()))
                .label("expected a list of scopes"),
        };
        finding = match node.string().or(fault.and_then(|item| item.text())) {
            Some(text) => finding.help(format!(
                "write `[{}]`",
                text.split_whitespace().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
            )),
            None => finding.help("write a list of strings; `[]` for any authenticated caller"),
        };
        context.error(finding);
        return None;
    };
    for (scope, span) in &scopes {
        well_formed(context, scope, *span);
    }
    Some(Extension { span: node.span, scopes })
}

/// What an operation demands: its own `security` or else the document's, and the extension in addition to each.
///
/// The four emptinesses [OpenAPI 3.1, Operation Object]: `security: []` and an inherited `[]` are public;
/// `[{scheme: []}]` is any caller that the scheme authenticates; absent everywhere is undeclared, an error. With the
/// extension alone, any of the document's schemes may authenticate the caller.
pub(crate) fn combine(
    context: &mut Context<'_>,
    operation: (&str, Span),
    security: Option<&Requirements>,
    extension: Option<&Extension>,
    schemes: &Schemes,
) -> Option<(Access, Vec<AlternativeModel>)> {
    let (key, span) = operation;
    let base = match (security, extension) {
        (Some(security), _) => security.alternatives.clone(),
        (None, Some(_)) if !schemes.list.is_empty() => schemes
            .list
            .iter()
            .map(|scheme| AlternativeModel {
                anonymous: false,
                schemes: vec![(scheme.name.clone(), Vec::new())],
                extension: Vec::new(),
            })
            .collect(),
        (None, _) => {
            let why = if extension.is_some() {
                "no scheme is declared that could authenticate a caller"
            } else {
                "no `security` here nor at the document's root"
            };
            context.error(
                Finding::error(Code::UndeclaredOperation, span, format!("nothing says who may call `{key}`"))
                    .label(why)
                    .help("add `security` with a declared scheme; for a public operation write `security: []`"),
            );
            return None;
        }
    };
    let anonymous = base.is_empty() || base.iter().any(|alternative| alternative.anonymous);
    let scopes = extension.map(|extension| extension.scopes.as_slice()).unwrap_or_default();
    if let (true, [_, ..], Some(extension)) = (anonymous, scopes, extension) {
        let mut finding = Finding::error(
            Code::PublicOperationWithScopes,
            extension.span,
            format!("`{key}` demands scopes, but anonymous callers may use it"),
        )
        .label("an anonymous caller holds none of these")
        .help("remove the scopes, or require a scheme in every alternative of `security`");
        if let Some(security) = security {
            finding = finding.also(security.span, "public by this");
        }
        context.error(finding);
        return None;
    }
    check_extension(context, scopes, &base, schemes);
    let mut alternatives: Vec<AlternativeModel> = Vec::new();
    for alternative in base {
        let lists = match context.settings.combine {
            _ if alternative.anonymous || scopes.is_empty() => vec![Vec::new()],
            Combine::All => vec![sorted(scopes.to_vec())],
            Combine::Any => scopes.iter().map(|(scope, _)| vec![scope.clone()]).collect(),
        };
        for extension in lists {
            let whole = AlternativeModel { extension, ..alternative.clone() };
            // Exact duplicates only; an alternative that another one implies is kept and shown.
            if !alternatives.iter().any(|known| same(known, &whole)) {
                alternatives.push(whole);
            }
        }
    }
    if alternatives.iter().all(|alternative| alternative.anonymous) {
        return Some((Access::Public, Vec::new()));
    }
    Some((if anonymous { Access::Optional } else { Access::Required }, alternatives))
}

/// Equal but for the order in which the schemes stand.
pub(crate) fn same(one: &AlternativeModel, other: &AlternativeModel) -> bool {
    let schemes = |alternative: &AlternativeModel| {
        let mut schemes = alternative.schemes.clone();
        schemes.sort();
        schemes
    };
    one.anonymous == other.anonymous && one.extension == other.extension && schemes(one) == schemes(other)
}

/// A scope of the extension counts from any scheme of the alternative, so one of them has to know it.
fn check_extension(
    context: &mut Context<'_>,
    scopes: &[(String, Span)],
    alternatives: &[AlternativeModel],
    schemes: &Schemes,
) {
    for (scope, span) in scopes {
        for alternative in alternatives {
            let declared: Vec<&Declared> =
                alternative.schemes.iter().filter_map(|(name, _)| schemes.find(name)).collect();
            if declared.len() == alternative.schemes.len() && in_catalogue(context, scope, *span, &declared) {
                break;
            }
        }
    }
}

/// Reports a scope that no catalogue of `schemes` holds. A scheme without a catalogue may know it.
fn in_catalogue(context: &mut Context<'_>, scope: &str, span: Span, schemes: &[&Declared]) -> bool {
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
    let near = closest(scope, names);
    context.error(
        Finding::error(Code::UndeclaredScope, span, format!("scope `{scope}` is not in the catalogue of `{name}`"))
            .label(near.map_or_else(|| "not declared".to_owned(), |near| format!("did you mean `{near}`?")))
            .help(format!("declare it under `components.securitySchemes.{name}.{}`, or correct it here", first.place)),
    );
    true
}

fn well_formed(context: &mut Context<'_>, scope: &str, span: Span) {
    if !is_scope_token(scope) {
        context.error(ill_formed(scope, span));
    }
}

/// The strings of a list, each with its place; `None` when it is anything else.
pub(crate) fn string_list(node: &Node) -> Option<Vec<(String, Span)>> {
    node.items()?.iter().map(|item| Some((item.string()?.to_owned(), item.span))).collect()
}

fn sorted(scopes: Vec<(String, Span)>) -> Vec<String> {
    let mut scopes: Vec<String> = scopes.into_iter().map(|(scope, _)| scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}
