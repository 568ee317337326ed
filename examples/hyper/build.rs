//! Compiles the document to the policy, and to the router of its operations.

fn main() -> Result<(), policy_build::Report> {
    policy_build::configure().router(true).compile("openapi.yaml")
}
