//! A request's head, in rocket's own types.

use policy_core::{Document, Policy};
use policy_http::Head;
use rocket::Request;

/// A view of the head. Nothing is copied.
pub(crate) struct View<'v, 'r> {
    request: &'v Request<'r>,
    path: &'v str,
}

impl<'v, 'r> View<'v, 'r> {
    /// The request as rocket has it, after a form's `_method` and every request fairing.
    pub(crate) fn of(request: &'v Request<'r>) -> Self {
        Self { request, path: request.uri().path().raw().as_str() }
    }

    /// The request as one for the policy's base path itself. rocket has found it to be below, by whatever spelling of its
    /// own: who asks for what does not exist there must be known.
    pub(crate) fn below<D: Document>(request: &'v Request<'r>) -> Self {
        Self { request, path: Policy::<D>::new().base_path() }
    }

    /// Whether a segment of the path is empty. rocket leaves such segments out, so that `/items/` and `//items` are `/items`.
    pub(crate) fn has_empty_segment(&self) -> bool {
        self.path.contains("//") || (self.path.len() > 1 && self.path.ends_with('/'))
    }
}

impl Head for View<'_, '_> {
    fn method(&self) -> &str {
        self.request.method().as_str()
    }

    fn path(&self) -> &str {
        self.path
    }

    fn query(&self) -> Option<&str> {
        self.request.uri().query().map(|query| query.raw().as_str())
    }

    fn header<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.request.headers().get(name).map(str::as_bytes)
    }
}
