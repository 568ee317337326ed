//! Extensions that hold operations.
//!
//! Gateways and generators keep operations in extensions. `x-amazon-apigateway-any-method` of a path item serves every method, and
//! `x-ms-paths` of a document holds paths with queries. These operations are not served here, whatever `security` they have. The
//! owner of the document should know that.

use crate::context::Context;
use crate::finding::{Code, Finding, named};
use crate::keys::is_method;
use crate::tree::{Entry, Node};
use crate::version::Version;

/// How many members of an extension are looked at. If these hold no operation, the others hold none either.
const LOOKED_AT: usize = 64;

/// Reports extensions of the document that hold paths, such as `x-ms-paths`.
pub(crate) fn check_root(context: &mut Context<'_>, root: &Node, version: Version) {
    for entry in extensions(root.entries().unwrap_or_default()) {
        let paths = entry.value.entries().unwrap_or_default().iter().filter(|path| path.key.starts_with('/'));
        let paths: Vec<String> = paths
            .take(LOOKED_AT)
            .filter(|path| holds_operation(context, &path.value, version))
            .map(|path| format!("`{}`", path.key.escape_debug()))
            .collect();
        if !paths.is_empty() {
            let which = if paths.len() == 1 { "which is" } else { "which are" };
            let what = format!("`{}` holds {}, {which}", entry.key.escape_debug(), named(&paths, paths.len()));
            report(context, entry, &what, "write the paths under `paths`, where that is meant");
        }
    }
}

/// Reports an extension of `paths` that holds a path item.
pub(crate) fn check_path(context: &mut Context<'_>, entry: &Entry, version: Version) {
    if holds_operation(context, &entry.value, version) {
        let what = format!("`{}` holds a path, which is", entry.key.escape_debug());
        report(context, entry, &what, "a path starts with `/`; remove the extension if nothing is to be served");
    }
}

/// Reports extensions of a path item that hold an operation, such as `x-amazon-apigateway-any-method`.
pub(crate) fn check_item(context: &mut Context<'_>, path: &str, entries: &[Entry], version: Version) {
    for entry in extensions(entries) {
        if holds_operation(context, &entry.value, version) {
            let what =
                format!("`{}` holds an operation of `{}`, which is", entry.key.escape_debug(), path.escape_debug());
            report(context, entry, &what, "write it under each method that it is for, such as `get`");
        }
    }
}

fn extensions(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(|entry| entry.key.starts_with("x-"))
}

fn report(context: &mut Context<'_>, entry: &Entry, what: &str, help: &str) {
    context.report(
        Finding::new(Code::UnservedOperation, entry.key_span, format!("{what} not served"))
            .label("what stands here is not read, and requests for it are denied")
            .help(help),
    );
}

/// Whether a value is an operation, or a mapping with one: a path item, or operations by their methods.
fn holds_operation(context: &Context<'_>, node: &Node, version: Version) -> bool {
    is_operation(context, node)
        || node.entries().unwrap_or_default().iter().take(LOOKED_AT).any(|entry| {
            is_operation(context, &entry.value)
                || is_method(&entry.key, version) && entry.value.entries().is_some_and(|entries| !entries.is_empty())
        })
}

/// Whether a value has keys that only operations have.
fn is_operation(context: &Context<'_>, node: &Node) -> bool {
    node.entries().unwrap_or_default().iter().take(LOOKED_AT).any(|entry| {
        matches!(entry.key.as_str(), "responses" | "operationId" | "security")
            || context.settings.extensions.iter().any(|extension| extension.name == entry.key)
    })
}
