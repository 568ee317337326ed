//! A file in TOML as a tool sees it that checks files by a JSON schema, and whatever else a person might write in it.

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use toml_edit::{DocumentMut, Item};

/// What checks by a schema, which must be one.
pub(crate) fn validator(schema: &str) -> Validator {
    let schema: Value = serde_json::from_str(schema).unwrap();
    jsonschema::draft7::meta::validate(&schema).unwrap_or_else(|error| panic!("{error}"));
    jsonschema::draft7::new(&schema).unwrap()
}

pub(crate) fn json(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => json_of(value),
        Item::Table(table) => {
            table.iter().map(|(key, item)| (key.to_owned(), json(item))).collect::<Map<_, _>>().into()
        }
        Item::ArrayOfTables(tables) => tables.iter().map(|table| json(&Item::Table(table.clone()))).collect(),
    }
}

fn json_of(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => json!(text.value()),
        toml_edit::Value::Integer(number) => json!(number.value()),
        toml_edit::Value::Float(number) => json!(number.value()),
        toml_edit::Value::Boolean(truth) => json!(truth.value()),
        // Tools that check TOML by a JSON schema take a day for a text.
        toml_edit::Value::Datetime(day) => json!(day.value().to_string()),
        toml_edit::Value::Array(values) => values.iter().map(json_of).collect(),
        toml_edit::Value::InlineTable(table) => {
            table.iter().map(|(key, value)| (key.to_owned(), json_of(value))).collect::<Map<_, _>>().into()
        }
    }
}

/// Tries the file with each value replaced by each of these, with each left out, and with an unknown key beside each.
pub(crate) fn each_change(file: &DocumentMut, replacements: &[toml_edit::Value], mut tries: impl FnMut(&DocumentMut)) {
    let mut places = Vec::new();
    walk(file.as_item(), &mut Vec::new(), &mut places);
    for place in &places {
        for replacement in replacements {
            let mut file = file.clone();
            *at(file.as_item_mut(), place).unwrap() = Item::Value(replacement.clone());
            tries(&file);
        }
        let (last, above) = place.split_last().unwrap();
        let mut without = file.clone();
        if let Some(table) = at(without.as_item_mut(), above).and_then(Item::as_table_like_mut) {
            table.remove(last);
            tries(&without);
        }
        let mut beside = file.clone();
        if let Some(table) = at(beside.as_item_mut(), above).and_then(Item::as_table_like_mut) {
            table.insert("zzzzzzzz", toml_edit::value(1));
            tries(&beside);
        }
    }
}

/// Every place of a value, by its keys. An entry of a list of tables has its number.
fn walk(item: &Item, here: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    if !here.is_empty() {
        found.push(here.clone());
    }
    if let Some(tables) = item.as_array_of_tables() {
        for (number, table) in tables.iter().enumerate() {
            for (key, item) in table {
                here.extend([number.to_string(), key.to_owned()]);
                walk(item, here, found);
                here.truncate(here.len() - 2);
            }
        }
    } else if let Some(table) = item.as_table_like() {
        for (key, item) in table.iter() {
            here.push(key.to_owned());
            walk(item, here, found);
            here.pop();
        }
    }
}

fn at<'i>(item: &'i mut Item, place: &[String]) -> Option<&'i mut Item> {
    match place {
        [] => Some(item),
        [number, key, rest @ ..] if item.is_array_of_tables() => {
            let table = item.as_array_of_tables_mut()?.get_mut(number.parse().ok()?)?;
            at(table.get_mut(key)?, rest)
        }
        [key, rest @ ..] => at(item.as_table_like_mut()?.get_mut(key)?, rest),
    }
}
