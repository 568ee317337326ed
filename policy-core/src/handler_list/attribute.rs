//! What `#[operation]` has the compiler check of the function that it stands above.

use core::marker::PhantomData;

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

/// The type of a function's parameter.
#[doc(hidden)]
#[derive(Debug)]
pub struct Parameter<Found>(PhantomData<fn(Found)>);

/// The parameter of a function that `#[operation]` expands to. It has the name of utoipa's type.
#[doc(hidden)]
#[must_use]
pub const fn parameter_of<Found, F: Fn(Found)>(_: &F) -> Parameter<Found> {
    Parameter(PhantomData)
}

impl<Found> Parameter<Found> {
    /// Compiles only if no attribute of utoipa's was expanded before.
    ///
    /// It is a method, since the compiler knows the type of its receiver before it looks at the bound. A function's own parameter would be
    /// taken for the only type that holds, and the error would be that of the pattern.
    #[doc(hidden)]
    pub const fn is_above_utoipa(&self)
    where
        (): AboveUtoipa<Found>,
    {
    }
}
