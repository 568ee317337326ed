//! Compiles the document to the policy that `include_policy!()` includes.

fn main() -> Result<(), policy_build::Report> {
    policy_build::compile("openapi.yaml")
}
