//! The handler attribute and the exhaustive handler list.
//!
//! Use them through `policy_core` with its feature `macros`. They expand to paths in that crate and in the module that `policy-build`
//! generated. They read no file. The generated module and the macros of `policy_core` pass the path of `policy_core`.
//!
//! Each macro has three phases, one file each: *parse* (tokens to a syntax tree), *validate* (all errors at once) and *expand* (a tree
//! without errors to tokens).

mod check_scopes;
mod core_path;
mod errors;
mod handlers;
mod operation;
mod scope_list;
mod utoipa;

use proc_macro::TokenStream;

/// Ties a handler to its operation, and optionally to the scopes that its author believes are required.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// use policy::operations::{GetEncounter, ListEncounters};
/// use policy_core::{Permit, operation};
///
/// #[operation(ListEncounters, scopes("encounters:read", "patients:read"))]
/// async fn list_encounters(permit: Permit<ListEncounters>) {}
///
/// #[operation(GetEncounter)]
/// async fn get_encounter(permit: Permit<GetEncounter>) {}
///
/// # fn main() {
/// assert_eq!(LIST_ENCOUNTERS.template(), "/encounters");
/// assert_eq!(LIST_ENCOUNTERS_SCOPES, [["encounters:read", "patients:read"].as_slice()]);
/// # }
/// ```
/// A list that differs from the document's does not compile. Here `patients:read` is missing:
/// ```compile_fail
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// # use policy::operations::ListEncounters;
/// # use policy_core::{Permit, operation};
/// #[operation(ListEncounters, scopes("encounters:read"))]
/// async fn list_encounters(permit: Permit<ListEncounters>) {}
/// # fn main() {}
/// ```
/// Alternatives are written as `scopes(any(all("encounters:read", "patients:read"), all("admin")))`.
///
/// The operation is a type of the generated module. The list is optional: the document's scopes apply with it and without it. A written
/// list must be equal to the document's, as a set. Order and repetition do not matter. `any` stands for the alternatives of the OpenAPI
/// security requirement, and each of them is compared as a whole. `scopes()` says that a caller must be authenticated and needs no scope.
/// A public operation takes no list.
///
/// # Beside utoipa
/// Above `#[utoipa::path(…)]` the attribute reads `security(…)` as the list, so that scopes are written once. Each tuple is an
/// alternative, and `()` is the anonymous one. A difference from the document is an error at utoipa's own literal. If `scopes(…)` is
/// written too, it must have the same scopes. If a scope is not a literal, or if there is `extensions(…)`, which may hold scopes too,
/// nothing is compared here, and the test that compares the whole document finds a difference.
///
/// Where `policy.toml` has `[draft]`, the schemes must be the document's too. Below `#[utoipa::path]` the attribute cannot read
/// `security(…)`. With `[draft]` that is an error.
///
/// The function may stand in an `impl` of a type. The list of handlers then names it as `Encounters::list`. It takes no `self`. Take the
/// framework's state instead, such as `State<Arc<Self>>` in axum.
///
/// The function stays a plain function. The attribute adds
/// - a sentence at the end of its rustdoc that names method, template and required scopes;
/// - for a handler `list_encounters`, the constants `LIST_ENCOUNTERS` (an `OperationRef`, the value that enablement,
///   least privilege and audits take) and `LIST_ENCOUNTERS_SCOPES` (the scopes by name, one slice for each alternative),
///   as visible as the function;
/// - the check that its first parameter is the permit of this operation.
///
/// # Errors
/// At compile time, each at its own place: a missing scope at the list and a surplus scope at its literal, both with the document's line;
/// a missing permit, or one of another operation, at the parameter; an unknown operation at its name.
#[proc_macro_attribute]
pub fn operation(arguments: TokenStream, item: TokenStream) -> TokenStream {
    operation::run(arguments.into(), item.into()).into()
}

/// Called by `policy_core::handlers!` with the path of that crate in front of the list.
#[doc(hidden)]
#[proc_macro]
pub fn __handlers(list: TokenStream) -> TokenStream {
    handlers::run(list.into()).into()
}

/// Called by the generated macro of an operation with the operation's facts and what `#[operation]` passed.
#[doc(hidden)]
#[proc_macro]
pub fn __check_scopes(facts: TokenStream) -> TokenStream {
    check_scopes::run(facts.into()).into()
}
