//! What an answer to HEAD says of the body that it leaves out.

use http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue};

/// Says in the answer to HEAD how long the body of GET's answer would be, where that is known: the adapter drops the body
/// (RFC 9110, section 9.3.2).
pub fn declare_length(headers: &mut HeaderMap, length: Option<u64>) {
    if let Some(length) = length {
        headers.entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
}
