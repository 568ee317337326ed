//! What the written files need to know of the document.

use policy_spec::{Access, AlternativeFacts, Loaded, OperationModel, PolicyModel, SchemeKind};

use super::identifiers::Functions;
use super::schemes::Presented;
use crate::escape::one_line;

/// The document, as the written files speak of it.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Its title and version. Nothing, where a program is still to print it.
    pub(super) title: Option<String>,
    /// The operations that are served, in the document's order.
    pub(super) operations: Vec<Operation>,
    pub(super) schemes: Vec<Presented>,
    /// A request that shows whether the policy decides.
    pub(super) probe: Option<Probe>,
}

/// An operation with its names in Rust.
#[derive(Debug)]
pub(super) struct Operation {
    /// `METHOD /template`.
    pub(super) key: String,
    pub(super) summary: Option<String>,
    /// Its type.
    pub(super) name: String,
    /// The function that handles it.
    pub(super) function: String,
    /// The scopes that its handler can list. `None` where there is a choice of several lists.
    pub(super) scopes: Option<Vec<String>>,
}

/// A request to an operation that asks for a credential.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) method: String,
    /// The path as served, with `1` for each of its parameters.
    pub(super) path: String,
    /// The constant of a scheme that a request can present, and that has to have granted scopes.
    pub(super) scheme: Option<(String, SchemeKind)>,
}

impl Facts {
    /// What can be read of the document, even where it has errors.
    pub(super) fn of(loaded: &Loaded) -> Self {
        let Some(model) = loaded.readable() else { return Self::default() };
        let names = model.names();
        let mut functions = Functions::default();
        let operations = names.operations.iter().filter_map(|names| {
            let operation = model.operations.get(names.index)?;
            Some(Operation {
                key: one_line(&operation.key()),
                summary: operation.summary.as_deref().map(one_line).filter(|summary| !summary.is_empty()),
                name: names.name.clone(),
                function: functions.of(&names.name),
                scopes: scopes(operation),
            })
        });
        Self {
            title: Some(one_line(&format!("{} {}", model.title, model.version))),
            operations: operations.collect(),
            schemes: Presented::all(model, &names.schemes, &loaded.sources),
            probe: probe(model, &names.schemes),
        }
    }
}

/// The scopes of an operation with one alternative, as `#[operation]` lists them.
fn scopes(operation: &OperationModel) -> Option<Vec<String>> {
    let [alternative] = operation.alternatives() else { return None };
    let mut scopes: Vec<String> = alternative.scopes().cloned().collect();
    scopes.sort_unstable();
    scopes.dedup();
    (!scopes.is_empty()).then_some(scopes)
}

/// The plainest request that the policy refuses: first one that a known caller without scopes is refused, then one that nobody may
/// make without a credential.
fn probe(model: &PolicyModel, constants: &[String]) -> Option<Probe> {
    let asks = |operation: &&OperationModel| operation.access() == Some(Access::Required) && is_plain(&operation.path);
    let scheme_of = |operation: &OperationModel| {
        let all_need_scopes = operation.alternatives().iter().all(|alternative| alternative.scopes().next().is_some());
        let mut presentable = operation.alternatives().iter().filter_map(|alternative| presentable(model, alternative));
        let at = presentable.next().filter(|_| all_need_scopes)?;
        Some((constants.get(at)?.clone(), model.schemes.get(at)?.kind.clone()))
    };
    let operations: Vec<&OperationModel> = model.operations.iter().filter(asks).collect();
    let weight = |operation: &&&OperationModel| {
        (scheme_of(operation).is_none(), operation.path.matches('{').count(), operation.method != "GET")
    };
    let operation = operations.iter().min_by_key(weight)?;
    let mut path = String::new();
    for part in operation.path.split_inclusive(['{', '}']) {
        match part.strip_suffix('}') {
            Some(_) => path.push('1'),
            None => path.push_str(part.trim_end_matches('{')),
        }
    }
    Some(Probe { method: operation.method.clone(), path, scheme: scheme_of(operation) })
}

/// Whether the path can stand in a request as it is, once its parameters have values.
fn is_plain(path: &str) -> bool {
    path.chars().all(|c| c.is_ascii_alphanumeric() || "/{}-_.~".contains(c))
}

/// The index of an alternative's only scheme, where a request can present it.
fn presentable(model: &PolicyModel, alternative: &AlternativeFacts) -> Option<usize> {
    let at = match alternative.schemes() {
        // The extension's scopes with any scheme: the first will do.
        [] if !alternative.is_anonymous() => 0,
        [(name, _)] => model.schemes.iter().position(|scheme| scheme.name == *name)?,
        _ => return None,
    };
    let kind = &model.schemes.get(at)?.kind;
    let by_text = !matches!(kind, SchemeKind::Basic | SchemeKind::HttpOther(_) | SchemeKind::MutualTls);
    by_text.then_some(at)
}
