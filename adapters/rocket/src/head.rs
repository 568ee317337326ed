//! A request's head, in rocket's own types.

use policy_http::Head;
use rocket::Request;

/// A view of the head, after a form's `_method` and every request fairing. Nothing is copied.
pub(crate) struct View<'v, 'r>(pub(crate) &'v Request<'r>);

impl View<'_, '_> {
    /// Whether a segment of the path is empty. rocket leaves such segments out, so that `/items/` and `//items` are `/items`.
    pub(crate) fn has_empty_segment(&self) -> bool {
        let path = self.path();
        path.contains("//") || (path.len() > 1 && path.ends_with('/'))
    }
}

impl Head for View<'_, '_> {
    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn path(&self) -> &str {
        self.0.uri().path().raw().as_str()
    }

    fn query(&self) -> Option<&str> {
        self.0.uri().query().map(|query| query.raw().as_str())
    }

    fn header<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.0.headers().get(name).map(str::as_bytes)
    }
}
