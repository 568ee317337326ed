//! Compiles the reference API's document to its policy.

fn main() -> Result<(), policy_build::Report> {
    // The store embeds its migrations; a new file among them is not seen otherwise.
    println!("cargo:rerun-if-changed=migrations");
    policy_build::compile("spec/charthero.yaml")
}
