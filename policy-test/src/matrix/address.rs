//! The address of a service.

use std::fmt;

/// Where a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Address {
    /// Whether the connection is encrypted.
    pub is_https: bool,
    /// The host, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path, without a slash at its end. Where there is one, it stands for the document's base path.
    pub path: Option<String>,
    authority: String,
}

/// Why a text is no address of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError(pub(crate) String);

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AddressError {}

impl Address {
    /// Reads a URL: `https://api.example` or `http://127.0.0.1:3000/v1`.
    ///
    /// # Errors
    /// [`AddressError`]: it is no URL of a service. It may hold no user, no query and no fragment.
    pub fn read(url: &str) -> Result<Self, AddressError> {
        let wrong = |why: &str| AddressError(format!("`{}` is no address of a service: {why}", url.escape_debug()));
        let (is_https, rest) = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            _ => return Err(wrong("it begins with `https://` or `http://`")),
        };
        if url.bytes().any(|byte| !byte.is_ascii_graphic()) || url.contains(['?', '#', '\\']) {
            return Err(wrong("it has no query, no fragment and no blanks"));
        }
        let (authority, path) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len())).unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err(wrong("credentials do not belong into it"));
        }
        let port_at = authority.rfind(':').filter(|at| authority.rfind(']').is_none_or(|bracket| bracket < *at));
        let (host, port) = match port_at {
            Some(at) => {
                let port = authority.get(at + 1..).and_then(|port| port.parse().ok());
                (authority.get(..at).unwrap_or_default(), port.ok_or_else(|| wrong("its port is no number"))?)
            }
            None => (authority, if is_https { 443 } else { 80 }),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err(wrong("it has no host"));
        }
        let path = path.trim_end_matches('/');
        let path = (!path.is_empty()).then(|| path.to_owned());
        Ok(Self { is_https, host: host.to_owned(), port, path, authority: authority.to_owned() })
    }

    /// The host with the port, as it was given: what the header `Host` says.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The scheme and the authority: `https://api.example`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.is_https { "https" } else { "http" }, self.authority)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]
mod tests {
    use super::Address;

    #[test]
    fn an_address_is_an_origin_with_a_path_and_nothing_else() {
        for (url, origin, host, port, path) in [
            ("https://api.example", "https://api.example", "api.example", 443, None),
            ("HTTP://localhost:3000/", "http://localhost:3000", "localhost", 3000, None),
            ("http://[::1]:80/v1/", "http://[::1]:80", "::1", 80, Some("/v1")),
        ] {
            let read = Address::read(url).unwrap();
            assert_eq!(
                (read.origin().as_str(), read.host.as_str(), read.port, read.path.as_deref()),
                (origin, host, port, path)
            );
        }
        for url in [
            "api.example",
            "ftp://x",
            "https://",
            "https://user:word@x",
            "http://x:port",
            "http://x/?a",
            "http://x/a b",
        ] {
            assert!(Address::read(url).is_err(), "{url}");
        }
    }
}
