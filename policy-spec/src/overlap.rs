//! Which requests several templates share.
//!
//! The router has an order for all templates that match one request. It compares them segment by segment from the left. A literal comes
//! before text around a parameter, and that comes before a parameter alone. Of `/files/{id}` and `/{kind}/new`, both of which match
//! `/files/new`, the first wins at the first segment. But the second is narrower at the last segment, and other routers and readers
//! would choose it: such a pair is reported as ambiguous.
//!
//! An operation gets one finding for each way in which it shares requests with earlier ones, however many those are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use policy_core::Access;
use policy_core::owned::AlternativeFacts;
use policy_router::{Relation, Router, Segment, Template};

use crate::context::Context;
use crate::finding::{Code, Finding, Level, NAMED, named};
use crate::model::OperationModel;
use crate::operations::Operations;
use crate::settings::Undeclared;
use crate::source::Span;

/// The templates of one method met so far, by their segments.
#[derive(Default)]
struct Trie<'m> {
    literals: BTreeMap<&'m str, Trie<'m>>,
    /// The segments with parameters. There are few of them.
    others: Vec<(Segment<'m>, Trie<'m>)>,
    /// The operations whose template ends here, by what they require.
    ends: Vec<Alike>,
}

/// Operations of one route with one requirement.
struct Alike {
    requirement: Rc<Requirement>,
    /// The first of them.
    first: Vec<usize>,
    count: usize,
}

/// What an operation requires, in a form that can be compared.
type Requirement = (Option<Access>, Vec<AlternativeFacts>);

impl<'m> Trie<'m> {
    /// All operations that may match a request of `segments`, with how each of their segments relates to them. Compares at
    /// most `left` pairs of segments.
    fn overlapping<'t>(
        &'t self,
        segments: &[Segment<'m>],
        relations: &mut Vec<Relation>,
        found: &mut Vec<(&'t Alike, Vec<Relation>)>,
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
            found.extend(self.ends.iter().map(|alike| (alike, relations.clone())));
            return;
        };
        let mut descend = |relation: Relation, child: &'t Self| {
            if relation != Relation::Disjoint {
                relations.push(relation);
                child.overlapping(rest, relations, found, left);
                relations.pop();
            }
        };
        match first {
            // At most one literal is equal to this one.
            Segment::Literal(text) => {
                if let Some(child) = self.literals.get(text) {
                    descend(Relation::Equal, child);
                }
            }
            _ => {
                for (text, child) in &self.literals {
                    descend(Segment::Literal(text).relation(first), child);
                }
            }
        }
        for (segment, child) in &self.others {
            descend(segment.relation(first), child);
        }
    }

    fn insert(&mut self, segments: &[Segment<'m>], operation: usize, requirement: Rc<Requirement>) {
        let mut trie = self;
        for segment in segments {
            trie = match segment {
                Segment::Literal(text) => trie.literals.entry(text).or_default(),
                other => {
                    let known = trie.others.iter().position(|(segment, _)| segment == other);
                    let at = known.unwrap_or(trie.others.len());
                    if known.is_none() {
                        trie.others.push((other.clone(), Self::default()));
                    }
                    match trie.others.get_mut(at) {
                        Some((_, child)) => child,
                        None => return,
                    }
                }
            };
        }
        match trie.ends.iter_mut().find(|alike| alike.requirement == requirement) {
            Some(alike) => {
                alike.count += 1;
                if alike.first.len() < NAMED {
                    alike.first.push(operation);
                }
            }
            None => trie.ends.push(Alike { requirement, first: vec![operation], count: 1 }),
        }
    }
}

/// How an operation shares requests with an earlier one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// They have the same route.
    Same,
    /// Each matches requests that the other does not.
    Ambiguous,
    /// The earlier one matches all requests of this one.
    Behind,
}

fn kind(relations: &[Relation]) -> Option<Kind> {
    let has = |relation| relations.contains(&relation);
    if relations.iter().all(|relation| *relation == Relation::Equal) {
        Some(Kind::Same)
    } else if has(Relation::Crossing) || has(Relation::Narrower) && has(Relation::Wider) {
        Some(Kind::Ambiguous)
    } else if has(Relation::Wider) {
        Some(Kind::Behind)
    } else {
        None
    }
}

/// The earlier operations with which an operation shares requests in one way.
#[derive(Default)]
struct Others {
    first: Vec<usize>,
    count: usize,
    /// How the first one relates.
    relations: Vec<Relation>,
}

impl Others {
    fn add(&mut self, first: &[usize], count: usize, relations: &[Relation]) {
        if self.first.first().is_none_or(|known| first.first() < Some(known)) {
            self.relations = relations.to_vec();
        }
        self.first.extend(first);
        self.first.sort_unstable();
        self.first.truncate(NAMED);
        self.count += count;
    }

    fn named(&self, operations: &Operations) -> String {
        let models = self.first.iter().filter_map(|at| operations.models.get(*at));
        let keys: Vec<String> = models.map(|model| format!("`{}`", model.key())).collect();
        named(&keys, self.count)
    }

    fn also(&self, finding: Finding, operations: &Operations) -> Finding {
        let spans: BTreeSet<Span> = self.first.iter().filter_map(|at| operations.templates.get(*at)).copied().collect();
        let text = |at: usize| match (at, self.count) {
            (0, 1) => "the first",
            (0, _) => "the first of them",
            _ => "",
        };
        spans.into_iter().enumerate().fold(finding, |finding, (at, span)| finding.also(span, text(at)))
    }
}

/// Reports operations whose templates match the same requests.
pub(crate) fn check_overlaps(context: &mut Context<'_>, operations: &Operations) {
    let mut tries: HashMap<&str, Trie<'_>> = HashMap::new();
    // The undeclared operations, each with the operations that would get its requests.
    let mut decided: BTreeMap<usize, Others> = BTreeMap::new();
    let mut left = context.settings.limits.comparisons.saturating_add(1);
    for (at, (operation, span)) in operations.models.iter().zip(&operations.templates).enumerate() {
        // A path that is no template was reported when it was read.
        let Ok(template) = Template::parse(&operation.path) else { continue };
        // A document that could only be read in part has an error already.
        if !context.left_out && !tries.contains_key(operation.method.as_str()) && tries.len() == Router::MOST_METHODS {
            too_many_methods(context, operation);
            return;
        }
        let trie = tries.entry(operation.method.as_str()).or_default();
        let mut found = Vec::new();
        trie.overlapping(template.segments(), &mut Vec::new(), &mut found, &mut left);
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
            break;
        }
        if context.is_full() {
            break;
        }
        let requirement = requirement(operation);
        // Of each kind those with another policy, and those with the same.
        let mut shared = [Kind::Same, Kind::Ambiguous, Kind::Behind].map(|kind| (kind, <[Others; 2]>::default()));
        for (alike, relations) in &found {
            let kind = kind(relations);
            if kind != Some(Kind::Same) {
                note_decided(&mut decided, (at, operation), alike, relations);
            }
            if let Some((_, [differing, agreeing])) = shared.iter_mut().find(|(one, _)| Some(*one) == kind) {
                let others = if alike.requirement == requirement { agreeing } else { differing };
                others.add(&alike.first, alike.count, relations);
            }
        }
        for (kind, [differing, agreeing]) in &shared {
            for (agrees, others) in [(false, differing), (true, agreeing)].into_iter().filter(|(_, one)| one.count > 0)
            {
                report(context, operations, (operation, *span), *kind, agrees, others);
            }
        }
        trie.insert(template.segments(), at, requirement);
    }
    if context.settings.undeclared == Undeclared::Deny {
        for (undeclared, others) in &decided {
            report_decided(context, operations, *undeclared, others);
        }
    }
}

fn requirement(operation: &OperationModel) -> Rc<Requirement> {
    let mut alternatives: Vec<_> = operation.alternatives().iter().map(AlternativeFacts::in_any_order).collect();
    alternatives.sort_unstable();
    alternatives.dedup();
    Rc::new((operation.access(), alternatives))
}

/// Reports that there are more methods than a router can have. It has one bit for each.
fn too_many_methods(context: &mut Context<'_>, operation: &OperationModel) {
    let Some(span) = operation.spans.first().copied() else { return };
    let most = Router::MOST_METHODS;
    context.report(
        Finding::error(Code::TooLarge, span, format!("the document has more than {most} distinct methods"))
            .label(format!("`{}` is one too many", operation.method.escape_debug()))
            .help("methods are compared byte by byte, so that one in another case is another one"),
    );
}

/// Notes an undeclared operation if another one would get its requests. An undeclared operation is not in the table. So the router
/// would find the other path that matches, and decide by that.
fn note_decided(
    decided: &mut BTreeMap<usize, Others>,
    (at, operation): (usize, &OperationModel),
    alike: &Alike,
    relations: &[Relation],
) {
    let (earlier, _) = *alike.requirement;
    // The left-most difference decides. If the declared operation is narrower there, it gets these requests anyway.
    let decides = relations.iter().find(|relation| **relation != Relation::Equal);
    match (earlier.is_none(), operation.access().is_none()) {
        (true, false) if decides != Some(&Relation::Wider) => {
            for undeclared in &alike.first {
                decided.entry(*undeclared).or_default().add(&[at], 1, relations);
            }
        }
        (false, true) if decides != Some(&Relation::Narrower) => {
            decided.entry(at).or_default().add(&alike.first, alike.count, relations);
        }
        _ => {}
    }
}

fn report_decided(context: &mut Context<'_>, operations: &Operations, undeclared: usize, others: &Others) {
    let model = operations.models.get(undeclared);
    let (Some(model), Some(span)) = (model, operations.templates.get(undeclared)) else { return };
    context.report(
        Finding::error(
            Code::UndeclaredOperation,
            *span,
            format!("requests for `{}` would be decided as {}", model.key(), others.named(operations)),
        )
        .settled()
        .label("it is to be denied, and a path that also matches its requests is not")
        .help("add `security` to it; for a public operation write `security: []`"),
    );
}

fn report(
    context: &mut Context<'_>,
    operations: &Operations,
    (operation, span): (&OperationModel, Span),
    kind: Kind,
    agrees: bool,
    others: &Others,
) {
    let (key, earlier) = (operation.key(), others.named(operations));
    let one = others.count == 1;
    let finding = match kind {
        Kind::Same => {
            let message = match one {
                true => format!("{earlier} and `{key}` are one route"),
                false => format!("`{key}` is one route with {earlier}"),
            };
            let (of, all) = if one { ("of the two", "both") } else { ("of these", "all of them") };
            let finding = Finding::new(Code::TemplateCollision, span, message).help(format!("keep one {of} paths"));
            if agrees {
                Finding { level: Level::Warning, ..finding }
                    .label(format!("with the same policy; it takes the query parameters of {all}"))
            } else {
                finding.settled().label("with another policy than the first")
            }
        }
        Kind::Ambiguous => {
            let message = match one {
                true => format!("{earlier} and `{key}` match the same request and neither is more specific"),
                false => format!("`{key}` matches requests that {earlier} match too, and neither is more specific"),
            };
            let first = others.first.first().and_then(|at| operations.models.get(*at));
            let winner = match others.relations.iter().find(|relation| **relation != Relation::Equal) {
                Some(Relation::Narrower) => first.map(OperationModel::key).unwrap_or_default(),
                Some(Relation::Wider) => key,
                _ => "the one with more literal text".to_owned(),
            };
            let finding = Finding::new(Code::AmbiguousTemplates, span, message);
            let finding = if agrees {
                Finding { level: Level::Note, ..finding }.label("with the same policy")
            } else {
                finding.label("with another policy than the first")
            };
            let of = if one { "" } else { " between the first two" };
            finding.help(format!("from the left, the literal counts: `{winner}` decides{of}; change one of the paths, or give both the same policy"))
        }
        Kind::Behind if agrees => return,
        Kind::Behind => {
            let verb = if one { "matches" } else { "match" };
            let message = format!("`{key}` stands behind {earlier}, which also {verb} its requests");
            Finding::new(Code::ShadowedRoute, span, message)
                .label("more specific, so it decides here; a router that takes the first match would not ask it")
                .help("write the more specific path first")
        }
    };
    context.report(others.also(finding, operations));
}
