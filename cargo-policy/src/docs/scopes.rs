//! The table of scopes: what each allows, and what it is required for.

use std::collections::{BTreeSet, HashMap};

use policy_spec::{OperationModel, PolicyModel, RequirementFacts};

use super::markdown::{self, code};
use super::routes::{route, summary};

/// Up to so many routes are listed. If there are more, only some are, with how many there are. The table of routes has them all.
const TOLD: usize = 5;
/// How many routes are listed as examples if there are too many to list all.
const EXAMPLES: usize = 3;

/// The operations that name a scope.
#[derive(Default)]
struct Named<'m> {
    /// Those that name it in every alternative.
    always: Vec<&'m OperationModel>,
    /// Those that name it in some of the alternatives.
    sometimes: Vec<&'m OperationModel>,
}

pub(crate) fn table(model: &PolicyModel) -> String {
    if model.scopes.is_empty() {
        return "The document names no scopes.\n".to_owned();
    }
    let named = named(model);
    let names = Names::of(model);
    let none = Named::default();
    let rows = model.scopes.iter().map(|scope| {
        let named = named.get(scope.name.as_str()).unwrap_or(&none);
        let allows = match &scope.description {
            Some(description) => summary(description),
            None if scope.declared => String::new(),
            None => "not declared".to_owned(),
        };
        let examples = named.always.iter().chain(&named.sometimes).take(EXAMPLES);
        let examples: Vec<String> = examples.map(|operation| code(&route(operation))).collect();
        vec![code(&scope.name), allows, required_for(named, model, &names), examples.join("<br>")]
    });
    markdown::table(&["Scope", "Allows", "Required for", "Example routes"], rows)
}

fn named(model: &PolicyModel) -> HashMap<&str, Named<'_>> {
    let mut named: HashMap<&str, Named<'_>> = HashMap::new();
    for operation in &model.operations {
        let alternatives = operation.alternatives().iter();
        let mut alternatives =
            alternatives.map(|alternative| alternative.scopes().map(String::as_str).collect::<BTreeSet<_>>());
        let mut always = alternatives.next().unwrap_or_default();
        let mut any = always.clone();
        for alternative in alternatives {
            always.retain(|scope| alternative.contains(scope));
            any.extend(alternative);
        }
        for scope in any {
            let named = named.entry(scope).or_default();
            if always.contains(scope) { named.always.push(operation) } else { named.sometimes.push(operation) }
        }
    }
    named
}

fn required_for(named: &Named<'_>, model: &PolicyModel, names: &Names<'_>) -> String {
    let mut parts = Vec::new();
    if !named.always.is_empty() {
        let closed = model.operations.iter().filter(|one| matches!(one.requirement, RequirementFacts::AnyOf(_)));
        parts.push(if named.always.len() == model.operations.len() {
            "all routes".to_owned()
        } else if named.always.len() == closed.count() {
            "all routes that ask for a credential".to_owned()
        } else {
            names.listed(&named.always)
        });
    }
    if !named.sometimes.is_empty() {
        parts.push(format!("one alternative for: {}", names.listed(&named.sometimes)));
    }
    if parts.is_empty() { "no route".to_owned() } else { parts.join("<br>") }
}

/// What operations are called: their summary, or their route if several have the same summary or one has none.
struct Names<'m> {
    summaries: HashMap<&'m str, usize>,
}

impl<'m> Names<'m> {
    fn of(model: &'m PolicyModel) -> Self {
        let mut summaries = HashMap::new();
        for summary in model.operations.iter().filter_map(|operation| operation.summary.as_deref()) {
            *summaries.entry(summary).or_insert(0) += 1;
        }
        Self { summaries }
    }

    fn name(&self, operation: &OperationModel) -> String {
        match operation.summary.as_deref() {
            Some(text) if self.summaries.get(text) == Some(&1) && !text.trim().is_empty() => summary(text),
            _ => code(&route(operation)),
        }
    }

    fn listed(&self, operations: &[&OperationModel]) -> String {
        let told: Vec<String> = operations.iter().take(TOLD).map(|operation| self.name(operation)).collect();
        let told = told.join("; ");
        if operations.len() <= TOLD {
            return told;
        }
        format!("{} routes: {told}; and {} more", operations.len(), operations.len() - TOLD)
    }
}
