//! The base path.

use std::rc::Rc;

use openapiv3::Server;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::source::Span;
use crate::tree::Node;

/// The path below which the document's templates are mounted.
pub(crate) struct Base {
    pub(crate) path: String,
    /// It was set by the application, which then answers for other servers.
    chosen: bool,
}

/// From the settings, else from the first server [OpenAPI 3.1, Server Object], else empty.
pub(crate) fn base_path(context: &mut Context<'_>, root: &Node) -> Base {
    let servers = root.get("servers").cloned();
    if let Some(chosen) = context.settings.base_path.clone() {
        let span = servers.as_ref().map_or(root.span, |servers| servers.span);
        let path = chosen.strip_suffix('/').unwrap_or(&chosen);
        if !usable(path) {
            context.error(unreadable(span, &chosen).help("set it as `/` and the path, without a query or parameters"));
        }
        return Base { path: path.to_owned(), chosen: true };
    }
    let mut paths = paths(context, servers.as_ref()).into_iter();
    let first = paths.next().map(|(path, _)| path).unwrap_or_default();
    let base = Base { path: first, chosen: false };
    for (path, span) in paths {
        if path != base.path {
            context.error(
                Finding::warning(Code::OtherBasePath, span, format!("the base path `{path}` is not served"))
                    .label(format!("the first server's is `{}`", base.path))
                    .help("choose the base path in the settings, or build one policy for each"),
            );
        }
    }
    base
}

impl Base {
    /// Servers of a path item or an operation must not move it elsewhere unseen.
    pub(crate) fn check_override(&self, context: &mut Context<'_>, servers: Option<&Rc<Node>>) {
        for (path, span) in paths(context, servers) {
            if path == self.path {
                continue;
            }
            let message = format!("this server has the base path `{path}`, the document has `{}`", self.path);
            let finding = if self.chosen {
                Finding::warning(Code::OtherBasePath, span, message)
                    .label("left out, as the base path was chosen in the settings")
            } else {
                Finding::error(Code::OtherBasePath, span, message)
                    .label("the operation would be guarded at the wrong path")
            };
            context.error(
                finding.help("give the operation's path the difference, or choose the base path in the settings"),
            );
        }
    }
}

fn paths(context: &mut Context<'_>, servers: Option<&Rc<Node>>) -> Vec<(String, Span)> {
    let Some(servers) = servers else { return Vec::new() };
    let Some(items) = servers.items() else {
        context.invalid(servers, "`servers`", "a list of servers");
        return Vec::new();
    };
    let mut paths = Vec::new();
    for item in items {
        let kept = ["url", "variables"].into_iter().filter_map(|key| Some((key, &**item.get(key)?))).collect();
        if let Some(server) = context.typed::<Server>(item.span, "the server", kept) {
            let span = item.get("url").map_or(item.span, |url| url.span);
            match path_of(&server) {
                Some(path) => paths.push((path, span)),
                None => context.error(unreadable(span, &server.url).help(
                    "write `https://host/path` or `/path`, with a default for each variable; or choose the base path in the settings",
                )),
            }
        }
    }
    paths
}

fn path_of(server: &Server) -> Option<String> {
    let mut url = String::new();
    let mut rest = server.url.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        let variable = server.variables.as_ref().and_then(|variables| variables.get(name));
        url.push_str(before);
        match variable {
            Some(variable) => url.push_str(&variable.default),
            // Harmless in the host; `usable` refuses it in the path.
            None => url.push_str("{}"),
        }
        rest = after;
    }
    url.push_str(rest);
    let path = match url.split_once("://") {
        Some((_, after)) => after.find('/').and_then(|at| after.get(at..)).unwrap_or(""),
        None if url.starts_with("//") => url.get(2..)?.find('/').and_then(|at| url.get(2 + at..)).unwrap_or(""),
        None => &url,
    };
    let path = path.strip_suffix('/').unwrap_or(path);
    usable(path).then(|| path.to_owned())
}

fn usable(path: &str) -> bool {
    (path.is_empty() || path.starts_with('/') && !path.starts_with("//"))
        && !path.contains(['{', '}', '?', '#', ' ', '\\'])
        && !path.chars().any(char::is_control)
        && !path.split('/').any(|segment| matches!(segment, "." | ".."))
}

fn unreadable(span: Span, url: &str) -> Finding {
    Finding::error(Code::UnreadableBasePath, span, format!("`{}` does not give a base path", url.escape_debug()))
}
