//! From an outcome to the `CheckResponse` that tells it.

use http::header::{HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use http::{Response, StatusCode};

use super::super::denial;
use super::written::Written;
use crate::outcome::Admission;

/// A denial. It is the only place that makes one. Envoy denies by the code, so it is one of [`Code`], and the answer to the
/// client always has a status.
pub(super) fn denied(response: Response<String>) -> Written {
    let (parts, body) = denial::closed(response).into_parts();
    let code = understood(parts.status);
    let mut check = Written::new();
    check.message(STATUS, |status| status.number(1, Code::of(code) as u32));
    check.message(DENIED, |denied| {
        denied.message(1, |status| status.number(1, u32::from(code.as_u16())));
        write_fields(denied, &parts.headers);
        denied.text(3, &body);
    });
    check
}

/// An allow: code 0. `None` where an identity header cannot be told, since the request must not go on without it.
pub(super) fn allowed(admission: &Admission) -> Option<Written> {
    if !admission.set.values().all(|value| text(value).is_some()) {
        return None;
    }
    let mut check = Written::new();
    // 0 is what is not written.
    check.message(STATUS, |_| {});
    check.message(ALLOWED, |allowed| {
        for (name, value) in &admission.set {
            write_field(allowed, name, text(value).unwrap_or_default(), OVERWRITE_IF_EXISTS_OR_ADD);
        }
        for name in &admission.remove {
            allowed.text(5, name.as_str());
        }
    });
    Some(check)
}

/// The fields of `CheckResponse`: `google.rpc.Status`, `DeniedHttpResponse` and `OkHttpResponse`.
const STATUS: u8 = 1;
const DENIED: u8 = 2;
const ALLOWED: u8 = 3;
/// Of `HeaderAppendAction`.
const APPEND_IF_EXISTS_OR_ADD: u32 = 0;
const OVERWRITE_IF_EXISTS_OR_ADD: u32 = 2;

/// The codes that deny (`google.rpc.Code`). Code 0, which allows, is not among them.
#[derive(Clone, Copy)]
#[repr(u32)]
enum Code {
    InvalidArgument = 3,
    NotFound = 5,
    PermissionDenied = 7,
    Unavailable = 14,
    Unauthenticated = 16,
}

impl Code {
    /// The code that comes closest.
    fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthenticated,
            StatusCode::BAD_REQUEST => Self::InvalidArgument,
            StatusCode::NOT_FOUND => Self::NotFound,
            status if status.is_server_error() => Self::Unavailable,
            _ => Self::PermissionDenied,
        }
    }
}

/// A status that Envoy's enumeration of them has (`envoy.type.v3.StatusCode`). Another one of a client's errors becomes 403.
fn understood(status: StatusCode) -> StatusCode {
    match status.as_u16() {
        400..=417 | 421..=424 | 426 | 428 | 429 | 431 | 500..=508 | 510 | 511 => status,
        code if code >= 500 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::FORBIDDEN,
    }
}

/// The fields of an answer to the client. Whether Envoy appends or overwrites differs between its versions, so fields of one name are told
/// as the one list that they are (RFC 9110, section 5.3). A field that is no text is left out: the answer is a denial without it, too.
fn write_fields(denied: &mut Written, headers: &HeaderMap) {
    for name in headers.keys() {
        let values = headers.get_all(name);
        if name == SET_COOKIE {
            // Cookies are no list.
            values.iter().filter_map(text).for_each(|value| write_field(denied, name, value, APPEND_IF_EXISTS_OR_ADD));
            continue;
        }
        let values: Option<Vec<_>> = values.iter().map(text).collect();
        if let Some(values) = values {
            write_field(denied, name, &values.join(", "), OVERWRITE_IF_EXISTS_OR_ADD);
        }
    }
}

/// A `HeaderValueOption` with its `HeaderValue`. `append` is left out: Envoy reads it where `append_action` is unknown to it, and there its
/// absence means the same.
fn write_field(response: &mut Written, name: &HeaderName, value: &str, append_action: u32) {
    response.message(2, |option| {
        option.message(1, |header| {
            header.text(1, name.as_str());
            header.text(2, value);
        });
        option.number(3, append_action);
        // `keep_empty_value`
        option.number(4, 1);
    });
}

fn text(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok()
}
