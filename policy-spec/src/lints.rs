//! Mistakes that can only be seen when all operations are known.

use std::collections::{BTreeSet, HashMap};

use policy_core::owned::AlternativeFacts;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::model::{OperationModel, SchemeKind};
use crate::operations::Operations;
use crate::schemes::{Deprecated, Schemes};
use crate::scope_lints::scope_lints;
use crate::siblings::siblings;
use crate::source::Span;
use crate::together::read_like_alternatives;
use crate::tree::Node;

pub(crate) fn lints(context: &mut Context<'_>, root: &Node, operations: &Operations, schemes: &Schemes) {
    if operations.declared.is_empty() && !context.left_out {
        let span = root.entry("paths").map_or(root.span, |paths| paths.key_span);
        context.report(
            Finding::new(Code::EmptyPolicy, span, "the document has no operation")
                .label("there is nothing to guard")
                .help("write the API's operations under `paths`"),
        );
    }
    faulty_schemes(context, operations, schemes);
    operation_ids(context, operations);
    scope_lints(context, operations, schemes);
    used_schemes(context, operations, schemes);
    read_like_alternatives(context, operations);
    siblings(context, operations);
}

fn operation_ids(context: &mut Context<'_>, operations: &Operations) {
    let mut known: HashMap<&str, Span> = HashMap::new();
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

/// Reports schemes that cannot be read. One that no operation requires decides nothing, so that it is a warning.
fn faulty_schemes(context: &mut Context<'_>, operations: &Operations, schemes: &Schemes) {
    let alternatives = || operations.models.iter().flat_map(OperationModel::alternatives);
    // An operation that only has an extension accepts any scheme.
    let any = alternatives().any(AlternativeFacts::accepts_any_scheme);
    let named: BTreeSet<&str> =
        alternatives().flat_map(|alternative| alternative.schemes()).map(|(scheme, _)| scheme.as_str()).collect();
    schemes.report_faults(context, |name| any || named.contains(name));
}

fn used_schemes(context: &mut Context<'_>, operations: &Operations, schemes: &Schemes) {
    let alternatives = operations.models.iter().flat_map(OperationModel::alternatives);
    let used: BTreeSet<&str> =
        alternatives.flat_map(|alternative| alternative.schemes()).map(|(scheme, _)| scheme.as_str()).collect();
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
        let (code, client) = (context.version.code_flow(), context.version.client_flow());
        let (span, label, help) = match scheme.deprecated {
            Some(Deprecated::ByDocument(span)) => {
                (span, "by the document itself", "move its operations to another scheme".to_owned())
            }
            Some(Deprecated::Implicit(span)) => (
                span,
                "its only flow is `implicit`",
                format!("use the authorization code flow, `{code}`, with PKCE (RFC 9700, 2.1.2)"),
            ),
            Some(Deprecated::Password(span)) => (
                span,
                "its only flow is `password`",
                format!("use the authorization code flow, `{code}`, or client credentials, `{client}` (RFC 9700, 2.4)"),
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
