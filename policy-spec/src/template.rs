//! Path templates: their form, and which requests two of them share.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::model::OperationModel;
use crate::requirement::same;
use crate::source::Span;

/// A segment of a template with the names of its parameters erased.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    /// Literal text around parameters, such as `{name}.json`: what stands before the first and after the last of them.
    Mixed {
        shape: String,
        prefix: String,
        suffix: String,
    },
    Parameter,
}

/// Checks a path key. False after an error.
pub(crate) fn check(context: &mut Context<'_>, template: &str, span: Span) -> bool {
    let help = if !template.starts_with('/') {
        "a path starts with `/`"
    } else if template.contains(['#', '?']) {
        "a path has no query and no fragment; such keys name the same route as the path before them"
    } else if !balanced(template) {
        "write each parameter as `{name}`, with the braces in one segment"
    } else if template.chars().any(|c| c.is_control() || c == ' ') {
        "a path holds no spaces or control characters; percent-encode them"
    } else {
        return true;
    };
    context.error(
        Finding::error(Code::IllFormedTemplate, span, format!("`{}` is not a path template", template.escape_debug()))
            .help(help),
    );
    false
}

fn balanced(template: &str) -> bool {
    template.split('/').all(|segment| {
        let mut rest = segment;
        while let Some((literal, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { return false };
            if literal.contains('}') || name.is_empty() || name.contains('{') {
                return false;
            }
            rest = after;
        }
        !rest.contains('}')
    })
}

fn segments(template: &str) -> Vec<Segment> {
    template
        .split('/')
        .map(|segment| match (segment.split_once('{'), segment.rsplit_once('}')) {
            (Some((prefix, _)), Some((_, suffix))) => {
                let mut shape = String::new();
                let mut rest = segment;
                while let Some((literal, after)) = rest.split_once('{') {
                    shape.push_str(literal);
                    shape.push_str("{}");
                    rest = after.split_once('}').map_or("", |(_, after)| after);
                }
                shape.push_str(rest);
                if shape == "{}" {
                    Segment::Parameter
                } else {
                    Segment::Mixed { shape, prefix: prefix.to_owned(), suffix: suffix.to_owned() }
                }
            }
            _ => Segment::Literal(segment.to_owned()),
        })
        .collect()
}

/// How the requests that two segments match relate.
#[derive(Clone, Copy, PartialEq)]
enum Relation {
    Disjoint,
    Equal,
    FirstNarrower,
    SecondNarrower,
    Crossing,
}

fn relate(one: &Segment, other: &Segment) -> Relation {
    let fits = |text: &str, prefix: &str, suffix: &str| {
        text.len() > prefix.len() + suffix.len() && text.starts_with(prefix) && text.ends_with(suffix)
    };
    match (one, other) {
        _ if one == other => Relation::Equal,
        (Segment::Literal(_), Segment::Literal(_)) => Relation::Disjoint,
        (Segment::Literal(text), Segment::Mixed { prefix, suffix, .. }) => {
            if fits(text, prefix, suffix) {
                Relation::FirstNarrower
            } else {
                Relation::Disjoint
            }
        }
        (Segment::Mixed { prefix, suffix, .. }, Segment::Literal(text)) => {
            if fits(text, prefix, suffix) {
                Relation::SecondNarrower
            } else {
                Relation::Disjoint
            }
        }
        (_, Segment::Parameter) => Relation::FirstNarrower,
        (Segment::Parameter, _) => Relation::SecondNarrower,
        (Segment::Mixed { prefix, suffix, .. }, Segment::Mixed { prefix: other_prefix, suffix: other_suffix, .. }) => {
            let prefixes = prefix.starts_with(other_prefix.as_str()) || other_prefix.starts_with(prefix.as_str());
            let suffixes = suffix.ends_with(other_suffix.as_str()) || other_suffix.ends_with(suffix.as_str());
            if prefixes && suffixes { Relation::Crossing } else { Relation::Disjoint }
        }
    }
}

/// An operation that later ones are compared with.
type Seen<'o> = (Vec<Segment>, &'o OperationModel, Span);

/// Reports operations whose templates match the same requests without an order between them.
pub(crate) fn check_overlaps(context: &mut Context<'_>, operations: &[OperationModel], spans: &[Span]) {
    let mut groups: BTreeMap<(&str, usize), Vec<Seen<'_>>> = BTreeMap::new();
    for (operation, span) in operations.iter().zip(spans) {
        let segments = segments(&operation.template);
        let group = groups.entry((operation.method.as_str(), segments.len())).or_default();
        for (earlier, other, first) in group.iter() {
            let relations: Vec<Relation> =
                earlier.iter().zip(&segments).map(|(one, other)| relate(one, other)).collect();
            if relations.contains(&Relation::Disjoint) {
                continue;
            }
            let equal = relations.iter().all(|relation| *relation == Relation::Equal);
            let ambiguous = relations.contains(&Relation::Crossing)
                || relations.contains(&Relation::FirstNarrower) && relations.contains(&Relation::SecondNarrower);
            let (code, message, help) = if equal {
                (
                    Code::TemplateCollision,
                    "are one route: only their parameters' names differ",
                    "keep one of the two paths",
                )
            } else if ambiguous {
                (
                    Code::AmbiguousTemplates,
                    "match the same request and neither is more specific",
                    "change one of the paths, or give both the same policy",
                )
            } else {
                continue;
            };
            let message = format!("`{}` and `{}` {message}", other.key(), operation.key());
            let finding = if same_policy(other, operation) {
                Finding::warning(code, *span, message).label("with the same policy")
            } else {
                Finding::error(code, *span, message).label("with another policy than the first")
            };
            context.error(finding.also(*first, "the first").help(help));
        }
        group.push((segments, operation, *span));
    }
}

fn same_policy(one: &OperationModel, other: &OperationModel) -> bool {
    let covered = |one: &OperationModel, other: &OperationModel| {
        one.alternatives.iter().all(|alternative| other.alternatives.iter().any(|known| same(alternative, known)))
    };
    one.access == other.access && one.query == other.query && covered(one, other) && covered(other, one)
}
