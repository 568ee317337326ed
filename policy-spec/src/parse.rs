//! Reads YAML into a tree with spans. JSON has a reader of its own, [`crate::json`].
//!
//! The YAML library reports events. This file makes a tree of them, and handles duplicate keys, aliases, merge keys and tags. Budgets
//! bound all of these, so that a hostile document costs no more than a large honest one.
//!
//! Readers of YAML do not agree on three things: what a second `<<` does, whether a quoted `<<` merges, and whether a merged key
//! or the mapping's own key counts. Where that could make two policies of one text, the text is refused.

mod mapping;
mod scalar;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use granit_parser::{Event, Parser, YamlVersion};

use crate::finding::{Code, Finding};
use crate::json::Json;
use crate::settings::Limits;
use crate::source::{FileId, Sources, Span};
use crate::tree::{Entry, Kind, Node};

pub(crate) use mapping::quoted_merge;
use mapping::{Key, OpenMapping};
use scalar::{scalar, unknown};

/// Reading ends after so many errors.
pub(crate) const MAX_FINDINGS: usize = 1_000;

/// A file as it was read.
pub(crate) struct Parsed {
    /// The tree. `None` if there is none; a finding says why.
    pub(crate) root: Option<Rc<Node>>,
    /// The file as JSON, if some of its values are read late.
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
    if text.starts_with('\u{feff}') {
        let span = Span { file, start: 0, end: '\u{feff}'.len_utf8() };
        findings.push(
            Finding::error(Code::ParseError, span, "the document starts with a second byte order mark")
                .help("remove it: to some readers it is a part of the first key"),
        );
        return none;
    }
    let flow = text.trim_ascii_start().starts_with(['{', '[']);
    let named_json = name.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("json"));
    if flow || named_json {
        let json = Rc::new(Json::new(Arc::clone(&text), file, limits.depth));
        let mut found = Vec::new();
        match json.read(&mut found) {
            Ok(root) => {
                findings.append(&mut found);
                return Parsed { root: Some(root), json: Some(json) };
            }
            // A text that begins like JSON may be YAML in flow style, which allows more. But a file named `.json` must be JSON.
            Err(finding) if matches!(finding.code, Code::TooDeep | Code::DuplicateKey) || named_json => {
                findings.append(&mut found);
                findings.push(if flow || finding.help.is_some() {
                    finding
                } else {
                    finding.help("a file named `.json` is read as JSON; if it is YAML, give it a name in `.yaml`")
                });
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

/// A finished node, with its size for the budgets.
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
    /// A YAML tag that JSON does not have.
    tag: Option<String>,
    kind: OpenKind,
}

enum OpenKind {
    Sequence(Vec<Rc<Node>>),
    Mapping(Box<OpenMapping>),
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
    /// Reads all events. False if the tree cannot be used.
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
            let proceed = match event {
                Event::DocumentStart(_, version) => {
                    documents += 1;
                    self.version(version, span);
                    documents == 1
                        || self.stop(
                            Finding::error(Code::ParseError, span, "a second document starts in this file")
                                .help("keep one OpenAPI document per file"),
                        )
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let node = Node::new(span, scalar(text.into_owned(), style, tag.as_deref()));
                    self.finish(anchor, Built { node: Rc::new(node), size: 1, height: 1 })
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.start(anchor, span, unknown(tag.as_deref(), "seq"), OpenKind::Sequence(Vec::new()))
                }
                Event::MappingStart(_, anchor, tag) => {
                    self.start(anchor, span, unknown(tag.as_deref(), "map"), OpenKind::Mapping(Box::default()))
                }
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

    /// Reports `%YAML 1.1`. A reader that follows it takes `yes` and `off` for booleans, and `0777` for an octal number.
    fn version(&mut self, version: Option<YamlVersion>, span: Span) {
        let Some(version) = version.filter(|version| (version.major, version.minor) != (1, 2)) else { return };
        self.findings.push(
            Finding::error(
                Code::ParseError,
                span,
                format!(
                    "the document says that it is YAML {}.{}, and is read as YAML 1.2",
                    version.major, version.minor
                ),
            )
            .label("readers that follow the directive read some words as other values")
            .help(
                "remove the `%YAML` line, and quote words such as `yes`, `no`, `on` and `off` where they are strings",
            ),
        );
    }

    fn stop(&mut self, finding: Finding) -> bool {
        self.findings.push(finding);
        false
    }

    fn syntax_error(&mut self, start: usize, error: &granit_parser::ScanError) {
        let end = self.text.get(start..).and_then(|rest| rest.chars().next()).map_or(start, |c| start + c.len_utf8());
        let span = Span { file: self.file, start, end };
        let info = error.info();
        // For brackets, the library has a nesting limit of its own, which may be reached first.
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
            OpenKind::Mapping(mut open) => {
                // Merged values stand elsewhere in the text.
                let last = open.entries.last().map(|entry| entry.value.span.end.max(entry.key_span.end));
                self.take_merged(&mut open);
                (Kind::Mapping(open.entries), last)
            }
        };
        // The library says that a block collection ends where the next token starts. For people it ends with its last value.
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
                    .help("use `$ref` instead of YAML aliases, or raise `limits.alias-values` in `policy.toml`"),
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
            OpenKind::Mapping(open) => match open.key.take() {
                None => match built.node.kind() {
                    Kind::Scalar { text, plain } => {
                        open.key = Some(Key { text: text.clone(), span: built.node.span, plain: *plain });
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
                Some(key) if key.is_merge() => self.merge(&built.node, key.span, open),
                Some(key) => {
                    self.entry(key, built.node, open);
                    true
                }
            },
        };
        self.open.push(parent);
        proceed
    }
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
        .help("move parts out and refer to them by `$ref`, or raise `limits.depth` in `policy.toml`")
}
