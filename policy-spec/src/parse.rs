//! Bytes → spanned tree. JSON has a reader of its own, [`crate::json`]; this is the one for YAML.
//!
//! The parser reports events; what it leaves open is settled here: duplicate keys, aliases, merge keys, tags, and
//! budgets for all of them, so that a hostile document costs no more than a large honest one.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Tag};

use crate::finding::{Code, Finding};
use crate::json::Json;
use crate::settings::Limits;
use crate::source::{FileId, Sources, Span};
use crate::tree::{Entry, Kind, Node, Seen};

/// After so many errors a tree is no longer worth reading on.
pub(crate) const MAX_FINDINGS: usize = 1_000;

/// A file as it was read.
pub(crate) struct Parsed {
    /// `None` when there is no tree; then a finding says why.
    pub(crate) root: Option<Rc<Node>>,
    /// Set when values of it may be read late.
    pub(crate) json: Option<Rc<Json>>,
}

/// Adds the file to `sources` and reads it.
pub(crate) fn parse(
    name: &str,
    mut bytes: Vec<u8>,
    limits: &Limits,
    sources: &mut Sources,
    findings: &mut Vec<Finding>,
) -> Parsed {
    let none = Parsed { root: None, json: None };
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let file = sources.add(name, String::from_utf8_lossy(error.as_bytes()));
            findings.push(
                Finding::error(Code::ParseError, Span { file, start: at, end: at + 1 }, "the document is not UTF-8")
                    .help("save it as UTF-8"),
            );
            return none;
        }
    };
    let file = sources.add(name, text);
    let text = sources.shared(file);
    if text.trim_ascii_start().starts_with(['{', '[']) {
        let json = Rc::new(Json::new(Arc::clone(&text), file, limits.depth));
        let mut found = Vec::new();
        match json.read(&mut found) {
            Ok(root) => {
                findings.append(&mut found);
                return Parsed { root: Some(root), json: Some(json) };
            }
            // YAML's flow style starts like JSON and allows more; a file that calls itself JSON must be JSON.
            Err(finding) if matches!(finding.code, Code::TooDeep | Code::DuplicateKey) || name.ends_with(".json") => {
                findings.append(&mut found);
                findings.push(finding);
                return none;
            }
            Err(_) => {}
        }
    }
    let mut builder = Builder {
        file,
        text: &text,
        limits: *limits,
        anchors: HashMap::new(),
        expanded: 0,
        open: Vec::new(),
        root: None,
        findings,
    };
    let complete = builder.run();
    let root = builder.root.take().filter(|_| complete).map(|built| built.node);
    Parsed { root, json: None }
}

/// A finished node with what the budgets need to know about it.
#[derive(Clone)]
struct Built {
    node: Rc<Node>,
    size: usize,
    height: usize,
}

/// A collection that is being read.
struct Open {
    anchor: usize,
    start: Span,
    size: usize,
    height: usize,
    /// A tag that is not JSON's.
    tag: Option<String>,
    kind: OpenKind,
}

enum OpenKind {
    Sequence(Vec<Rc<Node>>),
    Mapping { entries: Vec<Entry>, seen: Seen, key: Option<Key>, merges: Vec<Entry> },
}

struct Key {
    text: String,
    span: Span,
    merge: bool,
}

struct Builder<'t, 'f> {
    file: FileId,
    text: &'t str,
    limits: Limits,
    anchors: HashMap<usize, Built>,
    expanded: usize,
    open: Vec<Open>,
    root: Option<Built>,
    findings: &'f mut Vec<Finding>,
}

impl Builder<'_, '_> {
    /// Reads all events; false when the tree cannot be used.
    fn run(&mut self) -> bool {
        let options = granit_parser::options! { emit_comments: false };
        let mut documents = 0_usize;
        for next in Parser::new_from_str_with_options(self.text, options) {
            let (event, span) = match next {
                Ok(next) => next,
                Err(error) => {
                    let start = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
                    self.syntax_error(start, &error);
                    return false;
                }
            };
            let range = span.byte_range().unwrap_or(0..0);
            let span = Span { file: self.file, start: range.start, end: range.end };
            let tag = event.tag().and_then(unknown);
            let proceed = match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    documents == 1
                        || self.stop(
                            Finding::error(Code::ParseError, span, "a second document starts in this file")
                                .help("keep one OpenAPI document per file"),
                        )
                }
                Event::Scalar(text, style, anchor, written) => {
                    let string = written.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
                    let plain = style == ScalarStyle::Plain && !string;
                    let kind = match tag {
                        Some(tag) => Kind::Tagged(tag),
                        None => Kind::Scalar { text: text.into_owned(), plain },
                    };
                    let node = Node::new(span, kind);
                    self.finish(anchor, Built { node: Rc::new(node), size: 1, height: 1 })
                }
                Event::SequenceStart(_, anchor, _) => self.start(anchor, span, tag, OpenKind::Sequence(Vec::new())),
                Event::MappingStart(_, anchor, _) => self.start(
                    anchor,
                    span,
                    tag,
                    OpenKind::Mapping { entries: Vec::new(), seen: Seen::default(), key: None, merges: Vec::new() },
                ),
                Event::SequenceEnd | Event::MappingEnd => self.end(span),
                Event::Alias(id) => self.alias(id, span),
                _ => true,
            };
            if !proceed || self.findings.len() > MAX_FINDINGS {
                return false;
            }
        }
        self.root.is_some()
            || self.stop(
                Finding::error(Code::ParseError, Span { file: self.file, start: 0, end: 0 }, "the document is empty")
                    .help("an OpenAPI document is a mapping that starts with `openapi:`"),
            )
    }

    fn stop(&mut self, finding: Finding) -> bool {
        self.findings.push(finding);
        false
    }

    fn syntax_error(&mut self, start: usize, error: &granit_parser::ScanError) {
        let end = self.text.get(start..).and_then(|rest| rest.chars().next()).map_or(start, |c| start + c.len_utf8());
        let span = Span { file: self.file, start, end };
        let info = error.info();
        // The parser's own nesting limits come before ours when the nesting is all brackets.
        let finding = if info.contains("nest") || info.contains("recursion") {
            too_deep(span, self.limits.depth)
        } else {
            let mut message = info;
            if let Some(first) = message.get(..1).map(str::to_lowercase) {
                message.replace_range(..1, &first);
            }
            Finding::error(Code::ParseError, span, message).label("the text cannot be read from here on")
        };
        self.findings.push(finding);
    }

    fn start(&mut self, anchor: usize, start: Span, tag: Option<String>, kind: OpenKind) -> bool {
        if self.open.len() >= self.limits.depth {
            return self.stop(too_deep(start, self.limits.depth));
        }
        self.open.push(Open { anchor, start, size: 1, height: 1, tag, kind });
        true
    }

    fn end(&mut self, end: Span) -> bool {
        let Some(open) = self.open.pop() else { return true };
        let (kind, end_of_last) = match open.kind {
            OpenKind::Sequence(items) => {
                let last = items.last().map(|item| item.span.end);
                (Kind::Sequence(items), last)
            }
            OpenKind::Mapping { mut entries, seen, merges, .. } => {
                // A key of the mapping itself wins over a merged one, and an earlier merge over a later one.
                let mut seen = seen;
                // What is merged stands elsewhere.
                let last = entries.last().map(|entry| entry.value.span.end.max(entry.key_span.end));
                for merged in merges {
                    if seen.insert(&merged.key, &entries) {
                        entries.push(merged);
                    }
                }
                (Kind::Mapping(entries), last)
            }
        };
        // A block collection "ends" where the next token starts; its last value is where it ends for a reader.
        let flow = end.end > end.start;
        let stop = if flow { end.end } else { end_of_last.unwrap_or(open.start.end) };
        let span = Span { file: self.file, start: open.start.start, end: stop.max(open.start.start) };
        let kind = open.tag.map_or(kind, Kind::Tagged);
        let built = Built { node: Rc::new(Node::new(span, kind)), size: open.size, height: open.height };
        self.finish(open.anchor, built)
    }

    fn alias(&mut self, id: usize, span: Span) -> bool {
        let Some(target) = self.anchors.get(&id).cloned() else {
            return self.stop(Finding::error(Code::ParseError, span, "this alias stands inside of its own anchor"));
        };
        if !self.expand(target.size, span) {
            return false;
        }
        if self.open.len() + target.height > self.limits.depth {
            return self.stop(too_deep(span, self.limits.depth));
        }
        self.finish(0, target)
    }

    fn expand(&mut self, size: usize, span: Span) -> bool {
        self.expanded = self.expanded.saturating_add(size);
        self.expanded <= self.limits.alias_values
            || self.stop(
                Finding::error(Code::TooLarge, span, "the document's aliases expand beyond all bounds")
                    .label(format!("more than {} values with this one", self.limits.alias_values))
                    .help("use `$ref` and `components` instead of YAML aliases, or raise `limits.alias-values` in `policy.toml`"),
            )
    }

    /// Puts a finished node where it belongs.
    fn finish(&mut self, anchor: usize, built: Built) -> bool {
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
        }
        let Some(mut parent) = self.open.pop() else {
            self.root = Some(built);
            return true;
        };
        parent.size = parent.size.saturating_add(built.size);
        parent.height = parent.height.max(built.height + 1);
        let proceed = match &mut parent.kind {
            OpenKind::Sequence(items) => {
                items.push(built.node);
                true
            }
            OpenKind::Mapping { entries, seen, key, merges } => match key.take() {
                None => match built.node.kind() {
                    Kind::Scalar { text, plain } => {
                        *key = Some(Key { text: text.clone(), span: built.node.span, merge: *plain && text == "<<" });
                        true
                    }
                    _ => self.stop(
                        Finding::error(
                            Code::ParseError,
                            built.node.span,
                            format!("{} is used as a key", built.node.what()),
                        )
                        .help("keys of an OpenAPI document are strings"),
                    ),
                },
                Some(key) if key.merge => self.merge(&built.node, key.span, merges),
                Some(key) => {
                    if seen.insert(&key.text, entries) {
                        entries.push(Entry { key: key.text, key_span: key.span, value: built.node });
                    } else {
                        let finding = repeated_key(&key.text, key.span, entries);
                        self.findings.push(finding);
                    }
                    true
                }
            },
        };
        self.open.push(parent);
        proceed
    }

    /// `<<: *base` or `<<: [*one, *other]`.
    fn merge(&mut self, node: &Rc<Node>, span: Span, merges: &mut Vec<Entry>) -> bool {
        let one = std::slice::from_ref(node);
        for source in node.items().unwrap_or(one) {
            let Some(entries) = source.entries() else {
                return self.stop(
                    Finding::error(
                        Code::ParseError,
                        source.span,
                        format!("{} cannot be merged into a mapping", source.what()),
                    )
                    .also(span, "merged here")
                    .help("`<<` takes a mapping or a list of mappings"),
                );
            };
            if !self.expand(entries.len(), span) {
                return false;
            }
            merges.extend(entries.iter().cloned());
        }
        true
    }
}

/// The text of a tag that makes its value something else than JSON has, such as `!include` or `!Sub`. What such a value
/// means is known to the tool it is written for; here it is one that nothing can be read from.
fn unknown(tag: &Tag) -> Option<String> {
    let known = ["str", "int", "float", "bool", "null", "map", "seq", "merge", "timestamp"];
    let known =
        tag.handle() == "!" && tag.suffix().is_empty() || known.iter().any(|name| tag.is_yaml_core_schema_tag(name));
    (!known).then(|| tag.original().to_string())
}

/// The finding for a key that stands in `entries` already.
pub(crate) fn repeated_key(key: &str, span: Span, entries: &[Entry]) -> Finding {
    let finding = Finding::error(
        Code::DuplicateKey,
        span,
        format!("the key `{}` stands twice in one mapping", key.escape_debug()),
    )
    .label("again here")
    .help("remove one of the two, or merge their contents; readers that keep the last one drop the first in silence");
    match entries.iter().find(|entry| entry.key == key) {
        Some(first) => finding.also(first.key_span, "first here"),
        None => finding,
    }
}

pub(crate) fn too_deep(span: Span, depth: usize) -> Finding {
    Finding::error(Code::TooDeep, span, "the document nests too deeply")
        .label(format!("more than {depth} levels here"))
        .help("move parts into `components` and refer to them, or raise `limits.depth` in `policy.toml`")
}
