//! The gateway behind the proxies: the binary, with the conformance document.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::introspection;
use crate::programs::{Folder, Ports, Proxy, Running, free};

/// Starts it for this proxy. `listener` and `policy` are lines that are added to its configuration.
pub(crate) fn start(proxy: Proxy, ports: Ports, listener: &str, policy: &str) -> Running {
    let issuer = free();
    introspection::start(issuer);
    start_with(proxy, ports, issuer, listener, policy)
}

/// The same, with an authorization server at this port.
pub(crate) fn start_with(proxy: Proxy, ports: Ports, issuer: u16, listener: &str, policy: &str) -> Running {
    let folder = Folder::new();
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance");
    fs::copy(document.join("openapi.yaml"), folder.path().join("openapi.yaml")).unwrap();
    fs::copy(document.join("policy.toml"), folder.path().join("policy.toml")).unwrap();
    fs::write(folder.path().join("secret"), "conformance").unwrap();
    let (dialect, address) = (proxy.dialect(), ports.authorizer());
    let text = format!(
        r#"
[[listeners]]
name = "proxy"
dialect = "{dialect}"
address = "{address}"
{listener}

[[policies]]
name = "items"
source = "openapi.yaml"
enablement = "all"
{policy}

[policies.identity]
subject = "X-Subject"
client = "X-Client"
tenant = "X-Tenant"
scopes = "X-Scopes"
operation = "X-Operation"
"#
    );
    // Every scheme of the document asks the one issuer.
    let scheme = |name: &str| {
        format!(
            "[policies.schemes.{name}.introspection]\nurl = \"http://127.0.0.1:{issuer}/\"\nclient-id = \"gateway\"\n\
             client-secret-file = \"secret\"\naudience = \"items\"\nallow-loopback = true\n\n"
        )
    };
    let schemes: String = ["Token", "HeaderKey", "CookieKey", "QueryKey"].map(scheme).concat();
    fs::write(folder.path().join("gateway.toml"), text + &schemes).unwrap();
    let mut gateway = Command::new(env!("CARGO_BIN_EXE_policy-gateway"));
    gateway.arg("serve").current_dir(folder.path()).stderr(Stdio::null());
    Running::start(gateway, address, Some(folder))
}

/// A document for the ready configurations.
const NOTES: &str = r#"openapi: 3.1.0
info: { title: Notes, version: "1" }
servers: [{ url: https://notes.example/v1 }]
security: [{ Token: [] }]
paths:
  /notes:
    get: { operationId: listNotes, x-required-scopes: ["notes:read"] }
components:
  securitySchemes:
    Token: { type: http, scheme: bearer, x-scopes: { "notes:read": Read notes. } }
"#;

#[test]
fn each_ready_gateway_toml_is_right() {
    for proxy in crate::programs::ALL {
        let folder = Folder::new();
        let ready =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/gateway").join(proxy.name()).join("gateway.toml");
        let text = fs::read_to_string(ready).unwrap();
        assert!(text.contains(&format!("dialect = \"{}\"", proxy.dialect())), "{}", proxy.name());
        fs::write(folder.path().join("gateway.toml"), text).unwrap();
        fs::write(folder.path().join("openapi.yaml"), NOTES).unwrap();
        let mut check = Command::new(env!("CARGO_BIN_EXE_policy-gateway"));
        let checked = check.args(["check", "--offline"]).current_dir(folder.path()).output().unwrap();
        assert!(checked.status.success(), "{}: {}", proxy.name(), String::from_utf8_lossy(&checked.stderr));
    }
}
