//! What the router can serve.

use policy_http::mount::Framework;
use policy_router::{BuildFault, Router};

/// No framework: `policy-router` routes.
pub(crate) enum Hyper {}

impl Framework for Hyper {
    const NAME: &'static str = "policy-router";

    /// Parameters may be parts of a segment; what is wrong with a template is the router's to say, in
    /// [`conflicts`](Self::conflicts).
    fn refusal(_: &str) -> Option<&'static str> {
        None
    }

    fn conflicts(templates: &[&str]) -> Vec<(String, String)> {
        let faults = templates.iter().filter_map(|template| {
            let error = Router::build([("GET", *template)]).err()?;
            let because = error.faults().iter().map(|fault| match fault {
                BuildFault::Template { fault, .. } => fault.to_string(),
                problem => problem.to_string(),
            });
            Some(((*template).to_owned(), because.collect::<Vec<_>>().join("; ")))
        });
        faults.collect()
    }
}
