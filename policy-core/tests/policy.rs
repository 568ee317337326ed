//! What a policy says of itself: operations, scopes, schemes and webhooks, each under its own name.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    unused_macros,
    dead_code,
    unreachable_pub,
    reason = "a test"
)]

mod fixture;

use std::collections::HashSet;

use fixture::operations::{DeleteFile, GetFile, ListFiles, Search};
use fixture::scopes::{Admin, FilesRead, MetaRead};
use fixture::{Api, POLICY, schemes};
use policy_core::{Access, OperationRef, OperationSet, Policy, QueryKey, Scheme, SchemeKind, Scope, ScopeSet, Stage};

#[test]
fn a_policy_names_its_document() {
    let policy = Policy::<Api>::default();
    assert_eq!((policy.title(), policy.version(), policy.source()), ("Files", "1.0.0", "files.yaml"));
    assert_eq!((policy.base_path(), policy.fingerprint()), ("/v1", "0123456789abcdef"));
    assert_eq!(policy.check_order(), Stage::ALL);
    assert_eq!(format!("{policy:?}"), "Policy(Files 0123456789abcdef)");
}

#[test]
fn an_operation_says_what_the_document_says_of_it() {
    let list = OperationRef::of::<ListFiles>();
    let definition = list.definition();
    assert_eq!((list.method(), list.template(), list.access()), ("GET", "/v1/files", Access::Required));
    assert_eq!((definition.method(), definition.template()), ("GET", "/v1/files"));
    assert_eq!(definition.operation_id(), Some("listFiles"));
    assert_eq!((definition.type_name(), definition.summary()), ("ListFiles", Some("List files")));
    assert_eq!((definition.access(), definition.location()), (Access::Required, "files.yaml:10:7"));
    assert_eq!((definition.query().names(), definition.query().any()), (&["limit"][..], false));
    assert_eq!(OperationRef::of::<Search>().definition().query().prefixes(), ["filter["]);
    assert_eq!(OperationRef::of::<GetFile>().definition().summary(), None);
    assert!(!definition.requirement().is_empty() && !list.accepts_any_scheme());
    assert_eq!(format!("{list} {list:?}"), "GET /v1/files OperationRef(GET /v1/files)");
    for (place, operation) in POLICY.operations().enumerate() {
        assert_eq!((operation.index(), POLICY.operation_at(place)), (place, Some(operation)));
    }
    assert_eq!(POLICY.operation_at(5), None);
    assert_eq!(POLICY.operation_at(usize::MAX), None);
    assert_eq!(
        [Access::Public, Access::Optional, Access::Required].map(Access::as_str),
        ["public", "optional", "required"]
    );
}

#[test]
fn references_are_equal_where_they_are_of_one_place() {
    let (list, get) = (OperationRef::of::<ListFiles>(), OperationRef::of::<GetFile>());
    assert!(list == POLICY.operation("GET", "/v1/files").unwrap() && list != get);
    assert_eq!(POLICY.operations().chain([list, get]).collect::<HashSet<_>>().len(), 5);
    assert!(Scope::of::<FilesRead>() == POLICY.scope("files:read").unwrap());
    assert!(Scope::of::<FilesRead>() != Scope::of::<Admin>());
    assert_eq!(POLICY.scopes().chain(POLICY.scopes()).collect::<HashSet<_>>().len(), 4);
    assert!(POLICY.scheme("OAuth2") == Some(schemes::OAUTH2) && schemes::OAUTH2 != schemes::KEY);
    assert_eq!(POLICY.schemes().chain([schemes::KEY]).collect::<HashSet<_>>().len(), 2);
}

#[test]
fn scopes_and_schemes_are_found_by_their_exact_names() {
    assert!(POLICY.scopes().map(Scope::name).eq(["admin", "files:read", "files:write", "meta:read"]));
    let read = Scope::of::<FilesRead>();
    assert_eq!((read.description(), read.is_declared()), (Some("Read files"), true));
    let meta = Scope::of::<MetaRead>();
    assert_eq!((meta.description(), meta.is_declared()), (None, false));
    assert_eq!(format!("{read} {read:?}"), "files:read Scope(files:read)");
    assert!(POLICY.scope("Files:read").is_none() && POLICY.scope("").is_none());
    assert!(POLICY.schemes().map(Scheme::name).eq(["OAuth2", "Key"]));
    assert_eq!(schemes::OAUTH2.kind(), SchemeKind::OAuth2);
    assert_eq!(schemes::KEY.kind(), SchemeKind::ApiKeyHeader("X-Key"));
    assert_eq!(format!("{} {:?}", schemes::KEY, schemes::KEY), "Key Scheme(Key)");
    assert_eq!(POLICY.scheme("key"), None);
}

#[test]
fn operations_and_scopes_know_each_other() {
    let names = |operation: OperationRef<Api>| operation.schemes().map(Scheme::name).collect::<Vec<_>>();
    assert_eq!(names(OperationRef::of::<DeleteFile>()), ["OAuth2", "Key"]);
    assert_eq!(names(OperationRef::of::<GetFile>()), ["OAuth2"]);
    assert_eq!(names(POLICY.operation("GET", "/v1/status").unwrap()), [""; 0]);
    let naming = |scope| POLICY.operations_naming(scope).collect::<Vec<_>>();
    assert_eq!(naming(Scope::of::<Admin>()), [OperationRef::of::<DeleteFile>()]);
    assert_eq!(naming(Scope::of::<MetaRead>()), [OperationRef::of::<GetFile>()]);
    assert_eq!(naming(Scope::of::<FilesRead>()).len(), 4);
}

#[test]
fn a_webhook_leads_to_its_operations() {
    let webhooks: Vec<_> = POLICY.webhooks().collect();
    let [webhook] = webhooks[..] else { panic!("{}", webhooks.len()) };
    assert_eq!((webhook.name(), webhook.summary()), ("file.changed", None));
    let follow_up: Vec<_> = POLICY.follow_up(webhook).collect();
    assert_eq!(follow_up, [OperationRef::of::<GetFile>(), OperationRef::of::<ListFiles>()]);
}

#[test]
fn sets_of_scopes_are_sets() {
    let set = |text: &str| ScopeSet::<Api>::parse(text).unwrap().set();
    let (few, more) = (set("files:read admin"), set("meta:read files:read"));
    assert_eq!((few.len(), few.is_empty(), ScopeSet::<Api>::default().is_empty()), (2, false, true));
    assert_eq!(few.union(&more).to_string(), "admin files:read meta:read");
    assert_eq!(few.difference(&more).to_string(), "admin");
    assert_eq!(
        (few.is_subset(&more), set("admin").is_subset(&few), ScopeSet::EMPTY.is_subset(&few)),
        (false, true, true)
    );
    assert!(few.contains(Scope::of::<Admin>()) && !few.contains(Scope::of::<MetaRead>()));
    assert!(few.iter().map(Scope::name).eq(["admin", "files:read"]));
    assert_eq!(few, [Scope::of::<Admin>(), Scope::of::<FilesRead>()].into_iter().collect());
    assert_eq!(format!("{few:?}"), "{Scope(admin), Scope(files:read)}");
    let parsed = ScopeSet::<Api>::parse("admin other").unwrap();
    assert!(!parsed.is_known() && parsed.unknown().eq(["other"]));
    let sentence = ScopeSet::<Api>::parse(" ").unwrap_err().to_string();
    assert_eq!(sentence, "the scope string is ill-formed; it must be scope tokens separated by single spaces");
}

#[test]
fn sets_of_operations_are_sets() {
    let (list, get) = (OperationRef::of::<ListFiles>(), OperationRef::of::<GetFile>());
    let some: OperationSet<Api> = [get, list, get].into_iter().collect();
    assert!(some.contains(list) && !some.contains(OperationRef::of::<Search>()) && !some.is_empty());
    assert!(some.iter().eq([list, get]));
    assert_eq!(format!("{some:?}"), "{OperationRef(GET /v1/files), OperationRef(GET /v1/files/{id})}");
    assert!(OperationSet::<Api>::default().is_empty() && OperationSet::<Api>::EMPTY.iter().next().is_none());
    assert_eq!(OperationSet::<Api>::all().iter().count(), 5);
}

#[test]
fn a_query_name_is_shown_decoded_short_and_without_control_characters() {
    fn key(text: &str) -> QueryKey<'_> {
        QueryKey::all(text).next().unwrap()
    }
    for (text, raw, decoded, shown) in [
        ("limit=1", "limit", "limit", "limit"),
        ("a+b%2Bc=1", "a+b%2Bc", "a b+c", "a b+c"),
        ("%0a%1b[m=1", "%0a%1b[m", "\n\u{1b}[m", "\\n\\u{1b}[m"),
        ("%ff%4=1", "%ff%4", "\u{fffd}%4", "\u{fffd}%4"),
        ("%C3%A9%", "%C3%A9%", "\u{e9}%", "\u{e9}%"),
    ] {
        let key = key(text);
        assert_eq!((key.raw(), &*key.decoded(), key.to_string().as_str()), (raw, decoded, shown));
        assert_eq!(format!("{key:?}"), format!("QueryKey({shown})"));
    }
    // 128 bytes are shown, and no half of a character.
    for (text, shown) in [
        ("a".repeat(128), "a".repeat(128)),
        ("a".repeat(129), format!("{}…", "a".repeat(128))),
        (format!("{}é", "a".repeat(126)), format!("{}é", "a".repeat(126))),
        (format!("{}éa", "a".repeat(127)), format!("{}…", "a".repeat(127))),
    ] {
        assert_eq!(key(&text).to_string(), shown);
    }
    for (text, is_acceptable) in [
        ("a", true),
        ("=", false),
        ("%ff", false),
        ("%C3", false),
        ("%F0%9F%98%80", true),
        ("%F0%9F%98%80%80", false),
        ("é", true),
    ] {
        assert_eq!(key(text).is_acceptable(), is_acceptable, "{text}");
    }
    assert_eq!(QueryKey::all("a=1&b=2;c&").map(|key| key.raw()).collect::<Vec<_>>(), ["a", "b", ""]);
    assert_eq!(QueryKey::all("").count(), 0);
}
