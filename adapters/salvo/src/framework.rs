//! What salvo's router can serve.

use policy_http::mount::{Framework, template};
use salvo_core::routing::PathFilter;

/// salvo, whose parameters are written as the document writes them.
pub(crate) enum Salvo {}

/// The route for what no template matches.
pub(crate) const REST: &str = "{**rest}";

impl Framework for Salvo {
    const NAME: &'static str = "salvo";

    fn refusal(template: &str) -> Option<&'static str> {
        if let Some(because) = template::refusal(template) {
            return Some(because);
        }
        if template != "/" && (template.ends_with('/') || template.contains("//")) {
            return Some("salvo takes several slashes for one, and one at the end for none");
        }
        if template.contains('%') {
            return Some("salvo decodes a path before it compares, so that a `%` in a template means another path");
        }
        let pattern = |name: &str| name.contains([':', '|', '<', '>', '[', ']', '(', ')', ' ', '\t']);
        if template.split('/').filter_map(template::parameter).any(pattern) {
            return Some("salvo reads blanks, brackets, `:` and `|` in a parameter's name as a pattern");
        }
        // The root is not tried, since salvo would log a warning that it is no filter.
        let unread = template != "/" && PathFilter::try_new(template).is_err();
        unread.then_some("salvo cannot read it; does a parameter's name occur twice?")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_that_salvo_would_read_otherwise_are_refused() {
        for template in [
            "/items/",
            "/a//b",
            "/a%20b",
            "/{id:num}",
            "/{id|[0-9]+}",
            "/{a}/{a}",
            "/{id}.json",
            "/{*rest}",
            "/{ a}",
            "/{a[1]}",
        ] {
            assert!(Salvo::refusal(template).is_some(), "{template}");
        }
        for template in ["/", "/items/{id}", "/a.b/c-d/{e_f}", "/a:b/*c/(d)", "/{a-b.c}"] {
            assert_eq!(Salvo::refusal(template), None, "{template}");
        }
    }
}
