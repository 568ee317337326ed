//! The method of a route outside the policy, of either version of the `http` crate.

/// An HTTP method: `actix_web::http::Method`, which is that of the crate `http` 0.2, or `http::Method` of `http` 1, which the rest of this
/// project uses. The trait is sealed, so that only these two implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an HTTP method",
    label = "expected a method such as `actix_web::http::Method::GET`",
    note = "`http::Method::GET` of the crate `http` 1 will do as well"
)]
pub trait RouteMethod: sealed::Sealed {
    /// The method as it is sent.
    fn name(&self) -> &str;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for http::Method {}
    impl Sealed for actix_web::http::Method {}
}

impl RouteMethod for http::Method {
    fn name(&self) -> &str {
        self.as_str()
    }
}

impl RouteMethod for actix_web::http::Method {
    fn name(&self) -> &str {
        self.as_str()
    }
}
