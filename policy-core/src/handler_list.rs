//! What `handlers!` checks at compile time: each operation has exactly one handler, and each handler an operation.

use core::fmt;
use core::marker::PhantomData;

use crate::date::Date;
use crate::definition::OperationDefinition;
use crate::permit::Permit;
use crate::policy::{Document, Operation, OperationRef};

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
/// // A service that is guarded step by step: one operation is, the others still are what they were.
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
/// `list_encounters.layer(limit)` puts a layer of the framework around one handler, behind the decision: it sees allowed requests
/// alone. The first is the innermost. Which adapters have layers, and of which kind, their `Mount` says.
///
/// `elsewhere!(Operation, "reason", until = "2027-06-30")` leaves an operation to the application's own routes: **nothing is
/// checked there**. It is for a service that moves behind the policy step by step. The audit and the log at start name the
/// operation, and report it as an error after the day. Without `until` there is no such day.
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
    let _ = <F::Operation as Operation>::PROOF;
    HandlerEntry { index: <F::Operation as Operation>::INDEX, document: PhantomData }
}

/// The entry of an operation that has no handler in the list: it is pending, or served elsewhere.
#[doc(hidden)]
#[must_use]
pub const fn entry_without_handler<O: Operation>() -> HandlerEntry<O::Document> {
    let _ = O::PROOF;
    HandlerEntry { index: O::INDEX, document: PhantomData }
}

/// Why an operation is left to the application's own routes, unguarded, and for how long.
///
/// ```
/// use policy_core::Date;
/// use policy_core::handler_list::Elsewhere;
///
/// let elsewhere = Elsewhere::new("served by the old routes", Date::parse("2027-06-30"));
/// assert_eq!(elsewhere.to_string(), "served by the old routes, until 2027-06-30");
/// assert!(elsewhere.is_overdue(Date::parse("2027-07-01").ok_or("no such day")?));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    reason: &'static str,
    until: Option<Date>,
}

impl Elsewhere {
    /// For this reason, up to the end of that day in UTC.
    #[must_use]
    pub const fn new(reason: &'static str, until: Option<Date>) -> Self {
        Self { reason, until }
    }

    /// Why nothing is checked.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// The last day.
    #[must_use]
    pub const fn until(&self) -> Option<Date> {
        self.until
    }

    /// Whether the last day is over.
    #[must_use]
    pub fn is_overdue(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }
}

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)?;
        self.until.map_or(Ok(()), |until| write!(f, ", until {until}"))
    }
}

/// The day of an `until`. Fails to compile where the calendar has none.
#[doc(hidden)]
#[must_use]
#[track_caller]
#[expect(clippy::panic, reason = "evaluated at compile time; the panic is the compile error")]
pub const fn last_day(text: &str) -> Option<Date> {
    match Date::parse(text) {
        Some(day) => Some(day),
        None => panic!("this is no day; write the last day as `until = \"2027-06-30\"`"),
    }
}

/// The operation of a handler, from the handler itself: `operation_of(&list_encounters)`.
#[must_use]
pub const fn operation_of<F: GuardedHandler<M>, M>(_: &F) -> OperationRef<DocumentOf<F, M>> {
    OperationRef::of::<F::Operation>()
}

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

/// The operations of a list, as bits. They are found in one pass, since rustc stops a const evaluation with too many steps.
struct Seen([u64; 1024]);

impl Seen {
    #[expect(clippy::indexing_slicing, reason = "evaluated at compile time; an index out of range is a compile error")]
    const fn insert(&mut self, index: u32) -> bool {
        let (word, mask) = ((index / 64) as usize, 1 << (index % 64));
        let seen = self.0[word] & mask != 0;
        self.0[word] |= mask;
        !seen
    }
}

/// The index of the first entry whose operation an earlier entry has. `entries.len()` where there is none.
#[doc(hidden)]
#[must_use]
#[expect(clippy::indexing_slicing, reason = "evaluated at compile time; an index out of range is a compile error")]
pub const fn first_duplicate<D: Document>(entries: &[HandlerEntry<D>]) -> usize {
    // The document that a draft is for is still to be written.
    if D::DEFINITION.draft {
        return entries.len();
    }
    let mut seen = Seen([0; 1024]);
    let mut at = 0;
    while at < entries.len() && seen.insert(entries[at].index) {
        at += 1;
    }
    at
}

/// Fails to compile, naming the operation of the entry.
#[doc(hidden)]
#[track_caller]
#[expect(clippy::panic, clippy::indexing_slicing, reason = "evaluated at compile time; the panic is the compile error")]
pub const fn assert_single<D: Document>(entries: &[HandlerEntry<D>], duplicate: usize, at: usize) {
    if duplicate == at && at < entries.len() {
        let mut text = Text::new();
        if let Some(operation) = D::DEFINITION.operation(entries[at].index) {
            text.push("a second handler for ");
            text.operation(&operation);
            text.push("; an operation has exactly one handler");
        }
        panic!("{}", text.as_str());
    }
}

/// Fails to compile, naming every operation that has no entry.
#[doc(hidden)]
#[track_caller]
#[expect(clippy::panic, clippy::indexing_slicing, reason = "evaluated at compile time; the panic is the compile error")]
pub const fn assert_exhaustive<D: Document>(entries: &[HandlerEntry<D>]) {
    let definition = D::DEFINITION;
    if definition.draft {
        return;
    }
    let mut text = Text::new();
    let mut seen = Seen([0; 1024]);
    let mut at = 0;
    while at < entries.len() {
        seen.insert(entries[at].index);
        at += 1;
    }
    let mut missing = 0_usize;
    let mut unnamed = 0_usize;
    let mut index = 0;
    while let Some(operation) = definition.operation(index) {
        if seen.insert(index) {
            missing += 1;
            // The first operation that does not fit ends the list. No later one is named instead.
            if unnamed > 0 || !text.has_room_for(&operation) {
                unnamed += 1;
            } else {
                text.push(if missing == 1 { "no handler for " } else { ", " });
                text.operation(&operation);
            }
        }
        index += 1;
    }
    if missing > 0 {
        if unnamed > 0 {
            text.push(" and ");
            text.number(unnamed);
            text.push(" more");
        }
        text.push("; add the handler to the list, or `pending!(Operation, \"reason\")`");
        panic!("{}", text.as_str());
    }
}

/// How many bytes a message may have.
const ROOM: usize = 8192;

/// How many of these bytes are kept for the text after a list of operations: how many more there are, and what to do.
const BEHIND_THE_LIST: usize = 128;

/// A message put together at compile time.
struct Text {
    bytes: [u8; ROOM],
    length: usize,
}

impl Text {
    const fn new() -> Self {
        Self { bytes: [0; ROOM], length: 0 }
    }

    #[expect(clippy::indexing_slicing, reason = "evaluated at compile time; what does not fit is cut")]
    const fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        // A text is added whole or not at all, so that the message is always UTF-8.
        if self.length + text.len() > self.bytes.len() {
            return;
        }
        let mut at = 0;
        while at < text.len() {
            self.bytes[self.length] = text[at];
            self.length += 1;
            at += 1;
        }
    }

    /// Whether there is room for the operation and for the text after the list.
    const fn has_room_for(&self, operation: &OperationDefinition) -> bool {
        let names = operation.type_name().len() + operation.method().len() + operation.template().len();
        let punctuation = ", `` ( , )".len();
        self.length + names + operation.location().len() + punctuation + BEHIND_THE_LIST <= ROOM
    }

    /// Adds a number greater than zero, in decimal digits.
    #[expect(clippy::indexing_slicing, reason = "evaluated at compile time; an index out of range is a compile error")]
    const fn number(&mut self, number: usize) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.bytes[self.length] = b'0' + (number % 10) as u8;
        self.length += 1;
    }

    const fn operation(&mut self, operation: &OperationDefinition) {
        self.push("`");
        self.push(operation.type_name());
        self.push("` (");
        self.push(operation.method());
        self.push(" ");
        self.push(operation.template());
        self.push(", ");
        self.push(operation.location());
        self.push(")");
    }

    const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "the handler list does not match the document",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{Access, OperationParts, QueryAllowList};
    use crate::requirement::Requirement;

    const fn operation(template: &'static str) -> OperationDefinition {
        OperationDefinition::new(OperationParts {
            method: "GET",
            template,
            operation_id: None,
            type_name: "GetItem",
            summary: None,
            access: Access::Public,
            requirement: Requirement::NONE,
            query: QueryAllowList::new(&[], &[], false),
            location: "openapi.yaml:1:1",
        })
    }

    #[test]
    fn a_list_that_does_not_fit_says_how_many_more_there_are() {
        let operation = operation("/items/{id}");
        let mut text = Text::new();
        let mut named = 0;
        while text.has_room_for(&operation) {
            text.push(", ");
            text.operation(&operation);
            named += 1;
        }
        assert!(named > 100, "{named}");
        text.push(" and ");
        text.number(10_203);
        text.push(" more");
        assert!(text.as_str().ends_with("openapi.yaml:1:1) and 10203 more"), "{}", text.as_str());
        assert!(text.length + "; add the handler to the list, or `pending!(Operation, \"reason\")`".len() < ROOM);
    }
}
