//! The headers that a guard adds to the answer of a handler.

use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, HeaderMap,
    HeaderName, HeaderValue, VARY,
};

/// Names a request that shadow mode let through, in its response.
pub(crate) const POLICY_SHADOW: HeaderName = HeaderName::from_static("policy-shadow");

/// The headers that a guard adds to every answer: those of CORS, and the mark of shadow mode. It is empty if neither is configured.
///
/// An adapter keeps it while the handler runs, and applies it to the handler's answer. So it is small: it shares the values that
/// belong to the configuration.
#[derive(Clone, Debug, Default)]
#[must_use = "without these headers a browser withholds the answer, or shadow mode passes unseen"]
pub struct AddedHeaders {
    pub(crate) allow_origin: Option<Arc<HeaderValue>>,
    pub(crate) expose: Option<Arc<HeaderValue>>,
    pub(crate) shadow: Option<Box<HeaderValue>>,
    pub(crate) allow_credentials: bool,
    /// Whether the answer depends on the request's origin.
    pub(crate) varies: bool,
}

impl AddedHeaders {
    /// Whether there is nothing to add.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.allow_origin.is_none() && !self.varies && self.shadow.is_none()
    }

    /// Adds the headers. `Vary` is appended to what is there. The others replace what is there, since a browser does not accept two
    /// `Access-Control-Allow-Origin` (Fetch, section 4.10).
    pub fn apply(self, headers: &mut HeaderMap) {
        if self.varies {
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
        if let Some(shadow) = self.shadow {
            headers.insert(POLICY_SHADOW, *shadow);
        }
        let Some(origin) = self.allow_origin else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::clone(&origin));
        if self.allow_credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        if let Some(expose) = self.expose {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::clone(&expose));
        }
    }

    /// The headers, for a framework with a header map of its own. The adapter appends `Vary` and replaces the others.
    #[must_use]
    pub fn into_map(self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        self.apply(&mut headers);
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An adapter leaves an answer as it is where nothing is to be added.
    #[test]
    fn it_is_empty_where_it_adds_no_header() {
        let value = HeaderValue::from_static("x");
        let headers = [
            AddedHeaders::default(),
            AddedHeaders { varies: true, ..AddedHeaders::default() },
            AddedHeaders { allow_origin: Some(Arc::new(value.clone())), ..AddedHeaders::default() },
            AddedHeaders { shadow: Some(Box::new(value)), ..AddedHeaders::default() },
        ];
        assert_eq!(headers.each_ref().map(AddedHeaders::is_empty), [true, false, false, false]);
        assert_eq!(headers.map(|added| added.into_map().len()), [0, 1, 1, 1]);
    }
}
