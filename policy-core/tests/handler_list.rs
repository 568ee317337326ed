//! What `handlers!` checks when it is compiled, seen from its message: every operation has one handler and no more.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    unused_macros,
    dead_code,
    unreachable_pub,
    reason = "a test"
)]

mod fixture;

use std::panic::{UnwindSafe, catch_unwind};

use fixture::Api;
use fixture::operations::{DeleteFile, GetFile, GetStatus, ListFiles, Search};
use policy_core::handler_list::{
    HandlerEntry, assert_exhaustive, assert_permit, assert_single, entry_of, entry_without_handler, first_duplicate,
    operation_of,
};
use policy_core::{OperationRef, Permit};

fn list(_: Permit<ListFiles>) {}
fn get(_: Permit<GetFile>, _: &str) {}
fn search(_: Permit<Search>, _: u8, _: u8) {}

fn all() -> Vec<HandlerEntry<Api>> {
    vec![
        entry_of(&list),
        entry_of(&get),
        entry_without_handler::<DeleteFile>(),
        entry_without_handler::<GetStatus>(),
        entry_of(&search),
    ]
}

/// The message with which a check fails. Empty where it passes.
fn message(check: impl FnOnce() + UnwindSafe) -> String {
    match catch_unwind(check) {
        Ok(()) => String::new(),
        Err(panic) => *panic.downcast::<String>().unwrap(),
    }
}

#[test]
fn a_handler_is_of_the_operation_of_its_permit() {
    assert_eq!(operation_of(&list), OperationRef::of::<ListFiles>());
    assert_eq!(operation_of(&search), OperationRef::of::<Search>());
    const { assert_permit::<GetFile, Permit<GetFile>>() };
}

#[test]
fn a_list_with_each_operation_once_is_complete() {
    assert_eq!(first_duplicate(&all()), 5);
    assert_eq!(first_duplicate::<Api>(&[]), 0);
    assert_eq!(message(|| assert_exhaustive(&all())), "");
}

#[test]
fn each_operation_that_is_left_out_is_named() {
    let help = "; add the handler to the list, or `pending!(Operation, \"reason\")`";
    let (delete, status) =
        ("`DeleteFile` (DELETE /v1/files/{id}, files.yaml:30:7)", "`GetStatus` (GET /v1/status, files.yaml:40:7)");
    for (entries, expected) in [
        (vec![0, 1, 3, 4], format!("no handler for {delete}{help}")),
        (vec![4, 1, 0], format!("no handler for {delete}, {status}{help}")),
        (vec![1, 0, 4, 1], format!("no handler for {delete}, {status}{help}")),
    ] {
        let mut some = all().into_iter().map(Some).collect::<Vec<_>>();
        let mut again = all().into_iter().map(Some).collect::<Vec<_>>();
        let entries: Vec<_> =
            entries.into_iter().map(|at| some[at].take().or_else(|| again[at].take()).unwrap()).collect();
        assert_eq!(message(move || assert_exhaustive(&entries)), expected);
    }
    let none = message(|| assert_exhaustive::<Api>(&[]));
    assert_eq!(none.matches("files.yaml:").count(), 5, "{none}");
}

#[test]
fn a_second_handler_is_found_where_it_stands_and_named() {
    let twice = || {
        let mut entries = all();
        entries.insert(2, entry_of(&list));
        entries.push(entry_of(&search));
        entries
    };
    assert_eq!(first_duplicate(&twice()), 2);
    for at in 0..7 {
        let expected = if at == 2 {
            "a second handler for `ListFiles` (GET /v1/files, files.yaml:10:7); an operation has exactly one handler"
        } else {
            ""
        };
        assert_eq!(message(move || assert_single(&twice(), 2, at)), expected, "{at}");
    }
    // No entry stands where a list without a duplicate says that one is.
    assert_eq!(message(|| assert_single(&all(), 5, 5)), "");
}
