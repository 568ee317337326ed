//! Compiles one document twice: the two policies differ in the check order alone. A second one, for the tests of applications
//! that have two, is compiled at three base paths; a third has a method that not every framework knows.

use policy_build::Stage::{Authentication, Enablement, Query, Scopes};

fn main() -> Result<(), policy_build::Report> {
    let compile = |output, order| {
        policy_build::configure().output(output).check_order(order).router(true).compile("openapi.yaml")
    };
    compile("enablement_first.rs", [Authentication, Enablement, Scopes, Query])?;
    compile("scopes_first.rs", [Authentication, Scopes, Enablement, Query])?;
    let orders =
        |output, base| policy_build::configure().output(output).base_path(base).router(true).compile("orders.yaml");
    orders("orders.rs", "/v2")?;
    orders("orders_below_v1.rs", "/v1")?;
    orders("orders_at_root.rs", "/")?;
    policy_build::configure().output("search.rs").router(true).compile("search.yaml")
}
