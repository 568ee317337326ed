//! The list `servers`: each server with the paths that its variables lead to.

use super::path::{Fault, path_of};
use super::{COVER, not_covered};
use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::source::Span;
use crate::tree::Node;

/// A server of the list.
pub(super) struct Server {
    /// Its `url` as it is written.
    pub(super) written: String,
    pub(super) span: Span,
    /// Its path, with variables at their defaults.
    pub(super) path: Result<String, Fault>,
    /// The values that its variables may have beside their defaults.
    pub(super) values: Vec<Value>,
    /// Whether there are more values than were looked at.
    more: bool,
}

/// One value of a variable's `enum`.
pub(super) struct Value {
    variable: String,
    text: String,
    span: Span,
    /// The path with this value and the other variables at their defaults. `None` if that gives no base path.
    pub(super) path: Option<String>,
}

impl Server {
    /// Reports the values that lead to another base path.
    pub(super) fn check_values(&self, context: &mut Context<'_>, path: &str, reason: &str) {
        let default = self.path.as_ref().ok();
        let others = |value: &&Value| value.path.as_deref() != Some(path) && value.path.as_ref() != default;
        let others: Vec<&Value> = self.values.iter().filter(others).collect();
        /// How many values are reported of one server. Nobody reads more.
        const TOLD: usize = 16;
        for value in others.iter().take(TOLD) {
            let (text, variable) = (value.text.escape_debug(), value.variable.escape_debug());
            let served = match &value.path {
                Some(other) => format!("the base path `{other}` is not served"),
                None => "it gives no base path".to_owned(),
            };
            context.report(
                not_covered(value.span, &format!("the value `{text}` of `{variable}` is not served"))
                    .label(format!("{served}; {reason} `{path}`"))
                    .help(COVER),
            );
        }
        if self.more || others.len() > TOLD {
            let least = others.len().saturating_sub(TOLD);
            let count = if self.more { "more".to_owned() } else { format!("{least} more") };
            let finding = not_covered(self.span, &format!("{count} values of the server's variables are not served"));
            context.report(finding.label(format!("{reason} `{path}`")).help(COVER));
        }
    }
}

pub(super) fn servers(context: &mut Context<'_>, list: &Node) -> Vec<Server> {
    let Some(items) = context.items(list, "`servers`", "a list of servers") else { return Vec::new() };
    let mut servers = Vec::new();
    for item in items {
        let Some(entries) = context.entries(item, "the server", "a mapping with a `url`") else { continue };
        let Some(url) = entries.iter().find(|entry| entry.key == "url").map(|entry| &entry.value) else {
            context.left_out = true;
            context.report(
                Finding::error(Code::InvalidShape, item.span, "the server has no `url`")
                    .label("where is the API served?")
                    .help("write `https://host/path` or `/path`"),
            );
            continue;
        };
        let Some(written) = url.text() else {
            context.invalid(url, "the server's `url`", "a string");
            continue;
        };
        let variables = item.get("variables").and_then(|variables| variables.entries()).unwrap_or_default();
        let default = |name: &str| variables.iter().find(|entry| entry.key == name)?.value.get("default")?.text();
        let mut server = Server {
            written: written.to_owned(),
            span: url.span,
            path: path_of(written, default),
            values: Vec::new(),
            more: false,
        };
        /// How many values are looked at of one server.
        const TRIED: usize = 1_000;
        for variable in variables.iter().filter(|variable| written.contains(&format!("{{{}}}", variable.key))) {
            for value in variable.value.get("enum").and_then(|values| values.items()).unwrap_or_default() {
                let Some(text) = value.text().filter(|text| default(&variable.key) != Some(text)) else { continue };
                if server.values.len() == TRIED {
                    server.more = true;
                    break;
                }
                let path = path_of(written, |name| if name == variable.key { Some(text) } else { default(name) });
                server.values.push(Value {
                    variable: variable.key.clone(),
                    text: text.to_owned(),
                    span: value.span,
                    path: path.ok(),
                });
            }
        }
        servers.push(server);
    }
    servers
}
