//! The guard of every framework, as a macro.
//!
//! Its methods are inherent, so that an application need not import a trait for them. Only the crate of a type can give it inherent
//! methods. So each adapter has a guard type of its own, and this macro defines it.

/// Defines an adapter's `guard`, its `Guard<D, A, E, …>` and its `Mount<D, …>`, with all that does not depend on the framework:
///
/// ```text
/// policy_http::__guard! {
///     /// Documentation of the function, with further arguments where the adapter needs some.
///     pub fn guard(body: fn(String) -> R);
///
///     #[must_use = "a guard serves nothing until `service`"]
///     pub struct Guard<D, A, E, S: [Clone + Send + Sync + 'static], R: [Send + 'static]> {
///         body: fn(String) -> R = body,       // further fields, with their first values
///     }
///
///     plan of Run<S, R>;                      // a handler, as the adapter's plan holds it
/// }
/// ```
///
/// The adapter adds `Mount::handler`, which says what a handler is, `Guard::unguarded`, `Guard::beside`, and the methods that serve
/// the plan.
#[doc(hidden)]
#[macro_export]
macro_rules! __guard {
    (
        $(#[$of_function:meta])*
        pub fn guard($($argument:ident: $argument_type:ty),*);

        $(#[$of_guard:meta])*
        pub struct Guard<D, A, E $(, $parameter:ident: [$($bound:tt)*])*> {
            $($(#[$of_field:meta])* $field:ident: $field_type:ty = $value:expr,)*
        }

        plan of $handler:ty;
    ) => {
        $(#[$of_function])*
        pub fn guard<D, A, E $(, $parameter)*>(
            _policy: &$crate::policy_core::Policy<D>,
            authenticator: A,
            enablement: E,
            $($argument: $argument_type,)*
        ) -> Guard<D, A, E $(, $parameter)*>
        where
            D: $crate::policy_core::Document,
            A: $crate::Authenticator<D>,
            E: $crate::Enablement<D>,
            $($parameter: $($bound)*,)*
        {
            Guard {
                authenticator,
                enablement,
                mount: Mount { plan: $crate::mount::Plan::new() },
                options: $crate::Options::new(),
                $($field: $value,)*
            }
        }

        /// A policy, who authenticates, who enables, and the handlers behind it. [`guard`] makes one.
        $(#[$of_guard])*
        pub struct Guard<D: $crate::policy_core::Document, A, E $(, $parameter)*> {
            authenticator: A,
            enablement: E,
            mount: Mount<D $(, $parameter)*>,
            options: $crate::Options<D>,
            $($(#[$of_field])* $field: $field_type,)*
        }

        impl<D, A, E $(, $parameter)*> Guard<D, A, E $(, $parameter)*>
        where
            D: $crate::policy_core::Document,
            A: $crate::Authenticator<D>,
            E: $crate::Enablement<D>,
            $($parameter: $($bound)*,)*
        {
            /// Mounts the handlers of the policy's operations: `.handlers(handlers![list, get, pending!(Later, "why")])`.
            pub fn handlers(
                mut self,
                list: impl FnOnce(Mount<D $(, $parameter)*>) -> Mount<D $(, $parameter)*>,
            ) -> Self {
                self.mount = list(self.mount);
                self
            }

            /// Lets the handler of the GET operation `O` answer HEAD as well, under GET's policy. Say so only of a handler that
            /// mints nothing: it runs whole, and its body is dropped (RFC 9110, section 9.3.2).
            pub fn head<O: $crate::policy_core::Operation<Document = D>>(mut self) -> Self {
                self.mount.plan.head($crate::policy_core::OperationRef::of::<O>());
                self
            }

            /// What the application chose: realm, answers, CORS, decision log, clock and, with the feature `shadow` of
            /// `policy-http`, shadow mode. It replaces what was chosen before.
            pub fn options(mut self, options: $crate::Options<D>) -> Self {
                self.options = options;
                self
            }

            /// The application's own answer to a denial ([`Options::denials`](policy_http::Options::denials)).
            pub fn denials(
                mut self,
                mapper: impl Fn(&$crate::policy_core::Denial<'_, D>) -> $crate::http::Response<String>
                    + Send
                    + Sync
                    + 'static,
            ) -> Self {
                self.options = self.options.denials(mapper);
                self
            }

            /// The application's own answer to 404 and 405 ([`Options::unmatched`](policy_http::Options::unmatched)).
            pub fn unmatched(
                mut self,
                mapper: impl Fn($crate::Unmatched) -> $crate::http::Response<String> + Send + Sync + 'static,
            ) -> Self {
                self.options = self.options.unmatched(mapper);
                self
            }

            /// The protected space that `WWW-Authenticate` names ([`Options::realm`](policy_http::Options::realm)).
            pub fn realm(mut self, realm: impl Into<::std::borrow::Cow<'static, str>>) -> Self {
                self.options = self.options.realm(realm);
                self
            }

            /// The policy's audit, with the operations that are still pending or served elsewhere, the routes outside it, shadow mode, and what the
            /// application accepts of its framework.
            #[must_use]
            pub fn audit(&self) -> $crate::policy_core::Audit<D> {
                self.mount.plan.audit(&self.options)
            }
        }

        impl<D: $crate::policy_core::Document, A, E $(, $parameter)*> ::core::fmt::Debug
            for Guard<D, A, E $(, $parameter)*>
        {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct("Guard").field("mount", &self.mount).finish_non_exhaustive()
            }
        }

        /// Takes handlers, each to the method and template of its operation. What `handlers!` expands to calls it.
        #[must_use = "a handler list serves nothing until `Guard::handlers` has it"]
        pub struct Mount<D: $crate::policy_core::Document $(, $parameter)*> {
            pub(crate) plan: $crate::mount::Plan<D, $handler>,
        }

        impl<D: $crate::policy_core::Document $(, $parameter)*> Mount<D $(, $parameter)*> {
            /// Stands in for a handler that is still to come: the operation passes every stage and is then denied.
            pub fn pending<O: $crate::policy_core::Operation<Document = D>>(mut self, reason: &'static str) -> Self {
                self.plan.pending($crate::policy_core::OperationRef::of::<O>(), reason);
                self
            }

            /// Leaves an operation to the application's own routes, where nothing is checked.
            pub fn elsewhere<O: $crate::policy_core::Operation<Document = D>>(
                mut self,
                elsewhere: $crate::policy_core::handler_list::Elsewhere,
            ) -> Self {
                self.plan.elsewhere($crate::policy_core::OperationRef::of::<O>(), elsewhere);
                self
            }
        }

        impl<D: $crate::policy_core::Document $(, $parameter)*> ::core::fmt::Debug for Mount<D $(, $parameter)*> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.plan, f)
            }
        }
    };
}
