//! Places in files, as SARIF and GitHub count them.

use std::path::{Component, Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use policy_spec::{Sources, Span};

/// A range in a file. Lines and columns count from 1, and the end is the place after the last character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) end_line: usize,
    pub(crate) end_column: usize,
}

/// The range of a span, with columns in UTF-16 code units, which is what SARIF counts in unless told otherwise.
pub(super) fn utf16(sources: &Sources, span: Span) -> Region {
    let start = sources.location_utf16(span);
    let end = sources.location_utf16(Span { start: span.end, ..span });
    Region { line: start.line, column: start.column, end_line: end.line, end_column: end.column }
}

/// The part of a span on its first line, with columns in characters.
pub(crate) fn first_line(sources: &Sources, span: Span) -> Region {
    let text = sources.text(span.file).get(span.start..span.end.max(span.start)).unwrap_or("");
    let first = text.lines().next().unwrap_or("").trim_end();
    let start = sources.location(span);
    Region {
        line: start.line,
        column: start.column,
        end_line: start.line,
        end_column: start.column + first.chars().count(),
    }
}

/// A file's path from the root of the checkout, if it is in there. The root is `GITHUB_WORKSPACE`, or else the current folder.
pub(crate) fn in_checkout(name: &str) -> Option<String> {
    let here = std::env::current_dir().ok()?;
    let root = std::env::var_os("GITHUB_WORKSPACE").map(PathBuf::from).filter(|root| here.starts_with(root));
    let path = clean(&here.join(name))?;
    let relative = path.strip_prefix(root.as_deref().unwrap_or(&here)).ok()?;
    Some(relative.to_string_lossy().replace('\\', "/"))
}

/// The path without `.` and `..`. They are resolved in the text, without a look at the disk.
fn clean(path: &Path) -> Option<PathBuf> {
    let mut cleaned = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !cleaned.pop() {
                    return None;
                }
            }
            other => cleaned.push(other),
        }
    }
    Some(cleaned)
}

/// A path as a URI reference [RFC 3986].
pub(crate) fn uri(path: &str) -> String {
    const KEPT: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'#')
        .add(b'%')
        .add(b'<')
        .add(b'>')
        .add(b'?')
        .add(b'[')
        .add(b'\\')
        .add(b']')
        .add(b'^')
        .add(b'`')
        .add(b'{')
        .add(b'|')
        .add(b'}');
    let encoded = utf8_percent_encode(path, KEPT).to_string();
    match (path.starts_with('/'), encoded.split('/').next()) {
        (true, _) => format!("file://{encoded}"),
        // A first segment with a colon would be read as a scheme.
        (false, Some(first)) if first.contains(':') => format!("./{encoded}"),
        (false, _) => encoded,
    }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uri_references() {
        for (path, expected) in [
            ("api/openapi.yaml", "api/openapi.yaml"),
            ("../a b#c/ü.yaml", "../a%20b%23c/%C3%BC.yaml"),
            ("/srv/api.yaml", "file:///srv/api.yaml"),
            ("c:d/api.yaml", "./c:d/api.yaml"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }
}
