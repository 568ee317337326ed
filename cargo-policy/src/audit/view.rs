//! What every format shows: the readable model, with operations, scopes and findings related to each other.

use std::collections::{BTreeMap, HashMap};

use policy_spec::{AlternativeFacts, Finding, Level, Loaded, OperationModel, PolicyModel, Scheme, ScopeEntry};

use crate::finding_json::Operations;
use crate::project::Read;

/// A document, ready to be shown.
pub(super) struct View<'r> {
    /// The document's path as it was named.
    pub(super) document: String,
    pub(super) model: &'r PolicyModel,
    pub(super) loaded: &'r Loaded,
    /// The operations that name each scope of the model, in document order.
    needed_by: Vec<Vec<usize>>,
    /// The findings about each operation of the model, in their order.
    about: Vec<Vec<usize>>,
    has_catalogue: bool,
}

impl<'r> View<'r> {
    /// `None` when nothing can be read.
    pub(super) fn new(read: &'r Read) -> Option<Self> {
        let loaded = &read.loaded;
        let model = loaded.readable()?;
        Some(Self {
            document: read.path.to_string_lossy().replace('\\', "/"),
            needed_by: needed_by(model),
            about: about(loaded, model),
            has_catalogue: model.scopes.iter().any(|scope| scope.declared),
            model,
            loaded,
        })
    }

    /// Each operation, with the findings about it as indices.
    pub(super) fn operations(&self) -> impl Iterator<Item = (&'r OperationModel, &[usize])> {
        self.model.operations.iter().zip(self.about.iter().map(Vec::as_slice))
    }

    /// Each scope, with the operations that name it.
    pub(super) fn scopes(&self) -> impl Iterator<Item = (&'r ScopeEntry, Vec<&'r OperationModel>)> {
        let operations = &self.model.operations;
        self.model
            .scopes
            .iter()
            .zip(&self.needed_by)
            .map(|(scope, needed_by)| (scope, needed_by.iter().filter_map(|at| operations.get(*at)).collect()))
    }

    /// The schemes of which some credentials count as nobody where anybody may call.
    pub(super) fn as_nobody(&self) -> impl Iterator<Item = &'r Scheme> {
        self.model.schemes.iter().filter(|scheme| !scheme.as_nobody.is_empty())
    }

    pub(super) fn findings(&self, indices: &[usize]) -> impl Iterator<Item = &'r Finding> {
        indices.iter().filter_map(|at| self.loaded.findings.get(*at))
    }

    /// How many errors there are, without the waived ones.
    pub(super) fn errors(&self) -> usize {
        self.loaded.findings.iter().filter(|finding| finding.is_error()).count()
    }

    /// How many findings of each level there are, the worst level first, and how many are waived.
    pub(super) fn counts(&self) -> (Vec<(Level, usize)>, usize) {
        let mut counts = BTreeMap::new();
        let mut waived = 0;
        for finding in &self.loaded.findings {
            if finding.waived.is_some() {
                waived += 1;
            } else {
                *counts.entry(finding.level).or_insert(0) += 1;
            }
        }
        (counts.into_iter().rev().collect(), waived)
    }

    /// `3 errors, 1 warning, 2 waived`, or `none`.
    pub(super) fn counts_in_words(&self) -> String {
        let (counts, waived) = self.counts();
        let mut parts: Vec<String> = counts
            .into_iter()
            .map(|(level, count)| format!("{count} {}{}", level.as_str(), if count == 1 { "" } else { "s" }))
            .collect();
        if waived > 0 {
            parts.push(format!("{waived} waived"));
        }
        if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
    }

    /// How many operations have each access, those that anyone may call first: `1 public, 4 required`. Empty without any
    /// operation.
    pub(super) fn accesses_in_words(&self) -> String {
        let words = ["public", "optional", "undeclared", "required"];
        let counts = words.map(|word| {
            let operations = self.model.operations.iter();
            (operations.filter(|operation| operation.requirement.access_word() == word).count(), word)
        });
        let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
        counts.collect::<Vec<_>>().join(", ")
    }

    /// What a reviewer must know before anything else: that the document has errors, or is shown in part.
    pub(super) fn caveats(&self) -> Vec<String> {
        let mut caveats = Vec::new();
        match self.errors() {
            0 => {}
            1 => caveats.push("1 error stands: this document is refused until it is solved".to_owned()),
            errors => caveats.push(format!("{errors} errors stand: this document is refused until they are solved")),
        }
        if !self.loaded.is_complete() {
            caveats.push("incomplete: an error kept a part of the document out of this audit".to_owned());
        }
        caveats
    }

    /// `OpenAPI 3.1.0`, or `Swagger 2.0`.
    pub(super) fn standard(&self) -> String {
        let name = if self.model.openapi.starts_with("2.") { "Swagger" } else { "OpenAPI" };
        format!("{name} {}", self.model.openapi)
    }

    /// Whether the document has catalogues of scopes and none of them lists this one.
    pub(super) fn is_undeclared(&self, scope: &ScopeEntry) -> bool {
        self.has_catalogue && !scope.declared
    }

    /// The check order, first to last.
    pub(super) fn check_order(&self) -> Vec<&'static str> {
        self.model.check_order.iter().map(|stage| stage.as_str()).collect()
    }
}

/// The operation's key in the document, if it is not the path of its route: `/token#refresh`.
pub(super) fn written(model: &PolicyModel, operation: &OperationModel) -> Option<String> {
    (operation.path != format!("{}{}", model.base_path, operation.template)).then(|| operation.template.clone())
}

/// What an operation required before overlays changed it, in one line.
pub(super) fn before(operation: &OperationModel) -> Option<String> {
    operation.before_overlays.as_ref().map(ToString::to_string)
}

/// What stands behind the query keys of an operation that ignores all others.
pub(super) const OTHERS_IGNORED: &str = " (others are ignored)";

/// The query keys in one line. A prefix ends with `…`. Otherwise it is the word `any` or `none`.
pub(super) fn query(operation: &OperationModel) -> String {
    let query = &operation.query;
    if query.any {
        return "any".to_owned();
    }
    let prefixes = query.prefixes.iter().map(|prefix| format!("{prefix}…"));
    let keys: Vec<String> = query.names.iter().cloned().chain(prefixes).collect();
    let listed = if keys.is_empty() { "none".to_owned() } else { keys.join(" ") };
    if query.ignores_others { format!("{listed}{OTHERS_IGNORED}") } else { listed }
}

/// Every scope that an operation names in any of its alternatives.
pub(super) fn named(operation: &OperationModel) -> impl Iterator<Item = &str> {
    operation.alternatives().iter().flat_map(AlternativeFacts::scopes).map(String::as_str)
}

fn about(loaded: &Loaded, model: &PolicyModel) -> Vec<Vec<usize>> {
    let operations = Operations::of(loaded);
    let mut about: Vec<Vec<usize>> = vec![Vec::new(); model.operations.len()];
    for (number, finding) in loaded.findings.iter().enumerate() {
        for at in operations.places(finding) {
            if let Some(list) = about.get_mut(at) {
                list.push(number);
            }
        }
    }
    about
}

fn needed_by(model: &PolicyModel) -> Vec<Vec<usize>> {
    let places: HashMap<&str, usize> =
        model.scopes.iter().enumerate().map(|(at, scope)| (scope.name.as_str(), at)).collect();
    let mut needed_by = vec![Vec::new(); model.scopes.len()];
    for (operation, found) in model.operations.iter().enumerate() {
        for scope in named(found) {
            let list: Option<&mut Vec<usize>> = places.get(scope).and_then(|at| needed_by.get_mut(*at));
            if let Some(list) = list.filter(|list| list.last() != Some(&operation)) {
                list.push(operation);
            }
        }
    }
    needed_by
}
