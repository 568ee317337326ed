//! The request that is explained, as it is sent.

use serde::Serialize;

/// The parts of a request that a decision looks at, without the caller.
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
    /// Splits the path at its first `?`, as in a request target. If the query is given by itself, the path is not split.
    pub(crate) fn new(method: &str, path: &str, query: Option<&str>) -> Self {
        let (path, query) = match (query, path.split_once('?')) {
            (Some(query), _) => (path, Some(query)),
            (None, Some((path, query))) => (path, Some(query)),
            (None, None) => (path, None),
        };
        Self { method: method.to_owned(), path: path.to_owned(), query: query.map(str::to_owned) }
    }

    /// The path and the query, as people write them.
    pub(crate) fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}
