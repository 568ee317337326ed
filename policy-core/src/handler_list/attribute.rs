//! What the compiler checks of a function with the attribute `#[operation]`.

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

/// Whether utoipa has already made a type for the handler. It is a trait, so that the compiler's error can say what is wrong.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`#[operation]` stands below `#[utoipa::path]`, where it sees nothing of its `security(…)`",
    label = "put `#[operation(…)]` above `#[utoipa::path(…)]`",
    note = "attributes are expanded from the top: the one above sees the one below"
)]
pub trait AboveUtoipa<Found> {}

/// Stands where utoipa has made no type.
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
    /// It is a method, because the compiler infers a receiver's type before it checks the bound. From a function's bound the compiler would
    /// infer the only type that satisfies it, and report a wrong pattern instead.
    #[doc(hidden)]
    pub const fn is_above_utoipa(&self)
    where
        (): AboveUtoipa<Found>,
    {
    }
}
