//! The grammars of what a credential may look like on the wire.

use std::borrow::Cow;

use data_encoding::BASE64;
use policy_core::AuthenticationFailure;

use crate::head::Head;

/// A request's `Authorization` field, taken apart: `auth-scheme 1*SP rest` (RFC 9110, section 11.4).
#[derive(Clone, Copy)]
pub(crate) struct Authorization<'r> {
    scheme: &'r str,
    rest: &'r str,
}

impl<'r> Authorization<'r> {
    /// The field, where the request has one.
    pub(crate) fn read(head: &'r impl Head) -> Result<Option<Self>, AuthenticationFailure> {
        let Some(text) = single(head, "authorization")? else { return Ok(None) };
        let (scheme, rest) = text.split_once(' ').ok_or(AuthenticationFailure::Malformed)?;
        let rest = rest.trim_start_matches(' ');
        if rest.is_empty() || !scheme.bytes().all(is_token_byte) {
            return Err(AuthenticationFailure::Malformed);
        }
        Ok(Some(Self { scheme, rest }))
    }

    /// Whether the credential is of that scheme. The name is case-insensitive (RFC 9110, section 11.1).
    pub(crate) fn is(self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// A bearer token: `b64token` (RFC 6750, section 2.1).
    pub(crate) fn bearer(self) -> Result<Cow<'r, str>, AuthenticationFailure> {
        let body = self.rest.trim_end_matches('=');
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
        if body.is_empty() || !body.bytes().all(legal) {
            return Err(AuthenticationFailure::Malformed);
        }
        Ok(Cow::Borrowed(self.rest))
    }

    /// `user-id:password`, decoded (RFC 7617, section 2).
    pub(crate) fn basic(self) -> Result<Cow<'r, str>, AuthenticationFailure> {
        let pair = BASE64
            .decode(self.rest.as_bytes())
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .filter(|pair| pair.contains(':') && !pair.chars().any(char::is_control));
        pair.map(Cow::Owned).ok_or(AuthenticationFailure::Malformed)
    }

    /// The parameters of any other scheme, as they stand.
    pub(crate) fn other(self) -> Cow<'r, str> {
        Cow::Borrowed(self.rest)
    }
}

/// The one value of a header field. Two of them are two credentials.
pub(crate) fn single<'r>(head: &'r impl Head, name: &str) -> Result<Option<&'r str>, AuthenticationFailure> {
    let mut values = head.header(name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(AuthenticationFailure::Multiple);
    }
    // Visible ASCII and what may stand between (RFC 9110, section 5.5); `obs-text` is no part of any credential.
    let legal = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
    match str::from_utf8(value) {
        Ok(text) if !text.is_empty() && value.iter().all(legal) => Ok(Some(text)),
        _ => Err(AuthenticationFailure::Malformed),
    }
}

/// The value of the cookie of that name (RFC 6265, section 4.2.1). HTTP/2 may split the field, so it may repeat.
pub(crate) fn cookie<'r>(head: &'r impl Head, name: &str) -> Result<Option<&'r str>, AuthenticationFailure> {
    let mut found = None;
    for pair in head.header("cookie").flat_map(|value| value.split(|byte| *byte == b';')) {
        let pair = pair.trim_ascii();
        let Some(value) = pair.strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b"=")) else { continue };
        if found.is_some() {
            return Err(AuthenticationFailure::Multiple);
        }
        match str::from_utf8(value) {
            Ok(text) if !text.is_empty() => found = Some(text),
            _ => return Err(AuthenticationFailure::Malformed),
        }
    }
    Ok(found)
}

/// The value of the query parameter of that name: a search for this one name, in whatever spelling, and nothing else.
pub(crate) fn query<'r>(query: Option<&'r str>, name: &str) -> Result<Option<Cow<'r, str>>, AuthenticationFailure> {
    let mut found = None;
    for pair in query.unwrap_or_default().split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !decoded(key.as_bytes()).eq(name.bytes()) {
            continue;
        }
        if found.is_some() {
            return Err(AuthenticationFailure::Multiple);
        }
        let value = if value.contains(['%', '+']) {
            match String::from_utf8(decoded(value.as_bytes()).collect()) {
                Ok(text) => Cow::Owned(text),
                Err(_) => return Err(AuthenticationFailure::Malformed),
            }
        } else {
            Cow::Borrowed(value)
        };
        if value.is_empty() {
            return Err(AuthenticationFailure::Malformed);
        }
        found = Some(value);
    }
    Ok(found)
}

/// `+` and percent-encoding, decoded once.
fn decoded(text: &[u8]) -> impl Iterator<Item = u8> + '_ {
    text.split_inclusive(|byte| *byte == b'+').flat_map(|part| {
        let (part, plus) = match part.strip_suffix(b"+") {
            Some(part) => (part, Some(b' ')),
            None => (part, None),
        };
        percent_encoding::percent_decode(part).chain(plus)
    })
}

/// A byte of a token (RFC 9110, section 5.6.2).
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
