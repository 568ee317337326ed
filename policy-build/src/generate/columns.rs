//! The operations of a large document as columns of numbers, and the definition that holds them.
//! `policy-core/src/packed.rs` says what each column is, with an example.

use std::collections::HashMap;
use std::fmt::Write as _;

use policy_core::__private::BLOCK;

use super::GenerateError;
use super::plan::{Operation, Plan};
use super::router::{field, list};
use super::rows;
use super::tables::{self, Layout};

pub(super) fn definition(plan: &Plan<'_>, fingerprint: &str) -> Result<String, GenerateError> {
    let core = &plan.options.core_path;
    let columns = columns(plan)?;
    let layout = Layout {
        constructor: "packed",
        scopes: &scopes(plan),
        operations: "&[]",
        index: &format!("&{core}::__private::phf::Map::new()"),
        more: &format!(
            "    {core}::__private::PackedOperations::new({core}::__private::PackedParts {{\n{columns}    }}),\n"
        ),
    };
    let definition = tables::definition(plan, fingerprint, &layout);
    // A comment names each operation, since a reader could not find one among the numbers.
    let mut told = "\n// The operations by their numbers, and what each requires:\n".to_owned();
    for operation in &plan.operations {
        let _ = writeln!(told, "// {:>5} {}", operation.index, tables::told(operation.model));
    }
    Ok(told + &definition)
}

fn columns(plan: &Plan<'_>) -> Result<String, GenerateError> {
    let core = &plan.options.core_path;
    let operations = &plan.operations;
    let Requirements { indices, rules, words } = requirements(operations, core)?;
    let (methods, method_names) = interned(operations.iter().map(|one| one.model.method.as_str()));
    let (queries, lists) = interned(operations.iter().map(|one| &one.model.query));
    let lists = lists.iter().map(|query| rows::allow_list(core, query));
    if method_names.len() > usize::from(u8::MAX) {
        return Err(GenerateError::TooMany("methods"));
    }
    let mut sorted: Vec<usize> = (0..operations.len()).collect();
    let key = |index: &usize| operations.get(*index).map(|one| (one.template.as_str(), one.model.method.as_str()));
    sorted.sort_by(|one, other| key(one).cmp(&key(other)));
    let (text, begins) = pooled(operations, &sorted)?;
    let (begins, steps) = stepped(operations, begins);
    // An empty column says that the operations are sorted already.
    sorted = if sorted.is_sorted() { Vec::new() } else { sorted };
    let mut source = String::new();
    let out = &mut source;
    // Writing to a string does not fail.
    let _ = writeln!(out, "    text: {text:?},");
    let _ = field(out, "templates", begins.iter().map(usize::to_string));
    let _ = field(out, "steps", steps.iter().map(u64::to_string));
    let _ = field(out, "lengths", operations.iter().map(|one| one.template.len().to_string()));
    let _ = field(out, "methods", methods.iter().map(usize::to_string));
    let _ = field(out, "method_names", method_names.iter().map(|name| format!("{name:?}")));
    let _ = field(out, "requirements", indices.iter().map(usize::to_string));
    let _ = field(out, "rules", rules.into_iter());
    let _ = field(out, "requirement_words", words.iter().map(u16::to_string));
    // Often all operations accept the same query parameters. Then there is one list, and no column says which.
    let _ = field(out, "queries", queries.iter().filter(|_| lists.len() > 1).map(usize::to_string));
    let _ = field(out, "query_lists", lists);
    let _ = field(out, "sorted", sorted.iter().map(usize::to_string));
    let (types, notes) = (plan.options.types, plan.options.notes);
    let is_given = |given: bool| move |text: Option<String>| text.filter(|_| given).unwrap_or_default();
    let ids = text_column(core, operations.iter().map(|one| one.model.operation_id.clone()).map(is_given(true)));
    let names = text_column(core, operations.iter().map(|one| Some(one.name.to_string())).map(is_given(types)));
    let summaries = text_column(core, operations.iter().map(|one| one.model.summary.clone()).map(is_given(notes)));
    let locations = text_column(core, operations.iter().map(|one| Some(one.location.clone())).map(is_given(notes)));
    let texts = [("operation_ids", ids), ("type_names", names), ("summaries", summaries), ("locations", locations)];
    for (name, column) in texts {
        let _ = writeln!(out, "    {name}: {column},");
    }
    Ok(source)
}

/// Each different value once, and for each item the index of its value.
fn interned<T: Clone + Eq + std::hash::Hash>(items: impl Iterator<Item = T>) -> (Vec<usize>, Vec<T>) {
    let mut indices = HashMap::new();
    let mut values: Vec<T> = Vec::new();
    let of_each = items.map(|item| {
        *indices.entry(item).or_insert_with_key(|item| {
            values.push(item.clone());
            values.len() - 1
        })
    });
    (of_each.collect(), values)
}

struct Requirements {
    indices: Vec<usize>,
    rules: Vec<String>,
    words: Vec<u16>,
}

fn requirements(operations: &[Operation<'_>], core: &str) -> Result<Requirements, GenerateError> {
    let written: Vec<_> = operations
        .iter()
        .map(|operation| Ok((operation.access(), operation.words()?)))
        .collect::<Result<_, GenerateError>>()?;
    let (indices, different) = interned(written.into_iter());
    let mut all = Requirements { indices, rules: Vec::new(), words: Vec::new() };
    for (access, words) in different {
        let (begin, length) = (all.words.len(), words.len());
        if u32::try_from(begin).is_err() || u16::try_from(length).is_err() {
            return Err(GenerateError::TooMany("scopes in one requirement"));
        }
        let rule = format!("{core}::__private::PackedRule::new({begin}, {length}, {core}::Access::{access:?})");
        all.rules.push(rule);
        all.words.extend(words);
    }
    Ok(all)
}

/// The templates in one text, and for each operation the offset at which its template begins.
///
/// A template that the next one in sorted order begins with is not written. For example, the text has `/notes/{id}` and not `/notes`, and
/// both begin at the same offset.
fn pooled(operations: &[Operation<'_>], sorted: &[usize]) -> Result<(String, Vec<usize>), GenerateError> {
    let template = |index: Option<&usize>| operations.get(*index?).map(|operation| operation.template.as_str());
    let (mut text, mut begins) = (String::new(), vec![0; operations.len()]);
    for (at, index) in sorted.iter().enumerate() {
        let Some(here) = template(Some(index)) else { continue };
        if here.len() > usize::from(u16::MAX) {
            return Err(GenerateError::TooMany("bytes in one template"));
        }
        if let Some(begin) = begins.get_mut(*index) {
            *begin = text.len();
        }
        if !template(sorted.get(at + 1)).is_some_and(|next| next.starts_with(here)) {
            text.push_str(here);
        }
    }
    if u32::try_from(text.len()).is_err() {
        return Err(GenerateError::TooMany("bytes of templates"));
    }
    Ok((text, begins))
}

/// The offsets in a shorter form: one for each block of operations, and one bit for each operation.
///
/// The bit is 1 if the next operation's template begins where this one's ends, and 0 if it begins at the same offset.
/// With the lengths of the templates, the offsets within a block follow from the bits. If any template begins
/// elsewhere, all offsets are kept and there are no bits.
fn stepped(operations: &[Operation<'_>], begins: Vec<usize>) -> (Vec<usize>, Vec<u64>) {
    let mut steps = vec![0_u64; operations.len().div_ceil(64)];
    for (index, (pair, operation)) in begins.windows(2).zip(operations).enumerate() {
        let [here, next] = pair else { continue };
        if *next == here + operation.template.len() {
            steps.iter_mut().skip(index / 64).take(1).for_each(|word| *word |= 1 << (index % 64));
        } else if next != here {
            return (begins, Vec::new());
        }
    }
    (begins.into_iter().step_by(BLOCK).collect(), steps)
}

fn scopes(plan: &Plan<'_>) -> String {
    let (core, scopes) = (&plan.options.core_path, &plan.model.scopes);
    let names = text_column(core, scopes.iter().map(|scope| scope.name.clone()));
    let descriptions = scopes.iter().map(|scope| plan.description(scope).unwrap_or_default().to_owned());
    let descriptions = text_column(core, descriptions);
    let undeclared: Vec<usize> =
        scopes.iter().enumerate().filter(|(_, scope)| !scope.declared).map(|(index, _)| index).collect();
    format!("{core}::__private::ScopeTable::columns(\n    {names},\n    {descriptions},\n    &{undeclared:?},\n)")
}

fn text_column(core: &str, texts: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    let ends: Vec<usize> = texts
        .map(|one| {
            text.push_str(&one);
            text.len()
        })
        .collect();
    if text.is_empty() {
        return format!("{core}::__private::TextColumn::NONE");
    }
    let mut numbers = String::new();
    let _ = list(&mut numbers, "    ", "&[", ends.iter().map(usize::to_string), "]");
    format!("{core}::__private::TextColumn::new({text:?}, {})", numbers.trim_end())
}
