//! The request that is explained, raw.

use serde::Serialize;

/// A request: what of it a decision looks at, but for its caller.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Request {
    /// The method, exact bytes.
    pub(crate) method: String,
    /// The raw path.
    pub(crate) path: String,
    /// The raw query string, without the `?`.
    pub(crate) query: Option<String>,
}

impl Request {
    /// The path is split at its first `?`, as a request target is, unless the query is given by itself.
    pub(crate) fn new(method: &str, path: &str, query: Option<&str>) -> Self {
        let (path, query) = match (query, path.split_once('?')) {
            (Some(query), _) => (path, Some(query)),
            (None, Some((path, query))) => (path, Some(query)),
            (None, None) => (path, None),
        };
        Self { method: method.to_owned(), path: path.to_owned(), query: query.map(str::to_owned) }
    }

    /// As people write it.
    pub(crate) fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}
