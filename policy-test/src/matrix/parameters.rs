//! Values for what a path template leaves open.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use policy_spec::{Engine, OperationModel, Routed};

use super::plan::Options;

/// The value of an id that exists nowhere: as large as a number can be that every reader of JSON takes.
pub(crate) const NOWHERE: &str = "9007199254740991";

/// What stays as it is in a segment [RFC 3986, section 2.3].
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A path of the operation: its base, and the rest with a value for each parameter.
///
/// The values are those of the options, then the document's examples, then ids that exist nowhere. `None` where no such path leads to the
/// operation.
pub(crate) fn path(
    engine: &Engine,
    index: usize,
    operation: &OperationModel,
    options: &Options,
    is_safe: bool,
) -> Option<(String, String)> {
    let template = operation.template.split(['#', '?']).next().unwrap_or_default();
    let base = operation.path.strip_suffix(template).unwrap_or("");
    let rest = operation.path.strip_prefix(base)?;
    let known = |name: &str| -> Option<&str> {
        let given = options.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        given.or_else(|| {
            operation.path_examples.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        })
    };
    let leads_here = |path: &String| {
        matches!(engine.route(&operation.method, &format!("{base}{path}")),
            Routed::Operation { operation, .. } if operation.index() == index)
    };
    // An id that exists would be changed by a service that lets the request in.
    let has_ids = is_safe || options.ids_for_all_methods;
    let known = has_ids.then(|| filled(rest, |name| known(name).unwrap_or(NOWHERE).to_owned()));
    let nowhere = || filled(rest, |_| NOWHERE.to_owned());
    // A letter in front, where a template with a longer literal takes the number.
    let named = || filled(rest, |_| format!("x{NOWHERE}"));
    let path = known
        .filter(leads_here)
        .or_else(|| Some(nowhere()).filter(leads_here))
        .or_else(|| Some(named()).filter(leads_here))?;
    Some((base.to_owned(), path))
}

fn filled(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut path = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        path.push_str(before);
        let Some((name, after)) = after.split_once('}') else { break };
        path.extend(utf8_percent_encode(&value(name), SEGMENT));
        rest = after;
    }
    path.push_str(rest);
    path
}

/// The query that the options give an operation: its own parameters among those that were named.
pub(crate) fn query(operation: &OperationModel, options: &Options) -> Option<String> {
    let own = options.parameters.iter().filter(|(name, _)| operation.query.names.iter().any(|known| known == name));
    let pairs: Vec<String> = own
        .map(|(name, value)| format!("{}={}", utf8_percent_encode(name, SEGMENT), utf8_percent_encode(value, SEGMENT)))
        .collect();
    (!pairs.is_empty()).then(|| pairs.join("&"))
}
