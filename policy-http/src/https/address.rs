//! An address that may be asked.

use http::Uri;
use http::uri::Scheme;

use super::fetch_error::{FetchError, FetchFault};
use crate::loopback::is_loopback;

/// A URL that was checked: `https`, or `http` on this machine where that is allowed.
#[derive(Clone, Debug)]
pub(super) struct Address(Uri);

impl Address {
    pub(super) fn read(url: &str, allows_loopback: bool) -> Result<Self, FetchError> {
        let refuse = |because| FetchError::of(shown(url), FetchFault::NotAllowed(because));
        // The crate `http` drops a fragment, and accepts some characters that no URL may have.
        if url.contains(|character: char| !character.is_ascii_graphic() || r#""<>\^`{|}#"#.contains(character)) {
            return Err(refuse("it has a fragment, or a character that must be percent-encoded"));
        }
        let uri: Uri = url.parse().map_err(|_| refuse("it is no URL"))?;
        let host = match uri.authority() {
            Some(authority) if !authority.as_str().contains('@') && !authority.host().is_empty() => authority.host(),
            _ => return Err(refuse("it has no host, or a user before it")),
        };
        let is_allowed = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => allows_loopback && is_loopback(host),
            _ => false,
        };
        if is_allowed { Ok(Self(uri)) } else { Err(refuse("it does not begin with `https://`")) }
    }

    pub(super) fn uri(&self) -> Uri {
        self.0.clone()
    }

    /// The address as errors name it: a query could hold a secret.
    pub(super) fn shown(&self) -> String {
        shown(&self.0.to_string())
    }
}

/// The text up to its query, without a user and a password.
fn shown(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let url = url.get(..end).unwrap_or_default();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let separator = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{separator}{host}").escape_debug().to_string()
}
