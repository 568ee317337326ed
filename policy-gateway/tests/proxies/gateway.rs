//! The gateway behind the proxies: the binary, with the conformance document.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::introspection;
use crate::programs::{Folder, Ports, Proxy, Running, free};

/// Who authenticates the bearer tokens of the document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keys {
    /// An issuer at this port.
    Issuer(u16),
    /// The store in `keys.sqlite`, which must be in the folder.
    Store,
}

/// A gateway to be started for a proxy.
pub(crate) struct Gateway {
    pub(crate) proxy: Proxy,
    pub(crate) address: SocketAddr,
    pub(crate) keys: Keys,
    /// Lines that are added to the listener.
    pub(crate) listener: &'static str,
}

/// Starts one that asks the issuer of the conformance suite.
pub(crate) fn start(proxy: Proxy, ports: Ports) -> Running {
    let issuer = free();
    introspection::start(issuer);
    let gateway = Gateway { proxy, address: ports.authorizer(), keys: Keys::Issuer(issuer), listener: "" };
    let folder = Folder::new();
    let running = gateway.start(&folder);
    running.keep(folder)
}

impl Gateway {
    /// Starts it in this folder.
    pub(crate) fn start(&self, folder: &Folder) -> Running {
        let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance");
        fs::copy(document.join("openapi.yaml"), folder.path().join("openapi.yaml")).unwrap();
        fs::copy(document.join("policy.toml"), folder.path().join("policy.toml")).unwrap();
        fs::write(folder.path().join("secret"), "conformance").unwrap();
        let Self { proxy, address, keys, listener } = self;
        let dialect = proxy.dialect();
        let mut text = format!(
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

[policies.identity]
subject = "X-Subject"
client = "X-Client"
tenant = "X-Tenant"
scopes = "X-Scopes"
operation = "X-Operation"

"#
        );
        // Whatever scheme the document has, the same authenticates it.
        for name in ["Token", "HeaderKey", "CookieKey", "QueryKey"] {
            text += &match keys {
                Keys::Store => format!("[policies.schemes.{name}]\nstore = \"keys\"\n\n"),
                Keys::Issuer(port) => format!(
                    "[policies.schemes.{name}.introspection]\nurl = \"http://127.0.0.1:{port}/\"\nclient-id = \"gateway\"\n\
                     client-secret-file = \"secret\"\naudience = \"items\"\nallow-loopback = true\n\n"
                ),
            };
        }
        if matches!(keys, Keys::Store) {
            text += "[[stores]]\nname = \"keys\"\nsqlite = \"keys.sqlite\"\nkey-prefix = \"bench_sk\"\n";
        }
        fs::write(folder.path().join("gateway.toml"), text).unwrap();
        let mut gateway = Command::new(env!("CARGO_BIN_EXE_policy-gateway"));
        gateway.arg("serve").current_dir(folder.path()).stderr(Stdio::null());
        Running::start(gateway, *address, None)
    }
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
