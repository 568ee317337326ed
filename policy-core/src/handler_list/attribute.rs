//! What `#[operation]` has the compiler check of the function that it stands above.

use super::PermitParameter;
use crate::policy::Operation;

/// Both operations are the same. It is a trait, so that the compiler's error can say what is wrong.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the permit is for operation `{Self}`, but the attribute names `{O}`",
    label = "permit of another operation",
    note = "a handler serves one operation; name the same one in `#[operation(…)]` and in its permit"
)]
pub trait SameOperation<O> {}

impl<O> SameOperation<O> for O {}

/// Compiles only if `P` is a permit of the operation `O`. Called by what `#[operation(O)]` expands to.
#[doc(hidden)]
pub const fn assert_permit<O, P>()
where
    O: Operation,
    P: PermitParameter<Operation: SameOperation<O>>,
{
}

/// What stands beside a handler under the name of utoipa's type for it. It is a trait, so that the compiler's error can say what is wrong.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`#[operation]` stands below `#[utoipa::path]`, where it sees nothing of its `security(…)`",
    label = "put `#[operation(…)]` above `#[utoipa::path(…)]`",
    note = "attributes are expanded from the top: the one above sees the one below"
)]
pub trait AboveUtoipa<Found> {}

/// No type of utoipa's.
#[doc(hidden)]
#[derive(Debug)]
pub enum NothingOfUtoipa {}

// The only impl, so that the compiler infers the type where nothing else says it.
impl AboveUtoipa<NothingOfUtoipa> for () {}

/// Compiles only if no attribute of utoipa's was expanded before. Called by what `#[operation]` expands to, with a function whose
/// parameter has the name of utoipa's type.
#[doc(hidden)]
pub const fn assert_above_utoipa<Found>(_: fn(Found))
where
    (): AboveUtoipa<Found>,
{
}
