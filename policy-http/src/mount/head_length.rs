//! `Content-Length` in an answer to HEAD.

use http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue};

/// Writes into the answer to HEAD how long the body of GET's answer would be, if that is known. The adapter drops the body itself
/// (RFC 9110, section 9.3.2).
pub fn declare_length(headers: &mut HeaderMap, length: Option<u64>) {
    if let Some(length) = length {
        headers.entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
}
