//! The table of routes: what each requires, and which query keys it accepts.

use policy_spec::{OperationModel, PolicyModel, QueryFacts};

use super::markdown::{self, code, codes, text};
use super::requirement;

pub(crate) fn table(model: &PolicyModel) -> String {
    if model.operations.is_empty() {
        return "The document has no routes.\n".to_owned();
    }
    // A column that would be empty in all rows is left out.
    let summaries = model.operations.iter().any(|operation| operation.summary.is_some());
    let queries = model.operations.iter().any(|operation| operation.query != QueryFacts::default());
    let mut columns = vec!["Route"];
    columns.extend(summaries.then_some("What it does"));
    columns.push("Required scopes");
    columns.extend(queries.then_some("Query parameters"));
    let rows = model.operations.iter().map(|operation| {
        let mut cells = vec![code(&route(operation))];
        cells.extend(summaries.then(|| operation.summary.as_deref().map(summary).unwrap_or_default()));
        cells.push(requirement::cell(operation, model));
        cells.extend(queries.then(|| query(&operation.query)));
        cells
    });
    markdown::table(&columns, rows)
}

/// The route as it is served. Of a key such as `/token#refresh` the part after the path is kept, since several keys can have one
/// path.
pub(crate) fn route(operation: &OperationModel) -> String {
    let variant = operation.template.find(['#', '?']).and_then(|at| operation.template.get(at..)).unwrap_or_default();
    format!("{} {}{variant}", operation.method, operation.path)
}

/// A summary as a phrase. A single sentence loses its full stop.
pub(crate) fn summary(summary: &str) -> String {
    let sentence = summary.trim();
    let phrase = sentence.strip_suffix('.').filter(|phrase| !phrase.ends_with('.') && !phrase.contains(". "));
    text(phrase.unwrap_or(sentence))
}

fn query(query: &QueryFacts) -> String {
    if query.any {
        return "any".to_owned();
    }
    // A free-form object has the prefix `filter[`, which stands for `filter[x]` and others.
    let end = |prefix: &String| format!("{prefix}…{}", if prefix.ends_with('[') { "]" } else { "" });
    let names: Vec<String> = query.names.iter().cloned().chain(query.prefixes.iter().map(end)).collect();
    let listed = if names.is_empty() { "none".to_owned() } else { codes(&names) };
    if query.ignores_others { format!("{listed} (others are ignored)") } else { listed }
}
