//! The guard's answers, in actix-web's own types.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// A whole answer. Only denials are converted; an allowed request's answer is the handler's.
pub(crate) fn response(answer: http::Response<String>) -> HttpResponse {
    let (parts, body) = answer.into_parts();
    // A status of one version of `http` is one of the other.
    let status = StatusCode::from_u16(parts.status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::with_body(status, body).map_into_boxed_body();
    add(response.headers_mut(), &parts.headers);
    response
}

/// Adds headers: `Vary` joins what is there, the others replace it.
pub(crate) fn add(headers: &mut HeaderMap, added: &http::HeaderMap) {
    for (name, value) in added {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) else { continue };
        if name == actix_web::http::header::VARY {
            headers.append(name, value);
        } else {
            headers.insert(name, value);
        }
    }
}
