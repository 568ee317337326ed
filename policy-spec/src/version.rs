//! The version of OpenAPI that decides how a document is read.

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::tree::Node;

/// The versions that are read, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    Swagger2,
    OpenApi30,
    OpenApi31,
    OpenApi32,
}

/// The version, and the text of it in the document.
pub(crate) fn version(context: &mut Context<'_>, root: &Node) -> Option<(Version, String)> {
    if root.entries().is_none() {
        context.invalid(root, "the document", "a mapping that starts with `openapi:`");
        return None;
    }
    let help = "OpenAPI 3.0, 3.1 and 3.2 and Swagger 2.0 are read";
    let keys: Vec<_> = ["openapi", "swagger"].into_iter().filter_map(|key| root.entry(key)).collect();
    let entry = match keys.as_slice() {
        [entry] => entry,
        [first, second, ..] => {
            let finding =
                Finding::error(Code::UnknownVersion, second.key_span, "the document has both `openapi` and `swagger`");
            context.report(finding.also(first.key_span, "the other one").help("keep the one that it is written in"));
            return None;
        }
        [] => {
            let older = root.entry("swaggerVersion");
            let finding = match older {
                Some(older) => Finding::error(Code::UnknownVersion, older.key_span, "Swagger 1 is not read").help(help),
                None => Finding::error(Code::UnknownVersion, root.span, "the document has no `openapi` version")
                    .help("start it with `openapi: 3.1.0`, or with the version that it is written in"),
            };
            context.report(finding);
            return None;
        }
    };
    let written = entry.value.text().unwrap_or_default();
    let is = |line: &str| {
        let patch = written.strip_prefix(line).and_then(|rest| rest.strip_prefix('.'));
        written == line || patch.is_some_and(|patch| patch.starts_with(|c: char| c.is_ascii_digit()))
    };
    let version = match entry.key.as_str() {
        "openapi" if is("3.0") => Version::OpenApi30,
        "openapi" if is("3.1") => Version::OpenApi31,
        "openapi" if is("3.2") => Version::OpenApi32,
        "swagger" if written == "2.0" => Version::Swagger2,
        key => {
            let title = if key == "openapi" { "OpenAPI" } else { "Swagger" };
            let message = format!("{title} `{}` is not known", written.escape_debug());
            context.report(Finding::error(Code::UnknownVersion, entry.value.span, message).help(help));
            return None;
        }
    };
    context.version = version;
    Some((version, written.to_owned()))
}
