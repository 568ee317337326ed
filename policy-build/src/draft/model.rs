//! The model of a draft: what the old document has and what the sources name. Each operation requires every scope.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use policy_spec::{
    AlternativeFacts, Location, OperationModel, PolicyModel, RequirementFacts, Scheme, SchemeKind, ScopeEntry,
};

use super::names::{Named, Place};

/// The model of a draft, which is never served, and what the old document does not have of it.
pub(crate) struct Drafted {
    pub(crate) model: PolicyModel,
    /// The names of the alternatives of each operation, as the old document has them.
    pub(crate) variants: Vec<Vec<String>>,
    /// What only the sources name.
    pub(crate) new: Vec<String>,
}

/// The draft of a document. `old` is what could be read of the document before.
pub(crate) fn drafted(old: Option<&PolicyModel>, named: &Named) -> Drafted {
    let mut model = old.and_then(readable).unwrap_or_else(|| PolicyModel::new("A draft", "0"));
    let variants = model.operations.iter().map(|operation| model.variants(operation)).collect();
    model.webhooks.clear();
    model.removed.clear();
    model.overlays.clear();
    let mut taken = taken(&model);
    let mut new = Vec::new();

    let constants: HashSet<String> = model.names().schemes.into_iter().collect();
    for (name, place) in named.schemes.iter().filter(|(name, _)| !constants.contains(*name)) {
        let mut scheme = Scheme::new(format!("draft/{name}"), SchemeKind::Bearer, location(place));
        scheme.rust_name = Some(name.clone());
        model.schemes.push(scheme);
        new.push(name.clone());
    }
    if model.schemes.is_empty() {
        let nowhere = Location { file: String::new(), line: 1, column: 1 };
        model.schemes.push(Scheme::new("draft", SchemeKind::Bearer, nowhere));
    }

    let operations = fresh(&named.operations, &mut taken, |_| None);
    for (name, place) in fresh(&named.scopes, &mut taken, |name| Some(format!("Requires{name}"))) {
        let mut scope = ScopeEntry::new(format!("draft/{name}"), location(place));
        scope.rust_name = Some(name.clone());
        model.scopes.push(scope);
        new.push(name.clone());
    }
    model.scopes.sort_by(|one, other| one.name.cmp(&other.name));

    for operation in &mut model.operations {
        operation.public_reason = None;
        operation.before_overlays = None;
    }
    for (name, place) in operations {
        let requirement = RequirementFacts::AnyOf(vec![AlternativeFacts::Anonymous]);
        let mut operation = OperationModel::new("GET", format!("/.draft/{name}"), requirement, location(place));
        operation.rust_name = Some(name.clone());
        model.operations.push(operation);
        new.push(name.clone());
    }
    require_everything(&mut model);
    Drafted { model, variants, new }
}

/// The old document as it is served, without the operations that cannot be served.
fn readable(old: &PolicyModel) -> Option<PolicyModel> {
    let mut model = old.clone();
    let mut routes = HashSet::new();
    model.operations.retain(|operation| {
        let met_by_nobody = operation.requirement == RequirementFacts::AnyOf(Vec::new());
        !met_by_nobody && routes.insert(operation.route())
    });
    for operation in &mut model.operations {
        // An operation without declared security has a handler too, which needs the operation's type.
        if operation.requirement == RequirementFacts::Undeclared {
            operation.requirement = RequirementFacts::Public;
        }
    }
    // The indices of webhooks may be wrong now. Drafts have no webhooks.
    model.webhooks.clear();
    let served = model.served().ok()?;
    // Two things with one name cannot be generated. Then the draft has only what the sources name.
    served.names().collisions(true).is_empty().then_some(served)
}

/// Every name in Rust that the model's types have.
fn taken(model: &PolicyModel) -> BTreeSet<String> {
    let names = model.names();
    let operations = names.operations.into_iter().flat_map(|one| [Some(one.name), one.alternatives]).flatten();
    let scopes = names.scopes.into_iter().flat_map(|one| [one.name, one.requires]);
    operations.chain(scopes).collect()
}

/// Takes the names that are free, and returns them. `beside` gives a second name that a name needs, such as the trait of a scope.
fn fresh<'n>(
    names: &'n BTreeMap<String, Place>,
    taken: &mut BTreeSet<String>,
    beside: impl Fn(&str) -> Option<String>,
) -> Vec<(&'n String, &'n Place)> {
    let mut fresh = Vec::new();
    for (name, place) in names {
        // The enum of an operation's alternatives is generated with the operation.
        let base = name.strip_suffix("Alternative").unwrap_or(name);
        let derived = base != name && (names.contains_key(base) || taken.contains(base));
        let beside = beside(name);
        if derived || taken.contains(name) || beside.as_ref().is_some_and(|beside| taken.contains(beside)) {
            continue;
        }
        taken.insert(name.clone());
        taken.extend(beside);
        fresh.push((name, place));
    }
    fresh
}

/// Each alternative asks for every scope, so that a permit of any operation carries any of them.
fn require_everything(model: &mut PolicyModel) {
    let scopes: Vec<String> = model.scopes.iter().map(|scope| scope.name.clone()).collect();
    let first = model.schemes.first().map(|scheme| scheme.name.clone()).unwrap_or_default();
    for operation in &mut model.operations {
        let count = operation.alternatives().len().max(1);
        let every =
            AlternativeFacts::Credentials { schemes: vec![(first.clone(), scopes.clone())], extension: Vec::new() };
        operation.requirement = RequirementFacts::AnyOf(vec![every; count]);
    }
}

fn location(place: &Place) -> Location {
    let file = Path::new(&place.file).to_string_lossy().replace('\\', "/");
    Location { file, line: place.line, column: 1 }
}
