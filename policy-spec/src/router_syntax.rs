//! Paths in the syntax of a framework's or gateway's router, which OpenAPI does not know.
//!
//! Such a path is still a template of OpenAPI, but with another meaning. `{rest+}` takes one segment in OpenAPI, and several in
//! such a router. `:token` is plain text in OpenAPI, and a parameter there. The author expects requests to be served that are not.

use std::collections::BTreeSet;

use crate::context::Context;
use crate::finding::{Code, Finding, named};
use crate::source::Span;

/// Reports a template that is written in the syntax of a router.
pub(crate) fn check(context: &mut Context<'_>, template: &str, span: Span) {
    let (mut parameters, mut texts) = (BTreeSet::new(), BTreeSet::new());
    for segment in template.split('/') {
        let mut rest = segment;
        let mut first = true;
        while let Some((literal, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            if is_text_of_a_router(literal, first) {
                texts.insert(format!("`{literal}`"));
            }
            if literal.ends_with('$') {
                texts.insert("`$`".to_owned());
            }
            if is_name_of_a_router(name) {
                parameters.insert(format!("`{{{}}}`", name.escape_debug()));
            }
            (rest, first) = (after, false);
        }
        if is_text_of_a_router(rest, first) {
            texts.insert(format!("`{rest}`"));
        }
    }
    let told = |found: BTreeSet<String>, one: &str, several: &str| {
        let found: Vec<String> = found.into_iter().collect();
        (!found.is_empty())
            .then(|| format!("{} {}", named(&found, found.len()), if found.len() == 1 { one } else { several }))
    };
    let parameters = told(
        parameters,
        "is one parameter here: it takes any text, and never more than one segment",
        "are one parameter each here: it takes any text, and never more than one segment",
    );
    let texts = told(texts, "is text here, and matches itself alone", "are text here, and match themselves alone");
    let labels: Vec<String> = parameters.into_iter().chain(texts).collect();
    if labels.is_empty() {
        return;
    }
    context.report(
        Finding::new(
            Code::RouterSyntax,
            span,
            format!("`{}` is written in a router's own syntax", template.escape_debug()),
        )
        .label(labels.join("; "))
        .help("OpenAPI has one kind of parameter, `{name}`, for one segment; declare a path for each depth that is served"),
    );
}

/// `{rest+}`, `{path*}`, `{*rest}`, `{**rest}`, `{+path}`, `{rest...}`, `{id:int}`, `{path:.+}`, `{id<int>}`, `{id|[0-9]+}`,
/// `{id=7}`, `{.format}`, `{;matrix}`, `{&more}`, `{$}`.
fn is_name_of_a_router(name: &str) -> bool {
    name == "$"
        || name.starts_with(['*', '+', '.', ';', '&'])
        || name.ends_with(['*', '+'])
        || name.ends_with("..")
        || name.contains([':', '<', '|', '='])
}

/// `:token`, `*`, `**`, `*rest`, `(.:format)`. Not the custom verbs of `{name}:cancel` and `documents:commit`.
fn is_text_of_a_router(literal: &str, starts_segment: bool) -> bool {
    let names_something = |(at, _): (usize, &str)| {
        let before = literal.get(..at).and_then(|before| before.chars().next_back());
        let after = literal.get(at + 1..).and_then(|after| after.chars().next());
        let stands_alone = match before {
            None => starts_segment,
            Some(before) => matches!(before, '(' | '.'),
        };
        stands_alone && after.is_some_and(|after| after.is_ascii_alphabetic() || after == '_')
    };
    literal.contains('*') || literal.match_indices(':').any(names_something)
}
