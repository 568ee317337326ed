//! From a `CheckRequest` to the request that it tells of.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use prost::bytes::Bytes;

use super::super::refusal::Refusal;
use super::super::sub_request;
use super::messages::{CheckRequest, Entry, HttpRequest};
use crate::proxied_request::ProxiedRequest;

pub(super) fn read(check: CheckRequest, document: &str) -> Result<ProxiedRequest, Refusal> {
    let attributes = check.attributes.ok_or(Refusal::Malformed("the CheckRequest has no attributes"))?;
    let http = attributes.request.and_then(|request| request.http);
    let http = http.ok_or(Refusal::Malformed("the CheckRequest has no HTTP request"))?;
    // Envoy leaves both empty. A path without what stands here would be another request.
    if !http.query.is_empty() || !http.fragment.is_empty() {
        return Err(Refusal::Malformed("the query or the fragment stands beside the path"));
    }
    let headers = headers(&http)?;
    Ok(ProxiedRequest {
        method: sub_request::method(&http.method)?,
        target: sub_request::target(&http.path)?,
        host: if http.host.is_empty() { None } else { Some(sub_request::host(&http.host)?) },
        document: self::document(&attributes.context_extensions, document)?,
        headers,
    })
}

fn document(extensions: &[Entry], key: &str) -> Result<Option<String>, Refusal> {
    let mut named = extensions.iter().filter(|entry| entry.key == key.as_bytes());
    let (first, second) = (named.next(), named.next());
    let wrong = Refusal::Malformed("the context extension that names the document is doubled, empty or not UTF-8");
    match (first, second) {
        (None, _) => Ok(None),
        (Some(entry), None) => sub_request::text(&entry.value).filter(|word| !word.is_empty()).map(Some).ok_or(wrong),
        _ => Err(wrong),
    }
}

/// The header fields of the client. Envoy tells them as a map, in which fields of one name are joined, or with `encode_raw_headers` as a
/// list with their raw values.
fn headers(http: &HttpRequest) -> Result<HeaderMap, Refusal> {
    let raw = http.header_map.as_ref().map_or(&[][..], |map| &map.headers);
    let listed = raw
        .iter()
        .map(|field| match (field.value.is_empty(), field.raw_value.is_empty()) {
            (_, true) => Ok((&field.key, &field.value)),
            (true, false) => Ok((&field.key, &field.raw_value)),
            (false, false) if field.value == field.raw_value => Ok((&field.key, &field.raw_value)),
            (false, false) => Err(Refusal::Malformed("a header field has two values that differ")),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let joined: Vec<_> = http.headers.iter().map(|entry| (&entry.key, &entry.value)).collect();
    match (listed.is_empty(), joined.is_empty()) {
        (true, true) => Err(Refusal::Malformed("the CheckRequest tells no header fields")),
        (false, true) => of(http, listed, Form::Listed),
        (true, false) => of(http, joined, Form::Joined),
        (false, false) => {
            let (listed, joined) = (of(http, listed, Form::Listed)?, of(http, joined, Form::Joined)?);
            if are_the_same(&listed, &joined) {
                Ok(listed)
            } else {
                Err(Refusal::Malformed("the header fields are told twice, and differ"))
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Listed,
    Joined,
}

fn of(http: &HttpRequest, fields: Vec<(&Bytes, &Bytes)>, form: Form) -> Result<HeaderMap, Refusal> {
    let mut headers = HeaderMap::new();
    let mut seen = [0_u8; 3];
    for (key, value) in fields {
        if key.first() == Some(&b':') {
            pseudo(http, key, value, &mut seen)?;
            continue;
        }
        let name = HeaderName::from_bytes(key).map_err(|_| Refusal::Malformed("a header field's name is no token"))?;
        let value = HeaderValue::from_maybe_shared(value.clone())
            .map_err(|_| Refusal::Malformed("a header field's value has a control character"))?;
        if form == Form::Joined && headers.contains_key(&name) {
            return Err(Refusal::Malformed("a key of the map of header fields is doubled"));
        }
        headers.try_append(name, value).map_err(|_| Refusal::TooLarge)?;
    }
    sub_request::no_joined_credentials(&headers)?;
    Ok(headers)
}

/// Envoy tells method, path and host by their own fields, and once more as pseudo-header fields. They must agree: where Envoy replaces
/// bytes that are not UTF-8, it does so in the former alone.
fn pseudo(http: &HttpRequest, key: &[u8], value: &[u8], seen: &mut [u8; 3]) -> Result<(), Refusal> {
    let [method, path, authority] = seen;
    let (count, told) = match key {
        b":method" => (method, &http.method),
        b":path" => (path, &http.path),
        b":authority" => (authority, &http.host),
        // `:scheme` and `:protocol` say nothing that is decided by.
        _ => return Ok(()),
    };
    *count = count.saturating_add(1);
    if *count > 1 || told != value {
        return Err(Refusal::Malformed("method, path or host is told twice, and differs"));
    }
    Ok(())
}

fn are_the_same(listed: &HeaderMap, joined: &HeaderMap) -> bool {
    listed.keys_len() == joined.keys_len()
        && listed.keys().all(|name| {
            let values: Vec<_> = listed.get_all(name).iter().map(HeaderValue::as_bytes).collect();
            joined.get(name).is_some_and(|value| value.as_bytes() == values.join(&b','))
        })
}
