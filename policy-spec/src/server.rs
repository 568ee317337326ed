//! The base path: the path below which the operations are served.

mod list;
mod path;

use std::rc::Rc;

use self::list::servers;
use self::path::{Fault, usable};
use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::source::Span;
use crate::tree::Node;
use crate::version::Version;

/// The path below which the document's templates are mounted.
pub(crate) struct Base {
    pub(crate) path: String,
    /// Whether the settings chose it. Then it replaces the base path of every server.
    chosen: bool,
}

/// The base path of the settings. Without one it is that of the first server [OpenAPI 3.1, Server Object], or `basePath` [Swagger 2.0].
/// Without those it is empty.
pub(crate) fn base(context: &mut Context<'_>, root: &Node, version: Version) -> Base {
    let servers = if version == Version::Swagger2 { root.get("basePath") } else { root.get("servers") }.cloned();
    if version == Version::Swagger2 {
        check_host(context, root);
    }
    if let Some(chosen) = context.settings.base_path.clone() {
        let span = servers.as_ref().map_or(root.span, |servers| servers.span);
        let path = match usable(&chosen) {
            Ok(path) => path,
            Err(fault) => {
                context.report(unreadable(span, &chosen, fault));
                chosen
            }
        };
        let base = Base { path, chosen: true };
        match &servers {
            Some(other) if version == Version::Swagger2 => base.leaves_out(context, other),
            servers => {
                base.of(context, servers.as_ref());
            }
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
    match usable(text) {
        Ok(path) => Some(path),
        Err(fault) => {
            context.left_out = true;
            context.report(unreadable(node.span, text, fault));
            None
        }
    }
}

/// Reports a path in `host` [Swagger 2.0, Swagger Object]. It does not belong there, and is not served.
fn check_host(context: &mut Context<'_>, root: &Node) {
    let Some(host) = root.get("host") else { return };
    let written = host.string().map(|host| host.split_once("://").map_or(host, |(_, host)| host));
    let Some((_, path)) = written.and_then(|host| host.split_once('/')).filter(|(_, path)| !path.is_empty()) else {
        return;
    };
    context.report(
        Finding::new(
            Code::ServerNotCovered,
            host.span,
            format!("the path `/{}` of `host` is not served", path.escape_debug()),
        )
        .label("`host` is the name of a host and its port")
        .help("write the path in `basePath`"),
    );
}

impl Base {
    /// The base path of a path item or an operation. Its own `servers` replace those of the document.
    pub(crate) fn of(&self, context: &mut Context<'_>, servers: Option<&Rc<Node>>) -> String {
        let Some(list) = servers else { return self.path.clone() };
        // A list that several places share is read once.
        if let Some((_, path)) = context.bases.get(&Rc::as_ptr(list)) {
            return path.clone();
        }
        let path = self.read(context, list);
        context.bases.insert(Rc::as_ptr(list), (Rc::clone(list), path.clone()));
        path
    }

    /// Reports Swagger's `basePath`, where the application chose another one.
    fn leaves_out(&self, context: &mut Context<'_>, written: &Node) {
        if let Some(other) = written.string().and_then(|text| usable(text).ok()).filter(|other| *other != self.path) {
            context.report(
                not_covered(written.span, &format!("the base path `{other}` is not served"))
                    .label(format!("the configuration chose `{}`", self.path))
                    .help(COVER),
            );
        }
    }

    fn read(&self, context: &mut Context<'_>, list: &Rc<Node>) -> String {
        let servers = servers(context, list);
        let first = servers.first().filter(|_| !self.chosen).and_then(|server| server.path.clone().ok());
        // If the base path is known, another server whose path cannot be read is only one more that is not served: a warning. If it
        // is not known, that is an error.
        let is_said = self.chosen || first.is_some();
        let path = first.unwrap_or_else(|| self.path.clone());
        let reason = if self.chosen { "the configuration chose" } else { "the first server has" };
        for server in servers {
            match &server.path {
                Ok(other) if *other != path => context.report(
                    not_covered(server.span, &format!("the base path `{other}` is not served"))
                        .label(format!("{reason} `{path}`"))
                        .help(COVER),
                ),
                Ok(_) => {}
                Err(_) if self.chosen && server.values.iter().any(|value| value.path.as_ref() == Some(&path)) => {}
                Err(_) if is_said => context.report(
                    not_covered(server.span, &format!("`{}` is not served", server.written.escape_debug()))
                        .label(format!("{reason} `{path}`"))
                        .help("build another policy for it, if callers are to use it"),
                ),
                Err(fault) => {
                    context.left_out = true;
                    let finding = unreadable(server.span, &server.written, fault.clone());
                    context.report(finding);
                }
            }
            if server.path.is_ok() || self.chosen {
                server.check_values(context, &path, reason);
            }
        }
        path
    }
}

fn unreadable(span: Span, url: &str, fault: Fault) -> Finding {
    Finding::error(Code::UnreadableBasePath, span, format!("`{}` does not give a base path", url.escape_debug()))
        .label(fault.label)
        .help(fault.help)
}

const COVER: &str = "choose it with `base-path` in `policy.toml`, or build one policy for each";

fn not_covered(span: Span, message: &str) -> Finding {
    Finding::new(Code::ServerNotCovered, span, message)
}
