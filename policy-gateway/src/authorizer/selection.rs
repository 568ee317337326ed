//! Which requests a document applies to.

use std::fmt;

/// Which requests a document applies to, besides its base path. An empty list is every one.
///
/// A request with a [value](crate::ProxiedRequest::document) goes only to documents that name it, and one without only to documents that
/// name none. Of those that are left, the most specific applies: first one that names the listener, then one that names the host, then the
/// one with the longest base path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The listeners by which its requests come.
    pub listeners: Vec<String>,
    /// The words by which the proxy says that this document applies.
    pub values: Vec<String>,
    /// The hosts, without a port, where the proxy routes by host: `api.example.com`.
    pub hosts: Vec<String>,
}

impl Selection {
    /// Whether a request can be for the document, as far as these rules say.
    pub(super) fn accepts(&self, listener: &str, value: Option<&str>, host: Option<&str>) -> bool {
        let names = |list: &[String], word: &str| list.iter().any(|one| one == word);
        let is_value_right = match value {
            Some(value) => names(&self.values, value),
            None => self.values.is_empty(),
        };
        let host = host.map(without_port);
        let is_host_right = || host.is_some_and(|host| self.hosts.iter().any(|one| one.eq_ignore_ascii_case(host)));
        is_value_right
            && (self.listeners.is_empty() || names(&self.listeners, listener))
            && (self.hosts.is_empty() || is_host_right())
    }

    /// Whether a question that came by this listener can be about the document. It has no host.
    pub(super) fn accepts_evaluation(&self, listener: &str, value: Option<&str>) -> bool {
        Self { hosts: Vec::new(), ..self.clone() }.accepts(listener, value, None)
    }

    /// How specific it is. The greater applies.
    pub(super) fn rank(&self) -> (bool, bool) {
        (!self.listeners.is_empty(), !self.hosts.is_empty())
    }

    /// Whether some request is accepted by both, where both are equally specific.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let shares = |own: &[String], others: &[String]| {
            own.iter().any(|one| others.iter().any(|two| one.eq_ignore_ascii_case(two)))
        };
        let is_shared = |own: &[String], others: &[String]| {
            own.is_empty() && others.is_empty() || own.iter().any(|one| others.contains(one))
        };
        is_shared(&self.listeners, &other.listeners)
            && is_shared(&self.values, &other.values)
            && (self.hosts.is_empty() && other.hosts.is_empty() || shares(&self.hosts, &other.hosts))
    }
}

/// A host without its port (RFC 9110, section 7.2), and without the dot of a fully qualified name, which proxies ignore. An IPv6 address
/// keeps its brackets.
fn without_port(host: &str) -> &str {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    };
    name.strip_suffix('.').unwrap_or(name)
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (what, list) in [("listener", &self.listeners), ("value", &self.values), ("host", &self.hosts)] {
            if !list.is_empty() {
                write!(f, "{separator}{what} `{}`", list.join("`, `"))?;
                separator = "; ";
            }
        }
        if separator.is_empty() { f.write_str("every request") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_compared_without_its_port() {
        for (host, name) in [
            ("api.example.com", "api.example.com"),
            ("api.example.com:8443", "api.example.com"),
            ("api.example.com.", "api.example.com"),
            ("api.example.com.:80", "api.example.com"),
            ("[::1]:80", "[::1]"),
            ("[::1]", "[::1]"),
            ("a:b", "a:b"),
        ] {
            assert_eq!(without_port(host), name);
        }
    }
}
