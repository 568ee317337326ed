//! Which credentials count, and what becomes of several.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
mod entry;

use common::{Api, Tokens, operation, parts, schemes};
use entry::{Entry, decide, reason};
use http::request::Parts;
use policy_core::{AuthenticationFailure as Failure, OperationRef, Principal, ScopeSet};
use policy_http::{Authenticator, Credential, EnableAll, Enablement, FromSet, Options, identify};

async fn subject(operation: OperationRef<Api>, headers: &[(&str, &str)]) -> Result<Option<String>, Failure> {
    let found = identify(Some(operation), &parts("/", headers), &Tokens).await?;
    Ok(found.and_then(|principal| principal.subject().map(str::to_owned)))
}

#[tokio::test]
async fn only_declared_credentials_count_and_each_has_its_grammar() {
    let list = operation("GET", "/v1/files");
    let get = operation("GET", "/v1/files/{id}");
    let status = operation("GET", "/v1/status");
    let ali = || Ok(Some("ali".to_owned()));
    for (operation, headers, expected) in [
        (list, &[][..], Ok(None)),
        (list, &[("authorization", "Bearer ali/x")][..], ali()),
        (list, &[("authorization", "bEARER  ali/x==")], ali()),
        (list, &[("x-key", "ali/x")], ali()),
        (get, &[("x-key", "ali/x")], Ok(None)),
        (status, &[("authorization", "Bearer down")], Ok(None)),
        (list, &[("authorization", "Bearer")], Err(Failure::Malformed)),
        (list, &[("authorization", "Bearer ")], Err(Failure::Malformed)),
        (list, &[("authorization", "Bearer ali/x y")], Err(Failure::Malformed)),
        (list, &[("authorization", "Bearer ali/x, Bearer ali/x")], Err(Failure::Malformed)),
        (list, &[("authorization", "Bearer ====")], Err(Failure::Malformed)),
        (list, &[("authorization", "Bearer é")], Err(Failure::Malformed)),
        (list, &[("authorization", "Basic YTpi")], Err(Failure::Malformed)),
        (list, &[("authorization", "")], Err(Failure::Malformed)),
        (list, &[("x-key", "")], Err(Failure::Malformed)),
        (list, &[("x-key", "ali/é")], Err(Failure::Malformed)),
        (list, &[("authorization", "Bearer ali/x"), ("authorization", "Bearer ali/x")], Err(Failure::Multiple)),
        (list, &[("x-key", "ali/x"), ("x-key", "ali/x")], Err(Failure::Multiple)),
        (list, &[("authorization", "Bearer nobody")], Err(Failure::Invalid)),
        (list, &[("authorization", "Bearer expired")], Err(Failure::Expired)),
        (list, &[("authorization", "Bearer down")], Err(Failure::Unavailable)),
        // Several: the same caller, another one, one that is refused.
        (list, &[("authorization", "Bearer ali/x"), ("x-key", "ali/y")], ali()),
        (list, &[("authorization", "Bearer ali/x"), ("x-key", "eve/y")], Err(Failure::Multiple)),
        (list, &[("authorization", "Bearer ali/x"), ("x-key", "nobody")], Err(Failure::Invalid)),
        (list, &[("authorization", "Bearer nobody"), ("x-key", "ali/x")], Err(Failure::Invalid)),
    ] {
        assert_eq!(subject(operation, headers).await, expected, "{operation} {headers:?}");
    }
    // An unmatched request may use any scheme of the document.
    assert!(identify::<Api, _, _>(None, &parts("/", &[("x-key", "ali/x")]), &Tokens).await.unwrap().is_some());
}

#[tokio::test]
async fn grants_stay_with_the_scheme_that_gave_them() {
    let both = parts("/", &[("authorization", "Bearer ali/files.read"), ("x-key", "ali/files.write/admin")]);
    let delete = operation("DELETE", "/v1/files/{id}");
    let caller = identify(Some(delete), &both, &Tokens).await.unwrap().unwrap();
    assert_eq!(caller.grant(schemes::OAUTH2).unwrap().to_string(), "files:read");
    assert_eq!(caller.grant(schemes::KEY).unwrap().to_string(), "admin files:write");
    let denial = decide(delete, &both, Tokens, EnableAll).await.unwrap_err();
    assert_eq!(reason(&denial), "insufficient_scope");

    struct Generous;
    impl Authenticator<Api> for Generous {
        async fn authenticate(&self, _: &Credential<'_, Api>) -> Result<Principal<Api>, Failure> {
            Ok(Principal::new("ali")
                .with_grant(schemes::OAUTH2, ScopeSet::EMPTY)
                .with_grant(schemes::KEY, ScopeSet::EMPTY))
        }
    }
    assert_eq!(identify(Some(delete), &both, &Generous).await.unwrap_err(), Failure::Invalid);
}

#[tokio::test]
async fn anonymous_callers_pass_where_the_document_says_so_and_a_bad_credential_does_not() {
    let search = operation("GET", "/v1/search");
    assert!(
        decide(search, &parts("/?q=1&filter%5Ba%5D=2", &[]), Tokens, EnableAll)
            .await
            .unwrap()
            .principal()
            .is_anonymous()
    );
    for token in ["nobody", "expired", "a b"] {
        let header = format!("Bearer {token}");
        assert!(
            decide(search, &parts("/", &[("authorization", &header)]), Tokens, EnableAll).await.is_err(),
            "{token}"
        );
    }
    let status = operation("GET", "/v1/status");
    assert!(decide(status, &parts("/", &[("authorization", "nonsense")]), Tokens, EnableAll).await.is_ok());
    assert_eq!(decide(status, &parts("/?x", &[]), Tokens, EnableAll).await.unwrap_err().status(), 400);
}

#[tokio::test]
async fn a_pending_operation_is_denied_after_every_stage() {
    let nothing = FromSet(|_: &Principal<Api>| Ok([].into_iter().collect()));
    let good = parts("/", &[("authorization", "Bearer ali/files.read")]);
    async fn told(parts: &Parts, enablement: impl Enablement<Api>) -> String {
        let entry = Entry::pending(Tokens, enablement, Options::new());
        reason(&entry.admit(operation("GET", "/v1/files"), parts).await.unwrap_err())
    }
    assert_eq!(told(&parts("/", &[]), EnableAll).await, "missing_credential");
    assert_eq!(told(&good, nothing).await, "route_not_enabled");
    assert_eq!(told(&good, EnableAll).await, "operation_pending");
}

#[tokio::test]
async fn a_query_denial_names_the_field_and_a_challenge_every_scheme() {
    let entry = Entry::new(Tokens, EnableAll, Options::new().realm("a \"b\""));
    let list = operation("GET", "/v1/files");
    let wrong = parts("/?owners%3Cb%3E=1", &[("x-key", "ali/")]);
    let response = entry.admit(list, &wrong).await.unwrap_err();
    assert_eq!(response.status(), 400);
    let body: serde_json::Value = serde_json::from_str(response.body()).unwrap();
    assert_eq!(body.get("field").unwrap(), "owners<b>");
    assert_eq!(body.get("stage").unwrap(), "query");
    assert_eq!((body.get("instance"), body.get("required_scopes")), (None, None));
    let response = entry.admit(list, &parts("/", &[("authorization", "Bearer ali/")])).await.unwrap_err();
    let body: serde_json::Value = serde_json::from_str(response.body()).unwrap();
    assert_eq!(body.get("required_scopes").unwrap(), &serde_json::json!(["files:read"]), "the need of the route");
    let response = entry.admit(list, &parts("/", &[])).await.unwrap_err();
    assert_eq!(
        response.headers().get("www-authenticate").unwrap(),
        r#"Bearer realm="a \"b\"", ApiKey realm="a \"b\"", in="header", name="X-Key""#
    );
}
