//! The path of a server's URL.

use policy_router::Template;

use crate::path_key::help;

/// The path of a server's URL, with these values of its variables.
pub(super) fn path_of<'v>(written: &str, value: impl Fn(&str) -> Option<&'v str>) -> Result<String, Fault> {
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
    // Variables in the path come last in the URL, so that they are the last ones in the list.
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

/// The path of a URI reference [RFC 3986, section 4.2]. A relative one starts where the document is served. That is taken to be the
/// root, so that `./v1` and `v1` are `/v1`.
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

/// Whether the first segment of a path is most likely a host, such as `localhost`, `127.0.0.1` or `api.example.com`. `v1.0` and `index.php`
/// are not.
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

fn shown(text: &str) -> String {
    text.replace(UNKNOWN, "{}").escape_debug().to_string()
}

/// The base path in a text. It has to make a template together with what follows it, by the grammar of the router.
pub(super) fn usable(path: &str) -> Result<String, Fault> {
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

/// Why a text gives no base path, and what to do about it.
#[derive(Clone)]
pub(super) struct Fault {
    pub(super) label: String,
    pub(super) help: String,
}

impl Fault {
    fn new(label: impl Into<String>, help: impl Into<String>) -> Self {
        Self { label: label.into(), help: help.into() }
    }
}

/// The longest URL that is read, with its variables filled in. Variables could otherwise make it of any length.
const LONGEST: usize = 8 << 10;

/// Stands for a variable without a value. In the host it does no harm. It never occurs in a path that is accepted.
const UNKNOWN: char = '\u{0}';
