//! `[[public]]`: operations that the configuration makes public, because the document does not say who may call them.
//!
//! The configuration never overrides the document. An operation that declares or inherits `security`, or has a scope extension, is
//! decided by the document, and an entry for it is an error. Each entry names one operation exactly as the document writes it. There
//! are no patterns, so that an operation which is added later does not become public.

use std::collections::{HashMap, HashSet};

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::likely::likely;
use crate::path_key;
use crate::source::Span;
use crate::tree::{Entry, Node};

/// The entries, by the operations that they name.
#[derive(Default)]
pub(crate) struct Public {
    /// The index in the settings' list of each entry, by the operation that it names.
    entries: HashMap<String, usize>,
    /// The entries that name an operation of the document, even one with errors.
    found: HashSet<String>,
}

/// By what an operation says who may call it, such as `security`, and where. `None` if it does not say it.
pub(crate) type Declaration = Option<(&'static str, Span)>;

impl Public {
    pub(crate) fn new(context: &mut Context<'_>) -> Self {
        let mut entries: HashMap<String, usize> = HashMap::new();
        let settings = context.settings;
        for (at, entry) in settings.public.iter().enumerate() {
            if entry.reason.trim().is_empty() {
                let span = context.stated(entry.origin.as_ref());
                let message = format!("no reason is given for `{}` to be public", entry.operation.escape_debug());
                context.report(invalid(span, message).help("say why anybody may call it"));
            }
            match entries.get(&entry.operation).and_then(|first| settings.public.get(*first)) {
                Some(first) => {
                    let span = context.stated(entry.origin.as_ref());
                    let message = format!("`{}` is named twice", entry.operation.escape_debug());
                    let finding = invalid(span, message).label("again here").help("keep one of the two");
                    let earlier = first.origin.as_ref().map(|origin| context.stated(Some(origin)));
                    context.report(match earlier {
                        Some(earlier) => finding.also(earlier, "first here"),
                        None => finding,
                    });
                }
                None => {
                    entries.insert(entry.operation.clone(), at);
                }
            }
        }
        Self { entries, found: HashSet::new() }
    }

    /// Why an operation is public, and where that is said. `None` if no entry names it. An entry for an operation about which the
    /// document decides is reported as an error, and is `None` as well.
    pub(crate) fn reason(
        &mut self,
        context: &mut Context<'_>,
        operation: (&str, Span),
        declaration: Declaration,
    ) -> Option<(String, Span)> {
        let (key, place) = operation;
        let settings = context.settings;
        let entry = settings.public.get(*self.entries.get(key)?)?;
        self.found.insert(key.to_owned());
        let span = context.stated(entry.origin.as_ref());
        let Some((what, written)) = declaration else { return Some((entry.reason.clone(), span)) };
        context.report(
            invalid(span, format!("the document says itself who may call `{key}`"))
                .label("nothing is left to be said here")
                .also(written, what)
                .also(place, "of this operation")
                .help("remove the entry; to change what the document says, change it there or by an overlay"),
        );
        None
    }

    /// Reports the entries that name no operation. `known` are the operations of the document, `paths` its paths.
    pub(crate) fn tell_unknown(&self, context: &mut Context<'_>, known: &[(String, String)], paths: &Node) {
        let settings = context.settings;
        for entry in settings.public.iter().filter(|entry| !self.found.contains(&entry.operation)) {
            let (method, path) = entry.operation.split_once(' ').unwrap_or(("", &entry.operation));
            // An operation that an error kept out of the model is in the document all the same.
            let written = |entry: &Entry| entry.key == path && entry.value.entries().is_some();
            if context.left_out && paths.entries().into_iter().flatten().any(written) {
                continue;
            }
            let span = context.stated(entry.origin.as_ref());
            let message = format!("the document has no operation `{}`", entry.operation.escape_debug());
            let same_path = || known.iter().filter(|(_, template)| template == path).map(|(method, _)| method.as_str());
            let help = match near(method, path, known) {
                _ if path.contains('*') => "there are no patterns: name each operation".to_owned(),
                Some(near) => format!("did you mean `{near}`?"),
                None if same_path().next().is_some() => {
                    format!("`{path}` has {}", same_path().collect::<Vec<_>>().join(", "))
                }
                None => "write the method and the path as the document does: `GET /health`, without the base path"
                    .to_owned(),
            };
            context.report(invalid(span, message).label("not in the document").help(help));
        }
    }
}

fn invalid(span: Span, message: String) -> Finding {
    Finding::error(Code::InvalidPublicEntry, span, message)
}

/// The operation that is likely meant: in another case, below a base path, with other parameter names, or misspelt.
fn near(method: &str, path: &str, known: &[(String, String)]) -> Option<String> {
    let key = |(method, path): &(String, String)| format!("{method} {path}");
    let erased = path_key::erased(path);
    let same_method = || known.iter().filter(|(other, _)| other.eq_ignore_ascii_case(method));
    let alike = same_method().find(|(_, other)| path_key::erased(other) == erased);
    let below =
        || same_method().filter(|(_, other)| path.ends_with(other.as_str())).max_by_key(|(_, other)| other.len());
    alike.or_else(below).map(key).or_else(|| {
        let names: Vec<String> = known.iter().take(10_000).map(key).collect();
        likely(&format!("{method} {path}"), names.iter().map(String::as_str)).map(str::to_owned)
    })
}
