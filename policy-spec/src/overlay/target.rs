//! What a target selects [RFC 9535].

use std::rc::Rc;

use jsonpath_rust::parser::model::{JpQuery, Segment, Selector};
use jsonpath_rust::parser::parse_json_path;

use super::Budget;
use super::filter::{Patterns, check, holds};
use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::likely::likely;
use crate::source::Span;
use crate::tree::{Kind, Node};

/// A target that was read.
pub(super) struct Target {
    /// Where it is written.
    pub(super) span: Span,
    text: String,
    query: JpQuery,
    patterns: Patterns,
}

/// A value that a target selects, with the indices that lead to it.
#[derive(Clone)]
pub(super) struct Selected {
    pub(super) node: Rc<Node>,
    way: Option<Rc<Step>>,
}

/// The index of a value in the collection that holds it, and the step that led to this collection.
struct Step {
    at: usize,
    before: Option<Rc<Step>>,
}

impl Selected {
    /// A value to start from.
    pub(super) fn start(node: &Rc<Node>) -> Self {
        Self { node: Rc::clone(node), way: None }
    }

    /// The index to take in each collection, from the root on.
    pub(super) fn way(&self) -> Vec<usize> {
        let mut way = Vec::new();
        let mut step = self.way.as_ref();
        while let Some(known) = step {
            way.push(known.at);
            step = known.before.as_ref();
        }
        way.reverse();
        way
    }

    fn below(&self, node: &Rc<Node>, at: usize) -> Self {
        Self { node: Rc::clone(node), way: Some(Rc::new(Step { at, before: self.way.clone() })) }
    }
}

impl Target {
    /// Reads the text of a target; `None` after an error. `key` is where it stands.
    pub(super) fn read(context: &mut Context<'_>, node: &Node, key: &str) -> Option<Self> {
        let Some(text) = node.string() else {
            context.invalid(node, &format!("`{key}`"), "a JSONPath query (RFC 9535) as a string");
            return None;
        };
        match parsed(text) {
            Ok((query, patterns)) => Some(Self { span: node.span, text: text.to_owned(), query, patterns }),
            Err(why) => {
                let message = format!("`{}` is no JSONPath query", shortened(text));
                let finding = Finding::error(Code::InvalidOverlay, node.span, message).label(why);
                context.report(finding.help(help(text)));
                None
            }
        }
    }

    /// Its text, as messages show it.
    pub(super) fn shown(&self) -> String {
        shortened(&self.text)
    }

    /// Everything that it selects, in the order of RFC 9535. A value can be selected twice. The list is incomplete if the budget is
    /// spent.
    pub(super) fn select(&self, root: &Rc<Node>, budget: &mut Budget) -> Vec<Selected> {
        let mut walk = Walk { root, patterns: &self.patterns, budget };
        walk.segments(Selected::start(root), &self.query.segments)
    }

    /// Says at which segment a target stops selecting anything, and what to do about it.
    pub(super) fn why_nothing(&self, root: &Rc<Node>, budget: &mut Budget) -> (String, String) {
        let segments = &self.query.segments;
        let mut reached = vec![Selected::start(root)];
        let mut walk = Walk { root, patterns: &self.patterns, budget };
        for segment in segments {
            let next: Vec<Selected> =
                reached.iter().flat_map(|known| walk.segments(known.clone(), std::slice::from_ref(segment))).collect();
            if next.is_empty() {
                let Segment::Selector(Selector::Name(name)) = segment else { break };
                if reached.iter().any(|known| known.node.get("$ref").is_some()) {
                    let help = "a target does not follow a `$ref`: select what it leads to, by its own path";
                    return (format!("there is a `$ref` in place of `{}`", name.escape_debug()), help.to_owned());
                }
                let keys = reached.iter().flat_map(|known| known.node.entries().unwrap_or_default());
                let near = likely(name, keys.take(10_000).map(|entry| entry.key.as_str()));
                let label = format!("there is no `{}`", name.escape_debug());
                return match near {
                    Some(near) => (label, format!("did you mean `{}`?", near.escape_debug())),
                    None => (label, CORRECT.to_owned()),
                };
            }
            reached = next;
        }
        ("an action that changes nothing is a mistake".to_owned(), CORRECT.to_owned())
    }
}

const CORRECT: &str = "correct the target, or remove the action; the actions before this one are applied already";

/// A target's text, read and checked, or what is wrong with it.
fn parsed(text: &str) -> Result<(JpQuery, Patterns), String> {
    /// Longer targets are refused. Nobody writes them.
    const LONGEST: usize = 4_096;
    /// Deeper targets are refused. The parser tries again at each level that does not fit, so that its time doubles with each level.
    const DEEPEST: usize = 10;
    if text.len() > LONGEST {
        return Err(format!("longer than {LONGEST} bytes"));
    }
    if nesting(text) > DEEPEST {
        return Err(format!("more than {DEEPEST} brackets are open at once"));
    }
    let query =
        parse_json_path(text).map_err(|_| "expected a query by RFC 9535, such as `$.paths.*.get`".to_owned())?;
    let mut patterns = Patterns::default();
    check(&query.segments, &mut patterns)?;
    Ok((query, patterns))
}

/// How many brackets are open at once, at most.
fn nesting(text: &str) -> usize {
    let (mut open, mut most, mut quote, mut escaped) = (0_usize, 0, None, false);
    for character in text.chars() {
        match (quote, character) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(end), character) if end == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '(' | '[') => {
                open += 1;
                most = most.max(open);
            }
            (None, ')' | ']') => open = open.saturating_sub(1),
            _ => {}
        }
    }
    most
}

fn help(text: &str) -> &'static str {
    match text {
        text if text.starts_with(['#', '/']) => "this is a JSON pointer; write `$.paths['/notes'].get`",
        text if !text.starts_with('$') => "a query starts with `$`, the whole document",
        text if text.contains("./") || text.contains("-") && !text.contains('[') => {
            "quote a key that holds other characters than letters, digits and `_`: `$.paths['/notes'].get`"
        }
        _ => "the whole syntax is in RFC 9535; `$.paths['/notes'].get` selects an operation",
    }
}

fn shortened(text: &str) -> String {
    const SHOWN: usize = 120;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default().escape_debug()),
        None => text.escape_debug().to_string().replace("\\'", "'").replace("\\\"", "\""),
    }
}

/// A walk over the document, within a budget.
pub(super) struct Walk<'w, 'b> {
    pub(super) root: &'w Rc<Node>,
    pub(super) patterns: &'w Patterns,
    pub(super) budget: &'b mut Budget,
}

impl Walk<'_, '_> {
    /// What the segments select. Each is applied to everything that the one before selected.
    pub(super) fn segments(&mut self, start: Selected, segments: &[Segment]) -> Vec<Selected> {
        let mut reached = vec![start];
        for segment in segments {
            let mut next = Vec::new();
            for known in &reached {
                self.segment(known, segment, &mut next);
            }
            reached = next;
        }
        reached
    }

    fn segment(&mut self, from: &Selected, segment: &Segment, found: &mut Vec<Selected>) {
        match segment {
            Segment::Selector(selector) => self.selector(from, selector, found),
            Segment::Selectors(selectors) => {
                for selector in selectors {
                    self.selector(from, selector, found);
                }
            }
            Segment::Descendant(inner) => self.descend(from, inner, found),
        }
    }

    /// The value itself, then everything in it [RFC 9535, 2.5.2.2]. The document's depth bounds the recursion.
    fn descend(&mut self, from: &Selected, inner: &Segment, found: &mut Vec<Selected>) {
        if !self.budget.spend(1) {
            return;
        }
        self.segment(from, inner, found);
        for child in self.children(from) {
            if matches!(child.node.kind(), Kind::Mapping(_) | Kind::Sequence(_)) {
                self.descend(&child, inner, found);
            }
        }
    }

    fn children(&mut self, from: &Selected) -> Vec<Selected> {
        let count = match from.node.kind() {
            Kind::Mapping(entries) => entries.len(),
            Kind::Sequence(items) => items.len(),
            Kind::Scalar { .. } | Kind::Tagged(_) => 0,
        };
        if !self.budget.spend(count) {
            return Vec::new();
        }
        match from.node.kind() {
            Kind::Mapping(entries) => {
                entries.iter().enumerate().map(|(at, entry)| from.below(&entry.value, at)).collect()
            }
            Kind::Sequence(items) => items.iter().enumerate().map(|(at, item)| from.below(item, at)).collect(),
            Kind::Scalar { .. } | Kind::Tagged(_) => Vec::new(),
        }
    }

    fn selector(&mut self, from: &Selected, selector: &Selector, found: &mut Vec<Selected>) {
        match selector {
            Selector::Wildcard => {
                let mut children = self.children(from);
                found.append(&mut children);
            }
            Selector::Name(name) => {
                let entries = from.node.entries().unwrap_or_default();
                if self.budget.spend(1 + entries.len() / 16)
                    && let Some(at) = entries.iter().position(|entry| entry.key == *name)
                    && let Some(entry) = entries.get(at)
                {
                    found.push(from.below(&entry.value, at));
                }
            }
            Selector::Index(index) => {
                let items = from.node.items().unwrap_or_default();
                let at = usize::try_from(*index).ok().or_else(|| back(items.len(), *index));
                if self.budget.spend(1)
                    && let Some(at) = at
                    && let Some(item) = items.get(at)
                {
                    found.push(from.below(item, at));
                }
            }
            Selector::Slice(start, end, step) => {
                let items = from.node.items().unwrap_or_default();
                for at in slice(items.len(), *start, *end, step.unwrap_or(1)) {
                    if !self.budget.spend(1) {
                        return;
                    }
                    if let Some(item) = items.get(at) {
                        found.push(from.below(item, at));
                    }
                }
            }
            Selector::Filter(filter) => {
                for child in self.children(from) {
                    if holds(self, filter, &child.node) {
                        found.push(child);
                    }
                }
            }
        }
    }
}

/// An index from the end.
fn back(length: usize, index: i64) -> Option<usize> {
    length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)
}

/// The indices of a slice [RFC 9535, 2.3.4.2.2].
fn slice(length: usize, start: Option<i64>, end: Option<i64>, step: i64) -> Vec<usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let normal = |at: i64| if at >= 0 { at } else { length.saturating_add(at) };
    let mut indices = Vec::new();
    if step > 0 {
        let mut at = normal(start.unwrap_or(0)).clamp(0, length);
        let end = normal(end.unwrap_or(length)).clamp(0, length);
        while at < end {
            indices.extend(usize::try_from(at));
            at = at.saturating_add(step);
        }
    } else if step < 0 {
        let mut at = normal(start.unwrap_or(length.saturating_sub(1))).clamp(-1, length.saturating_sub(1));
        // A slice without an end goes down to the first item.
        let end = end.map_or(-1, normal).clamp(-1, length.saturating_sub(1));
        while end < at {
            indices.extend(usize::try_from(at));
            at = at.saturating_add(step);
        }
    }
    indices
}
