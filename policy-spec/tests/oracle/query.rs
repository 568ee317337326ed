//! The query keys an operation takes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::read::{Node, text};
use super::security::Alternative;
use super::{Document, Version, field};

/// The keys by name, by prefix, or all of them.
#[derive(Default)]
pub(super) struct Query {
    pub(super) names: BTreeSet<String>,
    prefixes: BTreeSet<String>,
    any: bool,
}

impl Query {
    pub(super) fn json(&self) -> Value {
        json!({ "names": self.names, "prefixes": self.prefixes, "any": self.any })
    }
}

impl Document<'_> {
    pub(super) fn query(&self, item: &[(String, Node)], operation: &Node, alternatives: &[Alternative]) -> Query {
        let mut query = Query::default();
        for parameter in self.parameters(item, operation) {
            self.parameter(&parameter, &mut query);
        }
        for (scheme, _) in alternatives.iter().flat_map(|alternative| &alternative.schemes) {
            query.names.extend(self.key_name(scheme));
        }
        query
    }

    /// The parameters of an operation: the path item's, and its own, which replace those of the same name and place.
    fn parameters(&self, item: &[(String, Node)], operation: &Node) -> Vec<Node> {
        let shared = field(item, "parameters").map(|list| list.with(json!({ "parameters": list.value })));
        let mut parameters = BTreeMap::new();
        for parameter in shared.iter().chain([operation]).flat_map(|holder| holder.list("parameters")) {
            let parameter = self.files.resolve(&parameter);
            let part = |key| text(parameter.value.get(key).unwrap());
            parameters.insert((part("name"), part("in")), parameter);
        }
        parameters.into_values().collect()
    }

    fn parameter(&self, parameter: &Node, query: &mut Query) {
        let part = |key: &str| parameter.value.get(key).map(text);
        let name = part("name").unwrap();
        match part("in").as_deref() {
            Some("query") => {}
            Some("querystring") if self.version >= Version::V32 => return self.query_string(parameter, query),
            _ => return,
        }
        let schema = match parameter.get("schema") {
            Some(schema) if self.version > Version::Swagger2 && parameter.value.get("content").is_none() => schema,
            _ => {
                query.names.insert(name);
                return;
            }
        };
        let style = part("style").unwrap_or_else(|| "form".to_owned());
        let is_exploded = part("explode").unwrap_or_else(|| (style == "form").to_string()) == "true";
        let content = self.content(&schema);
        match style.as_str() {
            "form" if is_exploded && content.object => {
                query.names.extend(content.properties.into_keys());
                query.any |= content.free;
            }
            "deepObject" if content.object => {
                for (property, schemas) in content.properties {
                    if schemas.iter().any(|schema| self.is_nested(schema)) {
                        query.prefixes.insert(format!("{name}[{property}]["));
                    }
                    query.names.insert(format!("{name}[{property}]"));
                }
                if content.free || content.array {
                    query.prefixes.insert(format!("{name}["));
                }
            }
            _ => {
                // OpenAPI leaves lists in this style open. Those who write one mean the brackets: `p[]=1`, `p[0]=1`.
                if style == "deepObject" && content.array {
                    query.prefixes.insert(format!("{name}["));
                }
                query.names.insert(name);
                return;
            }
        }
        if content.other {
            query.names.insert(name);
        }
    }

    /// The whole query string as one parameter: a form's fields are keys, anything else is not bound to keys.
    fn query_string(&self, parameter: &Node, query: &mut Query) {
        for (media_type, content) in parameter.get("content").iter().flat_map(Node::entries) {
            let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            let schema = self.files.resolve(&content).get("schema").map(|schema| self.content(&schema));
            match schema {
                Some(content) if essence == "application/x-www-form-urlencoded" && content.object => {
                    query.names.extend(content.properties.into_keys());
                    query.any |= content.free;
                }
                _ => query.any = true,
            }
        }
    }

    fn is_nested(&self, schema: &Node) -> bool {
        let content = self.content(schema);
        content.object || content.array
    }

    /// The name of a scheme's query key, where it is a key in the query.
    fn key_name(&self, scheme: &str) -> Option<String> {
        let schemes = match self.version {
            Version::Swagger2 => "/securityDefinitions",
            _ => "/components/securitySchemes",
        };
        let component = self.root.value.pointer(schemes).and_then(|schemes| schemes.get(scheme));
        let node = match component {
            Some(component) => self.root.with(component.clone()),
            // A scheme may be named by its URI from 3.2 on; a component's name wins.
            None if self.version >= Version::V32 && scheme.contains('#') => self.files.find(&self.root.file, scheme),
            None => return None,
        };
        let node = self.files.resolve(&node);
        let part = |key: &str| node.value.get(key).map(text);
        (part("type").as_deref() == Some("apiKey") && part("in").as_deref() == Some("query")).then(|| part("name"))?
    }
}
