//! A second reading of an OpenAPI document, straight from the raw text: which operations it has, what each one
//! requires, and which query keys it takes. It shares nothing with the reader under test. It is written to be read,
//! not to be fast, and panics where a document leaves its meaning undefined.
#![allow(
    dead_code,
    clippy::panic,
    clippy::unwrap_used,
    reason = "each test file uses a part of it, and a document without a meaning is a failed test"
)]

mod base;
mod extension;
pub(crate) mod fixture;
mod query;
mod read;
mod schema;
mod security;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use read::{Files, Node};

/// How one document is to be read.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The extensions that carry scopes. Several are required together.
    pub(crate) extension: Vec<ExtensionConfig>,
    /// Replaces whatever base path the document's servers say.
    pub(crate) base_path: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            extension: vec![ExtensionConfig::new("x-required-scopes", Combine::All, ExtensionShape::List)],
            base_path: None,
        }
    }
}

/// One extension of an operation that carries scopes.
#[derive(Clone, Debug)]
pub(crate) struct ExtensionConfig {
    pub(crate) name: String,
    pub(crate) combine: Combine,
    pub(crate) shape: ExtensionShape,
    /// A key beside the extension that overrides `combine` for its operation.
    pub(crate) sibling: Option<String>,
}

impl ExtensionConfig {
    pub(crate) fn new(name: &str, combine: Combine, shape: ExtensionShape) -> Self {
        Self { name: name.to_owned(), combine, shape, sibling: None }
    }

    pub(crate) fn with_sibling(self, sibling: &str) -> Self {
        Self { sibling: Some(sibling.to_owned()), ..self }
    }
}

/// Whether all members of an extension are required, or one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Combine {
    All,
    Any,
}

/// How the value of an extension is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExtensionShape {
    /// `[a, b]`
    List,
    /// `a`, or null for no scopes
    String,
    /// `a b`
    Words,
    /// `[{scheme: S, state: Current, scopes: [a, b]}]`
    Entries,
    /// `{operator: OR, permissions: [a, b]}`
    Operator,
    /// `{all: [a], any: [b, c]}`
    AllAny,
    /// `{enum: [a, b]}`
    Enum,
    /// `{S: [a, b]}`
    Schemes,
}

/// The OpenAPI version of a document, as far as its meaning depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Version {
    Swagger2,
    V30,
    V31,
    V32,
}

/// The entry document with the files it refers to.
struct Document<'a> {
    files: Files,
    root: Node,
    version: Version,
    config: &'a Config,
}

/// Every operation of the document at `path`, in document order.
pub(crate) fn operations(path: &Path, config: &Config) -> Value {
    let files = Files::default();
    let root = files.open(path);
    let version = version(&root.value);
    let document = Document { files, root, version, config };
    let mut operations = Vec::new();
    if let Some(paths) = document.root.get("paths") {
        for (template, item) in paths.entries().into_iter().filter(|(template, _)| !template.starts_with("x-")) {
            document.path_item(&template, &item, &mut operations);
        }
    }
    Value::Array(operations)
}

/// The documents of the corpus, each with what its vendor's extension means.
pub(crate) fn corpus() -> Vec<(&'static str, Config)> {
    let vendor = |name, combine, shape| Config {
        extension: vec![ExtensionConfig::new(name, combine, shape)],
        ..Config::default()
    };
    vec![
        ("figma.yaml", Config::default()),
        ("discord.json", Config::default()),
        ("slack.json", Config::default()),
        ("jira-platform-2022.json", vendor("x-atlassian-oauth2-scopes", Combine::Any, ExtensionShape::Entries)),
        ("ksef.json", vendor("x-required-permissions", Combine::Any, ExtensionShape::List)),
        ("cds-banking.yaml", vendor("x-scopes", Combine::All, ExtensionShape::List)),
        ("datadog-v1.yaml", vendor("x-permission", Combine::Any, ExtensionShape::Operator)),
        ("box.json", Config::default()),
        ("digitalocean/DigitalOcean-public.v2.yaml", Config::default()),
        ("xero-accounting.yaml", Config::default()),
        ("tags-3.2.yaml", Config::default()),
    ]
}

/// The folder of the corpus, where it is there.
pub(crate) fn corpus_folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    folder.join("README.md").is_file().then_some(folder)
}

fn version(root: &Value) -> Version {
    let written = root.get("openapi").or_else(|| root.get("swagger")).map(read::text).unwrap_or_default();
    match written.split('.').take(2).collect::<Vec<_>>().as_slice() {
        ["2", "0"] => Version::Swagger2,
        ["3", "0"] => Version::V30,
        ["3", "1"] => Version::V31,
        ["3", "2"] => Version::V32,
        _ => panic!("unknown version `{written}`"),
    }
}

impl Document<'_> {
    fn path_item(&self, template: &str, item: &Node, operations: &mut Vec<Value>) {
        let item = self.fields(item);
        for (key, node) in &item {
            if self.is_method(key) {
                operations.push(self.operation(template, key.to_ascii_uppercase(), &item, node));
            } else if key == "additionalOperations" && self.version >= Version::V32 {
                for (method, node) in node.entries() {
                    operations.push(self.operation(template, method, &item, &node));
                }
            }
        }
    }

    fn is_method(&self, key: &str) -> bool {
        match key {
            "get" | "put" | "post" | "delete" | "options" | "head" | "patch" => true,
            "trace" => self.version >= Version::V30,
            "query" => self.version >= Version::V32,
            _ => false,
        }
    }

    /// The fields of a path item. Those of the item a `$ref` names come first; one that is written on both sides has
    /// no defined meaning.
    fn fields(&self, item: &Node) -> Vec<(String, Node)> {
        let Some(target) = self.files.target(item) else { return item.entries() };
        let mut fields = self.fields(&target);
        for (key, node) in item.entries().into_iter().filter(|(key, _)| key != "$ref") {
            assert!(!fields.iter().any(|(other, _)| *other == key), "`{key}` stands on both sides of a `$ref`");
            fields.push((key, node));
        }
        fields
    }

    fn operation(&self, template: &str, method: String, item: &[(String, Node)], written: &Node) -> Value {
        if self.files.target(written).is_some() {
            let carries = |key: &str| {
                let configured = self.config.extension.iter();
                configured.flat_map(|one| [Some(&one.name), one.sibling.as_ref()]).flatten().any(|name| name == key)
            };
            let harmless =
                |key: &str| ["$ref", "summary", "description"].contains(&key) || key.starts_with("x-") && !carries(key);
            let other = written.entries().into_iter().find(|(key, _)| !harmless(key));
            assert!(other.is_none(), "{template}: something stands beside the `$ref` of an operation");
        }
        let operation = self.files.resolve(written);
        let base = self.base(item, &operation);
        let served = template.split(['#', '?']).next().unwrap_or_default();
        let requirement = self.requirement(&operation);
        let mut query = self.query(item, &operation, &requirement.alternatives);
        query.names.extend(names_shown(template));
        json!({
            "method": method,
            "path": format!("{base}{served}"),
            "template": template,
            "operation_id": operation.value.get("operationId"),
            "access": requirement.access,
            "alternatives": requirement.alternatives.iter().map(security::Alternative::json).collect::<Vec<_>>(),
            "query": query.json(),
        })
    }
}

/// The names in the query that a path's key shows; a parameter stands for names that the key does not say.
fn names_shown(key: &str) -> Vec<String> {
    let before_fragment = key.split('#').next().unwrap_or_default();
    let query = before_fragment.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    pairs
        .filter(|name| !name.is_empty() && !name.contains('{'))
        .map(|name| read::decode(&name.replace('+', " ")))
        .collect()
}

/// The field of a path item, by its name.
fn field<'a>(item: &'a [(String, Node)], name: &str) -> Option<&'a Node> {
    item.iter().find(|(key, _)| key == name).map(|(_, node)| node)
}

/// How often each access occurs, how many alternatives there are, how many distinct scopes they name, and how many
/// query names all operations have together.
pub(crate) fn facts(operations: &Value) -> Value {
    let operations = operations.as_array().unwrap();
    let mut access = BTreeMap::new();
    let mut alternatives = 0;
    let mut names = 0;
    let mut scopes = BTreeSet::new();
    for operation in operations {
        *access.entry(read::text(operation.get("access").unwrap())).or_insert(0) += 1;
        names += operation.pointer("/query/names").unwrap().as_array().unwrap().len();
        for alternative in operation.get("alternatives").unwrap().as_array().unwrap() {
            alternatives += 1;
            let schemes = alternative.get("schemes").unwrap().as_object().unwrap();
            for list in schemes.values().chain(alternative.get("extension")) {
                scopes.extend(list.as_array().unwrap().iter().map(read::text));
            }
        }
    }
    json!({
        "operations": operations.len(),
        "access": access,
        "alternatives": alternatives,
        "scopes": scopes.len(),
        "names": names,
    })
}
