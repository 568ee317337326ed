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
use policy_core::__private::{Nothing, OperationParts, PolicyParts, Row, ScopeTable, phf, row_key};
use policy_core::handler_list::{
    Elsewhere, HandlerEntry, assert_exhaustive, assert_permit, assert_single, entry_of, entry_without_handler,
    first_duplicate, last_day, operation_of,
};
use policy_core::{
    Access, Date, Document, Operation, OperationDefinition, OperationRef, Pending, Permit, Policy, PolicyDefinition,
    QueryAllowList, Requirement, ScopeSet, order,
};

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
        Err(panic) => match panic.downcast::<String>() {
            Ok(message) => *message,
            Err(panic) => (*panic.downcast::<&str>().unwrap()).to_owned(),
        },
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

/// A document of twenty public operations with long templates and one with a short template behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Long<const IS_DRAFT: bool>;

const LONG: usize = 20;

impl<const IS_DRAFT: bool> Document for Long<IS_DRAFT> {
    type Words = [u64; 1];
    type OperationWords = [u64; 1];
    type Grants = [Option<ScopeSet<Self>>; 0];
    type Order = order::EnablementFirst;
    const DEFINITION: &'static PolicyDefinition = &{
        const TEMPLATE: [u8; 500] = [b'/'; 500];
        const fn operation(template: &'static str) -> OperationDefinition {
            OperationDefinition::new(OperationParts {
                method: "GET",
                template,
                operation_id: None,
                type_name: "Get",
                summary: None,
                access: Access::Public,
                requirement: Requirement::NONE,
                query: QueryAllowList::new(&[], &[], false),
                location: "long.yaml:1:1",
            })
        }
        const OPERATIONS: &[OperationDefinition] = &{
            let long = match str::from_utf8(&TEMPLATE) {
                Ok(template) => operation(template),
                Err(_) => operation(""),
            };
            let mut operations = [long; LONG + 1];
            operations[LONG] = operation("/short");
            operations
        };
        let definition = PolicyDefinition::new(PolicyParts {
            title: "Long",
            version: "1",
            source: "long.yaml",
            base_path: "",
            fingerprint: "f",
            scopes: ScopeTable::rows(&[]),
            scope_index: &[],
            schemes: &[],
            operations: OPERATIONS,
            webhooks: &[],
            index: &phf::Map { key: 0, disps: &[], entries: &[] },
        });
        if IS_DRAFT { definition.as_draft() } else { definition }
    };
}

enum Short<const IS_DRAFT: bool> {}

impl<const IS_DRAFT: bool> Operation for Short<IS_DRAFT> {
    type Document = Long<IS_DRAFT>;
    type Always = Nothing;
    type Row = Row<{ row_key(20, "GET", "/short") }>;
}

/// A message has room for 8 KiB. The first operation that does not fit ends the list, though a later one would fit.
#[test]
fn a_list_that_is_too_long_for_the_message_ends_with_how_many_more_there_are() {
    let message = message(|| assert_exhaustive::<Long<false>>(&[]));
    let named = message.matches("`Get`").count();
    assert!((10..LONG).contains(&named) && !message.contains("/short"), "{message}");
    let end =
        format!(" and {} more; add the handler to the list, or `pending!(Operation, \"reason\")`", LONG + 1 - named);
    assert!(message.starts_with("no handler for `Get` (GET ///") && message.ends_with(&end), "{message}");
}

/// The document that a draft is for is still to be written: no list is wrong, and no request is let in.
#[test]
fn a_draft_takes_any_list_and_denies_everything() {
    fn twice<const IS_DRAFT: bool>() -> [HandlerEntry<Long<IS_DRAFT>>; 2] {
        [(); 2].map(|()| entry_without_handler::<Short<IS_DRAFT>>())
    }
    assert_eq!((first_duplicate(&twice::<true>()), first_duplicate(&twice::<false>())), (2, 1));
    assert_eq!(message(|| assert_exhaustive(&twice::<true>())), "");
    assert_ne!(message(|| assert_exhaustive(&twice::<false>())), "");
    assert!(Policy::<Long<true>>::new().is_draft() && !Policy::<Long<false>>::new().is_draft());
    let (draft, served) = (OperationRef::of::<Short<true>>(), OperationRef::of::<Short<false>>());
    assert_eq!((draft.access(), served.access()), (Access::Required, Access::Public));
    assert!(Pending::start(draft).authenticate(Ok(None)).is_err());
    assert!(Pending::start(served).authenticate(Ok(None)).is_ok());
}

#[test]
fn what_is_served_elsewhere_is_overdue_from_the_day_after_its_last_on() {
    let day = |text| Date::parse(text).unwrap();
    let until = last_day("2027-06-30");
    assert_eq!(until, Some(day("2027-06-30")));
    let no_day = message(|| {
        let _ = last_day("2027-06-31");
    });
    assert_eq!(no_day, "this is no day; write the last day as `until = \"2027-06-30\"`");
    for (until, today, is_overdue, sentence) in [
        (until, "2027-06-29", false, "old routes, until 2027-06-30"),
        (until, "2027-06-30", false, "old routes, until 2027-06-30"),
        (until, "2027-07-01", true, "old routes, until 2027-06-30"),
        (None, "2027-07-01", false, "old routes"),
    ] {
        let elsewhere = Elsewhere::new("old routes", until);
        assert_eq!((elsewhere.reason(), elsewhere.until()), ("old routes", until));
        assert_eq!((elsewhere.is_overdue(day(today)), elsewhere.to_string().as_str()), (is_overdue, sentence));
    }
}
