//! From an outcome to the `CheckResponse` that tells it.

use http::header::{HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use http::{Response, StatusCode};

use super::super::{denial, sub_request};
use super::messages::{Allowed, Append, CheckResponse, Denied, Header, HeaderOption, HttpStatus, Status};
use crate::outcome::Admission;

/// A denial. It is the only place that makes one. Envoy denies by the code, so it is one of [`Code`], and the answer to the
/// client always has a status.
pub(super) fn denied(response: Response<String>) -> CheckResponse {
    let (parts, body) = denial::closed(response).into_parts();
    let status = understood(parts.status);
    CheckResponse {
        status: Some(Status { code: Code::of(status) as i32 }),
        denied_response: Some(Denied {
            status: Some(HttpStatus { code: i32::from(status.as_u16()) }),
            headers: answer_fields(&parts.headers),
            body,
        }),
        ok_response: None,
    }
}

/// An allow: code 0. `None` where an identity header cannot be told, since the request must not go on without it.
pub(super) fn allowed(admission: &Admission) -> Option<CheckResponse> {
    let headers = admission.set.iter().map(|(name, value)| option(name, value)).collect::<Option<Vec<_>>>()?;
    Some(CheckResponse {
        status: Some(Status { code: 0 }),
        denied_response: None,
        ok_response: Some(Allowed {
            headers,
            headers_to_remove: admission.remove.iter().map(|name| name.as_str().to_owned()).collect(),
        }),
    })
}

/// The codes that deny (`google.rpc.Code`). Code 0, which allows, is not among them.
#[derive(Clone, Copy)]
#[repr(i32)]
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
fn answer_fields(headers: &HeaderMap) -> Vec<HeaderOption> {
    let mut fields = Vec::with_capacity(headers.keys_len());
    for name in headers.keys() {
        let values = headers.get_all(name);
        if name == SET_COOKIE {
            // Cookies are no list.
            fields.extend(values.iter().filter_map(|value| {
                option(name, value)
                    .map(|field| HeaderOption { append_action: Append::AppendIfExistsOrAdd.into(), ..field })
            }));
            continue;
        }
        let joined: Vec<_> = values.iter().map(HeaderValue::as_bytes).collect();
        if let Ok(value) = HeaderValue::from_bytes(&joined.join(&b", "[..])) {
            fields.extend(option(name, &value));
        }
    }
    fields
}

/// A field that takes the place of what is there. `append` is left out: Envoy reads it where `append_action` is unknown to it, and there
/// its absence means the same.
fn option(name: &HeaderName, value: &HeaderValue) -> Option<HeaderOption> {
    Some(HeaderOption {
        header: Some(Header { key: name.as_str().to_owned(), value: sub_request::text(value.as_bytes())? }),
        append_action: Append::OverwriteIfExistsOrAdd.into(),
        keep_empty_value: true,
    })
}
