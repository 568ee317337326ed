//! The document's operations, as lists that an adapter's test expands to handlers.

/// Calls a macro with every operation whose handler only says that it ran, as `(Type function)` pairs. An adapter's test writes the
/// other handlers by hand: `create_item`, `get_stream` and `get_endless`. `GetLater` is pending.
#[macro_export]
macro_rules! plain_operations {
    ($callback:ident) => {
        $crate::plain_operations! { @pairs [$callback] }
    };
    (@pairs [$($callback:tt)*] $($before:tt)*) => {
        $($callback)*! {
            $($before)*
            (GetItem get_item) (DeleteItem delete_item) (GetMine get_mine) (ListItems list_items) (GetFile get_file)
            (GetReport get_report) (HeadReport head_report) (GetStatus get_status) (GetGreeting get_greeting)
            (GetByHeader get_by_header) (GetByCookie get_by_cookie) (GetByQuery get_by_query)
            (GetByEither get_by_either)
        }
    };
}

/// A handler for each of the [`plain_operations!`](crate::plain_operations), which answers something about its operation's name. Pairs
/// of other operations may follow. With `every`, these are all others.
///
/// It is written where the adapter's `Permit` and the `policy` are in scope:
///
/// ```text
/// mod handlers {
///     use super::*;
///
///     conformance::plain_handlers!(every fn(name) -> &'static str { name });
/// }
/// ```
#[macro_export]
macro_rules! plain_handlers {
    (every fn($name:ident) -> $answer:ty $body:block) => {
        $crate::plain_handlers! {
            fn($name) -> $answer $body (CreateItem create_item) (GetStream get_stream) (GetEndless get_endless)
        }
    };
    (fn($name:ident) -> $answer:ty $body:block $($more:tt)*) => {
        $crate::plain_operations! { @pairs [$crate::plain_handlers] @each $name [$answer] $body $($more)* }
    };
    (@each $name:ident [$answer:ty] $body:block $(($type:ident $function:ident))*) => {
        $(pub(crate) async fn $function(_: Permit<policy::operations::$type>) -> $answer {
            let $name = stringify!($type);
            $body
        })*
    };
}

/// `handlers!` with every operation's handler, found in the module `$handlers`, and `GetLater` pending.
#[macro_export]
macro_rules! all_handlers {
    ($policy:ident, $handlers:ident) => {
        $crate::policy_core::handlers![
            $handlers::get_item,
            $handlers::delete_item,
            $handlers::get_mine,
            $handlers::list_items,
            $handlers::create_item,
            $handlers::get_file,
            $handlers::get_report,
            $handlers::head_report,
            $handlers::get_status,
            $handlers::get_greeting,
            $handlers::get_stream,
            $handlers::get_endless,
            $handlers::get_by_header,
            $handlers::get_by_cookie,
            $handlers::get_by_query,
            $handlers::get_by_either,
            pending!($policy::operations::GetLater, "still to come"),
        ]
    };
}

/// Like [`all_handlers!`](crate::all_handlers), with one handler. Every other operation of the document is pending. The macro takes the
/// type of the adapter's `Mount`.
#[macro_export]
macro_rules! only_handler {
    ($mount:ty, $handler:ident, $operation:ident) => {{
        use $crate::enablement_first::operations;
        |mount: $mount| {
            let own = $crate::policy_core::OperationRef::of::<operations::$operation>();
            $crate::only_handler!(@pending mount.handler($handler), own,
                GetItem DeleteItem GetMine ListItems CreateItem GetFile GetReport HeadReport GetStatus GetGreeting
                GetStream GetEndless GetByHeader GetByCookie GetByQuery GetByEither GetLater)
        }
    }};
    (@pending $made:expr, $own:ident, $($operation:ident)*) => {{
        let mut mount = $made;
        $(if $crate::policy_core::OperationRef::of::<operations::$operation>() != $own {
            mount = mount.pending::<operations::$operation>("not under test");
        })*
        mount
    }};
}
