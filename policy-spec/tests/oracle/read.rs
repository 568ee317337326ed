//! Files and references.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::{Map, Value};

/// A value and the file it stands in, which its relative references start from.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) file: PathBuf,
    pub(super) value: Value,
}

impl Node {
    pub(super) fn with(&self, value: Value) -> Self {
        Self { file: self.file.clone(), value }
    }

    pub(super) fn get(&self, key: &str) -> Option<Self> {
        self.value.get(key).map(|value| self.with(value.clone()))
    }

    /// The fields of a mapping, in the order written.
    pub(super) fn entries(&self) -> Vec<(String, Self)> {
        let Some(map) = self.value.as_object() else { panic!("not a mapping: {}", self.value) };
        map.iter().map(|(key, value)| (key.clone(), self.with(value.clone()))).collect()
    }

    /// The items of the list under `key`; none where there is no such list.
    pub(super) fn list(&self, key: &str) -> Vec<Self> {
        match self.value.get(key) {
            None => Vec::new(),
            Some(Value::Array(items)) => items.iter().map(|item| self.with(item.clone())).collect(),
            Some(other) => panic!("`{key}` is not a list: {other}"),
        }
    }
}

/// The files read so far.
#[derive(Default)]
pub(super) struct Files(RefCell<BTreeMap<PathBuf, Rc<Value>>>);

impl Files {
    pub(super) fn open(&self, path: &Path) -> Node {
        let file = path.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let value = self.load(&file);
        Node { file, value: Value::clone(&value) }
    }

    /// What the `$ref` of a node names; none where it has no `$ref`.
    pub(super) fn target(&self, node: &Node) -> Option<Node> {
        let reference = node.value.get("$ref")?.as_str()?;
        Some(self.find(&node.file, reference))
    }

    /// Follows references until there is none.
    pub(super) fn resolve(&self, node: &Node) -> Node {
        let mut node = node.clone();
        for _ in 0..100 {
            let Some(target) = self.target(&node) else { return node };
            node = target;
        }
        panic!("a cycle of references at {}", node.value)
    }

    /// What `reference` names when it stands in `file`.
    pub(super) fn find(&self, file: &Path, reference: &str) -> Node {
        let (file, pointer) = self.place(file, reference);
        let document = self.load(&file);
        let value = document.pointer(&pointer);
        let Some(value) = value else { panic!("{}: nothing at `{pointer}`", file.display()) };
        Node { value: value.clone(), file }
    }

    /// The file and the pointer that `reference` leads to from `file`.
    pub(super) fn place(&self, file: &Path, reference: &str) -> (PathBuf, String) {
        assert!(!reference.contains("://"), "`{reference}` is not a local reference");
        let (relative, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let file = match relative {
            "" => file.to_owned(),
            relative => {
                let path = file.parent().unwrap().join(decode(relative));
                path.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            }
        };
        (file, decode(pointer))
    }

    fn load(&self, file: &Path) -> Rc<Value> {
        if let Some(value) = self.0.borrow().get(file) {
            return Rc::clone(value);
        }
        let text = std::fs::read_to_string(file).unwrap();
        let value = if file.extension().is_some_and(|extension| extension == "json") {
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        } else {
            let mut value: serde_yaml::Value =
                serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            value.apply_merge().unwrap();
            json(value)
        };
        let value = Rc::new(value);
        self.0.borrow_mut().insert(file.to_owned(), Rc::clone(&value));
        value
    }
}

/// A scalar as it is written.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        other => panic!("not a scalar: {other}"),
    }
}

fn json(value: serde_yaml::Value) -> Value {
    match value {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(value) => Value::Bool(value),
        serde_yaml::Value::String(value) => Value::String(value),
        serde_yaml::Value::Number(value) => serde_json::to_value(value).unwrap(),
        serde_yaml::Value::Sequence(items) => Value::Array(items.into_iter().map(json).collect()),
        serde_yaml::Value::Tagged(tagged) => json(tagged.value),
        serde_yaml::Value::Mapping(map) => {
            let fields = map.into_iter().map(|(key, value)| match json(key) {
                Value::Null => ("null".to_owned(), json(value)),
                key => (text(&key), json(value)),
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}

/// Percent-decoding of a URI reference.
pub(super) fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits: String = rest.by_ref().take(2).map(char::from).collect();
        bytes.push(u8::from_str_radix(&digits, 16).unwrap());
    }
    String::from_utf8(bytes).unwrap()
}
