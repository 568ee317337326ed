//! OpenAPI path templates as axum routes: the same text, where axum gives it the same meaning.

/// Why axum cannot serve a template exactly. The text ends the sentence "axum cannot serve this template, because …".
pub(crate) fn refusal(template: &str) -> Option<&'static str> {
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
    // What is not a `pchar` (RFC 3986, section 3.3) never stands in a request's path, so the route could never match.
    let pchar = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@".contains(&byte);
    (!segment.bytes().all(pchar)).then_some("a segment has a character that a path must percent-encode")
}

/// The name of the parameter that is this whole segment.
fn parameter(segment: &str) -> Option<&str> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    (!name.contains(['{', '}'])).then_some(name)
}

/// Where the parameters of a template stand, counted from its end: a router that this one is nested in cuts off the front.
pub(crate) fn parameters(template: &str) -> Box<[usize]> {
    let positions = template.rsplit('/').enumerate().filter(|(_, segment)| parameter(segment).is_some());
    positions.map(|(position, _)| position).collect()
}

/// Whether a parameter of the template is empty in the path that axum matched with it. OpenAPI knows no empty path
/// parameter; axum serves one.
pub(crate) fn has_empty_parameter(parameters: &[usize], path: &str) -> bool {
    parameters.iter().any(|position| path.rsplit('/').nth(*position).is_none_or(str::is_empty))
}

/// Whether some path is matched by both templates.
pub(crate) fn overlap(left: &str, right: &str) -> bool {
    let (mut left, mut right) = (left.split('/'), right.split('/'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == other || parameter(one).is_some() || parameter(other).is_some() => {}
            _ => return false,
        }
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
    fn an_empty_parameter_is_found_wherever_it_stands() {
        let parameters = parameters("/v1/items/{id}/files/{file}");
        assert!(!has_empty_parameter(&parameters, "/v1/items/1/files/2"));
        assert!(has_empty_parameter(&parameters, "/v1/items//files/2"));
        assert!(has_empty_parameter(&parameters, "/v1/items/1/files/"));
        assert!(!has_empty_parameter(&parameters, "/items/1/files/2"));
    }

    #[test]
    fn templates_overlap_where_a_path_matches_both() {
        assert!(overlap("/items/{id}", "/items/mine"));
        assert!(overlap("/{a}/b", "/a/{b}"));
        assert!(!overlap("/items/{id}", "/items"));
        assert!(!overlap("/items/{id}", "/other/mine"));
    }
}
