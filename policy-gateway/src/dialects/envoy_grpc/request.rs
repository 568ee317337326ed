//! From a `CheckRequest` to the request that it tells of.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::super::refusal::Refusal;
use super::super::sub_request;
use super::messages::{CheckRequest, Entry};
use crate::proxied_request::ProxiedRequest;

pub(super) fn read(check: &CheckRequest<'_>, document: &str) -> Result<ProxiedRequest, Refusal> {
    // Envoy leaves both empty. A path without what stands here would be another request.
    if !check.query.is_empty() || !check.fragment.is_empty() {
        return Err(Refusal::Malformed("the query or the fragment stands beside the path"));
    }
    let headers = headers(check)?;
    Ok(ProxiedRequest {
        method: sub_request::method(check.method)?,
        target: sub_request::target(check.path)?,
        host: if check.host.is_empty() { None } else { Some(sub_request::host(check.host)?) },
        document: self::document(&check.context_extensions, document)?,
        headers,
    })
}

fn document(extensions: &[Entry<'_>], key: &str) -> Result<Option<String>, Refusal> {
    let mut named = extensions.iter().filter(|entry| entry.key == key.as_bytes());
    let (first, second) = (named.next(), named.next());
    let wrong = Refusal::Malformed("the context extension that names the document is doubled, empty or not UTF-8");
    match (first, second) {
        (None, _) => Ok(None),
        (Some(entry), None) => sub_request::text(entry.value).filter(|word| !word.is_empty()).map(Some).ok_or(wrong),
        _ => Err(wrong),
    }
}

/// The header fields of the client. Envoy tells them as a map, in which fields of one name are joined, or with `encode_raw_headers` as a
/// list with their raw values.
fn headers(check: &CheckRequest<'_>) -> Result<HeaderMap, Refusal> {
    match (check.listed.is_empty(), check.joined.is_empty()) {
        (true, true) => Err(Refusal::Malformed("the CheckRequest tells no header fields")),
        (false, true) => of(check, &check.listed, Form::Listed),
        (true, false) => of(check, &check.joined, Form::Joined),
        (false, false) => {
            let listed = of(check, &check.listed, Form::Listed)?;
            let joined = of(check, &check.joined, Form::Joined)?;
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

fn of(check: &CheckRequest<'_>, fields: &[Entry<'_>], form: Form) -> Result<HeaderMap, Refusal> {
    let mut headers = HeaderMap::try_with_capacity(fields.len()).map_err(|_| Refusal::TooLarge)?;
    let mut seen = [0_u8; 3];
    for Entry { key, value, raw_value } in fields {
        let value = match (form, value.is_empty(), raw_value.is_empty()) {
            (Form::Joined, ..) | (Form::Listed, _, true) => value,
            (Form::Listed, true, false) => raw_value,
            (Form::Listed, false, false) if value == raw_value => raw_value,
            (Form::Listed, false, false) => {
                return Err(Refusal::Malformed("a header field has two values that differ"));
            }
        };
        if key.first() == Some(&b':') {
            pseudo(check, key, value, &mut seen)?;
            continue;
        }
        let name = HeaderName::from_bytes(key).map_err(|_| Refusal::Malformed("a header field's name is no token"))?;
        let value = HeaderValue::from_bytes(value)
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
fn pseudo(check: &CheckRequest<'_>, key: &[u8], value: &[u8], seen: &mut [u8; 3]) -> Result<(), Refusal> {
    let [method, path, authority] = seen;
    let (count, told) = match key {
        b":method" => (method, check.method),
        b":path" => (path, check.path),
        b":authority" => (authority, check.host),
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
