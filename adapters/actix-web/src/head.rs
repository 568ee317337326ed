//! A request's head, in actix-web's own types, which are those of an older `http` crate.

use actix_web::dev::RequestHead;
use policy_http::Head;

/// A view of the head. Nothing is copied.
pub(crate) struct View<'r>(pub(crate) &'r RequestHead);

impl Head for View<'_> {
    fn method(&self) -> &str {
        self.0.method.as_str()
    }

    fn path(&self) -> &str {
        self.0.uri.path()
    }

    fn query(&self) -> Option<&str> {
        self.0.uri.query()
    }

    fn header<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.0.headers.get_all(name).map(actix_web::http::header::HeaderValue::as_bytes)
    }
}
