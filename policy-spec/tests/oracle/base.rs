//! The base path an operation is served below.

use super::read::{Node, text};
use super::{Document, Version, field};

impl Document<'_> {
    pub(super) fn base(&self, item: &[(String, Node)], operation: &Node) -> String {
        if let Some(base) = &self.config.base_path {
            return path_of(base);
        }
        if self.version == Version::Swagger2 {
            return self.root.value.get("basePath").map(|base| path_of(&text(base))).unwrap_or_default();
        }
        // An empty list of servers is as good as none: the next level decides.
        let first = |servers: Node| servers.value.get(0).map(|server| servers.with(server.clone()));
        let server = [operation.get("servers"), field(item, "servers").cloned(), self.root.get("servers")]
            .into_iter()
            .flatten()
            .find_map(first);
        server.map(|server| server_path(&server)).unwrap_or_default()
    }
}

fn server_path(server: &Node) -> String {
    let mut url = text(server.value.get("url").unwrap());
    if let Some(variables) = server.get("variables") {
        for (name, variable) in variables.entries() {
            url = url.replace(&format!("{{{name}}}"), &text(variable.value.get("default").unwrap()));
        }
    }
    path_of(&url)
}

/// The path of a URL, absolute or relative to the root of its host, without a trailing slash.
fn path_of(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let path = match url.split_once("//") {
        Some((scheme, rest)) if scheme.is_empty() || scheme.ends_with(':') => {
            rest.split_once('/').map_or("", |(_, path)| path)
        }
        _ => url,
    };
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    segments.iter().map(|segment| format!("/{segment}")).collect()
}
