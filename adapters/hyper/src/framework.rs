//! Which templates the router can serve.

use policy_http::mount::Framework;
use policy_router::{BuildFault, Router};

/// There is no framework. `policy-router` routes.
pub(crate) enum Hyper {}

impl Framework for Hyper {
    const NAME: &'static str = "policy-router";

    /// Nothing is refused here: parameters may be parts of a segment, and the router reports faulty templates in
    /// [`conflicts`](Self::conflicts).
    fn refusal(_: &str) -> Option<&'static str> {
        None
    }

    fn conflicts(templates: &[&str]) -> Vec<(String, String)> {
        let faults = templates.iter().filter_map(|template| {
            let error = Router::build([("GET", *template)]).err()?;
            let because = error.faults().iter().map(|fault| match fault {
                BuildFault::Template { fault, .. } => fault.to_string(),
                fault => fault.to_string(),
            });
            Some(((*template).to_owned(), because.collect::<Vec<_>>().join("; ")))
        });
        faults.collect()
    }
}
