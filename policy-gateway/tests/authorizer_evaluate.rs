//! Questions about an operation: who could call it, by every stage but the query.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod authorizing;

use std::sync::Arc;

use authorizing::{by, entry, fields, reason, status};
use futures_util::future::BoxFuture;
use policy_gateway::Authorizer;
use policy_gateway::authorizer::{Evaluation, PolicySet, Selection, StoredCallers, Subject};
use policy_http::{KeyState, SecretHash, StoredKey, Unavailable};

/// Some stored keys.
struct Stored;

impl StoredCallers for Stored {
    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<StoredKey>, Unavailable>> {
        let key = |scopes: &str| StoredKey::new(SecretHash::NONE).with_tenant("north").with_scopes(scopes);
        let found = match id {
            "reader" => Ok(Some(key("files:read"))),
            "writer" => Ok(Some(key("files:write"))),
            "void" => Ok(Some(key("files:read  "))),
            "revoked" => Ok(Some(key("files:read").with_state(KeyState::Revoked))),
            "expired" => Ok(Some(key("files:read").with_expiry(1))),
            "down" => Err(Unavailable::because("down")),
            _ => Ok(None),
        };
        Box::pin(std::future::ready(found))
    }
}

fn ask(template: &str, method: &str, subject: Subject) -> Evaluation {
    Evaluation { document: None, method: method.into(), template: template.into(), subject }
}

fn stated(grants: &[(&str, &[&str])]) -> Subject {
    let scopes = |list: &[&str]| list.iter().map(|scope| (*scope).to_owned()).collect();
    Subject::Stated(grants.iter().map(|(scheme, list)| ((*scheme).to_owned(), scopes(list))).collect())
}

fn authorizer() -> Authorizer {
    let entry = entry("v1", "/v1", Selection::default()).with_stored_callers("Token", Arc::new(Stored)).unwrap();
    Authorizer::new(PolicySet::new(vec![entry]).unwrap().with_stated_scopes_at(["trusted"]))
}

#[tokio::test]
async fn a_subject_is_nobody_whoever_presents_a_credential_is_stored_or_is_stated_where_that_counts() {
    let authorizer = authorizer();
    let presents = |token: &str| Subject::Presents(fields(&[("authorization", token)]));
    let id = |id: &str| Subject::Stored(id.to_owned());
    for (listener, evaluation, expected) in [
        ("a", ask("/files", "GET", Subject::Nobody), (401, "missing_credential")),
        ("a", ask("/health", "GET", Subject::Nobody), (0, "allowed")),
        ("a", ask("/news", "GET", Subject::Nobody), (0, "allowed")),
        ("a", ask("/files", "GET", presents("Bearer ali/files.read")), (0, "allowed")),
        ("a", ask("/files", "GET", presents("Bearer ali/")), (403, "insufficient_scope")),
        ("a", ask("/files", "GET", presents("Bearer wrong")), (401, "invalid_credential")),
        ("a", ask("/files", "POST", presents("Bearer ali/files.write")), (403, "route_not_enabled")),
        ("a", ask("/files/{id}", "GET", id("reader")), (0, "allowed")),
        ("a", ask("/files/{id}", "GET", id("writer")), (403, "insufficient_scope")),
        ("a", ask("/files/{id}", "GET", id("nobody")), (401, "invalid_credential")),
        ("a", ask("/files/{id}", "GET", id("revoked")), (401, "revoked_credential")),
        ("a", ask("/files/{id}", "GET", id("expired")), (401, "expired_credential")),
        ("a", ask("/files/{id}", "GET", id("void")), (503, "authentication_unavailable")),
        ("a", ask("/files/{id}", "GET", id("down")), (503, "authentication_unavailable")),
        // Of an operation that anybody may call, nobody is asked about.
        ("a", ask("/health", "GET", id("down")), (0, "allowed")),
        ("a", ask("/files", "GET", stated(&[("Token", &["files:read"])])), (403, "stated_scopes_refused")),
        ("trusted", ask("/files", "GET", stated(&[("Token", &["files:read"])])), (0, "allowed")),
        ("trusted", ask("/files", "GET", stated(&[("Key", &[])])), (0, "allowed")),
        ("trusted", ask("/files/{id}", "GET", stated(&[("Key", &["files:read"])])), (401, "scheme_not_satisfied")),
        ("trusted", ask("/files/{id}", "GET", stated(&[("Key", &[]), ("Token", &["files:read"])])), (0, "allowed")),
        ("trusted", ask("/files", "GET", stated(&[("None", &["files:read"])])), (401, "invalid_credential")),
        (
            "trusted",
            ask("/files", "GET", stated(&[("Token", &["files:read files:write"])])),
            (401, "invalid_credential"),
        ),
        ("trusted", ask("/files", "GET", stated(&[("Token", &["files:read\n"])])), (401, "invalid_credential")),
        ("trusted", ask("/files", "GET", stated(&[])), (401, "missing_credential")),
        // The operation is the document's own: neither a path, nor a template with its base path, nor another method.
        ("a", ask("/files/7", "GET", id("reader")), (404, "not_found")),
        ("a", ask("/v1/files", "GET", id("reader")), (404, "not_found")),
        ("a", ask("/files/{other}", "GET", id("reader")), (404, "not_found")),
        ("a", ask("/files", "get", id("reader")), (404, "not_found")),
        ("a", ask("/files", "DELETE", id("reader")), (404, "not_found")),
    ] {
        let outcome = authorizer.evaluate(listener, &evaluation).await;
        assert_eq!((status(&outcome), reason(&outcome).as_str()), expected, "{evaluation:?}");
    }
}

#[tokio::test]
async fn an_operation_of_two_documents_must_be_asked_about_by_name() {
    let set = PolicySet::new(vec![
        entry("v1", "/v1", Selection::default()),
        entry("v2", "/v2", Selection::default()),
        entry("shop", "/v1", by(&[], &["shop"], &[])),
    ]);
    let authorizer = Authorizer::new(set.unwrap());
    let asked = |document: Option<&str>| Evaluation {
        document: document.map(str::to_owned),
        ..ask("/health", "GET", Subject::Nobody)
    };
    for (document, expected) in [(None, "ambiguous_operation"), (Some("shop"), "allowed"), (Some("other"), "not_found")]
    {
        assert_eq!(reason(&authorizer.evaluate("a", &asked(document)).await), expected);
    }
}

#[tokio::test]
async fn without_a_store_no_id_is_known() {
    let authorizer = Authorizer::new(PolicySet::new(vec![entry("v1", "/v1", Selection::default())]).unwrap());
    let outcome = authorizer.evaluate("a", &ask("/files", "GET", Subject::Stored("reader".into()))).await;
    assert_eq!(reason(&outcome), "invalid_credential");
}
