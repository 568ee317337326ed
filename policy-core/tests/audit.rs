//! The report that reviewers sign off, word by word.
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

use fixture::operations::{DeleteFile, GetFile, Search};
use fixture::{Api, POLICY};
use policy_core::__private::{OperationParts, PolicyParts, ScopeTable, phf};
use policy_core::handler_list::Elsewhere;
use policy_core::{
    Access, Date, Document, OperationDefinition, OperationRef, OperationSet, Policy, PolicyDefinition, QueryAllowList,
    Requirement, SchemeDefinition, SchemeKind, ScopeDefinition, ScopeSet, Stage, order,
};

const REPORT: &str = "\
policy       Files 1.0.0
fingerprint  0123456789abcdef
check order  authentication -> enablement -> scopes -> query

ROUTES
GET /v1/files
    requires  OAuth2[files:read]
    or        Key
    query     limit
GET /v1/files/{id}
    requires  OAuth2[files:read] + meta:read
    query     none
DELETE /v1/files/{id}
    requires  OAuth2[files:read files:write]
    or        OAuth2[admin files:write] + Key
    query     none
GET /v1/status
    access    public, no credential is looked at
    query     none
GET /v1/search
    requires  anonymous
    or        OAuth2[files:read]
    query     q filter[…

SCOPES
admin
    needed by  DELETE /v1/files/{id}
files:read
    allows  Read files
    needed by  GET /v1/files
    needed by  GET /v1/files/{id}
    needed by  DELETE /v1/files/{id}
    needed by  GET /v1/search
files:write
    allows  Change files
    needed by  DELETE /v1/files/{id}
meta:read  (not in the catalogue)
    needed by  GET /v1/files/{id}

WEBHOOKS
file.changed
    follow-up  GET /v1/files/{id}
        needs  files:read meta:read
    follow-up  GET /v1/files
        needs  no scope
    a key for all of them  files:read meta:read

OUTSIDE THE POLICY
not known here: the guard's own audit lists it
";

#[test]
fn the_report_lists_who_may_call_what() {
    assert_eq!(POLICY.audit().to_string(), REPORT);
}

#[test]
fn what_the_application_adds_stands_where_a_reviewer_looks_for_it() {
    let (get, delete, search) =
        (OperationRef::of::<GetFile>(), OperationRef::of::<DeleteFile>(), OperationRef::of::<Search>());
    let some: OperationSet<Api> = [get, search].into_iter().collect();
    let audit = POLICY
        .audit()
        .with_pending(delete, "until\n  the store can")
        .with_unguarded("GET", "/health", "for the\nbalancer")
        .with_shadow([search].into_iter().collect(), &[Stage::Scopes, Stage::Query], "2027-06-30", "moving\npartners")
        .with_accepted(some, "a header may be lost", "the\nframework drops it");
    let expected = REPORT
        .replace(
            "-> query\n",
            "-> query\n\
            SHADOW MODE  denials at scopes, query are not enforced until 2027-06-30\n             because  moving partners\n\
            ACCEPTED     a header may be lost\n             because  the framework drops it\n",
        )
        .replace(
            "GET /v1/files/{id}\n    requires",
            "GET /v1/files/{id}\n    ACCEPTED  a header may be lost\n    requires",
        )
        .replace(
            "DELETE /v1/files/{id}\n    requires",
            "DELETE /v1/files/{id}\n    PENDING   denied: until the store can\n    requires",
        )
        .replace(
            "GET /v1/search\n    requires",
            "GET /v1/search\n    SHADOW    denials are not enforced\n    ACCEPTED  a header may be lost\n    requires",
        )
        .replace(
            "not known here: the guard's own audit lists it\n",
            "GET /health\n    because  for the balancer\n",
        );
    assert_eq!(audit.to_string(), expected);
    let explained = POLICY.audit().with_explained_denials().to_string();
    let line = "-> query\nEXPLAINED    answers tell whoever is denied why; for development alone\n";
    assert_eq!(explained, REPORT.replace("-> query\n", line));
    let all = POLICY.audit().with_all_routes().to_string();
    assert!(all.ends_with("\nOUTSIDE THE POLICY\nnothing\n"), "{all}");
}

#[test]
fn what_is_served_elsewhere_stands_out_and_is_an_error_once_its_last_day_is_over() {
    let last = Date::parse("2027-06-30");
    let says = |until, today| {
        let elsewhere = Elsewhere::new("the\nold routes", until);
        let audit =
            POLICY.audit().with_elsewhere(OperationRef::of::<GetFile>(), elsewhere, Date::parse(today).unwrap());
        let report = audit.to_string();
        assert_eq!(report.matches("ELSEWHERE").count(), 1, "{report}");
        let (_, behind) = report.split_once("GET /v1/files/{id}\n    ELSEWHERE not guarded: the old routes\n").unwrap();
        let (line, _) = behind.split_once("    requires").unwrap();
        (line.to_owned(), audit.data().operations[1].elsewhere.as_ref().unwrap().overdue)
    };
    assert_eq!(says(None, "2027-07-01"), (String::new(), false));
    assert_eq!(says(last, "2027-06-30"), ("    until     2027-06-30\n".into(), false));
    assert_eq!(says(last, "2027-07-01"), ("    ERROR     it was to be guarded after 2027-06-30\n".into(), true));
}

#[test]
fn the_same_stands_in_the_data() {
    let data = POLICY.audit().with_pending(OperationRef::of::<GetFile>(), "soon").data();
    assert_eq!((data.title, data.version, data.source), ("Files", "1.0.0", "files.yaml"));
    assert_eq!(
        data.operations.iter().map(|one| one.pending.as_deref()).collect::<Vec<_>>(),
        [None, Some("soon"), None, None, None]
    );
    assert!(data.shadow.is_none() && data.accepted.is_empty() && data.unguarded.is_empty());
    assert_eq!(
        data.operations.iter().map(|one| one.operation_id.is_some()).collect::<Vec<_>>(),
        [true, true, true, false, true]
    );
    let webhook = data.webhooks.first().unwrap();
    assert_eq!(webhook.minimal_scopes, Some(vec!["files:read meta:read".to_owned()]));
    assert_eq!(webhook.follow_up.len(), 2);
}

/// A policy of `ROUTES` operations that all require the one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Alike<const ROUTES: usize>;

impl<const ROUTES: usize> Document for Alike<ROUTES> {
    type Words = [u64; 1];
    type OperationWords = [u64; 1];
    type Grants = [Option<ScopeSet<Self>>; 1];
    type Order = order::EnablementFirst;
    const DEFINITION: &'static PolicyDefinition = &PolicyDefinition::new(PolicyParts {
        title: "Alike",
        version: "1",
        source: "alike.yaml",
        base_path: "",
        fingerprint: "f",
        scopes: ScopeTable::rows(&[ScopeDefinition::new("a", None, true)]),
        scope_index: &[],
        schemes: &[SchemeDefinition::new("Token", SchemeKind::Bearer)],
        operations: const {
            &[OperationDefinition::new(OperationParts {
                method: "GET",
                template: "/x",
                operation_id: None,
                type_name: "X",
                summary: None,
                access: Access::Required,
                requirement: Requirement::from_words(&[1, 0, 3, 0, 0, 1, 0]),
                query: QueryAllowList::new(&[], &["f["], false),
                location: "",
            }); ROUTES]
        },
        webhooks: &[],
        index: &phf::Map { key: 0, disps: &[], entries: &[] },
    });
}

#[test]
fn what_all_routes_need_is_said_once_where_there_are_several() {
    let one = Policy::<Alike<1>>::new().audit().to_string();
    assert!(one.contains("\na\n    needed by  GET /x\n") && one.contains("    query     f[…\n"), "{one}");
    let several = Policy::<Alike<3>>::new().audit().to_string();
    assert!(several.contains("\na\n    needed by all routes\n"), "{several}");
}
