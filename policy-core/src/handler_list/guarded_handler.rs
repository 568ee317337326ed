//! What a handler is: a function whose first parameter is a permit.

use crate::permit::Permit;
use crate::policy::Operation;

/// A handler's first parameter: a permit, or an adapter's wrapper of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a permit",
    label = "the first parameter of a handler must be `Permit<Operation>`",
    note = "the permit proves that the guard of this very operation let the request through"
)]
pub trait PermitParameter {
    /// The operation it permits.
    type Operation: Operation;
}

impl<O: Operation> PermitParameter for Permit<O> {
    type Operation = O;
}

/// A function whose first parameter is a permit. `M` is its signature and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a guarded handler",
    label = "its first parameter is not `Permit<Operation>`",
    note = "a handler takes the permit of its operation first: `async fn handler(permit: Permit<TheOperation>, …)`",
    note = "mount what is not in the document with `.unguarded(method, template, reason, …)`"
)]
pub trait GuardedHandler<M> {
    /// The operation it handles.
    type Operation: Operation;
}

macro_rules! guarded {
    ($($argument:ident)*) => {
        impl<F, P, $($argument,)* R> GuardedHandler<fn(P, $($argument),*) -> R> for F
        where
            F: Fn(P, $($argument),*) -> R,
            P: PermitParameter,
        {
            type Operation = P::Operation;
        }
    };
}

guarded!();
guarded!(A);
guarded!(A B);
guarded!(A B C);
guarded!(A B C E);
guarded!(A B C E G);
guarded!(A B C E G H);
guarded!(A B C E G H I);
guarded!(A B C E G H I J);
guarded!(A B C E G H I J K);
guarded!(A B C E G H I J K L);
guarded!(A B C E G H I J K L N);
guarded!(A B C E G H I J K L N O);
guarded!(A B C E G H I J K L N O Q);
guarded!(A B C E G H I J K L N O Q S);
guarded!(A B C E G H I J K L N O Q S T);
