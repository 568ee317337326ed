//! Writes what each operation requires back into the document, as `x-required-scopes`. Whoever reads a route then sees its scopes
//! without looking up what it inherits.
//!
//! The written list does not change the policy: it holds the scopes that each alternative of the operation needs anyway. The
//! text is edited by spans, so that comments, order and layout stay.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use policy_core::Access;

use crate::Loaded;
use crate::json::quoted;
use crate::model::OperationModel;
use crate::settings::{Combine, Extension, ExtensionShape, Settings};
use crate::source::{FileId, Span};
use crate::tree::{Entry, Node};

/// The extension that is written.
pub const EMITTED: &str = "x-required-scopes";

/// Copies of a document's texts in which operations say what they require.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Emission {
    /// The files that changed, with their new texts.
    pub texts: Vec<(FileId, String)>,
    /// The operations that say all of their scopes now: indices into the model's operations.
    pub said: Vec<usize>,
    /// The operations for which no list can be written, and why.
    pub unsaid: Vec<(usize, Unsaid)>,
}

/// Why an operation got no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsaid {
    /// Its alternatives need different scopes. Any one of them is enough, and the list would demand all.
    Alternatives,
    /// Anonymous callers may use it. No scope is required of them.
    Anonymous,
    /// Its text is shared, by an anchor or a reference, with an operation that requires something else.
    Shared,
    /// Its text has no place for a list: its list is a YAML alias, or its keys do not stand on lines of their own.
    NoPlace,
    /// An overlay wrote it, or its list.
    Overlay,
}

impl Unsaid {
    /// The reason as half a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alternatives => "its alternatives need different scopes, and a list is an AND",
            Self::Anonymous => "anonymous callers may use it too, and a list would demand scopes of everybody",
            Self::Shared => "its text is shared with an operation that requires something else",
            Self::NoPlace => "its text has no place for a list",
            Self::Overlay => "an overlay writes it or its list, and overlays are not changed",
        }
    }
}

/// Where an operation's text can be edited.
#[derive(Clone, Debug)]
pub(crate) struct Editable {
    body: Span,
    /// Its first key. Keys that a merge key brings from elsewhere do not count.
    first: Option<Span>,
    security: Option<Span>,
    list: Option<List>,
    /// The action of an overlay that changed the operation.
    #[cfg_attr(not(feature = "overlays"), expect(dead_code, reason = "only overlays ask for it"))]
    pub(crate) changed_by: Option<Span>,
    /// Overlays wrote its list, or something in it.
    has_overlaid_list: bool,
}

#[derive(Clone, Debug)]
struct List {
    key: Span,
    value: Span,
    scopes: Option<BTreeSet<String>>,
}

impl Editable {
    pub(crate) fn of(node: &Node) -> Self {
        let entries = node.entries().unwrap_or_default();
        let own = |entry: &&Entry| node.span.covers(entry.key_span);
        let key = |name: &str| entries.iter().filter(own).find(|entry| entry.key == name);
        Self {
            body: node.span,
            changed_by: node.changed_by(),
            has_overlaid_list: node.changed_by().is_some()
                && node.entry(EMITTED).is_some_and(|entry| !own(&entry) || entry.value.changed_by().is_some()),
            first: entries.iter().find(own).map(|entry| entry.key_span),
            security: key("security").map(|entry| entry.key_span),
            list: key(EMITTED).map(|entry| List {
                key: entry.key_span,
                value: entry.value.span,
                scopes: entry.value.items().and_then(|items| {
                    items.iter().map(|item| Some(item.string()?.to_owned())).collect::<Option<BTreeSet<_>>>()
                }),
            }),
        }
    }

    /// Whether it may have a merge key.
    fn merges(&self, text: &str) -> bool {
        !is_json(text) && text.get(self.body.start..self.body.end).is_some_and(|body| body.contains("<<"))
    }

    /// Whether it may have an anchor, by which a merge key elsewhere takes it.
    fn is_anchored(&self, text: &str) -> bool {
        !is_json(text) && anchored(text, self.body.start)
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Whether an anchor may stand before the value that starts here: in its line, or in the last line before it that is neither empty
/// nor a comment.
fn anchored(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or("");
    let said = before.lines().rev().find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    said.is_some_and(|line| line.contains('&'))
}

/// Writes what each operation requires into copies of the texts. `None` where the settings read [`EMITTED`] in another way
/// than as a list of scopes that are all required, since the written list would then mean something else.
///
/// Nothing is written for public and for undeclared operations. `[]` is written where a credential is needed and no scope.
///
/// ```
/// use policy_spec::Settings;
///
/// let document = "openapi: 3.1.0
/// info: { title: Notes, version: '1' }
/// paths:
///   /notes:
///     get:
///       security: [{ Token: [notes:read] }]
/// components:
///   securitySchemes:
///     Token: { type: http, scheme: bearer, x-scopes: { 'notes:read': Read. } }
/// ";
/// let settings = Settings::default();
/// let loaded = policy_spec::read("notes.yaml", document.as_bytes(), &settings);
/// let emission = policy_spec::emit(&loaded, &settings).ok_or("the settings read the extension in another way")?;
/// let [(_, text)] = &*emission.texts else { return Err("one file") };
/// assert!(text.contains("x-required-scopes:"), "{text}");
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn emit(loaded: &Loaded, settings: &Settings) -> Option<Emission> {
    let plain = |extension: &Extension| {
        extension.shape == ExtensionShape::List && extension.combine == Combine::All && extension.sibling.is_none()
    };
    if settings.extensions.iter().any(|extension| extension.name == EMITTED && !plain(extension)) {
        return None;
    }
    let operations = loaded.readable().map(|model| model.operations.as_slice()).unwrap_or_default();
    let mut wanted: Vec<Wanted> = operations.iter().map(wanted).collect();
    let overlays: Vec<FileId> = loaded.overlay_files().collect();
    for (wanted, editable) in wanted.iter_mut().zip(&loaded.editable) {
        let overlaid = editable.has_overlaid_list || overlays.contains(&editable.body.file);
        if overlaid && matches!(wanted, Wanted::List(_)) {
            *wanted = Wanted::Unsaid(Unsaid::Overlay);
        }
    }
    unsay_shared(&mut wanted, &loaded.editable, |one| loaded.sources.text(one.body.file));
    let mut emission = Emission::default();
    let mut edits: BTreeMap<FileId, BTreeMap<usize, Edit>> = BTreeMap::new();
    for (at, (wanted, editable)) in wanted.into_iter().zip(&loaded.editable).enumerate() {
        match wanted {
            Wanted::Nothing => {}
            Wanted::Unsaid(reason) => emission.unsaid.push((at, reason)),
            Wanted::List(scopes) => {
                let text = loaded.sources.text(editable.body.file);
                match edit(text, editable, &scopes) {
                    None => emission.unsaid.push((at, Unsaid::NoPlace)),
                    Some(edit) => {
                        emission.said.push(at);
                        // Where operations share a text, the same is to be written for all of them. See `unsay_shared`.
                        edits.entry(editable.body.file).or_default().extend(edit.map(|edit| (edit.start, edit)));
                    }
                }
            }
        }
    }
    for (file, edits) in edits {
        let text = loaded.sources.text(file);
        let mut copy = String::with_capacity(text.len() + 64 * edits.len());
        let mut at = 0;
        for edit in edits.into_values() {
            copy.push_str(text.get(at..edit.start).unwrap_or(""));
            copy.push_str(&edit.text);
            at = edit.end;
        }
        copy.push_str(text.get(at..).unwrap_or(""));
        if copy != text {
            emission.texts.push((file, copy));
        }
    }
    Some(emission)
}

#[derive(Clone, PartialEq)]
enum Wanted {
    Nothing,
    Unsaid(Unsaid),
    List(BTreeSet<String>),
}

fn wanted(operation: &OperationModel) -> Wanted {
    let callers = operation.alternatives().iter().filter(|alternative| !alternative.is_anonymous());
    let mut lists = callers.map(|alternative| alternative.scopes().cloned().collect::<BTreeSet<String>>());
    let Some(first) = lists.next() else { return Wanted::Nothing };
    let equal = lists.all(|other| other == first);
    let anonymous = operation.access() == Some(Access::Optional);
    match (equal, anonymous) {
        (true, true) if first.is_empty() => Wanted::Nothing,
        (_, true) => Wanted::Unsaid(Unsaid::Anonymous),
        (true, false) => Wanted::List(first),
        (false, false) => Wanted::Unsaid(Unsaid::Alternatives),
    }
}

/// Leaves out lists that would also count for an operation with another requirement. That happens where two operations share a
/// text, or where a merge key takes a list over from another operation.
fn unsay_shared<'t>(wanted: &mut [Wanted], editable: &[Editable], text: impl Fn(&Editable) -> &'t str) {
    let mut of_body: HashMap<Span, Vec<usize>> = HashMap::new();
    for (at, one) in editable.iter().enumerate() {
        of_body.entry(one.body).or_default().push(at);
    }
    for sharing in of_body.values().filter(|sharing| sharing.len() > 1) {
        let first = sharing.first().and_then(|at| wanted.get(*at)).cloned();
        if sharing.iter().any(|at| wanted.get(*at) != first.as_ref()) {
            sharing.iter().for_each(|at| unsay(wanted, *at));
        }
    }
    let merging: Vec<usize> = indices(editable, |one| one.merges(text(one)));
    if merging.is_empty() {
        return;
    }
    let anchored: Vec<usize> = indices(editable, |one| one.is_anchored(text(one)));
    // An operation without a list of its own would take the list that its merge key brings. Each turn of the loop can take
    // a list away from another one.
    while merging.iter().any(|at| !is_list(wanted, *at)) && anchored.iter().any(|at| is_list(wanted, *at)) {
        anchored.iter().for_each(|at| unsay(wanted, *at));
    }
}

fn indices(editable: &[Editable], fits: impl Fn(&Editable) -> bool) -> Vec<usize> {
    editable.iter().enumerate().filter(|(_, one)| fits(one)).map(|(at, _)| at).collect()
}

fn is_list(wanted: &[Wanted], at: usize) -> bool {
    matches!(wanted.get(at), Some(Wanted::List(_)))
}

fn unsay(wanted: &mut [Wanted], at: usize) {
    if let Some(wanted) = wanted.get_mut(at).filter(|wanted| matches!(wanted, Wanted::List(_))) {
        *wanted = Wanted::Unsaid(Unsaid::Shared);
    }
}

struct Edit {
    start: usize,
    end: usize,
    text: String,
}

/// The edit that writes the scopes of an operation. `Some(None)` when they are written already, `None` when there is no place for
/// them.
fn edit(text: &str, editable: &Editable, scopes: &BTreeSet<String>) -> Option<Option<Edit>> {
    let json = is_json(text);
    if let Some(list) = &editable.list {
        if list.scopes.as_ref() == Some(scopes) {
            return Some(None);
        }
        // The value of an alias stands elsewhere, and is another operation's too.
        if !editable.body.covers(list.value) || list.value.start < list.key.end {
            return None;
        }
        let between = text.get(list.key.end..list.value.start)?;
        let start = list.key.end + between.find(':')?;
        let end = if list.value.start == list.value.end { start + 1 } else { list.value.end };
        let space = if json && between.ends_with(':') { "" } else { " " };
        let written = written(scopes, json, space);
        return Some(Some(Edit { start, end, text: format!(":{space}{written}") }));
    }
    let flow = text.get(editable.body.start..)?.starts_with('{');
    let Some(key) = editable.security.or(editable.first) else {
        // The mapping is empty, or has merge keys only.
        let start = editable.body.start + usize::from(flow);
        let rest = if text.get(start..)?.trim_start().starts_with('}') { "" } else { ", " };
        let list = written(scopes, json, " ");
        return match (flow, json) {
            (true, true) => Some(Some(Edit { start, end: start, text: format!("\"{EMITTED}\": {list}{rest}") })),
            (true, false) => Some(Some(Edit { start, end: start, text: format!("{EMITTED}: {list}{rest}") })),
            (false, _) => None,
        };
    };
    let start = key.start;
    if flow {
        let before = text.get(editable.body.start + 1..start)?;
        let gap = before.get(before.trim_end().len()..)?;
        let colon = text.get(key.end..)?.trim_start().strip_prefix(':')?;
        let space = if colon.starts_with(char::is_whitespace) || !json { " " } else { "" };
        let list = written(scopes, json, space);
        let quote = if json { "\"" } else { "" };
        let gap = if gap.is_empty() { space } else { gap };
        let text = format!("{quote}{EMITTED}{quote}:{space}{list},{gap}");
        return Some(Some(Edit { start, end: start, text }));
    }
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let indent = text.get(line..start)?;
    if !indent.bytes().all(|byte| byte == b' ') {
        return None;
    }
    let end_of_line = if text.get(..line)?.ends_with("\r\n") { "\r\n" } else { "\n" };
    let list = written(scopes, false, " ");
    Some(Some(Edit { start, end: start, text: format!("{EMITTED}: {list}{end_of_line}{indent}") }))
}

fn written(scopes: &BTreeSet<String>, json: bool, space: &str) -> String {
    let scopes: Vec<String> = scopes.iter().map(|scope| if json { quoted(scope) } else { plain(scope) }).collect();
    format!("[{}]", scopes.join(&format!(",{space}")))
}

/// A scope as a YAML scalar within a flow list.
fn plain(scope: &str) -> String {
    let harmless = scope.starts_with(|c: char| c.is_ascii_alphabetic())
        && scope.ends_with(|c: char| c.is_ascii_alphanumeric())
        && scope.chars().all(|c| c.is_ascii_alphanumeric() || ".:/_-".contains(c));
    // Some readers of YAML take these words for booleans or for null.
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    if harmless && !WORDS.contains(&scope.to_ascii_lowercase().as_str()) { scope.to_owned() } else { quoted(scope) }
}
