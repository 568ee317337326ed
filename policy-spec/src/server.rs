//! The base path.

use std::rc::Rc;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::source::Span;
use crate::tree::Node;
use crate::version::Version;

/// The path below which the document's templates are mounted.
pub(crate) struct Base {
    pub(crate) path: String,
    /// It was set by the application, which then answers for every server.
    chosen: bool,
}

/// From the settings, else from the first server [OpenAPI 3.1, Server Object] or `basePath` [Swagger 2.0], else empty.
pub(crate) fn base(context: &mut Context<'_>, root: &Node, version: Version) -> Base {
    let servers = if version == Version::Swagger2 { root.get("basePath") } else { root.get("servers") }.cloned();
    if let Some(chosen) = context.settings.base_path.clone() {
        let span = servers.as_ref().map_or(root.span, |servers| servers.span);
        let path = chosen.strip_suffix('/').unwrap_or(&chosen);
        if !usable(path) {
            context.report(unreadable(span, &chosen).help("set it as `/` and the path, without a query or parameters"));
        }
        let base = Base { path: path.to_owned(), chosen: true };
        if version != Version::Swagger2 {
            base.of(context, servers.as_ref());
        }
        return base;
    }
    let whole = Base { path: String::new(), chosen: false };
    let path = if version == Version::Swagger2 {
        servers.and_then(|path| base_path(context, &path))
    } else {
        Some(whole.of(context, servers.as_ref()))
    };
    Base { path: path.unwrap_or_default(), chosen: false }
}

/// `basePath` [Swagger 2.0, Swagger Object].
fn base_path(context: &mut Context<'_>, node: &Node) -> Option<String> {
    let Some(text) = node.string() else {
        context.invalid(node, "`basePath`", "a path that starts with `/`");
        return None;
    };
    let path = text.strip_suffix('/').unwrap_or(text);
    if !usable(path) {
        context.left_out = true;
        context.report(unreadable(node.span, text).help("write `/` and the path, without a query or templates"));
        return None;
    }
    Some(path.to_owned())
}

impl Base {
    /// The base path of a part with `servers` of its own, which replace those above it.
    pub(crate) fn of(&self, context: &mut Context<'_>, servers: Option<&Rc<Node>>) -> String {
        let paths = paths(context, servers);
        let path = match paths.first() {
            Some((path, _)) if !self.chosen => path.clone(),
            _ => self.path.clone(),
        };
        let reason = if self.chosen { "the configuration chose" } else { "the first server has" };
        for (left_out, span) in paths.into_iter().filter(|(other, _)| *other != path) {
            context.report(
                Finding::new(Code::ServerNotCovered, span, format!("the base path `{left_out}` is not served"))
                    .label(format!("{reason} `{path}`"))
                    .help("choose it with `base-path` in `policy.toml`, or build one policy for each"),
            );
        }
        path
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
        let Some(entries) = item.entries() else {
            context.invalid(item, "the server", "a mapping with a `url`");
            continue;
        };
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
        match path_of(written, item.get("variables")) {
            Some(path) => paths.push((path, url.span)),
            // The configuration chose; what that leaves out is told all the same.
            None if context.settings.base_path.is_some() => context.report(
                Finding::new(Code::ServerNotCovered, url.span, format!("`{}` is not served", written.escape_debug()))
                    .label("the configuration chose another base path")
                    .help("build another policy for it, if callers are to use it"),
            ),
            None => {
                context.left_out = true;
                context.report(unreadable(url.span, written).help(
                    "write `https://host/path` or `/path`, with a default for each variable; or choose `base-path` in `policy.toml`",
                ));
            }
        }
    }
    paths
}

fn path_of(written: &str, variables: Option<&Rc<Node>>) -> Option<String> {
    let mut url = String::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        url.push_str(before);
        // Without a default it is harmless in the host; `usable` refuses it in the path. A number is meant as its text.
        url.push_str(variables.and_then(|variables| variables.get(name)?.get("default")?.text()).unwrap_or("{}"));
        rest = after;
    }
    url.push_str(rest);
    let path = match url.split_once("://") {
        Some((_, after)) => after.find('/').and_then(|at| after.get(at..)).unwrap_or(""),
        None if url.starts_with("//") => url.get(2..)?.find('/').and_then(|at| url.get(2 + at..)).unwrap_or(""),
        // Relative to where the document is served, which is taken as the root: `./v1` and `v1` are `/v1`.
        None => url.strip_prefix("./").unwrap_or(&url),
    };
    let path = path.strip_suffix('/').unwrap_or(path);
    let path = if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    (path != "/." && usable(&path)).then_some(path)
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
