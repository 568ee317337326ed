//! Compiles the reference API's document to its policy.

fn main() -> Result<(), policy_build::Report> {
    policy_build::compile("spec/charthero.yaml")
}
