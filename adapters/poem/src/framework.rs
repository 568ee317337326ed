//! What poem's router can serve, and how it writes a template.

use std::fmt::Write as _;

use poem::{PathPattern, Request};
use policy_http::mount::Framework;

/// poem, whose parameters are written `:name`.
pub(crate) enum Poem {}

impl Framework for Poem {
    const NAME: &'static str = "poem";

    fn refusal(template: &str) -> Option<&'static str> {
        if template.contains("//") {
            return Some("poem takes several slashes in a route for one");
        }
        let mut literals = template.split('/').filter(|segment| !segment.starts_with('{'));
        if literals.any(|segment| segment.contains([':', '*', '<'])) {
            return Some("poem reads `:`, `*` and `<` in a route as patterns");
        }
        if template.split('/').any(|segment| segment.starts_with('{') && segment.contains(['*', '<'])) {
            return Some("poem reads `*` and `<` in a parameter's name as patterns");
        }
        policy_http::mount::template::refusal(template)
    }
}

/// The template as poem writes it. Each parameter is a whole segment.
pub(crate) fn route(template: &str) -> String {
    let mut route = String::with_capacity(template.len());
    for segment in template.split('/').skip(1) {
        let _ = match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => write!(route, "/:{name}"),
            None => write!(route, "/{segment}"),
        };
    }
    route
}

/// The route for what no template matches below a base path.
///
/// With `nest_no_strip`, poem cuts as many bytes off the beginning of a route's pattern as the prefix has, and panics if the pattern is
/// shorter. So the wildcard has a name of many spaces, which is longer than a prefix.
pub(crate) fn rest(base: &str) -> String {
    format!("{base}/*{:256}", "")
}

/// The pattern of the request's route, for code that counts answers by it, without the padding of [`rest`].
pub(crate) fn unpadded(request: &Request) -> PathPattern {
    let padded = request.data::<PathPattern>().map_or("", |pattern| &pattern.0);
    let pattern = padded.trim_end();
    PathPattern(format!("{}/*", pattern.strip_suffix("/*").unwrap_or(pattern)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_written_as_poem_reads_them_or_refused() {
        assert_eq!(route("/v1/items/{id}/files/{file}"), "/v1/items/:id/files/:file");
        assert_eq!(route("/"), "/");
        assert_eq!(route("/items/"), "/items/");
        for template in ["/a:b", "/a/*", "/a<b>", "/{a*}", "/a//b", "/{id}.json"] {
            assert!(Poem::refusal(template).is_some(), "{template}");
        }
        for template in ["/", "/items/{id}", "/a.b/c-d/{e_f}"] {
            assert_eq!(Poem::refusal(template), None, "{template}");
        }
    }
}
