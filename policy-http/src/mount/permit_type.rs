//! The wrapper of a permit that each adapter needs. The framework's extraction is a trait, and Rust's orphan rule forbids an adapter to
//! implement it for core's type.

/// Defines an adapter's `Permit<O>`. It wraps core's permit, dereferences to it, and carries the same scopes. The adapter adds the
/// framework's extraction, by [`Slot::permit`](crate::mount::Slot::permit).
#[doc(hidden)]
#[macro_export]
macro_rules! __permit_type {
    () => {
        /// The proof that this request may run the handler of `O`: the first parameter of every guarded handler.
        ///
        /// It dereferences to [`policy_core::Permit`], and carries the scopes that this one carries. It is taken out of the
        /// request: a second extraction, a permit of another operation, and none at all are a 500 and a log line, because each
        /// is a mistake in the application's routes.
        ///
        /// A unit test makes one from a `policy_core` permit, which `policy_core::testing` mints.
        pub struct Permit<O: $crate::policy_core::Operation>($crate::policy_core::Permit<O>);

        impl<O: $crate::policy_core::Operation> Permit<O> {
            /// The permit itself.
            #[must_use]
            pub fn into_inner(self) -> $crate::policy_core::Permit<O> {
                self.0
            }
        }

        impl<O: $crate::policy_core::Operation> ::core::convert::From<$crate::policy_core::Permit<O>> for Permit<O> {
            fn from(permit: $crate::policy_core::Permit<O>) -> Self {
                Self(permit)
            }
        }

        impl<O: $crate::policy_core::Operation> ::core::ops::Deref for Permit<O> {
            type Target = $crate::policy_core::Permit<O>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl<O: $crate::policy_core::Operation> ::core::fmt::Debug for Permit<O> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.0, f)
            }
        }

        impl<O: $crate::policy_core::Operation> $crate::policy_core::handler_list::PermitParameter for Permit<O> {
            type Operation = O;
        }

        impl<O: $crate::policy_core::Operation> $crate::policy_core::Wrapper for Permit<O> {
            type Held = $crate::policy_core::Permit<O>;

            fn held(&self) -> &Self::Held {
                &self.0
            }
        }
    };
}
