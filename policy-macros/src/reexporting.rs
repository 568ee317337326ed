// The crates that have `pub use policy_core`, for a user who depends on one of them and not on core itself.
//
// A list by hand, because a macro can read the manifest of the crate that it expands in, but no other. It is a file of its own so that
// the tests of `surface` can include it: they fail when an adapter is missing.
[
    "policy-actix-web",
    "policy-axum",
    "policy-http",
    "policy-hyper",
    "policy-poem",
    "policy-rocket",
    "policy-salvo",
]
