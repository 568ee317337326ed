//! Compiles one document twice: the two policies differ in the check order alone.

use policy_build::Stage::{Authentication, Enablement, Query, Scopes};

fn main() -> Result<(), policy_build::Report> {
    let compile = |output, order| {
        policy_build::configure().output(output).check_order(order).router(true).compile("openapi.yaml")
    };
    compile("enablement_first.rs", [Authentication, Enablement, Scopes, Query])?;
    compile("scopes_first.rs", [Authentication, Scopes, Enablement, Query])
}
