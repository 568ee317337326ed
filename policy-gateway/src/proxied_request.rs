//! A request as its proxy tells of it.

use std::fmt;

use http::HeaderMap;
use policy_http::Head;

/// The head of a request that a proxy has received and asks about.
///
/// Method and target are those of the client, byte for byte, as far as the proxy forwards them. Nothing is decoded or normalised: the
/// authorizer denies a path that is not canonical.
#[derive(Clone)]
pub struct ProxiedRequest {
    /// The method, such as `GET`. It is case-sensitive (RFC 9110, section 9.1).
    pub method: String,
    /// The path and the query: `/files/7?view=full`.
    pub target: String,
    /// The authority that the proxy routes by, where the dialect has one.
    pub host: Option<String>,
    /// The header fields of the client. Where a dialect joins repeated fields, the joined value is denied and never split.
    pub headers: HeaderMap,
    /// Which document applies, by a word that the proxy sets and a client cannot: a value of Envoy's `context_extensions`, or of a header
    /// that the proxy overwrites.
    pub document: Option<String>,
}

impl ProxiedRequest {
    /// The path, without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    /// What follows the first `?`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }
}

impl Head for ProxiedRequest {
    fn method(&self) -> &str {
        &self.method
    }

    fn path(&self) -> &str {
        self.path()
    }

    fn query(&self) -> Option<&str> {
        self.query()
    }

    fn header<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.headers.get_all(name).into_iter().map(http::HeaderValue::as_bytes)
    }
}

impl fmt::Debug for ProxiedRequest {
    /// Without the target and the headers, which may hold a credential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxiedRequest")
            .field("method", &self.method)
            .field("host", &self.host)
            .field("document", &self.document)
            .finish_non_exhaustive()
    }
}
