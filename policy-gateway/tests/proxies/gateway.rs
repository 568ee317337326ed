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

[policies.schemes.Token.introspection]
url = "http://127.0.0.1:{issuer}/"
client-id = "gateway"
client-secret-file = "secret"
audience = "items"
allow-loopback = true

[policies.identity]
subject = "X-Subject"
client = "X-Client"
tenant = "X-Tenant"
scopes = "X-Scopes"
operation = "X-Operation"
"#
    );
    fs::write(folder.path().join("gateway.toml"), text).unwrap();
    let mut gateway = Command::new(env!("CARGO_BIN_EXE_policy-gateway"));
    gateway.arg("serve").current_dir(folder.path()).stderr(Stdio::null());
    Running::start(gateway, address, Some(folder))
}
