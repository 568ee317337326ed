//! References: what a `$ref` leads to, in this file or another, and what may stand beside it.

use std::borrow::Cow;
use std::rc::Rc;

use policy_core::__private::percent_decoded;

use crate::context::Context;
use crate::files;
use crate::finding::{Code, Finding};
use crate::likely::did_you_mean;
use crate::source::Span;
use crate::tree::{Entry, Kind, Node};

/// How many references may follow each other.
const MAX_HOPS: usize = 16;

impl Context<'_> {
    /// The value itself, or what its `$ref` leads to. `None` after an error.
    pub(crate) fn follow(&mut self, node: &Rc<Node>) -> Option<Rc<Node>> {
        let found = self.follow_all(node);
        self.left_out |= found.is_none();
        found
    }

    fn follow_all(&mut self, node: &Rc<Node>) -> Option<Rc<Node>> {
        let mut node = Rc::clone(node);
        let mut first = None;
        for _ in 0..MAX_HOPS {
            let Some(next) = self.step(&node, &mut first)? else { return Some(node) };
            node = next;
        }
        self.endless(first.unwrap_or(node.span));
        None
    }

    /// What the `$ref` of a value leads to, `Some(None)` when it has none. `first` is where a chain of them starts.
    pub(crate) fn step(&mut self, node: &Node, first: &mut Option<Span>) -> Option<Option<Rc<Node>>> {
        let Some(entry) = node.entry("$ref") else { return Some(None) };
        let span = *first.get_or_insert(entry.value.span);
        let Some(reference) = entry.value.string() else {
            self.invalid(&entry.value, "a `$ref`", "a string");
            return None;
        };
        self.target(reference, entry.value.span, span).map(Some)
    }

    fn endless(&mut self, span: Span) {
        self.report(
            Finding::error(Code::UnresolvedRef, span, "this reference leads in a circle")
                .label(format!("or through more than {MAX_HOPS} others"))
                .help("a chain of references has to end at a value"),
        );
    }

    /// The value itself, or what its `$ref` leads to. A reference that leads nowhere is not reported.
    pub(crate) fn peek(&mut self, node: &Rc<Node>) -> Rc<Node> {
        let known = self.findings.len();
        let found = self.follow_all(node);
        self.findings.truncate(known);
        found.unwrap_or_else(|| Rc::clone(node))
    }

    /// Follows a reference in a part whose keys decide the policy. Keys beside the `$ref` would be lost, so they are reported.
    pub(crate) fn follow_alone(&mut self, node: &Rc<Node>, what: &str) -> Option<Rc<Node>> {
        let mut node = Rc::clone(node);
        let mut first = None;
        for _ in 0..MAX_HOPS {
            let Some(next) = self.step(&node, &mut first) else {
                self.left_out = true;
                return None;
            };
            let Some(next) = next else { return Some(node) };
            for entry in node.entries().unwrap_or_default() {
                if self.counts(entry) {
                    self.beside(entry, what);
                }
            }
            node = next;
        }
        self.left_out = true;
        self.endless(first.unwrap_or(node.span));
        None
    }

    /// A path item together with the one that its `$ref` leads to. The keys of both count. A key that both have is an error, since
    /// OpenAPI does not define which one counts [OpenAPI 3.1, Path Item Object].
    pub(crate) fn follow_beside(&mut self, node: &Rc<Node>, what: &str) -> Option<Rc<Node>> {
        let mut chain = vec![Rc::clone(node)];
        let mut first = None;
        while let Some(last) = chain.last().cloned() {
            let Some(next) = self.step(&last, &mut first) else {
                self.left_out = true;
                return None;
            };
            let Some(next) = next else { break };
            if chain.len() > MAX_HOPS {
                self.left_out = true;
                self.endless(first.unwrap_or(node.span));
                return None;
            }
            chain.push(next);
        }
        let last = chain.pop()?;
        if chain.is_empty() || last.entries().is_none() {
            return Some(last);
        }
        let mut entries: Vec<Entry> = last.entries().unwrap_or_default().to_vec();
        for part in chain.iter().rev() {
            for entry in part.entries().unwrap_or_default().iter().filter(|entry| entry.key != "$ref") {
                if !entries.iter().any(|known| known.key == entry.key) {
                    entries.push(entry.clone());
                } else if self.counts(entry) {
                    self.beside(entry, what);
                }
            }
        }
        Some(Rc::new(Node::new(last.span, Kind::Mapping(entries))))
    }

    /// Whether an entry is a `$ref` in a mapping where OpenAPI knows none. If it is, it is reported.
    pub(crate) fn is_reference(&mut self, entry: &Entry, what: &str, help: &str) -> bool {
        if entry.key != "$ref" {
            return false;
        }
        self.left_out = true;
        self.report(
            Finding::error(Code::InvalidShape, entry.key_span, format!("{what} cannot be a `$ref`"))
                .label("OpenAPI knows no reference at this place")
                .help(help),
        );
        true
    }

    /// Whether a key beside a `$ref` could say something about the policy.
    fn counts(&self, entry: &Entry) -> bool {
        let key = entry.key.as_str();
        let read = || {
            let settings = self.settings.extensions.iter();
            let named = settings.flat_map(|extension| [Some(&extension.name), extension.sibling.as_ref()]);
            named.flatten().any(|name| name == key) || matches!(key, "x-scopes" | "x-follow-up")
        };
        !matches!(key, "$ref" | "summary" | "description") && (!key.starts_with("x-") || read())
    }

    fn beside(&mut self, entry: &Entry, what: &str) {
        self.left_out = true;
        self.report(
            Finding::error(
                Code::InvalidShape,
                entry.key_span,
                format!("`{}` stands beside the `$ref` of {what}", entry.key.escape_debug()),
            )
            .label("readers differ in which of the two counts")
            .help("move it to the place that is referred to, or write the whole out here"),
        );
    }

    /// What a reference leads to. `first` is where the chain of references starts.
    pub(crate) fn target(&mut self, reference: &str, span: Span, first: Span) -> Option<Rc<Node>> {
        let (root, fragment) = self.locate(reference, span, first)?;
        let mut node = root;
        for (depth, part) in fragment.split('/').enumerate().skip(1) {
            let part = unescape(part);
            let next = match node.kind() {
                Kind::Mapping(_) => self.member(&node, &part),
                Kind::Sequence(items) => part.parse().ok().and_then(|index: usize| items.get(index)).cloned(),
                Kind::Scalar { .. } | Kind::Tagged(_) => None,
            };
            let Some(next) = next else {
                let names = node.entries().unwrap_or_default().iter().map(|entry| entry.key.as_str());
                let near = self.likely(&part, names);
                let message = format!("the reference `{}` leads nowhere", reference.escape_debug());
                let walked = fragment.split('/').take(depth).collect::<Vec<_>>().join("/");
                let label = did_you_mean(near, format!("there is no `{part}` in `#{walked}`"));
                self.report(Finding::error(Code::UnresolvedRef, first, message).label(label));
                return None;
            };
            node = next;
        }
        Some(node)
    }

    /// The file that a reference leads to, and the JSON pointer into it.
    pub(crate) fn locate<'r>(
        &mut self,
        reference: &'r str,
        span: Span,
        first: Span,
    ) -> Option<(Rc<Node>, Cow<'r, str>)> {
        if !self.may_follow(span) {
            return None;
        }
        let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let root = if path.is_empty() {
            self.files.document(span.file)
        } else if self.is_self(path) {
            self.root()
        } else {
            files::other(self, &decode(path), span)
        }?;
        let fragment = decode(fragment);
        if !fragment.is_empty() && !fragment.starts_with('/') {
            self.report(
                Finding::error(
                    Code::UnresolvedRef,
                    first,
                    format!("`{}` is not a JSON pointer", reference.escape_debug()),
                )
                .help(format!("write `{}`, from the root of the document", self.version.reference())),
            );
            return None;
        }
        Some((root, fragment))
    }

    /// Counts a step along a reference. A short document can cause very many of them. False beyond the limit.
    pub(crate) fn may_follow(&mut self, span: Span) -> bool {
        self.followed += 1;
        let limit = self.settings.limits.references;
        // Reported once, at the first step beyond the limit.
        if self.followed == limit.saturating_add(1) {
            self.left_out = true;
            self.report(
                Finding::error(
                    Code::TooLarge,
                    span,
                    format!("the document has more than {limit} references to follow"),
                )
                .help("raise `limits.references` in `policy.toml` if that is meant"),
            );
        }
        self.followed <= limit
    }

    /// Whether a URI is the one that the entry document gives itself [OpenAPI 3.2, OpenAPI Object].
    fn is_self(&self, uri: &str) -> bool {
        let root = self.root();
        let own = root.as_ref().and_then(|root| root.get("$self")?.string());
        own.is_some_and(|own| own.split('#').next() == Some(uri))
    }
}

/// Decodes `%xx`; anything else stays as it is.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes: Vec<u8> = percent_decoded(text.as_bytes(), b'+').collect();
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// A part of a JSON pointer with its escapes resolved [RFC 6901, 4].
pub(crate) fn unescape(part: &str) -> Cow<'_, str> {
    if part.contains('~') { Cow::Owned(part.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(part) }
}
