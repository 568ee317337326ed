//! The headers that tell an upstream who calls.

use std::collections::BTreeSet;
use std::fmt;

use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::admitted::Admitted;

/// The headers that tell an upstream who calls. Each that is named here is sent at every allowed request, with an empty value where there is
/// nothing to say, so that it overwrites what a client sent.
///
/// Values are sent as they are. One that is not visible ASCII with spaces cannot be a header, and the request is then denied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityHeaders {
    /// Who calls.
    pub subject: Option<HeaderName>,
    /// The public identifier of the credential: a key's id, or the `jti` of a token.
    pub client: Option<HeaderName>,
    /// The organization on whose behalf.
    pub tenant: Option<HeaderName>,
    /// The scopes that any scheme granted, sorted, with spaces between them.
    pub scopes: Option<HeaderName>,
    /// The operation: `GET /files/{id}`.
    pub operation: Option<HeaderName>,
}

/// Why identity headers cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentityHeaderFault {
    /// The name has a character that proxies and servers take for another.
    Alias(HeaderName),
    /// Two of the headers have one name.
    Repeated(HeaderName),
    /// The header has a meaning of its own.
    Reserved(HeaderName),
}

impl fmt::Display for IdentityHeaderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alias(name) => write!(
                f,
                "the identity header `{name}` has a `_` or a `.`, which some servers take for a `-`; write it with letters, digits and `-` alone"
            ),
            Self::Repeated(name) => write!(f, "the identity header `{name}` is named twice; give each its own name"),
            Self::Reserved(name) => write!(
                f,
                "the header `{name}` has a meaning in HTTP and cannot tell who calls; take another, such as `X-Auth-Subject`"
            ),
        }
    }
}

impl std::error::Error for IdentityHeaderFault {}

/// Fields by which messages are framed, routed or authenticated. Overwriting one would change more than who calls.
const RESERVED: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl IdentityHeaders {
    /// The names, in the order of the fields.
    pub fn names(&self) -> impl Iterator<Item = &HeaderName> + Clone {
        [&self.subject, &self.client, &self.tenant, &self.scopes, &self.operation].into_iter().flatten()
    }

    /// Whether the names can be used, together with that of an assertion.
    ///
    /// # Errors
    /// Every fault.
    pub fn check(&self, assertion: Option<&HeaderName>) -> Result<(), Vec<IdentityHeaderFault>> {
        let (mut faults, mut seen) = (Vec::new(), BTreeSet::new());
        for name in self.names().chain(assertion) {
            if name.as_str().contains(['_', '.']) {
                faults.push(IdentityHeaderFault::Alias(name.clone()));
            }
            if RESERVED.contains(&name.as_str()) {
                faults.push(IdentityHeaderFault::Reserved(name.clone()));
            }
            if !seen.insert(name.as_str()) {
                faults.push(IdentityHeaderFault::Repeated(name.clone()));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// The headers for an allowed request. `None` where a value cannot be a header's.
    pub(super) fn of(&self, admitted: &Admitted<'_>) -> Option<HeaderMap> {
        let caller = admitted.caller;
        let mut scopes: Vec<&str> = caller
            .into_iter()
            .flat_map(|caller| caller.grants(admitted.operation.policy()))
            .flat_map(|(_, scopes)| scopes)
            .collect();
        scopes.sort_unstable();
        scopes.dedup();
        let (scopes, operation) = (scopes.join(" "), admitted.operation.to_string());
        let values = [
            (&self.subject, caller.map_or("", |caller| caller.subject())),
            (&self.client, caller.and_then(|caller| caller.credential_id()).unwrap_or_default()),
            (&self.tenant, caller.and_then(|caller| caller.tenant()).unwrap_or_default()),
            (&self.scopes, &*scopes),
            (&self.operation, &*operation),
        ];
        let mut headers = HeaderMap::with_capacity(values.len());
        for (name, value) in values {
            let Some(name) = name else { continue };
            headers.insert(name.clone(), visible(value)?);
        }
        Some(headers)
    }
}

/// A text of visible ASCII and spaces that begins and ends with no space: what every proxy passes on as it is.
fn visible(text: &str) -> Option<HeaderValue> {
    let is_legal = text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.trim() == text;
    if is_legal { HeaderValue::from_str(text).ok() } else { None }
}

/// Whether a name is an alias of another: the same letters and digits in any case with other characters between them, and not the very name.
/// Most servers that make a variable of a name take `_` for `-`, and some take each character that is no letter and no digit (CGI in lighttpd).
pub(super) fn is_alias(name: &str, of: &str) -> bool {
    let plain = |byte: u8| if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' };
    name.len() == of.len() && !name.eq_ignore_ascii_case(of) && name.bytes().map(plain).eq(of.bytes().map(plain))
}
