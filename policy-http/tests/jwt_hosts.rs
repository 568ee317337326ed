//! Whichever back end of `jsonwebtoken` an application has for its own tokens, and whichever of ours checks those of others: both
//! work. Cargo enables a feature for all who depend on a crate, so that each combination is a build of its own.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

const MANIFEST: &str = r#"
[package]
name = "jwt-host"
version = "0.0.0"
edition = "2024"
publish = false

[[bin]]
name = "jwt-host"
path = "{here}/tests/jwt_host/host.rs"

[features]
host-aws-lc = ["jsonwebtoken/aws_lc_rs"]
host-rust-crypto = ["jsonwebtoken/rust_crypto"]
jwt-aws-lc = ["policy-http/jwt-aws-lc"]
jwt-rust-crypto = ["policy-http/jwt-rust-crypto"]

[dependencies]
http = "1"
jsonwebtoken = { version = "11", default-features = false }
policy-core = { path = "{here}/../policy-core" }
policy-http = { path = "{here}" }
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt"] }

[workspace]

# As in the workspace, so that what it has built is used.
[profile.dev]
debug = "line-tables-only"
[profile.dev.package."*"]
debug = false
"#;

#[test]
fn an_application_keeps_its_own_back_end_whichever_is_ours() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = temporary.join("jwt-host");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("Cargo.toml"), MANIFEST.replace("{here}", &here.display().to_string())).unwrap();
    if let Ok(lock) = fs::read(here.join("../Cargo.lock")) {
        fs::write(folder.join("Cargo.lock"), lock).unwrap();
    }
    for features in [
        "host-aws-lc jwt-rust-crypto",
        "host-rust-crypto jwt-aws-lc",
        "host-aws-lc jwt-aws-lc jwt-rust-crypto",
        "host-rust-crypto jwt-aws-lc jwt-rust-crypto",
    ] {
        let output = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--features", features, "--target-dir"])
            .arg(temporary.parent().unwrap())
            .current_dir(&folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said.trim(), "encoded and verified", "{features}:\n{}", String::from_utf8_lossy(&output.stderr));
    }
}
