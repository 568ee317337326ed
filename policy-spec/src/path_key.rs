//! The keys of `paths`: the template in each, and what else is written there.
//!
//! `policy-router` has the grammar of templates. A key is accepted here exactly if the router can match requests by it.

use std::fmt::Write as _;

use policy_core::QueryKey;
use policy_router::{Template, TemplateFault};

use crate::context::Context;
use crate::finding::{Code, Finding, named};
use crate::router_syntax;
use crate::source::Span;

/// A key of `paths`.
pub(crate) struct PathKey<'k> {
    /// Its template: `/token` of `/token#refresh`.
    pub(crate) route: &'k str,
    /// The names in its query, sorted: `beta` of `/x?beta=true`. The operation accepts them, so that a request with the written
    /// query is served.
    pub(crate) query: Vec<String>,
}

/// Reads a key. `None` after an error.
pub(crate) fn path_key<'k>(context: &mut Context<'_>, key: &'k str, span: Span) -> Option<PathKey<'k>> {
    let Some((route, query)) = split(key) else {
        context.report(
            ill_formed(key, span)
                .label("`?` or `#` stands between the braces of a parameter")
                .help("OpenAPI has no optional parameters: write a path with the parameter and one without; query names belong under `parameters`"),
        );
        return None;
    };
    let fault = Template::parse(route).err();
    if let Some(fault) = &fault {
        context.report(ill_formed(key, span).label(fault.what()).help(help(fault, route)));
        if !says_what_is_meant(fault, route) {
            return None;
        }
        // Its operations are read so that reviewers see them, and are no part of the policy.
        context.unreachable = true;
    }
    let mut names = Vec::new();
    let mut unknown = Vec::new();
    for name in query.into_iter().flat_map(QueryKey::all) {
        if !name.is_acceptable() {
            context.report(
                ill_formed(key, span)
                    .label("a name in its query is empty, or not UTF-8 when it is decoded")
                    .help("no request with such a name is served; correct the query, or leave it out"),
            );
            return None;
        }
        if name.raw().contains('{') {
            unknown.push(format!("`{}`", name.raw().escape_debug()));
        } else {
            names.push(name.decoded().into_owned());
        }
    }
    names.sort_unstable();
    names.dedup();
    if route.len() < key.len() {
        context.report(variant(key, route, span, &names, &unknown));
    }
    if fault.is_none() {
        router_syntax::check(context, route, span);
    }
    Some(PathKey { route, query: names })
}

/// Whether a text that is no template still says plainly which requests are meant.
fn says_what_is_meant(fault: &TemplateFault, route: &str) -> bool {
    let is_form =
        matches!(fault, TemplateFault::NoLeadingSlash | TemplateFault::UnbalancedBrace | TemplateFault::EmptyName);
    !is_form && !route.chars().any(|character| character.is_control() || character == ' ')
}

fn ill_formed(key: &str, span: Span) -> Finding {
    Finding::new(Code::IllFormedTemplate, span, format!("`{}` is not a path template", key.escape_debug()))
}

fn variant(key: &str, route: &str, span: Span, names: &[String], unknown: &[String]) -> Finding {
    let mut help =
        "every key of one route needs the same policy; give the operations paths of their own if they differ"
            .to_owned();
    if !names.is_empty() {
        let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.escape_debug())).collect();
        let _ = write!(help, "; requests may have {} in their query", named(&names, names.len()));
    }
    if !unknown.is_empty() {
        let _ = write!(
            help,
            "; which names {} stands for is not said here: declare them under `parameters`",
            named(unknown, unknown.len())
        );
    }
    Finding::new(Code::PathVariant, span, format!("`{}` is the route `{route}`", key.escape_debug()))
        .label("a request's query or fragment does not choose the operation")
        .help(help)
}

/// The path in a key, and its query. `None` where the first `?` or `#` stands between braces.
fn split(key: &str) -> Option<(&str, Option<&str>)> {
    // A plain loop, since an unoptimised build script runs this over every path.
    let (mut open, mut end) = (false, key.len());
    for (at, byte) in key.bytes().enumerate() {
        match byte {
            b'{' => open = true,
            b'}' | b'/' => open = false,
            b'?' | b'#' if open => return None,
            b'?' | b'#' => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let (route, rest) = key.split_at_checked(end)?;
    let query = rest.strip_prefix('?').map(|query| query.split('#').next().unwrap_or_default());
    Some((route, query))
}

/// What to do about a fault. Where it is certain how the text should be, the text is given.
pub(crate) fn help(fault: &TemplateFault, path: &str) -> String {
    match fault {
        TemplateFault::ForbiddenByte(b' ' | 0x80..) => format!("{}: `{}`", fault.help(), encoded(path)),
        TemplateFault::UnbalancedBrace if path.contains([':', '=']) => {
            format!("{}; OpenAPI has no patterns in parameters", fault.help())
        }
        _ => fault.help(),
    }
}

/// The path with spaces and characters outside ASCII percent-encoded. The names of parameters stay as they are.
fn encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    let mut open = false;
    for character in path.chars() {
        open = match character {
            '{' => true,
            '}' => false,
            _ => open,
        };
        if open || character.is_ascii() && character != ' ' {
            encoded.push(character);
            continue;
        }
        let mut buffer = [0; 4];
        for byte in character.encode_utf8(&mut buffer).bytes() {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The template with the names of its parameters erased.
pub(crate) fn erased(template: &str) -> String {
    let mut shape = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        shape.push_str(literal);
        shape.push_str("{}");
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    shape.push_str(rest);
    shape
}
