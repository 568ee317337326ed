//! Compiles the document that the program printed to the policy that `include_policy!()` includes.

fn main() -> Result<(), policy_build::Report> {
    policy_build::compile("openapi.json")
}
