//! The guard's answers, as rocket's responses.

use std::io::Cursor;

use http::HeaderMap;
use http::header::VARY;
use rocket::Response;
use rocket::http::Status;

/// The answer as a response of rocket.
pub(crate) fn response<'r>(answer: http::Response<String>) -> Response<'r> {
    let (parts, body) = answer.into_parts();
    let mut response = Response::new();
    response.set_status(Status::new(parts.status.as_u16()));
    for (name, value) in &parts.headers {
        response.adjoin_raw_header(name.as_str().to_owned(), text(value));
    }
    response.set_sized_body(body.len(), Cursor::new(body));
    response
}

/// Adds the guard's headers to an answer. `Vary` is added to, and other headers are replaced.
pub(crate) fn add(response: &mut Response<'_>, headers: &HeaderMap) {
    for (name, value) in headers {
        let (name, shown) = (name.as_str().to_owned(), text(value));
        if name == VARY.as_str() {
            response.adjoin_raw_header(name, shown);
        } else {
            response.set_raw_header(name, shown);
        }
    }
}

/// The value as text, since rocket's headers hold only text.
fn text(value: &http::HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
