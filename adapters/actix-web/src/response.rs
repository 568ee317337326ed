//! The guard's answers, in actix-web's own types.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{self, BodySize, BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;

/// The guard's answer as a response of actix-web. The answers of handlers need no conversion.
pub(crate) fn response(answer: http::Response<String>) -> HttpResponse {
    let (parts, body) = answer.into_parts();
    // Both versions of `http` have the same statuses.
    let status = StatusCode::from_u16(parts.status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::with_body(status, body).map_into_boxed_body();
    add(response.headers_mut(), &parts.headers);
    response
}

/// Adds headers. `Vary` is added to, and other headers are replaced.
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

/// The answer to HEAD: that of GET without the body (RFC 9110, section 9.3.2).
///
/// actix-web leaves out a body by itself, but it looks at the last request that it has read. In a pipeline that may be another request than
/// the one that is answered.
pub(crate) fn without_body(response: HttpResponse) -> HttpResponse {
    response.map_body(|head, body| match body.size() {
        BodySize::Sized(length) => {
            if !head.headers().contains_key(CONTENT_LENGTH) {
                head.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
            }
            head.no_chunking(true);
            BoxBody::new(Unsent)
        }
        BodySize::None | BodySize::Stream => BoxBody::new(body::None::new()),
    })
}

/// A body that is not sent. It has no size, since only then does actix-web keep the header `Content-Length`.
struct Unsent;

impl MessageBody for Unsent {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}
