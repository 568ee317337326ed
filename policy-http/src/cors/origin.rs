//! The serialisation of an origin (RFC 6454, section 6.2; HTML, “origin”), exactly as browsers send it.

use std::borrow::Cow;

use http::HeaderValue;

use super::CorsError;

/// The origin as a header value. A text that no browser sends is an error. If it were accepted, it would never match.
pub(super) fn parse(text: &str) -> Result<HeaderValue, CorsError> {
    let error = |because: Cow<'static, str>| CorsError { origin: text.to_owned(), because };
    if let Some(because) = refusal(text) {
        return Err(error(because));
    }
    HeaderValue::from_str(text).map_err(|_| error("it has a character that no header can hold".into()))
}

fn refusal(text: &str) -> Option<Cow<'static, str>> {
    if text == "*" {
        return Some("every origin is `Cors::any_origin()`".into());
    }
    if text == "null" {
        return Some("`null` is what every sandboxed document sends, whosever it is".into());
    }
    let Some((scheme, authority)) = text.split_once("://") else {
        return Some("it has no `scheme://`".into());
    };
    let scheme_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
    if !scheme.starts_with(|first: char| first.is_ascii_lowercase()) || !scheme.bytes().all(scheme_byte) {
        return Some("its scheme must be lower-case letters, digits, `+`, `-` and `.`".into());
    }
    if authority.contains(['/', '?', '#', '@', '*']) {
        return Some("it must end after host and port: no path, no slash, no user, no wildcard".into());
    }
    let (host, port) = match authority.rsplit_once(':') {
        // A colon inside brackets belongs to an IPv6 address.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if host.is_empty() {
        return Some("it has no host".into());
    }
    let host_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._[]:".contains(&byte);
    if !host.bytes().all(host_byte) {
        return Some("its host must be lower-case ASCII (an international name in its `xn--` form)".into());
    }
    match (scheme, port) {
        (_, None) => None,
        ("https", Some("443")) | ("http", Some("80")) => Some("browsers leave the scheme's own port out".into()),
        (_, Some(port)) if port.parse::<u16>().is_ok_and(|number| number.to_string() == port) => None,
        _ => Some("its port is not a number from 0 to 65535".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_sends_is_accepted_and_everything_else_is_an_error_with_its_cause() {
        for origin in [
            "https://app.example.com",
            "http://localhost:5173",
            "https://[::1]",
            "https://[::1]:8443",
            "https://xn--bcher-kva.example",
            "chrome-extension://abcdefghijklmnop",
        ] {
            assert_eq!(parse(origin).map(|value| value == origin), Ok(true), "{origin}");
        }
        for (text, because) in [
            ("*", "any_origin"),
            ("null", "sandboxed"),
            ("app.example.com", "scheme"),
            ("https://app.example.com/", "no path"),
            ("https://app.example.com/api", "no path"),
            ("https://*.example.com", "no wildcard"),
            ("https://me@example.com", "no user"),
            ("https://App.example.com", "lower-case"),
            ("HTTPS://app.example.com", "lower-case"),
            ("https://bücher.example", "xn--"),
            ("https://", "no host"),
            ("https://:8443", "no host"),
            ("https://example.com:443", "own port"),
            ("http://example.com:80", "own port"),
            ("https://example.com:", "port"),
            ("https://example.com:0443", "port"),
            ("https://example.com:99999", "port"),
            ("https://example.com\n", "lower-case"),
        ] {
            let error = parse(text).map_err(|error| error.to_string()).err().unwrap_or_default();
            assert!(error.contains(because), "{text:?}: {error}");
        }
    }
}
