//! OpenAPI path templates: which of them a framework's router can serve exactly, and how two of them relate.

use std::cmp::{Ordering, Reverse};

/// Why a router that takes whole segments cannot serve the template exactly. The text ends the sentence "… cannot serve
/// this template, because …".
///
/// ```
/// use policy_http::mount::template::refusal;
///
/// assert_eq!(refusal("/notes/{id}"), None);
/// assert_eq!(refusal("/notes/{id}.json"), Some("a parameter must be a whole segment between two slashes"));
/// ```
#[must_use]
pub fn refusal(template: &str) -> Option<&'static str> {
    if !template.starts_with('/') {
        return Some("it does not begin with `/`");
    }
    template.split('/').find_map(segment_refusal)
}

fn segment_refusal(segment: &str) -> Option<&'static str> {
    if let Some(name) = parameter(segment) {
        return match name {
            "" => Some("a parameter has no name"),
            name if name.starts_with('*') => {
                Some("a wildcard matches more than one segment, which no OpenAPI template does")
            }
            _ => None,
        };
    }
    if segment.contains(['{', '}']) {
        return Some("a parameter must be a whole segment between two slashes");
    }
    if segment.contains(['?', '#']) {
        return Some("a `?` or `#` is no part of a path; the query cannot choose an operation");
    }
    // A byte that is no `pchar` (RFC 3986, section 3.3) never occurs in a request's path, so the route could never match.
    let pchar = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@".contains(&byte);
    (!segment.bytes().all(pchar)).then_some("a segment has a character that a path must percent-encode")
}

/// The name of the parameter that is this whole segment.
#[must_use]
pub fn parameter(segment: &str) -> Option<&str> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    (!name.contains(['{', '}'])).then_some(name)
}

/// The template with each parameter replaced, for frameworks that write parameters in another way.
///
/// ```
/// use policy_http::mount::template::rename;
///
/// assert_eq!(rename("/notes/{id}", |name| format!("<{name}>")), "/notes/<id>");
/// ```
#[must_use]
pub fn rename(template: &str, mut write: impl FnMut(&str) -> String) -> String {
    let segments: Vec<String> =
        template.split('/').map(|segment| parameter(segment).map_or_else(|| segment.to_owned(), &mut write)).collect();
    segments.join("/")
}

/// Why a handler with these parameters does not fit the template: one of them is the adapter's `Param<T, N>`, and the template has
/// no parameter with the index `N`. `param` is the beginning of that type's name (`policy_rocket::extract::Param<`).
///
/// Rust does not promise the form of a type's name. If a compiler writes it in another way, nothing is found here, and the handler
/// reports the mistake when it is called.
#[must_use]
pub fn lacks(template: &str, param: &str, parameters: &[&str]) -> Option<String> {
    let known = template.split('/').filter_map(parameter).count();
    // The index 0 is the type's default, and is not written.
    let place = |name: &&str| -> Option<usize> {
        let arguments = name.strip_prefix(param)?.strip_suffix('>')?;
        Some(arguments.rsplit_once(", ").and_then(|(_, place)| place.parse().ok()).unwrap_or(0))
    };
    let demanded = parameters.iter().filter_map(place).find(|place| *place >= known)?;
    Some(format!(
        "its `Param<_, {demanded}>` is the template's parameter at the place {demanded}, counted from 0, and the template has {known}"
    ))
}

/// Whether some path may be matched by both templates.
///
/// ```
/// use policy_http::mount::template::overlap;
///
/// assert!(overlap("/notes/{id}", "/notes/new"));
/// assert!(!overlap("/notes/{id}", "/files/{id}"));
/// ```
#[must_use]
pub fn overlap(left: &str, right: &str) -> bool {
    all_segments(left, right, |one, other| match (ends(one), ends(other)) {
        (None, None) => one == other,
        (Some(ends), None) => holds(ends, other),
        (None, Some(ends)) => holds(ends, one),
        // Both have a parameter between their ends, which can take any text of the other.
        (Some((start, end)), Some((other_start, other_end))) => {
            (start.starts_with(other_start) || other_start.starts_with(start))
                && (end.ends_with(other_end) || other_end.ends_with(end))
        }
    })
}

/// The texts before the first parameter of a segment and after its last one.
pub(super) fn ends(segment: &str) -> Option<(&str, &str)> {
    let (start, _) = segment.split_once('{')?;
    let (_, end) = segment.rsplit_once('}')?;
    Some((start, end))
}

/// Whether a literal may be matched by a segment with these ends. Some routers serve empty parameters.
fn holds((start, end): (&str, &str), literal: &str) -> bool {
    literal.len() >= start.len() + end.len() && literal.starts_with(start) && literal.ends_with(end)
}

/// Whether the templates differ only in the names of their parameters.
#[must_use]
pub fn equal_but_for_names(left: &str, right: &str) -> bool {
    all_segments(left, right, |one, other| match (parameter(one), parameter(other)) {
        (None, None) => one == other,
        (one, other) => one.is_some() && other.is_some(),
    })
}

fn all_segments(left: &str, right: &str, test: impl Fn(&str, &str) -> bool) -> bool {
    let (mut left, mut right) = (left.split('/'), right.split('/'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if test(one, other) => {}
            _ => return false,
        }
    }
}

/// The order of templates for a router that takes the first match: concrete before templated. The first segment from the left in
/// which they differ decides. A literal comes first. Then come segments with text around their parameters, those with more text
/// first: `{name}:cancel` before `{name}:{verb}`. A parameter alone comes last.
///
/// ```
/// use policy_http::mount::template::concrete_first;
///
/// let mut templates = ["/notes/{id}", "/notes/new", "/notes/{id}:copy"];
/// templates.sort_by(|one, other| concrete_first(one, other));
/// assert_eq!(templates, ["/notes/new", "/notes/{id}:copy", "/notes/{id}"]);
/// ```
#[must_use]
pub fn concrete_first(left: &str, right: &str) -> Ordering {
    left.split('/').map(rank).cmp(right.split('/').map(rank))
}

/// The rank of a segment. It is lower the fewer texts the segment matches.
fn rank(segment: &str) -> (u8, Reverse<usize>, &str) {
    match (parameter(segment), ends(segment)) {
        (Some(_), _) => (2, Reverse(0), ""),
        (None, Some(_)) => {
            let text = segment.split('{').map(|part| part.split_once('}').map_or(part, |(_, text)| text));
            (1, Reverse(text.map(str::len).sum()), segment)
        }
        (None, None) => (0, Reverse(0), segment),
    }
}

/// Which segments of a template are parameters, counted from its end. An outer router may cut off the beginning of the path.
#[derive(Clone, Debug)]
pub(crate) struct Parameters(Box<[usize]>);

impl Parameters {
    pub(crate) fn of(template: &str) -> Self {
        let positions = template.rsplit('/').enumerate().filter(|(_, segment)| parameter(segment).is_some());
        Self(positions.map(|(position, _)| position).collect())
    }

    /// Whether a parameter of the template is empty in the path that the framework matched with it. In OpenAPI a path parameter is never
    /// empty, but some routers match an empty one.
    pub(crate) fn any_empty(&self, path: &str) -> bool {
        let mut parameters = self.0.iter();
        let Some(mut next) = parameters.next() else { return false };
        // Every request is asked this, so that its path is gone through once, from its end.
        let (mut segment, mut is_empty) = (0, true);
        for byte in path.bytes().rev() {
            if byte != b'/' {
                is_empty = false;
                continue;
            }
            if segment == *next {
                match parameters.next() {
                    _ if is_empty => return true,
                    Some(further) => next = further,
                    None => return false,
                }
            }
            (segment, is_empty) = (segment + 1, true);
        }
        // What is left is the first segment. A path with fewer segments than the template lacks the parameter.
        segment != *next || is_empty || parameters.next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_segment_parameters_are_served_and_everything_else_is_refused() {
        for template in ["/", "/v1/items", "/v1/items/{id}", "/a/{b}/c/{d-e.f}", "/a:b/*c/%41", "/trailing/"] {
            assert_eq!(refusal(template), None, "{template}");
        }
        for template in
            ["", "v1", "/{id}.json", "/{a}{b}", "/x{id}", "/{}", "/{*rest}", "/a b", "/ä", "/x?y=1", "/x#y", "/{{a}}"]
        {
            assert!(refusal(template).is_some(), "{template}");
        }
    }

    #[test]
    fn a_parameter_that_the_template_lacks_is_found_by_its_place() {
        let names = ["api::Permit<api::GetItem>", "api::Param<api::Pair<u8, 7>>", "api::Param<u8, 2>"];
        assert!(
            lacks("/items/{id}/files/{file}", "api::Param<", &names).is_some_and(|why| why.contains("Param<_, 2>"))
        );
        assert!(lacks("/items", "api::Param<", &names).is_some_and(|why| why.contains("Param<_, 0>")));
        assert_eq!(lacks("/{a}/{b}/{c}", "api::Param<", &names), None);
        assert_eq!(lacks("/items", "other::Param<", &names), None);
    }

    #[test]
    fn an_empty_parameter_is_found_wherever_it_stands() {
        let parameters = Parameters::of("/v1/items/{id}/files/{file}");
        assert!(!parameters.any_empty("/v1/items/1/files/2"));
        assert!(parameters.any_empty("/v1/items//files/2"));
        assert!(parameters.any_empty("/v1/items/1/files/"));
        assert!(!parameters.any_empty("/items/1/files/2"));
        assert!(parameters.any_empty("/v1/items/1/files//"));
        // Nothing but the end of a path, as an outer router may leave it.
        assert!(!parameters.any_empty("1/files/2"));
        for path in ["/files/2", "files/2", "2", "/", ""] {
            assert!(parameters.any_empty(path), "{path}");
        }
        assert!(!Parameters::of("/v1/items").any_empty("//"));
    }

    #[test]
    fn templates_overlap_where_a_path_matches_both() {
        assert!(overlap("/items/{id}", "/items/mine"));
        assert!(overlap("/{a}/b", "/a/{b}"));
        assert!(overlap("/files/{id}.json", "/files/a.json"));
        assert!(!overlap("/items/{id}", "/items"));
        assert!(!overlap("/items/{id}", "/other/mine"));
        assert!(overlap("/ops/{name}:{verb}", "/ops/{name}:cancel"));
        assert!(!overlap("/ops/{name}:cancel", "/ops/{name}:undo"));
        assert!(!overlap("/ops/{name}:cancel", "/ops/cancel"));
        assert!(overlap("/items/{id}", "/items/"));
        assert!(overlap("/a{x}", "/ab{y}"));
        assert!(!overlap("/a{x}", "/b{y}"));
        // The text around a parameter takes no character twice, and all of it must be there.
        assert!(!overlap("/a{x}a", "/a"));
        assert!(overlap("/a{x}a", "/aa"));
        assert!(!overlap("/x{a}b", "/ab"));
    }

    #[test]
    fn names_of_parameters_make_no_difference() {
        assert!(equal_but_for_names("/a/{x}/b", "/a/{y}/b"));
        assert!(!equal_but_for_names("/a/{x}", "/a/b"));
        assert!(!equal_but_for_names("/a/{x}", "/a/{x}/b"));
        assert_eq!(rename("/a/{x}/b/{y}", |name| format!("<{name}>")), "/a/<x>/b/<y>");
    }

    #[test]
    fn a_literal_goes_before_a_parameter_from_the_left() {
        let mut templates = ["/{a}/b", "/items/{id}/files/{file}", "/items/{id}", "/items/mine", "/a/{b}", "/items"];
        templates.sort_by(|left, right| concrete_first(left, right));
        assert_eq!(templates, ["/a/{b}", "/items", "/items/mine", "/items/{id}", "/items/{id}/files/{file}", "/{a}/b"]);
        let mut verbs = ["/ops/{name}", "/ops/{name}:{verb}", "/ops/{name}:cancel", "/ops/x"];
        verbs.sort_by(|left, right| concrete_first(left, right));
        assert_eq!(verbs, ["/ops/x", "/ops/{name}:cancel", "/ops/{name}:{verb}", "/ops/{name}"]);
        // A framework that cannot serve them in that order refuses them.
        assert!(verbs.iter().filter(|verb| refusal(verb).is_some()).count() == 2);
    }
}
