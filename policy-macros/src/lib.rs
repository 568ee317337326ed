//! The handler attribute and the exhaustive handler list.
//!
//! Use them through `policy_core` with its feature `macros`: they expand to paths in that crate and to what
//! `policy-build` generated from the document. They read no document and no manifest but the crate's own `Cargo.toml`,
//! in which they look up what `policy_core` is called here.
//!
//! Each macro goes through three phases, one file each: *parse* (tokens to a syntax tree), *validate* (all that is
//! wrong, at once) and *expand* (tokens that cannot fail).

mod check_scopes;
mod core_path;
mod handlers;
mod operation;
mod problems;
mod scope_list;

use proc_macro::TokenStream;

/// Ties a handler to its operation, and optionally to the scopes that its author believes are required.
///
/// ```text
/// #[operation(ListEncounters)]
/// #[operation(path::to::ListEncounters, scopes("encounters:read", "patients:read"))]
/// #[operation(ListEncounters, scopes(any(all("encounters:read", "patients:read"), all("admin"))))]
/// #[operation(ListEncounters, crate = my_reexports::policy_core)]
/// ```
/// The operation is a type of the generated module. A written list must equal the document's: as sets, both ways, so
/// order and repetition do not matter; `any` stands for the alternatives of the OpenAPI security requirement, each of
/// them whole. Without a list the document's scopes apply all the same. `scopes()` says that a caller must be
/// authenticated and needs no scope; a public operation takes no list.
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

/// Every handler of the document, exactly once: what an adapter mounts.
///
/// ```text
/// handlers![list_encounters, encounters::get_encounter, stored::<Sqlite>, pending!(GetAudio, "moves in March")]
/// ```
/// A handler is a path to a function whose first parameter is a permit; which operation it serves is read from that
/// type. `pending!(Operation, "reason")` stands in for a handler that does not exist yet: its requests are denied, and
/// the audit lists it with the reason. `crate = path` as the first entry says where `policy_core` is, if the manifest
/// does not.
///
/// The value is a closure over an adapter's mount, to be passed on as it is.
///
/// # Errors
/// At compile time: all operations without handler, with the document's lines; the second handler of an operation at
/// its name; a function without permit at its name.
#[proc_macro]
pub fn handlers(list: TokenStream) -> TokenStream {
    handlers::run(list.into()).into()
}

/// Called by the generated macro of an operation with the operation's facts and what `#[operation]` passed along.
#[doc(hidden)]
#[proc_macro]
pub fn __check_scopes(facts: TokenStream) -> TokenStream {
    check_scopes::run(facts.into()).into()
}
