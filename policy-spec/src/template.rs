//! Path templates: their form, and which requests two of them share.
//!
//! The order between templates that match one request is total: segment by segment from the left, a literal before
//! text around a parameter, and that before a parameter alone. Where the left-most difference decides one way and a
//! later one the other, the order still decides, but readers and routers disagree about it: that is reported.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::model::{Access, AlternativeModel, OperationModel};
use crate::operations::Operations;
use crate::settings::Undeclared;
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

/// Checks a path key, and gives the path in it: `/token` of `/token#refresh`. `None` after an error.
pub(crate) fn check<'k>(context: &mut Context<'_>, key: &'k str, span: Span) -> Option<&'k str> {
    // Written for an unoptimised build script, which runs this over every path: `find` of one character and plain loops.
    let end = key.find('#').unwrap_or(key.len()).min(key.find('?').unwrap_or(key.len()));
    let route = key.get(..end).unwrap_or(key);
    let help = if !route.starts_with('/') {
        "a path starts with `/`"
    } else if !balanced(route) {
        "write each parameter as `{name}`, with the braces in one segment"
    } else if is_blank(route) {
        "a path holds no spaces or control characters; percent-encode them"
    } else {
        if route.len() < key.len() {
            context.report(
                Finding::new(Code::PathVariant, span, format!("`{}` is the route `{route}`", key.escape_debug()))
                    .label("a request's query or fragment does not choose the operation")
                    .help("every key of one route needs the same policy; give the operations paths of their own if they differ"),
            );
        }
        return Some(route);
    };
    context.report(
        Finding::new(Code::IllFormedTemplate, span, format!("`{}` is not a path template", key.escape_debug()))
            .help(help),
    );
    None
}

/// Whether every brace is closed in its segment, with a name between the two.
fn balanced(template: &str) -> bool {
    let (mut open, mut name) = (false, 0);
    for byte in template.as_bytes() {
        match byte {
            b'{' if open => return false,
            b'{' => (open, name) = (true, 0),
            b'}' if !open || name == 0 => return false,
            b'}' => open = false,
            b'/' if open => return false,
            _ => name += 1,
        }
    }
    !open
}

/// Whether a path holds what no request line can: spaces and control characters.
fn is_blank(route: &str) -> bool {
    for byte in route.as_bytes() {
        if *byte <= b' ' || *byte == 0x7f {
            return true;
        }
    }
    !route.is_ascii() && route.chars().any(char::is_control)
}

/// The template with its parameters' names erased.
pub(crate) fn shape(template: &str) -> String {
    let mut shape = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        shape.push_str(literal);
        shape.push_str("{}");
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    shape.push_str(rest);
    shape
}

fn segments(template: &str) -> Vec<Segment> {
    template
        .split('/')
        .skip(1)
        .map(|segment| match (segment.split_once('{'), segment.rsplit_once('}')) {
            (Some((prefix, _)), Some((_, suffix))) => match shape(segment) {
                shape if shape == "{}" => Segment::Parameter,
                shape => Segment::Mixed { shape, prefix: prefix.to_owned(), suffix: suffix.to_owned() },
            },
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
    match (one, other) {
        _ if one == other => Relation::Equal,
        (Segment::Literal(text), _) => relate_literal(text, other),
        (_, Segment::Literal(text)) => match relate_literal(text, one) {
            Relation::FirstNarrower => Relation::SecondNarrower,
            relation => relation,
        },
        (_, Segment::Parameter) => Relation::FirstNarrower,
        (Segment::Parameter, _) => Relation::SecondNarrower,
        (Segment::Mixed { prefix, suffix, .. }, Segment::Mixed { prefix: other_prefix, suffix: other_suffix, .. }) => {
            let prefixes = prefix.starts_with(other_prefix.as_str()) || other_prefix.starts_with(prefix.as_str());
            let suffixes = suffix.ends_with(other_suffix.as_str()) || other_suffix.ends_with(suffix.as_str());
            if prefixes && suffixes { Relation::Crossing } else { Relation::Disjoint }
        }
    }
}

/// How a literal relates to another segment. A parameter is never empty.
fn relate_literal(text: &str, other: &Segment) -> Relation {
    let fits = match other {
        Segment::Literal(other) => return if text == other { Relation::Equal } else { Relation::Disjoint },
        Segment::Mixed { prefix, suffix, .. } => {
            text.len() > prefix.len() + suffix.len()
                && text.starts_with(prefix.as_str())
                && text.ends_with(suffix.as_str())
        }
        Segment::Parameter => !text.is_empty(),
    };
    if fits { Relation::FirstNarrower } else { Relation::Disjoint }
}

/// The templates of one method met so far, by their segments.
#[derive(Default)]
struct Trie {
    literals: BTreeMap<String, Trie>,
    /// Few: those with parameters.
    others: Vec<(Segment, Trie)>,
    /// The operations whose template ends here.
    ends: Vec<usize>,
}

impl Trie {
    /// Every operation that may match a request of `segments`, with how the two relate. Compares at most `left` pairs of
    /// segments.
    fn overlapping(
        &self,
        segments: &[Segment],
        relations: &mut Vec<Relation>,
        found: &mut Vec<(usize, Vec<Relation>)>,
        left: &mut usize,
    ) {
        let compared = match segments.first() {
            None => self.ends.len(),
            Some(Segment::Literal(_)) => 1 + self.others.len(),
            Some(_) => self.literals.len() + self.others.len(),
        };
        *left = left.saturating_sub(compared);
        if *left == 0 {
            return;
        }
        let Some((first, rest)) = segments.split_first() else {
            found.extend(self.ends.iter().map(|end| (*end, relations.clone())));
            return;
        };
        let mut descend = |relation: Relation, child: &Self| {
            if relation != Relation::Disjoint {
                relations.push(relation);
                child.overlapping(rest, relations, found, left);
                relations.pop();
            }
        };
        match first {
            // Of the literals only one can match a literal.
            Segment::Literal(text) => {
                if let Some(child) = self.literals.get(text) {
                    descend(Relation::Equal, child);
                }
            }
            _ => {
                for (text, child) in &self.literals {
                    descend(relate_literal(text, first), child);
                }
            }
        }
        for (segment, child) in &self.others {
            descend(relate(segment, first), child);
        }
    }

    fn insert(&mut self, segments: Vec<Segment>, operation: usize) {
        let mut trie = self;
        for segment in segments {
            trie = match segment {
                Segment::Literal(text) => trie.literals.entry(text).or_default(),
                other => {
                    let known = trie.others.iter().position(|(segment, _)| *segment == other);
                    let at = known.unwrap_or(trie.others.len());
                    if known.is_none() {
                        trie.others.push((other, Self::default()));
                    }
                    match trie.others.get_mut(at) {
                        Some((_, child)) => child,
                        None => return,
                    }
                }
            };
        }
        trie.ends.push(operation);
    }
}

/// Reports operations whose templates match the same requests.
pub(crate) fn check_overlaps(context: &mut Context<'_>, operations: &Operations) {
    let mut tries: BTreeMap<&str, Trie> = BTreeMap::new();
    let mut requirements = Requirements::default();
    let mut left = context.settings.limits.comparisons.saturating_add(1);
    for (at, (operation, span)) in operations.models.iter().zip(&operations.templates).enumerate() {
        let segments = segments(&operation.path);
        let trie = tries.entry(operation.method.as_str()).or_default();
        let mut found = Vec::new();
        trie.overlapping(&segments, &mut Vec::new(), &mut found, &mut left);
        if left == 0 {
            let limit = context.settings.limits.comparisons;
            context.report(
                Finding::error(
                    Code::TooLarge,
                    *span,
                    format!("the document's templates take more than {limit} comparisons with this one"),
                )
                .help("raise `limits.comparisons` in `policy.toml` if that is meant"),
            );
            return;
        }
        found.sort_by_key(|(earlier, _)| *earlier);
        if context.is_full() {
            return;
        }
        for (earlier, relations) in found {
            if let (Some(other), Some(first)) = (operations.models.get(earlier), operations.templates.get(earlier)) {
                let agrees = requirements.of(earlier, other) == requirements.of(at, operation);
                compare(context, (other, *first), (operation, *span), &relations, agrees);
            }
        }
        trie.insert(segments, at);
    }
}

/// The requirements of operations in a form that can be compared, each told once.
#[derive(Default)]
struct Requirements(HashMap<usize, Rc<Requirement>>);

type Requirement = (Access, BTreeSet<AlternativeModel>);

impl Requirements {
    fn of(&mut self, at: usize, operation: &OperationModel) -> Rc<Requirement> {
        let told = self.0.entry(at).or_insert_with(|| {
            Rc::new((operation.access, operation.alternatives.iter().map(AlternativeModel::in_any_order).collect()))
        });
        Rc::clone(told)
    }
}

/// Of two operations that share requests: the one that nobody may call, if the other would decide in its place. A table has no
/// place for it, so that a router would go on to the wider path.
fn left_to_another<'m>(
    (first, first_at): (&'m OperationModel, Span),
    (second, second_at): (&'m OperationModel, Span),
    relations: &[Relation],
) -> Option<(&'m OperationModel, Span, &'m OperationModel)> {
    let (undeclared, at, declared, wider) = match (first.access, second.access) {
        (Access::Undeclared, Access::Undeclared) => return None,
        (Access::Undeclared, _) => (first, first_at, second, Relation::SecondNarrower),
        (_, Access::Undeclared) => (second, second_at, first, Relation::FirstNarrower),
        _ => return None,
    };
    // The left-most difference decides. Where the declared one is narrower there, the requests are its own.
    let decides = relations.iter().find(|relation| **relation != Relation::Equal);
    (decides != Some(&wider)).then_some((undeclared, at, declared))
}

fn compare(
    context: &mut Context<'_>,
    (other, first): (&OperationModel, Span),
    (operation, span): (&OperationModel, Span),
    relations: &[Relation],
    agrees: bool,
) {
    let equal = relations.iter().all(|relation| *relation == Relation::Equal);
    let (wider, narrower) =
        (relations.contains(&Relation::FirstNarrower), relations.contains(&Relation::SecondNarrower));
    let ambiguous = relations.contains(&Relation::Crossing) || wider && narrower;
    if context.settings.undeclared == Undeclared::Deny
        && !equal
        && let Some((undeclared, at, declared)) = left_to_another((other, first), (operation, span), relations)
    {
        context.report(
            Finding::error(
                Code::UndeclaredOperation,
                at,
                format!("requests for `{}` would be decided as `{}`", undeclared.key(), declared.key()),
            )
            .settled()
            .label("it is to be denied, and a path that also matches its requests is not")
            .help("add `security` to it; for a public operation write `security: []`"),
        );
    }
    let finding = if equal {
        let message = format!("`{}` and `{}` are one route", other.key(), operation.key());
        let finding = Finding::new(Code::TemplateCollision, span, message);
        if agrees {
            Finding { level: crate::finding::Level::Warning, ..finding }
                .label("with the same policy; it takes the query parameters of both")
                .help("keep one of the two paths")
        } else {
            finding.settled().label("with another policy than the first").help("keep one of the two paths")
        }
    } else if ambiguous {
        let message =
            format!("`{}` and `{}` match the same request and neither is more specific", other.key(), operation.key());
        let winner = relations.iter().find(|relation| **relation != Relation::Equal);
        let winner = match winner {
            Some(Relation::FirstNarrower) => other.key(),
            Some(Relation::SecondNarrower) => operation.key(),
            _ => "the one with more literal text".to_owned(),
        };
        let finding = Finding::new(Code::AmbiguousTemplates, span, message);
        let finding = if agrees {
            Finding { level: crate::finding::Level::Note, ..finding }.label("with the same policy")
        } else {
            finding.label("with another policy than the first")
        };
        finding.help(format!("from the left, the literal counts: `{winner}` decides; change one of the paths, or give both the same policy"))
    } else if narrower && !agrees {
        let message = format!("`{}` stands behind `{}`, which also matches its requests", operation.key(), other.key());
        Finding::new(Code::ShadowedRoute, span, message)
            .label("more specific, so it decides here; a router that takes the first match would not ask it")
            .help("write the more specific path first")
    } else {
        return;
    };
    context.report(finding.also(first, "the first"));
}
