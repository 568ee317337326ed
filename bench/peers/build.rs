fn main() -> Result<(), policy_build::Report> {
    policy_build::compile("openapi.yaml")
}
