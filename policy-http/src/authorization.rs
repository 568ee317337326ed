//! The grammars of credentials in a request.

use std::borrow::Cow;

use policy_core::__private::form_decoded;
use policy_core::{AuthenticationFailure, SchemeKind};

use crate::base64::decoded;
use crate::head::Head;

/// A set of bytes, as a table. Tokens are long, and each of their bytes is looked up.
struct Bytes([bool; 256]);

/// The bytes of a token (RFC 9110, section 5.6.2).
static TOKEN: Bytes = Bytes::alphanumeric_and(b"!#$%&'*+-.^_`|~");

/// The bytes of a bearer token, without the `=` at its end (RFC 6750, section 2.1).
static TOKEN68: Bytes = Bytes::alphanumeric_and(b"-._~+/");

impl Bytes {
    #[expect(clippy::indexing_slicing, reason = "a constant; an index out of range is a compile error")]
    const fn alphanumeric_and(others: &[u8]) -> Self {
        let mut is = [false; 256];
        let mut byte = 0;
        while byte < 128 {
            is[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        let mut at = 0;
        while at < others.len() {
            is[others[at] as usize] = true;
            at += 1;
        }
        Self(is)
    }

    #[inline]
    fn is(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).is_some_and(|is| *is)
    }
}

/// A request's `Authorization` field in its two parts: `auth-scheme 1*SP rest` (RFC 9110, section 11.4).
#[derive(Clone, Copy)]
pub(crate) struct Authorization<'r> {
    scheme: &'r str,
    rest: &'r str,
}

impl<'r> Authorization<'r> {
    /// The field. `None` if the request has none.
    pub(crate) fn read(head: &'r impl Head) -> Result<Option<Self>, AuthenticationFailure> {
        let Some(text) = single(head, "authorization")? else { return Ok(None) };
        let end = text.bytes().position(|byte| !TOKEN.is(byte)).ok_or(AuthenticationFailure::Malformed)?;
        let (scheme, rest) = text.split_at_checked(end).ok_or(AuthenticationFailure::Malformed)?;
        let spaces = rest.bytes().take_while(|byte| *byte == b' ').count();
        let rest = rest.get(spaces..).unwrap_or_default();
        // Some byte ended the name of the scheme, and only a space may.
        if spaces == 0 || rest.is_empty() {
            return Err(AuthenticationFailure::Malformed);
        }
        Ok(Some(Self { scheme, rest }))
    }

    /// Whether the credential is of that scheme. The name is case-insensitive (RFC 9110, section 11.1).
    pub(crate) fn is(self, scheme: &str) -> bool {
        self.scheme == scheme || self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// A bearer token: `b64token` (RFC 6750, section 2.1).
    pub(crate) fn bearer(self) -> Result<Cow<'r, str>, AuthenticationFailure> {
        let bytes = self.rest.as_bytes();
        let padding = bytes.iter().rev().take_while(|byte| **byte == b'=').count();
        let body = bytes.len() - padding;
        if body == 0 || !bytes.iter().take(body).all(|byte| TOKEN68.is(*byte)) {
            return Err(AuthenticationFailure::Malformed);
        }
        Ok(Cow::Borrowed(self.rest))
    }

    /// `user-id:password`, decoded (RFC 7617, section 2).
    pub(crate) fn basic(self) -> Result<Cow<'r, str>, AuthenticationFailure> {
        let pair = decoded(self.rest.as_bytes())
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .filter(|pair| pair.contains(':') && !pair.chars().any(char::is_control));
        pair.map(Cow::Owned).ok_or(AuthenticationFailure::Malformed)
    }

    /// The parameters of any other scheme, as they are sent.
    pub(crate) fn other(self) -> Cow<'r, str> {
        Cow::Borrowed(self.rest)
    }
}

/// The secret that the request presents for a scheme of this kind. `None` if there is none.
#[inline]
pub(crate) fn presented<'r>(
    kind: Option<SchemeKind<&str>>,
    head: &'r impl Head,
    field: Option<Authorization<'r>>,
) -> Result<Option<Cow<'r, str>>, AuthenticationFailure> {
    let Some(kind) = kind else { return Ok(None) };
    Ok(match kind {
        kind if kind.is_bearer() => field.filter(|field| field.is("Bearer")).map(Authorization::bearer).transpose()?,
        SchemeKind::Basic => field.filter(|field| field.is("Basic")).map(Authorization::basic).transpose()?,
        SchemeKind::HttpOther(name) => field.filter(|field| field.is(name)).map(Authorization::other),
        SchemeKind::ApiKeyHeader(name) => single(head, name)?.map(Cow::Borrowed),
        SchemeKind::ApiKeyCookie(name) => cookie(head, name)?.map(Cow::Borrowed),
        SchemeKind::ApiKeyQuery(name) => query(head.query(), name)?,
        // A client certificate is no part of the request's head. A kind that is unknown here has no credential.
        _ => None,
    })
}

/// The only value of a header field. Two values would be two credentials, which is an error.
pub(crate) fn single<'r>(head: &'r impl Head, name: &str) -> Result<Option<&'r str>, AuthenticationFailure> {
    let mut values = head.header(name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(AuthenticationFailure::Multiple);
    }
    // Visible ASCII, spaces and tabs (RFC 9110, section 5.5). `obs-text` belongs to no credential.
    // The loop does not stop early, so that the compiler can check many bytes at once.
    let legal = value.iter().fold(true, |legal, byte| legal & matches!(byte, b' '..=b'~' | b'\t'));
    match str::from_utf8(value) {
        Ok(text) if legal && !text.is_empty() => Ok(Some(text)),
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

/// The value of the query parameter of that name. The query is searched for this one name, also where it is percent-encoded. Other
/// parameters are not looked at.
pub(crate) fn query<'r>(query: Option<&'r str>, name: &str) -> Result<Option<Cow<'r, str>>, AuthenticationFailure> {
    let mut found = None;
    for pair in query.unwrap_or_default().split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !form_decoded(key).eq(name.bytes()) {
            continue;
        }
        if found.is_some() {
            return Err(AuthenticationFailure::Multiple);
        }
        let value = if value.contains(['%', '+']) {
            match String::from_utf8(form_decoded(value).collect()) {
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
