//! Where the requests go.

/// Where the proxy is, and below which path requests are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    /// What is connected to: `127.0.0.1:8080`.
    pub(crate) address: String,
    /// The authority of the URL.
    pub(crate) host: String,
    /// The path of the URL without a slash at its end.
    pub(crate) base: String,
}

impl Place {
    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub(crate) fn read(url: &str) -> Result<Self, String> {
        let known = [("http", "http://", 80), ("https", "https://", 443)];
        let found = known.into_iter().find_map(|(scheme, start, port)| Some((scheme, url.strip_prefix(start)?, port)));
        let Some((scheme, rest, port)) = found else {
            return Err(format!("`{url}` is no URL of a proxy: write http://127.0.0.1:8080 or https://127.0.0.1:8443"));
        };
        let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        if host.is_empty()
            || rest.contains(|letter: char| letter.is_whitespace() || letter.is_control() || "?#@".contains(letter))
        {
            return Err(format!("`{url}` is no URL of a proxy: a host, perhaps a port and a path, and nothing else"));
        }
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let address = if has_port { host.to_owned() } else { format!("{host}:{port}") };
        Ok(Self { scheme, address, host: host.to_owned(), base: path.trim_end_matches('/').to_owned() })
    }

    /// The path of the first request.
    pub(crate) fn base_or_root(&self) -> &str {
        if self.base.is_empty() { "/" } else { &self.base }
    }

    /// The host without its port, as a certificate names it.
    pub(crate) fn name(&self) -> &str {
        let host = self.address.rsplit_once(':').map_or(self.address.as_str(), |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// A vector's target at this place.
    pub(crate) fn target(&self, template: &str) -> String {
        // A second slash at the beginning stands before a base, or before the first segment.
        template.replace("{scheme}", self.scheme).replace("{base}", &self.base).replace("{host}", &self.host)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::Place;

    #[test]
    fn a_url_is_split_into_what_is_connected_to_and_the_path_below_which_requests_are_sent() {
        for (url, address, base) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080", ""),
            ("http://127.0.0.1:8080/", "127.0.0.1:8080", ""),
            ("http://proxy.example/v1/status", "proxy.example:80", "/v1/status"),
            ("http://[::1]:8080/v1", "[::1]:8080", "/v1"),
            ("http://[::1]/v1", "[::1]:80", "/v1"),
            ("https://proxy.example/v1", "proxy.example:443", "/v1"),
            ("https://[::1]:8443", "[::1]:8443", ""),
        ] {
            let place = Place::read(url).unwrap();
            assert_eq!((place.address.as_str(), place.base.as_str()), (address, base), "{url}");
        }
    }

    #[test]
    fn what_is_no_place_of_a_proxy_is_refused() {
        for url in [
            "",
            "http://",
            "ftp://a",
            "https:a",
            "127.0.0.1:8080",
            "http://a b",
            "http://a/?b",
            "http://u@a/",
            "http://a/\r\nX: y",
        ] {
            assert!(Place::read(url).is_err(), "{url:?}");
        }
    }

    #[test]
    fn a_vector_stands_below_the_base() {
        let place = Place::read("http://p:1/v1").unwrap();
        assert_eq!(place.target("/{base}/a"), "//v1/a");
        assert_eq!(place.target("{scheme}://{host}{base}/a"), "http://p:1/v1/a");
        let place = Place::read("https://[::1]:8443").unwrap();
        assert_eq!((place.target("{scheme}://{host}{base}/a").as_str(), place.name()), ("https://[::1]:8443/a", "::1"));
    }
}
