//! Operations of one resource whose scopes are about different resources: a list and its item, or reading and writing.
//!
//! `GET /files` demands `files:read`, and `POST /files` demands `billing:write`: one of the two was most likely copied from elsewhere. The
//! words of a scope tell its resource. Words for what is done, such as `read`, tell nothing of it, and neither do words that every scope of
//! the document has, such as the name of the product.

use std::collections::{BTreeMap, BTreeSet};

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::model::OperationModel;
use crate::operations::Operations;
use crate::path_key::erased;

/// Words for what is done with a resource, without an `s` at the end.
const DONE: [&str; 27] = [
    "read", "write", "list", "get", "create", "update", "delete", "edit", "view", "manage", "admin", "all", "full",
    "rw", "r", "w", "post", "put", "patch", "modify", "add", "remove", "readonly", "only", "acces", "any", "execute",
];

/// Reports the first operation of each resource that disagrees with another one of it.
pub(crate) fn siblings(context: &mut Context<'_>, operations: &Operations) {
    let all: BTreeSet<&str> = operations.required.iter().map(|(scope, _)| scope.as_str()).collect();
    // With one scope there is nothing to disagree about.
    if all.len() < 2 {
        return;
    }
    let about: BTreeMap<&str, BTreeSet<String>> = resources_of(&all);
    let mut resources: BTreeMap<String, Vec<&OperationModel>> = BTreeMap::new();
    for operation in &operations.models {
        let path = erased(&operation.template);
        let resource = path.strip_suffix("/{}").unwrap_or(&path).to_owned();
        resources.entry(resource).or_default().push(operation);
    }
    let mut found = Vec::new();
    for siblings in resources.into_values() {
        let about: Vec<(&OperationModel, BTreeSet<&str>)> = siblings
            .into_iter()
            .map(|operation| (operation, resource_words(operation, &about)))
            .filter(|(_, words)| !words.is_empty())
            .collect();
        let pairs = about.iter().enumerate().flat_map(|(at, one)| about.iter().take(at).map(move |other| (one, other)));
        if let Some((one, other)) = pairs.into_iter().find(|((_, one), (_, other))| one.is_disjoint(other)) {
            found.push((one.0, other.0));
        }
    }
    for (operation, other) in found {
        let Some(span) = operation.reasons.first() else { continue };
        let (scopes, others) = (scopes_of(operation), scopes_of(other));
        let mut finding = Finding::new(
            Code::SiblingDisagrees,
            *span,
            format!(
                "`{}` demands `{}`, and `{}` of the same resource demands `{}`",
                operation.key(),
                scopes.join("`, `"),
                other.key(),
                others.join("`, `")
            ),
        )
        .label("scopes of another resource")
        .help("correct the one that was copied, or allow `sibling-disagrees` if both are meant");
        if let Some(span) = other.reasons.first().filter(|other| *other != span) {
            finding = finding.also(*span, "the other one");
        }
        context.report(finding);
    }
}

fn scopes_of(operation: &OperationModel) -> Vec<&str> {
    let scopes: BTreeSet<&str> =
        operation.alternatives().iter().flat_map(|one| one.scopes()).map(String::as_str).collect();
    scopes.into_iter().take(4).collect()
}

/// The words of a scope, in lower case and without an `s` at the end, so that `file` is the word of `files`.
fn words(scope: &str) -> BTreeSet<String> {
    let words = scope.split(|c: char| !c.is_alphanumeric()).map(|word| word.to_lowercase());
    let singular = words.map(|word| word.strip_suffix('s').unwrap_or(&word).to_owned());
    singular.filter(|word| !word.is_empty()).collect()
}

/// For each scope, the words that tell what it is about.
fn resources_of<'s>(scopes: &BTreeSet<&'s str>) -> BTreeMap<&'s str, BTreeSet<String>> {
    let mut about: BTreeMap<&str, BTreeSet<String>> = scopes.iter().map(|scope| (*scope, words(scope))).collect();
    let everywhere = about.values().cloned().reduce(|common, words| &common & &words).unwrap_or_default();
    for words in about.values_mut() {
        // Beside a resource there is what is done with it. One word that is left over may be that: `share` of `files:share`.
        if words.difference(&everywhere).count() > 1 {
            words.retain(|word| !everywhere.contains(word));
        }
        words.retain(|word| !DONE.contains(&word.as_str()));
    }
    about
}

/// What the scopes of an operation are about.
fn resource_words<'w>(operation: &OperationModel, about: &'w BTreeMap<&str, BTreeSet<String>>) -> BTreeSet<&'w str> {
    let scopes = operation.alternatives().iter().flat_map(|alternative| alternative.scopes());
    scopes.filter_map(|scope| about.get(scope.as_str())).flatten().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use crate::{Code, Settings, read};

    /// How often it is reported of a document with these scopes, of the operations at these places.
    fn count(paths: &[(&str, &str, &str)]) -> usize {
        let mut document = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\ncomponents: { securitySchemes: { Key: { type: http, scheme: bearer } } }\npaths:\n".to_owned();
        let mut last = "";
        for (method, path, scopes) in paths {
            if *path != last {
                document.push_str(&format!("  {path}:\n"));
                last = path;
            }
            document.push_str(&format!("    {method}: {{ security: [{{ Key: [{scopes}] }}] }}\n"));
        }
        let loaded = read("api.yaml", document.as_bytes(), &Settings::default());
        assert!(loaded.readable().is_some(), "{}", loaded.render(false));
        loaded.findings.iter().filter(|finding| finding.code == Code::SiblingDisagrees).count()
    }

    #[test]
    fn resource_words_that_differ_within_one_resource_are_told_once() {
        for (paths, expected) in [
            (&[("get", "/files", "'files:read'"), ("post", "/files", "'billing:write'")][..], 1),
            (&[("get", "/files", "'files:read'"), ("get", "/files/{id}", "'billing:read'")], 1),
            (&[("get", "/files", "'files:read'"), ("post", "/files", "'files:write'")], 0),
            (&[("get", "/files", "'file:read'"), ("get", "/files/{id}", "'files:read'")], 0),
            (&[("get", "/files", "'files:read'"), ("post", "/files", "'files:read', 'billing:write'")], 0),
            (&[("get", "/files", "'files:read'"), ("post", "/bills", "'billing:write'")], 0),
            // `api` is in every scope.
            (&[("get", "/files", "'api.files.read'"), ("post", "/files", "'api.bills.write'")], 1),
            (&[("get", "/files", "'files:share'"), ("post", "/files", "'files:archive'")], 0),
            (&[("get", "/files", "'api.files.share'"), ("post", "/files", "'api.files.archive'")], 0),
            // Nothing tells a resource.
            (&[("get", "/files", "read"), ("post", "/files", "write")], 0),
            (&[("get", "/files", "'files:read'"), ("post", "/files", "admin")], 0),
            (
                &[
                    ("get", "/files", "'files:read'"),
                    ("post", "/files", "'billing:write'"),
                    ("put", "/files", "'users:write'"),
                ],
                1,
            ),
        ] {
            assert_eq!(count(paths), expected, "{paths:?}");
        }
    }
}
