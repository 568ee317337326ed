//! What `handlers!` checks at compile time: each operation has exactly one handler, and each handler has an operation.

use core::marker::PhantomData;

use crate::policy::{Operation, OperationRef};
use crate::proof::proven_index;

mod attribute;
mod completeness;
mod elsewhere;
mod guarded_handler;
mod message;

#[doc(hidden)]
pub use attribute::{AboveUtoipa, NothingOfUtoipa, Parameter, SameOperation, assert_permit, parameter_of};
#[doc(hidden)]
pub use completeness::{assert_exhaustive, assert_single, first_duplicate};
pub use elsewhere::Elsewhere;
#[doc(hidden)]
pub use elsewhere::last_day;
pub use guarded_handler::{GuardedHandler, PermitParameter};

/// Every handler of the document, exactly once: what an adapter mounts.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// # struct Adapter(Vec<String>);
/// # impl Adapter {
/// #     fn handler<M, H: policy_core::handler_list::GuardedHandler<M>>(mut self, _: H) -> Self {
/// #         self.0.push(policy_core::OperationRef::of::<H::Operation>().to_string());
/// #         self
/// #     }
/// #     fn pending<O: policy_core::Operation>(self, _: &str) -> Self { self }
/// #     fn elsewhere<O: policy_core::Operation>(self, _: policy_core::handler_list::Elsewhere) -> Self { self }
/// #     fn handlers(self, list: impl FnOnce(Self) -> Self) -> Self { list(self) }
/// # }
/// use policy::operations::*;
/// use policy_core::{Permit, handlers, operation};
///
/// #[operation(ListEncounters)]
/// async fn list_encounters(permit: Permit<ListEncounters>) {}
///
/// mod encounters {
///     # use super::*;
///     #[operation(GetEncounter)]
///     pub async fn get_encounter<Store>(permit: Permit<GetEncounter>, store: Store) {}
/// }
///
/// # fn main() {
/// # let guard = Adapter(Vec::new());
/// // `guard` is an adapter's builder.
/// let guard = guard.handlers(handlers![
///     list_encounters,
///     encounters::get_encounter::<Vec<String>>,
///     pending!(GetAudio, "moves in March"),
/// ]);
/// # assert_eq!(guard.0, ["GET /encounters", "GET /encounters/{encounter_id}"]);
/// # let guard = Adapter(Vec::new());
///
/// // A service that is guarded step by step: one operation is guarded, and the old routes still serve the others.
/// let guard = guard.handlers(handlers![
///     list_encounters,
///     elsewhere!(GetEncounter, "the old routes"),
///     elsewhere!(GetAudio, "the old routes", until = "2027-06-30"),
/// ]);
/// # }
/// ```
/// A handler is a path to a function whose first parameter is a permit. The type of the permit says which operation it serves.
/// `pending!(Operation, "reason")` stands for a handler that does not exist yet. Requests for it are denied, and the audit lists it with
/// the reason.
///
/// `list_encounters.layer(limit)` puts a layer of the framework around one handler. It sees only requests that were allowed. The first
/// layer is the innermost. The `Mount` of an adapter says whether it has layers, and of which kind.
///
/// `elsewhere!(Operation, "reason", until = "2027-06-30")` leaves an operation to the application's own routes: **nothing is
/// checked there**. It is for a service that is guarded step by step. The audit and the log at start name the operation. After the day
/// of `until` they report it as an error.
///
/// The value is a closure over an adapter's mount. Pass it to the adapter's builder.
///
/// # Errors
/// At compile time: all operations without handler, with the document's lines; the second handler of an operation at
/// its name; a function without permit at its name.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! handlers {
    ($($list:tt)*) => {
        $crate::__private::handlers! { { $crate } $($list)* }
    };
}

type DocumentOf<F, M> = <<F as GuardedHandler<M>>::Operation as Operation>::Document;

/// One entry of a handler list: the operation it is for.
#[doc(hidden)]
#[derive(Debug)]
pub struct HandlerEntry<D> {
    index: u32,
    document: PhantomData<fn() -> D>,
}

/// The entry of a handler.
#[doc(hidden)]
#[must_use]
pub const fn entry_of<F: GuardedHandler<M>, M>(_: &F) -> HandlerEntry<DocumentOf<F, M>> {
    HandlerEntry { index: const { proven_index::<F::Operation>() }, document: PhantomData }
}

/// The entry of an operation that has no handler in the list: it is pending, or served elsewhere.
#[doc(hidden)]
#[must_use]
pub const fn entry_without_handler<O: Operation>() -> HandlerEntry<O::Document> {
    HandlerEntry { index: const { proven_index::<O>() }, document: PhantomData }
}

/// The operation of a handler, from the handler itself: `operation_of(&list_encounters)`.
#[must_use]
pub const fn operation_of<F: GuardedHandler<M>, M>(_: &F) -> OperationRef<DocumentOf<F, M>> {
    OperationRef::of::<F::Operation>()
}
