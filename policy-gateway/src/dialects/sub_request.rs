//! What a sub-request tells in its head, each thing exactly once.

use http::header::{CONNECTION, CONTENT_LENGTH, GetAll, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use http::uri::Authority;
use http::{Method, Uri};

use super::refusal::Refusal;

/// The value of a field that must be there exactly once. `wrong` says so.
pub(super) fn once<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
    wrong: &'static str,
) -> Result<&'h HeaderValue, Refusal> {
    exactly_one(headers.get_all(name), wrong)
}

fn exactly_one<'h>(fields: GetAll<'h, HeaderValue>, wrong: &'static str) -> Result<&'h HeaderValue, Refusal> {
    let mut fields = fields.into_iter();
    match (fields.next(), fields.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(Refusal::Malformed(wrong)),
    }
}

/// A method, as it stands in a request line. It is case-sensitive.
pub(super) fn method(bytes: &[u8]) -> Result<String, Refusal> {
    let wrong = Refusal::Malformed("the method is no token (RFC 9110, section 9.1)");
    Method::from_bytes(bytes).map_err(|_| wrong)?;
    text(bytes).ok_or(wrong)
}

/// A path with its query, as it stands in a request line. Nothing but bytes that no request line can hold is refused here: what is not
/// canonical is the authorizer's to deny.
pub(super) fn target(bytes: &[u8]) -> Result<String, Refusal> {
    if bytes.first() != Some(&b'/') {
        return Err(Refusal::Malformed("the target does not begin with `/`"));
    }
    if bytes.iter().any(|byte| *byte <= b' ' || *byte == 0x7f) {
        return Err(Refusal::Malformed("the target has a space or a control character"));
    }
    text(bytes).ok_or(Refusal::Malformed("the target is not UTF-8"))
}

/// The authority that the proxy routes by.
pub(super) fn host(bytes: &[u8]) -> Result<String, Refusal> {
    let wrong = Refusal::Malformed("the host is no authority without user information (RFC 9110, section 7.2)");
    match Authority::try_from(bytes) {
        Ok(_) if !bytes.contains(&b'@') => text(bytes).ok_or(wrong),
        _ => Err(wrong),
    }
}

/// The word that names the document, where the listener is told to read one.
pub(super) fn document(headers: &HeaderMap, name: Option<&HeaderName>) -> Result<Option<String>, Refusal> {
    let Some(name) = name else { return Ok(None) };
    let value = once(headers, name, "the header that names the document must be there exactly once")?;
    let word = text(value.as_bytes()).filter(|word| !word.is_empty());
    word.map(Some).ok_or(Refusal::Malformed("the header that names the document is empty, or not UTF-8"))
}

/// The host of the sub-request itself, which is the client's where the proxy passes it on.
pub(super) fn own_host(headers: &HeaderMap, uri: &Uri) -> Result<Option<String>, Refusal> {
    let authority = uri.authority().map(Authority::as_str);
    if headers.contains_key(HOST) {
        let value = once(headers, &HOST, "the header `Host` is doubled")?;
        if authority.is_some_and(|authority| authority.as_bytes() != value.as_bytes()) {
            return Err(Refusal::Malformed("`Host` and the authority of the target differ"));
        }
        return if value.is_empty() { Ok(None) } else { host(value.as_bytes()).map(Some) };
    }
    authority.map(|authority| host(authority.as_bytes())).transpose()
}

/// What the client sent: the fields without those by which the proxy told of the request, and without those of its connection. A `Connection`
/// that names further fields stays, since these may be lost behind the proxy.
pub(super) fn of_the_client<'n>(mut headers: HeaderMap, told: impl IntoIterator<Item = &'n HeaderName>) -> HeaderMap {
    for name in told {
        headers.remove(name);
    }
    for name in [HOST, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    let naming: Vec<_> = headers.get_all(CONNECTION).iter().filter(|value| names_fields(value)).cloned().collect();
    headers.remove(CONNECTION);
    for value in naming {
        headers.append(CONNECTION, value);
    }
    headers
}

/// Whether a `Connection` names more than what is said of every connection.
fn names_fields(value: &HeaderValue) -> bool {
    let usual = |option: &[u8]| {
        let option = option.trim_ascii();
        [&b"close"[..], b"keep-alive", b"upgrade", b"te"].iter().any(|known| option.eq_ignore_ascii_case(known))
    };
    !value.as_bytes().split(|byte| *byte == b',').all(usual)
}

pub(super) fn text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(ToOwned::to_owned)
}

/// Envoy joins several `Authorization` by a comma, in every form in which it tells header fields. Two credentials must not look like one.
pub(super) fn no_joined_credentials(headers: &HeaderMap) -> Result<(), Refusal> {
    let joined = headers.get_all(http::header::AUTHORIZATION).iter().any(|value| value.as_bytes().contains(&b','));
    if joined {
        Err(Refusal::Malformed("`Authorization` has a comma, by which Envoy joins several of them"))
    } else {
        Ok(())
    }
}
