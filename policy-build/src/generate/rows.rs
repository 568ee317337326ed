//! The operations of a small document as rows that people can read, and the definition that holds them.

use std::collections::HashMap;
use std::fmt::Write as _;

use policy_spec::QueryFacts;

use super::GenerateError;
use super::plan::Plan;
use super::tables::{self, Layout, option, table, told};

pub(super) fn definition(plan: &Plan<'_>, fingerprint: &str) -> Result<String, GenerateError> {
    let core = &plan.options.core_path;
    let layout = Layout {
        constructor: "new",
        scopes: &format!("{core}::__private::ScopeTable::rows(&SCOPES)"),
        operations: "&OPERATIONS",
        index: "&INDEX",
        more: "",
    };
    let definition = tables::definition(plan, fingerprint, &layout);
    Ok(format!("{definition}{}{}{}", scopes(plan), operations(plan)?, index(plan)))
}

fn scopes(plan: &Plan<'_>) -> String {
    let core = &plan.options.core_path;
    let rows = plan.model.scopes.iter().map(|scope| {
        let description = option(plan.description(scope));
        format!("{core}::ScopeDefinition::new({:?}, {description}, {})", scope.name, scope.declared)
    });
    table("SCOPES", &format!("{core}::ScopeDefinition"), rows)
}

/// The operations, and before them their requirements. Equal requirements are one constant.
fn operations(plan: &Plan<'_>) -> Result<String, GenerateError> {
    let core = &plan.options.core_path;
    let mut shared: HashMap<Vec<u16>, String> = HashMap::new();
    let (mut requirements, mut rows) = (String::new(), String::new());
    for operation in &plan.operations {
        let words = operation.words()?;
        let requirement = if words.is_empty() {
            format!("{core}::Requirement::NONE")
        } else if let Some(name) = shared.get(&words) {
            name.clone()
        } else {
            let name = format!("REQUIREMENT_{}", shared.len());
            // Writing to a string does not fail.
            let _ = writeln!(
                requirements,
                "const {name}: {core}::Requirement<'static> = {core}::Requirement::from_words(&{words:?});"
            );
            shared.insert(words, name.clone());
            name
        };
        let model = operation.model;
        let type_name = if plan.options.types { operation.name.to_string() } else { String::new() };
        let _ = write!(
            rows,
            "    // {told}\n    {core}::OperationDefinition::new({core}::__private::OperationParts {{\n        \
             method: {method:?},\n        template: {template:?},\n        operation_id: {id},\n        \
             type_name: {type_name:?},\n        summary: {summary},\n        access: {core}::Access::{access:?},\n        \
             requirement: {requirement},\n        query: {query},\n        \
             location: {location:?},\n    }}),\n",
            told = told(model),
            method = model.method,
            template = operation.template,
            id = option(model.operation_id.as_deref()),
            summary = option(model.summary.as_deref().filter(|_| plan.options.notes)),
            access = operation.access(),
            query = allow_list(core, &model.query),
            location = operation.location,
        );
    }
    let count = plan.operations.len();
    Ok(format!(
        "{requirements}static OPERATIONS: [{core}::OperationDefinition; {count}] = [{}{rows}];\n",
        if rows.is_empty() { "" } else { "\n" }
    ))
}

/// The map from method and template to the operation's index. Its values are indices because the compiler takes
/// quadratic time to evaluate a large map of references.
fn index(plan: &Plan<'_>) -> String {
    let phf = format!("{}::__private::phf", plan.options.core_path);
    let mut map = phf_codegen::Map::new();
    for operation in &plan.operations {
        map.entry((operation.model.method.as_str(), operation.template.as_str()), operation.index.to_string());
    }
    let map = map.phf_path(&phf).build();
    format!(
        "#[allow(clippy::unreadable_literal, reason = \"a hash key is not for reading\")]\n\
         static INDEX: {phf}::Map<(&'static str, &'static str), u32> = {map};\n"
    )
}

/// The query parameters that an operation accepts, as an expression.
pub(super) fn allow_list(core: &str, query: &QueryFacts) -> String {
    let QueryFacts { names, prefixes, any, ignores_others } = query;
    let ignoring = if *ignores_others { ".ignoring_others()" } else { "" };
    format!("{core}::QueryAllowList::new(&{names:?}, &{prefixes:?}, {any}){ignoring}")
}
