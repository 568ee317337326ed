//! A request's head, in actix-web's own types, which are those of an older `http` crate.

use actix_web::dev::RequestHead;
use actix_web::http::header::{AUTHORIZATION, HeaderValue};
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
        // Nearly every request is asked for this header, and the constant saves looking up its name.
        let known = name == AUTHORIZATION.as_str();
        let values = if known { self.0.headers.get_all(AUTHORIZATION) } else { self.0.headers.get_all(name) };
        values.map(HeaderValue::as_bytes)
    }
}
