//! The base path.

use std::rc::Rc;

use policy_router::Template;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::path_key::help;
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

/// `host` [Swagger 2.0, Swagger Object] holds no path: what stands there is not served.
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
    /// The base path of a part with `servers` of its own, which replace those above it.
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
        // Somebody said what is served: what no path can be told of is one more server that is not.
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

const COVER: &str = "choose it with `base-path` in `policy.toml`, or build one policy for each";

fn not_covered(span: Span, message: &str) -> Finding {
    Finding::new(Code::ServerNotCovered, span, message)
}

/// A server of the list.
struct Server {
    /// Its `url` as it is written.
    written: String,
    span: Span,
    /// Its path, with variables at their defaults.
    path: Result<String, Fault>,
    /// What its variables may be beside their defaults.
    values: Vec<Value>,
    /// Whether there are more values than were looked at.
    more: bool,
}

/// One value of a variable's `enum`.
struct Value {
    variable: String,
    text: String,
    span: Span,
    /// The path with this value and the other variables at their defaults, where there is one.
    path: Option<String>,
}

impl Server {
    /// Reports the values that lead to another base path.
    fn check_values(&self, context: &mut Context<'_>, path: &str, reason: &str) {
        let default = self.path.as_ref().ok();
        let others = |value: &&Value| value.path.as_deref() != Some(path) && value.path.as_ref() != default;
        let others: Vec<&Value> = self.values.iter().filter(others).collect();
        /// Nobody reads more of one server.
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

fn servers(context: &mut Context<'_>, list: &Node) -> Vec<Server> {
    let Some(items) = list.items() else {
        context.invalid(list, "`servers`", "a list of servers");
        return Vec::new();
    };
    let mut servers = Vec::new();
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
        let variables = item.get("variables").and_then(|variables| variables.entries()).unwrap_or_default();
        let default = |name: &str| variables.iter().find(|entry| entry.key == name)?.value.get("default")?.text();
        let mut server = Server {
            written: written.to_owned(),
            span: url.span,
            path: path_of(written, default),
            values: Vec::new(),
            more: false,
        };
        /// What is tried of one server.
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

/// Why a text gives no base path, and what to do about it.
#[derive(Clone)]
struct Fault {
    label: String,
    help: String,
}

impl Fault {
    fn new(label: impl Into<String>, help: impl Into<String>) -> Self {
        Self { label: label.into(), help: help.into() }
    }
}

fn unreadable(span: Span, url: &str, fault: Fault) -> Finding {
    Finding::error(Code::UnreadableBasePath, span, format!("`{}` does not give a base path", url.escape_debug()))
        .label(fault.label)
        .help(fault.help)
}

/// No URL is that long, and variables could make it of any length.
const LONGEST: usize = 8 << 10;

/// Stands for a variable without a value. It is harmless in the host; no path holds it.
const UNKNOWN: char = '\u{0}';

/// The path of a server's URL, with these values of its variables.
fn path_of<'v>(written: &str, value: impl Fn(&str) -> Option<&'v str>) -> Result<String, Fault> {
    let too_long = || Fault::new(format!("it is longer than {LONGEST} bytes"), "shorten it");
    let mut url = String::new();
    let mut rest = written;
    let mut without_value = Vec::new();
    let mut doubled = None;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            return Err(Fault::new("a brace is not closed", "write each variable as `{name}`"));
        };
        url.push_str(before);
        match value(name) {
            Some(value) => {
                if url.ends_with('/') && value.starts_with('/') {
                    doubled = doubled.or(Some(name));
                }
                url.push_str(value);
            }
            None => {
                url.push(UNKNOWN);
                without_value.push(name);
            }
        }
        rest = after;
        if url.len() > LONGEST {
            return Err(too_long());
        }
    }
    url.push_str(rest);
    if url.len() > LONGEST {
        return Err(too_long());
    }
    let path = reference_path(&url)?;
    // Those in the path are the last of them.
    let missing = path.matches(UNKNOWN).count();
    if let Some(name) = without_value.len().checked_sub(missing).and_then(|first| without_value.get(first)) {
        return Err(Fault::new(
            format!("the variable `{}` has no default", name.escape_debug()),
            "give it a default; or choose `base-path` in `policy.toml`",
        ));
    }
    let usable = if path.is_empty() || path.starts_with('/') { usable(path) } else { usable(&format!("/{path}")) };
    usable.map_err(|fault| match doubled {
        Some(name) => Fault {
            help: format!("{}: the value of `{}` begins with another", fault.help, name.escape_debug()),
            ..fault
        },
        None => fault,
    })
}

/// The path of a URI reference [RFC 3986, section 4.2]. A relative one starts where the document is served, which is taken
/// as the root: `./v1` and `v1` are `/v1`.
fn reference_path<'u>(url: &'u str) -> Result<&'u str, Fault> {
    let behind = |authority: &'u str| authority.find(['/', '?', '#']).and_then(|at| authority.get(at..)).unwrap_or("");
    if let Some(authority) = url.strip_prefix("//") {
        return Ok(behind(authority));
    }
    if url.starts_with('/') {
        return Ok(url);
    }
    let first = url.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((scheme, _)) = first.split_once(':') {
        let Some(authority) = url.get(scheme.len() + 1..).and_then(|rest| rest.strip_prefix("//")) else {
            return Err(Fault::new(
                format!("`{}:` is a URI scheme, and no `//` follows it (RFC 3986, 4.2)", shown(scheme)),
                format!("write `https://{}`, or `/` and the path", shown(url)),
            ));
        };
        return Ok(behind(authority));
    }
    if is_host(first) {
        return Err(Fault::new(
            format!("`{}` is a path here, and reads like a host", shown(first)),
            format!("write `https://{0}`; or `/{0}`, if it is a path", shown(url)),
        ));
    }
    Ok(url.strip_prefix("./").unwrap_or(url))
}

fn shown(text: &str) -> String {
    text.replace(UNKNOWN, "{}").escape_debug().to_string()
}

/// Whether the first segment of a path is most likely a host: `localhost`, `127.0.0.1`, `api.example.com`; but not `v1.0`,
/// nor `index.php`.
fn is_host(segment: &str) -> bool {
    const FILES: [&str; 11] = ["php", "html", "htm", "json", "yaml", "yml", "cgi", "asp", "aspx", "jsp", "svc"];
    let labels: Vec<&str> = segment.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == 0)
    };
    if !labels.iter().all(is_label) {
        return false;
    }
    match labels.as_slice() {
        [one] => one.eq_ignore_ascii_case("localhost"),
        [_, _, _, _] if labels.iter().all(|label| label.parse::<u8>().is_ok()) => true,
        [.., last] => {
            last.len() >= 2
                && last.bytes().all(|byte| byte.is_ascii_alphabetic())
                && !FILES.contains(&last.to_ascii_lowercase().as_str())
        }
        [] => false,
    }
}

/// The base path in a text: it takes templates behind it, by the one grammar that the router has.
fn usable(path: &str) -> Result<String, Fault> {
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Ok(String::new());
    }
    if !path.starts_with('/') {
        return Err(Fault::new("a base path starts with `/`", "write `/` and the path"));
    }
    if path.contains(['{', '}']) {
        return Err(Fault::new(
            "a base path has no parameters",
            "write `/` and the path; where it differs from caller to caller, write the parameter in each template",
        ));
    }
    match Template::parse(&format!("{path}/x")) {
        Ok(_) => Ok(path.to_owned()),
        Err(fault) if path.starts_with("//") => {
            Err(Fault::new(format!("the path begins with `//`: `{}`", path.escape_debug()), help(&fault, path)))
        }
        Err(fault) => {
            Err(Fault::new(format!("the path is `{}`: {}", path.escape_debug(), fault.what()), help(&fault, path)))
        }
    }
}
