//! Where the requests go.

/// Where the proxy is, and below which path requests are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
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
        let Some(rest) = url.strip_prefix("http://") else {
            return Err(match url.strip_prefix("https://") {
                Some(_) => format!(
                    "`{url}` is https, which the doctor does not speak: give the proxy a second listener without TLS on loopback, with the \
                     same routes and filters"
                ),
                None => format!("`{url}` is no URL of a proxy: write http://127.0.0.1:8080"),
            });
        };
        let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        if host.is_empty()
            || rest.contains(|letter: char| letter.is_whitespace() || letter.is_control() || "?#@".contains(letter))
        {
            return Err(format!("`{url}` is no URL of a proxy: a host, perhaps a port and a path, and nothing else"));
        }
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let address = if has_port { host.to_owned() } else { format!("{host}:80") };
        Ok(Self { address, host: host.to_owned(), base: path.trim_end_matches('/').to_owned() })
    }

    /// The path of the first request.
    pub(crate) fn base_or_root(&self) -> &str {
        if self.base.is_empty() { "/" } else { &self.base }
    }

    /// A vector's target at this place.
    pub(crate) fn target(&self, template: &str) -> String {
        // A second slash at the beginning stands before a base, or before the first segment.
        template.replace("{base}", &self.base).replace("{host}", &self.host)
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
            "https://a",
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
        assert_eq!(place.target("http://{host}{base}/a"), "http://p:1/v1/a");
    }
}
