//! What every part of the reader shares: the settings, the files, and the findings so far.

use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use serde::de::DeserializeOwned;

use crate::finding::{Code, Finding};
use crate::json::Json;
use crate::parse::parse;
use crate::settings::Settings;
use crate::source::{FileId, Location, Sources, Span};
use crate::tree::{Entry, Kind, Node, Scalar};

/// How many references may follow each other.
const MAX_HOPS: usize = 32;

pub(crate) struct Context<'s> {
    pub(crate) settings: &'s Settings,
    pub(crate) sources: Sources,
    pub(crate) findings: Vec<Finding>,
    /// The files that were read, in the order of their [`FileId`]s.
    documents: Vec<Document>,
    /// The folder that references must stay in; `None` when the document does not come from a file.
    folder: Option<PathBuf>,
    /// How many references were followed.
    followed: usize,
    /// An error kept a part of the document out of the model.
    pub(crate) left_out: bool,
}

struct Document {
    /// The file's path below the folder, with `/` as the separator.
    relative: PathBuf,
    root: Option<Rc<Node>>,
    json: Option<Rc<Json>>,
}

impl<'s> Context<'s> {
    /// Reads the entry document.
    pub(crate) fn new(name: &str, bytes: Vec<u8>, path: Option<&Path>, settings: &'s Settings) -> Self {
        let mut context = Self {
            settings,
            sources: Sources::default(),
            findings: Vec::new(),
            documents: Vec::new(),
            folder: path.map(|path| path.parent().unwrap_or(Path::new("")).to_path_buf()),
            followed: 0,
            left_out: false,
        };
        let relative = path.and_then(Path::file_name).map(PathBuf::from).unwrap_or_default();
        context.read(name, bytes, relative);
        context
    }

    /// The tree of the entry document.
    pub(crate) fn root(&self) -> Option<Rc<Node>> {
        self.documents.first().and_then(|document| document.root.clone())
    }

    /// The files that were read beside the entry document.
    pub(crate) fn other_files(&self) -> impl Iterator<Item = PathBuf> + '_ {
        let folder = self.folder.clone().unwrap_or_default();
        self.documents.iter().skip(1).map(move |document| folder.join(&document.relative))
    }

    pub(crate) fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Takes over what was found in values that were read late.
    pub(crate) fn collect_late_findings(&mut self) {
        for json in self.documents.iter().filter_map(|document| document.json.as_ref()) {
            self.findings.append(&mut json.take_late_findings());
        }
        self.left_out |= self.findings.iter().any(|finding| finding.code == Code::DuplicateKey);
    }

    pub(crate) fn location(&self, span: Span) -> Location {
        self.sources.location(span)
    }

    /// Reports a value of the wrong shape, which is left out.
    pub(crate) fn invalid(&mut self, node: &Node, what: &str, expected: &str) {
        self.left_out = true;
        self.report(
            Finding::error(Code::InvalidShape, node.span, format!("{what} is {}", node.what()))
                .label(format!("expected {expected}")),
        );
    }

    /// Types a pruned part of the document; an error has the position of the whole part.
    pub(crate) fn typed<T: DeserializeOwned>(
        &mut self,
        at: Span,
        what: &str,
        entries: Vec<(&str, &Node)>,
    ) -> Option<T> {
        let mapping = entries.into_iter().map(|(key, node)| (key.into(), to_value(node))).collect();
        match serde_yaml::from_value(serde_yaml::Value::Mapping(mapping)) {
            Ok(typed) => Some(typed),
            Err(error) => {
                self.left_out = true;
                self.report(Finding::error(Code::InvalidShape, at, format!("{what} cannot be read: {error}")));
                None
            }
        }
    }

    fn read(&mut self, name: &str, bytes: Vec<u8>, relative: PathBuf) -> Option<Rc<Node>> {
        let parsed = parse(name, bytes, &self.settings.limits, &mut self.sources, &mut self.findings);
        self.documents.push(Document { relative, root: parsed.root.clone(), json: parsed.json });
        parsed.root
    }

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
            let Some(entry) = node.entry("$ref").cloned() else { return Some(node) };
            let span = *first.get_or_insert(entry.value.span);
            let Some(reference) = entry.value.string() else {
                self.invalid(&entry.value, "a `$ref`", "a string");
                return None;
            };
            node = self.target(reference, entry.value.span, span)?;
        }
        let span = first.unwrap_or(node.span);
        self.report(
            Finding::error(Code::UnresolvedRef, span, "this reference leads in a circle")
                .help("a chain of references has to end at a value"),
        );
        None
    }

    /// The value itself, or what its `$ref` leads to, without a word about references that lead nowhere.
    pub(crate) fn peek(&mut self, node: &Rc<Node>) -> Rc<Node> {
        let known = self.findings.len();
        let found = self.follow_all(node);
        self.findings.truncate(known);
        found.unwrap_or_else(|| Rc::clone(node))
    }

    /// Follows a reference of a part whose own keys decide the policy: keys beside `$ref` would be lost.
    pub(crate) fn follow_alone(&mut self, node: &Rc<Node>, what: &str) -> Option<Rc<Node>> {
        if node.entry("$ref").is_some() {
            let beside: Vec<Entry> = node
                .entries()
                .unwrap_or_default()
                .iter()
                .filter(|entry| !matches!(entry.key.as_str(), "$ref" | "summary" | "description"))
                .cloned()
                .collect();
            for entry in beside {
                self.report(
                    Finding::error(
                        Code::InvalidShape,
                        entry.key_span,
                        format!("`{}` stands beside the `$ref` of {what}", entry.key),
                    )
                    .label("OpenAPI does not say which of the two counts")
                    .help("move it to the place that is referred to, or write the whole out here"),
                );
            }
        }
        self.follow(node)
    }

    /// What a reference leads to. `first` is where the chain of references starts.
    pub(crate) fn target(&mut self, reference: &str, span: Span, first: Span) -> Option<Rc<Node>> {
        self.followed += 1;
        let limit = self.settings.limits.references;
        if self.followed > limit {
            // Told once; all that follows would be the same.
            if self.followed == limit + 1 {
                self.report(
                    Finding::error(
                        Code::TooLarge,
                        span,
                        format!("the document has more than {limit} references to follow"),
                    )
                    .help("raise `limits.references` in `policy.toml` if that is meant"),
                );
            }
            return None;
        }
        let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let root = if path.is_empty() { self.document(span.file) } else { self.file(path, span) }?;
        let fragment = decode(fragment);
        let mut node = root;
        let mut walked = String::new();
        if !fragment.is_empty() && !fragment.starts_with('/') {
            self.report(
                Finding::error(Code::UnresolvedRef, first, format!("`{reference}` is not a JSON pointer"))
                    .help("write `#/components/…`"),
            );
            return None;
        }
        for part in fragment.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            let next = match node.kind() {
                Kind::Mapping(_) => node.get(&part).cloned(),
                Kind::Sequence(items) => part.parse().ok().and_then(|index: usize| items.get(index)).cloned(),
                Kind::Scalar { .. } => None,
            };
            let Some(next) = next else {
                let names = node.entries().unwrap_or_default().iter().map(|entry| entry.key.as_str());
                let near = closest(&part, names).map(|near| format!("did you mean `{near}`?"));
                self.report(
                    Finding::error(Code::UnresolvedRef, first, format!("the reference `{reference}` leads nowhere"))
                        .label(near.unwrap_or_else(|| format!("there is no `{part}` in `#{walked}`"))),
                );
                return None;
            };
            walked.push('/');
            walked.push_str(&part);
            node = next;
        }
        Some(node)
    }

    fn document(&self, file: FileId) -> Option<Rc<Node>> {
        self.documents.get(file.0).and_then(|document| document.root.clone())
    }

    /// The tree of another file, read once.
    fn file(&mut self, path: &str, span: Span) -> Option<Rc<Node>> {
        let outside = |why: &str| {
            Finding::error(Code::ReferenceOutsideTree, span, format!("the reference to `{path}` {why}"))
                .label("not followed")
                .help("keep every part of the document in its folder; nothing is fetched")
        };
        if path.contains("://") || path.starts_with("//") {
            self.report(outside("leads to the network"));
            return None;
        }
        let Some(folder) = self.folder.clone() else {
            self.report(
                Finding::error(
                    Code::UnresolvedRef,
                    span,
                    format!("the reference to `{path}` needs a file to start from"),
                )
                .help("this document was read from memory; read it from its file"),
            );
            return None;
        };
        let here = self.documents.get(span.file.0).map(|document| document.relative.clone()).unwrap_or_default();
        let Some(relative) = normalise(here.parent().unwrap_or(Path::new("")), Path::new(&decode(path))) else {
            self.report(outside("leaves the document's folder"));
            return None;
        };
        if let Some(known) = self.documents.iter().find(|document| document.relative == relative) {
            return known.root.clone();
        }
        let full = folder.join(&relative);
        let inside = match (folder_of(&folder).canonicalize(), full.canonicalize()) {
            (Ok(folder), Ok(full)) => full.starts_with(folder),
            // A file that is not there is reported as such below.
            _ => true,
        };
        if !inside {
            self.report(outside("leaves the document's folder by a symbolic link"));
            return None;
        }
        match std::fs::read(&full) {
            Ok(bytes) => self.read(&full.to_string_lossy().replace('\\', "/"), bytes, relative),
            Err(error) => {
                self.report(Finding::error(
                    Code::UnresolvedRef,
                    span,
                    format!("the file `{}` cannot be read: {error}", full.display()),
                ));
                None
            }
        }
    }
}

fn folder_of(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// `folder/path` without `.` and `..`; `None` when it would leave the tree.
fn normalise(folder: &Path, path: &Path) -> Option<PathBuf> {
    let mut normal = folder.to_path_buf();
    for part in path.components() {
        match part {
            Component::Normal(part) => normal.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(normal)
}

/// Decodes `%xx`; anything else stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        match after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or("");
            }
            None => {
                bytes.push(b'%');
                rest = after;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The candidate that is likely meant.
pub(crate) fn closest<'c>(text: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(text, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count().max(text.chars().count()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A value for `serde`. Depth and size are bounded by the tree's own budgets.
fn to_value(node: &Node) -> serde_yaml::Value {
    use serde_yaml::Value;
    match node.kind() {
        Kind::Sequence(items) => Value::Sequence(items.iter().map(|item| to_value(item)).collect()),
        Kind::Mapping(entries) => {
            Value::Mapping(entries.iter().map(|entry| (entry.key.as_str().into(), to_value(&entry.value))).collect())
        }
        Kind::Scalar { .. } => match node.scalar() {
            Some(Scalar::Bool(value)) => Value::Bool(value),
            Some(Scalar::Integer(value)) => Value::Number(value.into()),
            Some(Scalar::Float(value)) => Value::Number(value.into()),
            Some(Scalar::String(text)) => Value::String(text.to_owned()),
            Some(Scalar::Null) | None => Value::Null,
        },
    }
}
