//! What is wrong with a listener's settings.

use std::fmt;

use http::Uri;
use http::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, HOST, HeaderName, TRANSFER_ENCODING};

use super::{Address, Limits, ListenerSettings};
use crate::dialects::{Dialect, EnvoyTarget};

/// One thing that is wrong with a listener's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingFault {
    /// The setting, by its key within the listener: `dialect.path_prefix`, `limits.decision`.
    pub setting: &'static str,
    message: String,
}

impl fmt::Display for SettingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A Unix socket's path has at most 108 bytes with its last one, and a socket is made under a name that is one byte longer.
const LONGEST_PATH: usize = 106;

impl ListenerSettings {
    /// Everything that is wrong with these settings. Nothing is opened or read.
    #[must_use]
    pub fn faults(&self) -> Vec<SettingFault> {
        let mut faults = Faults(Vec::new());
        if self.name.is_empty() {
            faults.add("name", "the name of the listener is empty");
        }
        faults.address(&self.address);
        faults.limits(&self.limits);
        faults.dialect(&self.dialect);
        faults.0
    }
}

struct Faults(Vec<SettingFault>);

impl Faults {
    fn add(&mut self, setting: &'static str, message: impl Into<String>) {
        self.0.push(SettingFault { setting, message: message.into() });
    }

    fn address(&mut self, address: &Address) {
        let Address::Unix { path, mode } = address else { return };
        let length = path.as_os_str().len();
        if length == 0 || length > LONGEST_PATH {
            self.add(
                "address",
                format!("the path of a Unix socket has 1 to {LONGEST_PATH} bytes, and this one has {length}"),
            );
        }
        if *mode == 0 || *mode > 0o777 {
            self.add(
                "mode",
                format!("`{mode:o}` is no permission of a socket: write one such as `600` or `660`, in octal digits"),
            );
        }
    }

    fn limits(&mut self, limits: &Limits) {
        for (setting, time) in [
            ("limits.decision", limits.decision),
            ("limits.head", limits.head),
            ("limits.idle", limits.idle),
            ("limits.drain", limits.drain),
        ] {
            if time > Limits::LONGEST || (time.is_zero() && setting != "limits.drain") {
                self.add(setting, "the time is more than nothing, and at most a day");
            }
        }
        for (setting, number) in [
            ("limits.concurrency", limits.concurrency),
            ("limits.connections", limits.connections),
            ("limits.body_bytes", limits.body_bytes),
            ("limits.evaluations", limits.evaluations),
        ] {
            // The largest number that a message of gRPC can have bytes, and more than there are connections or requests.
            if number == 0 || u32::try_from(number).is_err() {
                self.add(setting, format!("the number is at least 1, and at most {}", u32::MAX));
            }
        }
        if limits.head_bytes < Limits::LEAST_HEAD_BYTES || limits.head_bytes > 1 << 24 {
            self.add("limits.head_bytes", format!("the size is {} bytes to 16 MiB", Limits::LEAST_HEAD_BYTES));
        }
    }

    fn dialect(&mut self, dialect: &Dialect) {
        for (setting, name) in dialect.configured_headers() {
            self.header(setting, name);
        }
        match dialect {
            Dialect::EnvoyGrpc(envoy) if envoy.document.is_empty() => {
                self.add(
                    "dialect.document",
                    "the key in `context_extensions` is empty: leave the setting out, and it is `policy`",
                );
            }
            Dialect::EnvoyHttp(envoy) => {
                if let EnvoyTarget::Prefix(prefix) = &envoy.target {
                    self.prefix(prefix);
                }
            }
            Dialect::AuthZen(authzen) => self.identifier(&authzen.policy_decision_point),
            Dialect::EnvoyGrpc(_) | Dialect::ForwardAuth(_) | Dialect::Nginx(_) => {}
        }
        let configured = dialect.configured_headers();
        if let [(_, first), (setting, second)] = configured.as_slice()
            && first == second
        {
            self.add(setting, format!("`{second}` is told for two things: each needs its own header"));
        }
    }

    fn header(&mut self, setting: &'static str, name: &HeaderName) {
        let text = name.as_str();
        if text.contains('_') {
            self.add(
                setting,
                format!("`{text}` has a `_`, and proxies disagree whether that is a `-`: write the name with `-`"),
            );
        }
        let taken = [AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, HOST, TRANSFER_ENCODING].contains(name)
            || text.starts_with("x-forwarded-")
            || ["x-original-method", "x-original-uri"].contains(&text);
        if taken {
            self.add(
                setting,
                format!("`{text}` has a meaning of its own: name a header that the proxy sets for this alone"),
            );
        }
    }

    fn prefix(&mut self, prefix: &str) {
        let wrong = if prefix.is_empty() {
            return;
        } else if !prefix.starts_with('/') {
            "it begins with `/`"
        } else if prefix.ends_with('/') {
            "leave out the last `/`, with which the path of a request begins"
        } else if prefix.bytes().any(|byte| !byte.is_ascii_graphic() || b"?#%".contains(&byte)) {
            "it has letters, digits and punctuation, but no `?`, `#` or `%`"
        } else {
            return;
        };
        self.add(
            "dialect.path_prefix",
            format!("`{prefix}` cannot be the `path_prefix` of Envoy's http_service: {wrong}"),
        );
    }

    fn identifier(&mut self, identifier: &str) {
        let wrong = match identifier.parse::<Uri>() {
            Err(_) => "it is no URL",
            Ok(uri) if uri.scheme_str() != Some("https") || !identifier.starts_with("https://") => {
                "it begins with `https://`"
            }
            Ok(_) if identifier.contains(['?', '#']) => "it has no query and no fragment",
            Ok(uri) if uri.authority().is_none_or(|authority| authority.as_str().contains('@')) => {
                "it has a host and no user"
            }
            Ok(_) if identifier.ends_with('/') => "leave out the last `/`",
            Ok(_) => return,
        };
        let message =
            format!("`{identifier}` cannot identify a policy decision point (AuthZEN 1.0, section 9.1): {wrong}");
        self.add("dialect.policy_decision_point", message);
    }
}
