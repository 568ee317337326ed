//! The handler attribute and the exhaustive handler list.
//!
//! Use them through `policy_core` with its feature `macros`: they expand to paths in that crate and to what
//! `policy-build` generated from the document. They read no file, neither the document nor a manifest: the generated module and
//! `policy_core` itself say where `policy_core` is.
//!
//! Each macro goes through three phases, one file each: *parse* (tokens to a syntax tree), *validate* (all that is
//! wrong, at once) and *expand* (tokens that cannot fail).

mod check_scopes;
mod core_path;
mod handlers;
mod operation;
mod problems;
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
/// A list that is not the document's does not compile; here `patients:read` is missing:
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
/// The operation is a type of the generated module. A written list must equal the document's: as sets, both ways, so
/// order and repetition do not matter; `any` stands for the alternatives of the OpenAPI security requirement, each of
/// them whole. Without a list the document's scopes apply all the same. `scopes()` says that a caller must be
/// authenticated and needs no scope; a public operation takes no list.
///
/// # Beside utoipa
/// Above `#[utoipa::path(…)]` the attribute reads `security(…)` as the list, so that scopes are written once: each tuple is an
/// alternative, `()` the anonymous one. A difference from the document is an error at utoipa's own literal. Scopes in both places must
/// be the same. A scope that is no literal, and `extensions(…)`, which may hold scopes too, leave it to the test that compares the
/// dump. Where `policy.toml` has `[draft]`, the schemes must be the document's too. Below `#[utoipa::path]` the attribute sees nothing of it; where
/// `policy.toml` has `[draft]`, that is an error.
///
/// It may stand in an `impl` of a type too, and is then named in the list as `Encounters::list`. It takes no `self`: what that would be
/// is the framework's state, such as `State<Arc<Self>>` in axum.
///
/// The function stays a plain function. Added are
/// - a sentence at the end of its rustdoc that names method, template and required scopes;
/// - for a handler `list_encounters`, the constants `LIST_ENCOUNTERS` (an `OperationRef`, the value that enablement,
///   least privilege and audits take) and `LIST_ENCOUNTERS_SCOPES` (the scopes by name, one slice for each alternative),
///   as visible as the function;
/// - the check that its first parameter is the permit of this very operation.
///
/// # Errors
/// At compile time: a missing scope at the list, a surplus one at its literal, both with the document's line; a permit
/// that is missing or of another operation at the parameter; an unknown operation at its name.
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

/// Called by the generated macro of an operation with the operation's facts and what `#[operation]` passed along.
#[doc(hidden)]
#[proc_macro]
pub fn __check_scopes(facts: TokenStream) -> TokenStream {
    check_scopes::run(facts.into()).into()
}
