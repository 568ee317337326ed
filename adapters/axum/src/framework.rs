//! What axum's router can serve.

use policy_http::mount::Framework;

/// axum, whose templates are written as OpenAPI's are.
pub(crate) enum Axum {}

impl Framework for Axum {
    const NAME: &'static str = "axum";

    /// The conflicts that axum's own router finds among the templates. axum itself would panic.
    fn conflicts(templates: &[&str]) -> Vec<(String, String)> {
        let mut router = matchit::Router::new();
        let insert = |template: &&str| Some(((*template).to_owned(), router.insert(*template, ()).err()?.to_string()));
        templates.iter().filter_map(insert).collect()
    }
}
