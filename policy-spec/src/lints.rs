//! What is seen only when all operations are known.

use std::collections::{BTreeMap, BTreeSet};

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::model::{OperationModel, SchemeKind};
use crate::operations::Operations;
use crate::schemes::{Deprecated, Schemes};
use crate::source::Span;
use crate::tree::Node;

/// Words that documents write where they mean no scope, or every scope. The engine takes them as the scopes they are.
const SENTINELS: [&str; 11] =
    ["*", "all", "any", "anonymous", "anyone", "no_scope", "none", "null", "public", "unrestricted", "no-scope"];

pub(crate) fn lints(context: &mut Context<'_>, root: &Node, operations: &Operations, schemes: &Schemes) {
    if operations.declared.is_empty() && !context.left_out {
        let span = root.entry("paths").map_or(root.span, |paths| paths.key_span);
        context.report(
            Finding::new(Code::EmptyPolicy, span, "the document has no operation")
                .label("there is nothing to guard")
                .help("write the API's operations under `paths`"),
        );
    }
    operation_ids(context, operations);
    sentinels(context, operations);
    unused_scopes(context, operations, schemes);
    used_schemes(context, operations, schemes);
    read_and_write(context, operations);
}

fn operation_ids(context: &mut Context<'_>, operations: &Operations) {
    let mut known: BTreeMap<&str, Span> = BTreeMap::new();
    for (operation, span) in operations.models.iter().zip(&operations.ids) {
        match (operation.operation_id.as_deref(), span) {
            (Some(id), Some(span)) => match known.get(id) {
                Some(first) => context.report(
                    Finding::new(
                        Code::DuplicateOperationId,
                        *span,
                        format!("the `operationId` `{}` is not unique", id.escape_debug()),
                    )
                    .label("again here")
                    .also(*first, "first here")
                    .help("give the second an id of its own; a build refuses two operations of one name"),
                ),
                None => {
                    known.insert(id, *span);
                }
            },
            _ => {
                if let Some(span) = operation.spans.first() {
                    context.report(
                        Finding::new(
                            Code::MissingOperationId,
                            *span,
                            format!("`{}` has no `operationId`", operation.key()),
                        )
                        .label("its type is named after the route")
                        .help("add one, so that the name of the type stays when the path changes"),
                    );
                }
            }
        }
    }
}

fn sentinels(context: &mut Context<'_>, operations: &Operations) {
    let mut told = BTreeSet::new();
    for (scope, span) in &operations.required {
        if SENTINELS.contains(&scope.to_ascii_lowercase().as_str()) && told.insert(scope.as_str()) {
            context.report(
                Finding::new(
                    Code::SentinelScope,
                    *span,
                    format!("the scope `{scope}` reads like a word for something else"),
                )
                .label("it is required like any other scope")
                .help("for no scope write an empty list, for a public operation `security: []`"),
            );
        }
    }
}

fn unused_scopes(context: &mut Context<'_>, operations: &Operations, schemes: &Schemes) {
    // What could not be read may require it.
    if context.left_out {
        return;
    }
    let used: BTreeSet<&str> = operations.required.iter().map(|(scope, _)| scope.as_str()).collect();
    for scheme in schemes.all() {
        for (scope, (_, span)) in scheme.catalogue.iter().flat_map(|catalogue| &catalogue.scopes) {
            if !used.contains(scope.as_str()) {
                context.report(
                    Finding::new(
                        Code::UnusedScope,
                        *span,
                        format!("no operation requires the scope `{}`", scope.escape_debug()),
                    )
                    .label(format!("declared by `{}`", scheme.name))
                    .help("require it where it belongs, or remove it: what nobody checks should not be granted"),
                );
            }
        }
    }
}

fn used_schemes(context: &mut Context<'_>, operations: &Operations, schemes: &Schemes) {
    let alternatives = operations.models.iter().flat_map(|operation| &operation.alternatives);
    let used: BTreeSet<&str> =
        alternatives.flat_map(|alternative| &alternative.schemes).map(|(scheme, _)| scheme.as_str()).collect();
    for scheme in schemes.all().iter().filter(|scheme| used.contains(scheme.name.as_str())) {
        let name = &scheme.name;
        if let Some(SchemeKind::ApiKeyQuery(parameter)) = &scheme.kind {
            context.report(
                Finding::new(
                    Code::CredentialInQuery,
                    scheme.span,
                    format!("the credential of `{name}` travels in the URL"),
                )
                .label(format!("as the query parameter `{}`", parameter.escape_debug()))
                .help("URLs end in logs and histories (RFC 9700, 4.3.2); send it in a header"),
            );
        }
        let (span, label, help) = match scheme.deprecated {
            Some(Deprecated::ByDocument(span)) => {
                (span, "by the document itself", "move its operations to another scheme")
            }
            Some(Deprecated::Implicit(span)) => {
                (span, "its only flow is `implicit`", "use the authorization code flow with PKCE (RFC 9700, 2.1.2)")
            }
            Some(Deprecated::Password(span)) => (
                span,
                "its only flow is `password`",
                "use the authorization code or client credentials flow (RFC 9700, 2.4)",
            ),
            None => continue,
        };
        context.report(
            Finding::new(Code::DeprecatedScheme, span, format!("the scheme `{name}` is deprecated and in use"))
                .label(label)
                .help(help),
        );
    }
}

/// `[x:read, x:write]`: whoever may write usually may read, so that an AND of both is often meant as an OR.
fn read_and_write(context: &mut Context<'_>, operations: &Operations) {
    let mut pairs: BTreeMap<(String, String), (Span, usize)> = BTreeMap::new();
    for operation in &operations.models {
        for pair in pairs_of(operation) {
            let Some(span) = operation.reasons.first() else { continue };
            pairs.entry(pair).or_insert((*span, 0)).1 += 1;
        }
    }
    for ((read, write), (span, count)) in pairs {
        let operations =
            if count == 1 { "one operation requires".to_owned() } else { format!("{count} operations require") };
        context.report(
            Finding::new(Code::AndThatReadsLikeOr, span, format!("{operations} both `{read}` and `{write}`"))
                .label("all of a list are required; first here")
                .help(
                    "where either is enough, write them as two alternatives: `- {scheme: [a]}` and `- {scheme: [b]}`",
                ),
        );
    }
}

fn pairs_of(operation: &OperationModel) -> BTreeSet<(String, String)> {
    let mut pairs = BTreeSet::new();
    for alternative in &operation.alternatives {
        let lists = alternative.schemes.iter().map(|(_, scopes)| scopes).chain([&alternative.extension]);
        for scopes in lists {
            for read in scopes {
                let write = other_half(read)
                    .and_then(|halves| halves.into_iter().find(|half| scopes.binary_search(half).is_ok()));
                if let Some(write) = write {
                    pairs.insert((read.clone(), write));
                }
            }
        }
    }
    pairs
}

/// For a scope with `read` as a word of it, how the one for writing may be written.
fn other_half(scope: &str) -> Option<Vec<String>> {
    let word = |at: usize| {
        let before = scope.get(..at).and_then(|before| before.chars().next_back());
        let after = scope.get(at + 4..).and_then(|after| after.chars().next());
        [before, after].into_iter().flatten().all(|c| !c.is_ascii_alphanumeric())
    };
    let at = scope.match_indices("read").map(|(at, _)| at).find(|at| word(*at))?;
    let (before, after) = (scope.get(..at)?, scope.get(at + 4..)?);
    let mut halves = vec![format!("{before}write{after}")];
    // `accounting.transactions` beside `accounting.transactions.read`: the plain one writes too.
    let plain = if after.is_empty() { before.strip_suffix(['.', ':', '/', '_', '-']) } else { None };
    halves.extend(plain.map(str::to_owned));
    Some(halves)
}
