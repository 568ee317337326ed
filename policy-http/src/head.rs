//! The parts of a request that a decision reads, for any framework.

use http::header::{AUTHORIZATION, GetAll, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Extensions, Method, Uri};

/// A request without its body: everything that a decision reads.
///
/// It is implemented for [`Parts`] of the crate `http`, and for [`HeadRef`], which borrows the pieces of a head. For a framework with
/// types of its own, the adapter implements it on a view of them, so that nothing is copied for a request.
pub trait Head: Sync {
    /// The method, byte for byte (RFC 9110, section 9.1). If the framework rewrites methods, it is the rewritten one.
    fn method(&self) -> &str;

    /// The path as it was sent, without the query.
    fn path(&self) -> &str;

    /// What follows the first `?` of the request target, as it was sent.
    fn query(&self) -> Option<&str>;

    /// The values of every header field of that name, in the order in which they were sent. The name is given in lower
    /// case, and compared without regard to case (RFC 9110, section 5.1).
    fn header<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]>;

    /// What servers and middleware attached to the request. `None` for a framework that does not attach anything in this type. Only a
    /// [`ProofOfPossession`](crate::ProofOfPossession) gets it.
    fn extensions(&self) -> Option<&Extensions> {
        None
    }
}

/// A [`Head`] of any type, for trait objects.
pub(crate) trait AnyHead: Sync {
    fn method(&self) -> &str;
    fn path(&self) -> &str;
    fn query(&self) -> Option<&str>;
    fn header<'h>(&'h self, name: &str) -> Vec<&'h [u8]>;
    fn extensions(&self) -> Option<&Extensions>;
}

impl<H: Head> AnyHead for H {
    fn method(&self) -> &str {
        Head::method(self)
    }

    fn path(&self) -> &str {
        Head::path(self)
    }

    fn query(&self) -> Option<&str> {
        Head::query(self)
    }

    fn header<'h>(&'h self, name: &str) -> Vec<&'h [u8]> {
        Head::header(self, name).collect()
    }

    fn extensions(&self) -> Option<&Extensions> {
        Head::extensions(self)
    }
}

/// A request's head in borrowed pieces, for frameworks that do not have [`Parts`].
///
/// ```
/// use policy_http::{Head, HeadRef};
///
/// let request = http::Request::get("/notes?limit=5").header("authorization", "Bearer abc").body(())?;
/// let head = HeadRef::from(&request);
/// assert_eq!((head.method(), head.path(), head.query()), ("GET", "/notes", Some("limit=5")));
/// assert!(head.header("authorization").eq([b"Bearer abc"]));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HeadRef<'r> {
    method: &'r Method,
    uri: &'r Uri,
    headers: &'r HeaderMap,
    extensions: &'r Extensions,
}

impl<'r> HeadRef<'r> {
    /// A head of these pieces. The extensions are what servers and middleware attached to the request.
    #[must_use]
    pub const fn new(method: &'r Method, uri: &'r Uri, headers: &'r HeaderMap, extensions: &'r Extensions) -> Self {
        Self { method, uri, headers, extensions }
    }
}

impl<'r, B> From<&'r http::Request<B>> for HeadRef<'r> {
    fn from(request: &'r http::Request<B>) -> Self {
        Self::new(request.method(), request.uri(), request.headers(), request.extensions())
    }
}

/// The fields of that name. Nearly every request is asked for `authorization`. For this name, no known name has to be searched.
fn fields<'h>(headers: &'h HeaderMap, name: &str) -> GetAll<'h, HeaderValue> {
    if name == AUTHORIZATION.as_str() { headers.get_all(AUTHORIZATION) } else { headers.get_all(name) }
}

impl Head for HeadRef<'_> {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn path(&self) -> &str {
        self.uri.path()
    }

    fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    fn header<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        fields(self.headers, name).into_iter().map(HeaderValue::as_bytes)
    }

    fn extensions(&self) -> Option<&Extensions> {
        Some(self.extensions)
    }
}

impl Head for Parts {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn path(&self) -> &str {
        self.uri.path()
    }

    fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    fn header<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        fields(&self.headers, name).into_iter().map(HeaderValue::as_bytes)
    }

    fn extensions(&self) -> Option<&Extensions> {
        Some(&self.extensions)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    /// What a request is asked, in one line. The extension is a number that a middleware put there.
    fn told(head: &impl Head) -> String {
        let any: &dyn AnyHead = head;
        let fields = |name| {
            let values: Vec<_> = Head::header(head, name).collect();
            assert_eq!(values, any.header(name), "{name}");
            values.join(&b'+').escape_ascii().to_string()
        };
        let number = |extensions: Option<&Extensions>| extensions.and_then(|them| them.get::<u8>().copied());
        let told = (head.method(), head.path(), head.query(), number(head.extensions()));
        assert_eq!(told, (any.method(), any.path(), any.query(), number(any.extensions())));
        format!("{told:?} {} {} {}", fields("authorization"), fields("x-key"), fields("x-none"))
    }

    /// Says nothing of extensions, as a framework without them.
    struct Bare;

    impl Head for Bare {
        fn method(&self) -> &str {
            "GET"
        }

        fn path(&self) -> &str {
            "/"
        }

        fn query(&self) -> Option<&str> {
            None
        }

        fn header<'h>(&'h self, _: &str) -> impl Iterator<Item = &'h [u8]> {
            std::iter::empty()
        }
    }

    /// Whatever type a framework lends: the target as it was sent, each field as often as it was sent.
    #[test]
    fn every_head_tells_the_same_of_a_request() {
        for (method, target, expected) in [
            (
                "DELETE",
                "/a//b%2Fc?d=%20&&e",
                r#"("DELETE", "/a//b%2Fc", Some("d=%20&&e"), Some(7)) Bearer a+Basic b 1+\xff "#,
            ),
            ("get", "/?", r#"("get", "/", Some(""), Some(7)) Bearer a+Basic b 1+\xff "#),
            ("HEAD", "/a", r#"("HEAD", "/a", None, Some(7)) Bearer a+Basic b 1+\xff "#),
        ] {
            let request = http::Request::builder()
                .method(method)
                .uri(target)
                .header("Authorization", "Bearer a")
                .header("X-Key", "1")
                .header("authorization", "Basic b")
                .header("x-key", HeaderValue::from_bytes(b"\xff").unwrap())
                .extension(7_u8)
                .body(())
                .unwrap();
            assert_eq!(told(&HeadRef::from(&request)), expected);
            assert_eq!(told(&request.into_parts().0), expected);
        }
        assert_eq!(told(&Bare), r#"("GET", "/", None, None)   "#);
    }
}
