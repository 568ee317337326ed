//! The operations of a large document as columns of numbers, and the definition that holds them.
//!
//! Written as text, like the router: a hundred thousand numbers would be as many tokens to make, parse and print, in a build
//! script that cargo compiles without optimisation.

use std::collections::HashMap;
use std::fmt::Write as _;

use policy_core::__private::{AlternativeParts, requirement_words};
use policy_spec::Access;

use super::GenerateError;
use super::plan::{Alternative, Operation, Plan};
use super::router::list;

pub(super) fn definition(plan: &Plan<'_>, fingerprint: &str) -> Result<String, GenerateError> {
    let core = &plan.options.core_path;
    let (title, version, base_path) = (&plan.model.title, &plan.model.version, &plan.model.base_path);
    let source = &plan.options.source;
    let columns = columns(plan)?;
    Ok(format!(
        "\n#[allow(clippy::unreadable_literal, reason = \"a table of numbers\")]\n\
         static DEFINITION: {core}::PolicyDefinition = {core}::PolicyDefinition::packed(\n    \
         {core}::__private::PolicyParts {{\n        \
         title: {title:?},\n        version: {version:?},\n        source: {source:?},\n        \
         base_path: {base_path:?},\n        fingerprint: {fingerprint:?},\n        \
         scopes: &SCOPES,\n        scope_index: &SCOPE_INDEX,\n        schemes: &SCHEMES,\n        operations: &[],\n        webhooks: &WEBHOOKS,\n        \
         index: &{core}::__private::phf::Map::new(),\n    }},\n    \
         {core}::__private::PackedOperations::new({core}::__private::PackedParts {{\n{columns}    }}),\n);\n"
    ))
}

fn columns(plan: &Plan<'_>) -> Result<String, GenerateError> {
    let core = &plan.options.core_path;
    let operations = &plan.operations;
    let Requirements { places, rules, words } = requirements(operations, core)?;
    let (methods, method_names) = interned(operations.iter().map(|one| one.model.method.as_str()));
    let (queries, lists) = interned(operations.iter().map(|one| {
        let query = &one.model.query;
        format!("{core}::QueryAllowList::new(&{:?}, &{:?}, {})", query.names, query.prefixes, query.any)
    }));
    if method_names.len() > usize::from(u8::MAX) {
        return Err(GenerateError::TooMany("methods"));
    }
    let (text, begins) = pooled(operations)?;
    let mut sorted: Vec<usize> = (0..operations.len()).collect();
    sorted.sort_by_key(|place| operations.get(*place).map(|one| (one.template.as_str(), one.model.method.as_str())));
    // Where the operations stand in that order, nothing has to say so.
    sorted = if sorted.is_sorted() { Vec::new() } else { sorted };
    let mut source = String::new();
    let out = &mut source;
    // Writing to a string does not fail.
    let _ = writeln!(out, "    text: {text:?},");
    let _ = list(out, "templates", begins.iter().map(usize::to_string));
    let _ = list(out, "lengths", operations.iter().map(|one| one.template.len().to_string()));
    let _ = list(out, "methods", methods.iter().map(usize::to_string));
    let _ = list(out, "method_names", method_names.iter().map(|name| format!("{name:?}")));
    let _ = list(out, "requirements", places.iter().map(usize::to_string));
    let _ = list(out, "rules", rules.into_iter());
    let _ = list(out, "requirement_words", words.iter().map(u16::to_string));
    // Many documents have one list for all: none.
    let _ = list(out, "queries", queries.iter().filter(|_| lists.len() > 1).map(usize::to_string));
    let _ = list(out, "query_lists", lists.into_iter());
    let _ = list(out, "sorted", sorted.iter().map(usize::to_string));
    let (types, notes) = (plan.options.types, plan.options.notes);
    let is_given = |given: bool| move |text: Option<String>| text.filter(|_| given).unwrap_or_default();
    let ids = operations.iter().map(|one| one.model.operation_id.clone()).map(is_given(true));
    text_column(out, core, "operation_ids", ids);
    let names = operations.iter().map(|one| Some(one.name.to_string())).map(is_given(types));
    text_column(out, core, "type_names", names);
    let summaries = operations.iter().map(|one| one.model.summary.clone()).map(is_given(notes));
    text_column(out, core, "summaries", summaries);
    let locations = operations.iter().map(|one| Some(one.location.clone())).map(is_given(notes));
    text_column(out, core, "locations", locations);
    Ok(source)
}

/// Each different value once, and the place of each item's.
fn interned<T: Clone + Eq + std::hash::Hash>(items: impl Iterator<Item = T>) -> (Vec<usize>, Vec<T>) {
    let mut places = HashMap::new();
    let mut values: Vec<T> = Vec::new();
    let of_each = items.map(|item| {
        *places.entry(item).or_insert_with_key(|item| {
            values.push(item.clone());
            values.len() - 1
        })
    });
    (of_each.collect(), values)
}

struct Requirements {
    places: Vec<usize>,
    rules: Vec<String>,
    words: Vec<u16>,
}

fn requirements(operations: &[Operation<'_>], core: &str) -> Result<Requirements, GenerateError> {
    let written: Vec<_> = operations
        .iter()
        .map(|operation| {
            let parts: Vec<AlternativeParts> = operation.alternatives.iter().map(Alternative::parts).collect();
            let access = match operation.model.access {
                Access::Public => "Public",
                Access::Optional => "Optional",
                Access::Required | Access::Undeclared => "Required",
            };
            let words = requirement_words(&parts).ok_or(GenerateError::TooMany("scopes in one requirement"))?;
            Ok((access, words))
        })
        .collect::<Result<_, GenerateError>>()?;
    let (places, different) = interned(written.into_iter());
    let mut all = Requirements { places, rules: Vec::new(), words: Vec::new() };
    for (access, words) in different {
        let (begin, length) = (all.words.len(), words.len());
        if u32::try_from(begin).is_err() || u16::try_from(length).is_err() {
            return Err(GenerateError::TooMany("scopes in one requirement"));
        }
        let rule = format!("{core}::__private::PackedRule::new({begin}, {length}, {core}::Access::{access})");
        all.rules.push(rule);
        all.words.extend(words);
    }
    Ok(all)
}

/// The templates in one text, and where each begins. Sorted, a template that begins others stands right before them, and
/// is written as their beginning.
fn pooled(operations: &[Operation<'_>]) -> Result<(String, Vec<usize>), GenerateError> {
    let mut templates: Vec<&str> = operations.iter().map(|operation| operation.template.as_str()).collect();
    if templates.iter().any(|template| template.len() > usize::from(u16::MAX)) {
        return Err(GenerateError::TooMany("bytes in one template"));
    }
    templates.sort_unstable();
    templates.dedup();
    let mut text = String::new();
    let mut begins = HashMap::new();
    for (at, template) in templates.iter().enumerate() {
        begins.insert(*template, text.len());
        if !templates.get(at + 1).is_some_and(|next| next.starts_with(template)) {
            text.push_str(template);
        }
    }
    if u32::try_from(text.len()).is_err() {
        return Err(GenerateError::TooMany("bytes of templates"));
    }
    let begin = |operation: &Operation<'_>| begins.get(operation.template.as_str()).copied().unwrap_or_default();
    Ok((text, operations.iter().map(begin).collect()))
}

fn text_column(source: &mut String, core: &str, name: &str, texts: impl Iterator<Item = String>) {
    let mut text = String::new();
    let ends: Vec<usize> = texts
        .map(|one| {
            text.push_str(&one);
            text.len()
        })
        .collect();
    if text.is_empty() {
        let _ = writeln!(source, "    {name}: {core}::__private::TextColumn::NONE,");
        return;
    }
    let mut numbers = String::new();
    let _ = list(&mut numbers, "", ends.iter().map(usize::to_string));
    let numbers = numbers.trim().trim_start_matches(':').trim_end_matches(',');
    let _ = writeln!(source, "    {name}: {core}::__private::TextColumn::new({text:?}, {numbers}),");
}
