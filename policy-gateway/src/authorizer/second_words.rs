//! Header fields by which a service could run another request than the one that is decided.
//!
//! Some frameworks run the method or the path that a header field names, in place of those of the request line: `POST /notes` with
//! `X-HTTP-Method-Override: DELETE` is `DELETE /notes` to them. And some proxies drop every field that `Connection` names, after the check
//! and without a look at who set it: `Connection: X-Subject` takes the identity header away again. And an upgrade to HTTP/2 (`Upgrade: h2c`)
//! makes of the connection a tunnel, in which further requests reach the service past the check. The ready configurations stop all of this at
//! the proxy. Where it arrives in spite of that, the request is denied.

use http::HeaderName;
use http::header::{CONNECTION, HeaderMap, UPGRADE};

use super::identity_headers::is_alias;

/// The fields that frameworks read for a method or a path.
const OVERRIDES: [&str; 5] =
    ["x-http-method", "x-http-method-override", "x-method-override", "x-original-url", "x-rewrite-url"];

/// Whether a field says another method or path, by its own name or by one that servers take for it.
pub(super) fn overrides(headers: &HeaderMap) -> bool {
    let is_override = |field: &str| OVERRIDES.iter().any(|name| field == *name || is_alias(field, name));
    headers.keys().any(|field| is_override(field.as_str()))
}

/// Whether `Connection` names one of these fields, or an alias of it.
pub(super) fn drops<'n>(headers: &HeaderMap, names: impl Iterator<Item = &'n HeaderName> + Clone) -> bool {
    headers.get_all(CONNECTION).iter().any(|value| {
        value.as_bytes().split(|byte| *byte == b',').any(|option| {
            let option = String::from_utf8_lossy(option);
            let option = option.trim().to_ascii_lowercase();
            names.clone().any(|name| option == name.as_str() || is_alias(&option, name.as_str()))
        })
    })
}

/// Whether the request asks for another protocol than WebSocket, in which no requests of HTTP follow.
pub(super) fn tunnels(headers: &HeaderMap) -> bool {
    let is_websocket = |value: &http::HeaderValue| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"websocket");
    !headers.get_all(UPGRADE).iter().all(is_websocket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_is_read_option_by_option() {
        let name = HeaderName::from_static("x-subject");
        for (value, expected) in [
            ("close", false),
            ("close, X-Subject", true),
            ("x-subject,keep-alive", true),
            ("X_SUBJECT", true),
            ("X-Subjects, y-x-subject", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.append(CONNECTION, "keep-alive".parse().unwrap_or(http::HeaderValue::from_static("")));
            headers.append(CONNECTION, value.parse().unwrap_or(http::HeaderValue::from_static("")));
            assert_eq!(drops(&headers, std::iter::once(&name)), expected, "{value}");
        }
    }
}
