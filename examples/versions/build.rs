//! Compiles each version's document to a policy of its own. `output` names the file that `include_policy!` includes.

fn main() -> Result<(), policy_build::Report> {
    policy_build::configure().output("v1.rs").compile("v1.yaml")?;
    policy_build::configure().output("v2.rs").compile("v2.yaml")
}
