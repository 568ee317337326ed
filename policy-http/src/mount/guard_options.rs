//! What every framework's guard is told the same way.

/// Methods of an adapter's `Guard<D, …>`, which has a `mount` with the [`Plan`](crate::mount::Plan) and the
/// [`Options`](crate::Options) `options`: what an application chooses, whichever framework serves it.
#[doc(hidden)]
#[macro_export]
macro_rules! __guard_options {
    ($document:ty) => {
        /// Lets the handler of the GET operation `O` answer HEAD as well, under GET's policy. Say so only of a handler that
        /// mints nothing: it runs whole, and its body is dropped (RFC 9110, section 9.3.2).
        pub fn head<O: $crate::policy_core::Operation<Document = $document>>(mut self) -> Self {
            self.mount.plan.head::<O>();
            self
        }

        /// What the application chose: realm, answers, CORS, decision log, clock and, with the feature `shadow` of
        /// `policy-http`, shadow mode. It replaces what was chosen before.
        pub fn options(mut self, options: $crate::Options<$document>) -> Self {
            self.options = options;
            self
        }

        /// The application's own answer to a denial ([`Options::denials`](policy_http::Options::denials)).
        pub fn denials(
            mut self,
            mapper: impl Fn(&$crate::policy_core::Denial<'_, $document>) -> ::http::Response<String> + Send + Sync + 'static,
        ) -> Self {
            self.options = self.options.denials(mapper);
            self
        }

        /// The application's own answer to 404 and 405 ([`Options::unmatched`](policy_http::Options::unmatched)).
        pub fn unmatched(
            mut self,
            mapper: impl Fn($crate::Unmatched) -> ::http::Response<String> + Send + Sync + 'static,
        ) -> Self {
            self.options = self.options.unmatched(mapper);
            self
        }

        /// The protected space that `WWW-Authenticate` names ([`Options::realm`](policy_http::Options::realm)).
        pub fn realm(mut self, realm: impl Into<::std::borrow::Cow<'static, str>>) -> Self {
            self.options = self.options.realm(realm);
            self
        }
    };
}
