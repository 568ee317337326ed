//! What every part of the reader shares: the settings, the files, and the findings so far.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;

use crate::files::{Files, read};
use crate::finding::{Code, Finding};
use crate::likely::likely;
use crate::query::QueryParameter;
use crate::schema::SchemaValues;
use crate::settings::{Origin, Settings};
use crate::source::{FileId, Location, Sources, Span};
use crate::tree::{Entry, Kind, Node};
use crate::version::Version;

/// How many names are compared with misspelt ones. Suggestions must not make a document with many mistakes slow to read.
const MAX_COMPARED: usize = 50_000;

pub(crate) struct Context<'s> {
    pub(crate) settings: &'s Settings,
    pub(crate) sources: Sources,
    pub(crate) findings: Vec<Finding>,
    pub(crate) files: Files,
    /// The document's version, by which findings name things. It is the newest one until the document's is known.
    pub(crate) version: Version,
    /// How many references were followed.
    pub(crate) followed: usize,
    /// An error kept a part of the document out of the model.
    pub(crate) left_out: bool,
    /// The model holds operations that no request can reach. They are for reviewers, and no part of a policy.
    pub(crate) unreachable: bool,
    /// What is known of the schemas that were read, by the address of the node. The node is kept, so that nothing else gets its
    /// address.
    pub(crate) schemas: HashMap<*const Node, (Rc<Node>, Rc<SchemaValues>)>,
    /// The index of each key of large mappings, by the address of the node.
    indexes: HashMap<*const Node, (Rc<Node>, HashMap<String, usize>)>,
    /// The parameters that were read, by the address of the node. `None` for those outside the query.
    pub(crate) parameters: HashMap<*const Node, (Rc<Node>, Option<Rc<QueryParameter>>)>,
    /// The base paths of the lists of servers that were read, by the address of the node.
    pub(crate) bases: HashMap<*const Node, (Rc<Node>, String)>,
    /// The `security` lists and path items that were looked at. Several operations can share one, and what is wrong with it is
    /// reported once.
    pub(crate) told: HashSet<Span>,
    /// Scopes that no catalogue has to list. For each: the places where it is required, and whether an extension requires it.
    pub(crate) by_use: BTreeMap<String, (BTreeSet<Span>, bool)>,
    /// How many values went into the model so far.
    grown: usize,
    /// How many names were compared so far.
    compared: Cell<usize>,
}

impl<'s> Context<'s> {
    /// Reads the entry document.
    pub(crate) fn new(name: &str, bytes: Vec<u8>, path: Option<&Path>, settings: &'s Settings) -> Self {
        let mut context = Self::empty(settings);
        read(&mut context, name, bytes, path);
        context
    }

    /// Without any file.
    pub(crate) fn empty(settings: &'s Settings) -> Self {
        Self {
            settings,
            sources: Sources::default(),
            findings: Vec::new(),
            files: Files::default(),
            version: Version::OpenApi32,
            followed: 0,
            left_out: false,
            unreachable: false,
            schemas: HashMap::new(),
            indexes: HashMap::new(),
            parameters: HashMap::new(),
            bases: HashMap::new(),
            told: HashSet::new(),
            by_use: BTreeMap::new(),
            grown: 0,
            compared: Cell::new(0),
        }
    }

    /// The tree of the entry document.
    pub(crate) fn root(&self) -> Option<Rc<Node>> {
        self.files.root()
    }

    pub(crate) fn report(&mut self, finding: Finding) {
        let limit = self.settings.limits.findings;
        match self.findings.len().cmp(&limit) {
            Ordering::Less => self.findings.push(finding),
            // This finding stands in for the first one beyond the limit, and for all after it.
            Ordering::Equal => self.findings.push(
                Finding::error(
                    Code::TooLarge,
                    finding.primary.span,
                    format!("the document has more than {limit} findings; the others are not told"),
                )
                .help("solve those, or raise `limits.findings` in `policy.toml`"),
            ),
            Ordering::Greater => {}
        }
    }

    /// Whether the limit of findings is reached: further ones are dropped.
    pub(crate) fn is_full(&self) -> bool {
        self.findings.len() > self.settings.limits.findings
    }

    /// Whether the model is beyond its budget. Such a document has no policy, so its operations need not be compared.
    pub(crate) fn is_too_large(&self) -> bool {
        self.grown > self.settings.limits.model_values
    }

    /// Counts values that go into the model. References, inheritance and combination can make many values of a short text, so
    /// that the document's size does not bound them. False beyond the budget, which is reported as an error.
    pub(crate) fn grow(&mut self, values: usize, span: Span) -> bool {
        let limit = self.settings.limits.model_values;
        let before = self.grown;
        self.grown = before.saturating_add(values);
        if before <= limit && self.grown > limit {
            self.report(
                Finding::error(
                    Code::TooLarge,
                    span,
                    format!(
                        "the document has more than {limit} values with its references and combinations written out"
                    ),
                )
                .help("raise `limits.model-values` in `policy.toml` if that is meant"),
            );
        }
        self.left_out |= self.is_too_large();
        !self.is_too_large()
    }

    /// Remembers a scope that is required where no catalogue has to know it.
    pub(crate) fn known_by_use(&mut self, scope: &str, span: Span, extension: bool) {
        let (places, by_extension) = self.by_use.entry(scope.to_owned()).or_default();
        places.insert(span);
        *by_extension |= extension;
    }

    /// The value of a key, found without looking through all of a large mapping each time.
    pub(crate) fn member(&mut self, node: &Rc<Node>, key: &str) -> Option<Rc<Node>> {
        const FEW: usize = 16;
        let entries = node.entries()?;
        if entries.len() <= FEW {
            return node.get(key).cloned();
        }
        let (_, index) = self.indexes.entry(Rc::as_ptr(node)).or_insert_with(|| {
            let indices = entries.iter().enumerate().map(|(at, entry)| (entry.key.clone(), at));
            (Rc::clone(node), indices.collect())
        });
        entries.get(*index.get(key)?).map(|entry| Rc::clone(&entry.value))
    }

    /// Takes over what was found in values that were read late.
    pub(crate) fn collect_late_findings(&mut self) {
        self.findings.append(&mut self.files.take_late_findings());
        self.left_out |= self.findings.iter().any(|finding| finding.code == Code::DuplicateKey);
    }

    /// The candidate that is [likely] meant. `None` once so many names were compared that no more are.
    pub(crate) fn likely<'c>(&self, text: &str, mut candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
        self.nearest(text, &mut candidates)
    }

    /// The same, compiled once for all kinds of iterators.
    fn nearest<'c>(&self, text: &str, candidates: &mut dyn Iterator<Item = &'c str>) -> Option<&'c str> {
        let left = MAX_COMPARED.saturating_sub(self.compared.get());
        let compared = &self.compared;
        likely(text, candidates.take(left).inspect(|_| compared.set(compared.get() + 1)))
    }

    /// Whether `is` holds of one of these names. False once so many names were compared that no more are.
    pub(crate) fn any_of<'c>(&self, mut names: impl Iterator<Item = &'c str>, is: impl Fn(&str) -> bool) -> bool {
        let compared = &self.compared;
        names.any(|name| {
            compared.set(compared.get() + 1);
            compared.get() <= MAX_COMPARED && is(name)
        })
    }

    pub(crate) fn location(&self, span: Span) -> Location {
        self.sources.location(span)
    }

    /// Where a configuration file has a setting. Without a file it is the start of the document.
    pub(crate) fn stated(&mut self, origin: Option<&Origin>) -> Span {
        let Some(Origin { file, range }) = origin else { return Span { file: FileId(0), start: 0, end: 0 } };
        let known = self.sources.find(&file.0);
        let file = known.unwrap_or_else(|| self.sources.add(file.0.as_str(), file.1.as_str()));
        Span { file, start: range.start, end: range.end }
    }

    /// The entries of a value that has to be a mapping. `None` after an error.
    pub(crate) fn entries<'n>(&mut self, node: &'n Node, what: &str, expected: &str) -> Option<&'n [Entry]> {
        let entries = node.entries();
        if entries.is_none() {
            self.invalid(node, what, expected);
        }
        entries
    }

    /// The items of a value that has to be a list. `None` after an error.
    pub(crate) fn items<'n>(&mut self, node: &'n Node, what: &str, expected: &str) -> Option<&'n [Rc<Node>]> {
        let items = node.items();
        if items.is_none() {
            self.invalid(node, what, expected);
        }
        items
    }

    /// Reports a value of the wrong shape, which is left out.
    pub(crate) fn invalid(&mut self, node: &Node, what: &str, expected: &str) {
        self.left_out = true;
        let finding = Finding::error(Code::InvalidShape, node.span, format!("{what} is {}", node.what()))
            .label(format!("expected {expected}"));
        self.report(match node.kind() {
            Kind::Tagged(tag) => finding.help(format!("`{tag}` is no tag of JSON's types; resolve it first")),
            _ if node.entry("$ref").is_some() => {
                finding.help("OpenAPI has no `$ref` here; write the value out, or refer from each of its parts")
            }
            _ => finding,
        });
    }

    /// Reports a word that is none of those expected.
    pub(crate) fn invalid_word(&mut self, node: &Node, what: &str, expected: &str) {
        let written = node.text().map_or_else(|| node.what().to_owned(), |text| format!("`{}`", text.escape_debug()));
        self.left_out = true;
        self.report(
            Finding::error(Code::InvalidShape, node.span, format!("{what} is {written}"))
                .label(format!("expected {expected}")),
        );
    }
}
