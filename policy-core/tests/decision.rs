//! Who passes, who is denied, and at which stage. Expectations are typed by hand from the fixture's requirement.
#![allow(
    clippy::unwrap_used,
    clippy::result_large_err,
    missing_docs,
    unused_macros,
    unreachable_pub,
    reason = "a test; a denial is as large as a principal, and is moved, not stored"
)]

#[path = "fixture/mod.rs"]
mod fixture;

use fixture::operations::{DeleteFile, GetFile, ListFiles, ListFilesAlternative};
use fixture::scopes::{FilesRead, MetaRead};
use fixture::{Api, POLICY, schemes};
use policy_core::{
    Access, Allowed, AuthenticationFailure, Carries, Denial, EnablementFailure, OperationRef, OperationSet, Pending,
    Permit, Principal, Reason, ScopeSet, ScopeString, Stage, least_privilege,
};

type Decided<'r> = Result<Allowed<Api>, Denial<'r, Api>>;

fn scopes(text: &str) -> ScopeSet<Api> {
    let parsed = ScopeSet::parse(text).unwrap();
    assert!(parsed.is_known(), "{text}");
    parsed.set()
}

fn oauth(text: &str) -> Principal<Api> {
    Principal::new("somebody").with_tenant("org").with_grant(schemes::OAUTH2, scopes(text))
}

fn key() -> Principal<Api> {
    Principal::new("somebody").with_grant(schemes::KEY, ScopeSet::EMPTY)
}

fn decide<'r>(
    (method, template): (&str, &str),
    caller: Result<Option<Principal<Api>>, AuthenticationFailure>,
    enabled: Result<&OperationSet<Api>, EnablementFailure>,
    query: Option<&'r str>,
) -> Decided<'r> {
    let operation = POLICY.operation(method, template).unwrap();
    Ok(Pending::start(operation).authenticate(caller)?.enablement(enabled)?.scopes()?.query(query)?.allow())
}

fn verdict(outcome: Decided<'_>) -> String {
    match outcome {
        Ok(_) => "allow".to_owned(),
        Err(denial) => {
            format!("{} {} {} missing[{}]", denial.status(), denial.stage(), denial.reason_code(), denial.missing())
        }
    }
}

#[test]
fn a_decision_takes_the_stages_in_order_and_names_what_failed() {
    const LIST: (&str, &str) = ("GET", "/v1/files");
    const GET: (&str, &str) = ("GET", "/v1/files/{id}");
    const DELETE: (&str, &str) = ("DELETE", "/v1/files/{id}");
    const STATUS: (&str, &str) = ("GET", "/v1/status");
    const SEARCH: (&str, &str) = ("GET", "/v1/search");
    let all = OperationSet::all();
    let none = OperationSet::EMPTY;
    let both = |text: &str| oauth(text).with_grant(schemes::KEY, ScopeSet::EMPTY);
    for (operation, caller, enabled, query, expected) in [
        (LIST, Ok(Some(oauth("files:read"))), Ok(&all), None, "allow"),
        (LIST, Ok(Some(key())), Ok(&all), Some("limit=1"), "allow"),
        (LIST, Ok(Some(oauth("meta:read"))), Ok(&all), None, "403 scopes insufficient_scope missing[files:read]"),
        (LIST, Ok(None), Ok(&all), None, "401 authentication missing_credential missing[]"),
        (LIST, Ok(Some(oauth("files:read"))), Ok(&none), Some("x"), "403 enablement route_not_enabled missing[]"),
        (
            LIST,
            Ok(Some(oauth("meta:read"))),
            Ok(&all),
            Some("wrong=1"),
            "403 scopes insufficient_scope missing[files:read]",
        ),
        (LIST, Ok(Some(key())), Ok(&all), Some("wrong=1"), "400 query unsupported_query_parameter missing[]"),
        (GET, Ok(Some(oauth("files:read meta:read"))), Ok(&all), None, "allow"),
        (GET, Ok(Some(oauth("files:read"))), Ok(&all), None, "403 scopes insufficient_scope missing[meta:read]"),
        (GET, Ok(Some(oauth(""))), Ok(&all), None, "403 scopes insufficient_scope missing[files:read meta:read]"),
        (GET, Ok(Some(key())), Ok(&all), None, "401 authentication scheme_not_satisfied missing[]"),
        (DELETE, Ok(Some(oauth("files:read files:write"))), Ok(&all), None, "allow"),
        (DELETE, Ok(Some(both("admin files:write"))), Ok(&all), None, "allow"),
        // The key is satisfied, but the scopes of the second alternative are the other scheme's to give.
        (
            DELETE,
            Ok(Some(oauth("files:write").with_grant(schemes::KEY, scopes("admin")))),
            Ok(&all),
            None,
            "403 scopes insufficient_scope missing[files:read]",
        ),
        (
            DELETE,
            Ok(Some(oauth("admin files:write"))),
            Ok(&all),
            None,
            "403 scopes insufficient_scope missing[files:read]",
        ),
        (STATUS, Err(AuthenticationFailure::Invalid), Ok(&none), None, "allow"),
        (STATUS, Ok(None), Ok(&none), Some("a=1"), "400 query unsupported_query_parameter missing[]"),
        (SEARCH, Ok(None), Ok(&none), Some("filter%5Bx%5D=1&q="), "allow"),
        (SEARCH, Ok(Some(oauth(""))), Ok(&all), None, "allow"),
        (SEARCH, Ok(Some(oauth("files:read"))), Ok(&none), None, "403 enablement route_not_enabled missing[]"),
        (
            SEARCH,
            Err(AuthenticationFailure::Expired),
            Ok(&all),
            None,
            "401 authentication expired_credential missing[]",
        ),
        (
            LIST,
            Err(AuthenticationFailure::Unavailable),
            Ok(&all),
            None,
            "503 authentication authentication_unavailable missing[]",
        ),
        (
            LIST,
            Ok(Some(key())),
            Err(EnablementFailure::NoOrganization),
            None,
            "403 enablement no_organization missing[]",
        ),
    ] {
        assert_eq!(verdict(decide(operation, caller.clone(), enabled, query)), expected, "{operation:?} {caller:?}");
    }
}

#[test]
fn scope_strings_meet_a_requirement_as_sets_do() {
    let text = |text| ScopeString::new(text).unwrap();
    let operations = || POLICY.operations();
    let strings = ["", "files:read", "meta:read files:read", "files:write", "files:write admin", "admin other"];
    let mut met = 0;
    for operation in operations() {
        for oauth2 in strings {
            for key in [None, Some("files:write admin")] {
                let set = ScopeSet::parse(oauth2).unwrap().set();
                let principal = Principal::new("somebody").with_grant(schemes::OAUTH2, set);
                let mut grants = vec![(schemes::OAUTH2, text(oauth2))];
                let principal = match key {
                    Some(key) => {
                        grants.push((schemes::KEY, text(key)));
                        principal.with_grant(schemes::KEY, ScopeSet::parse(key).unwrap().set())
                    }
                    None => principal,
                };
                let pending = Pending::start(operation).authenticate(Ok(Some(principal)));
                let all = OperationSet::all();
                let expected = match pending.and_then(|pending| pending.enablement(Ok(&all))) {
                    Ok(pending) => pending.scopes().map(|_| ()).map_err(|denial| denial.missing()),
                    // No alternative's schemes are satisfied, so that none is close.
                    Err(_) => Err(ScopeSet::EMPTY),
                };
                met += usize::from(expected.is_ok());
                assert_eq!(operation.met_by(&grants), expected, "{operation} {oauth2} {key:?}");
            }
        }
        let is_open = operation.access() != Access::Required;
        assert_eq!(operation.met_by(&[]).is_ok(), is_open, "{operation}");
    }
    assert!(met > 10, "{met}");
}

#[test]
fn the_challenge_names_the_schemes_and_once_the_scopes_of_the_closest_alternative() {
    let all = OperationSet::all();
    for (operation, caller, expected) in [
        (("GET", "/v1/files"), Ok(None), r#"Bearer realm="a\"b", ApiKey realm="a\"b", in="header", name="X-Key""#),
        (
            ("GET", "/v1/files/{id}"),
            Ok(Some(oauth("files:read"))),
            r#"Bearer realm="a\"b", error="insufficient_scope", error_description="the credential lacks a scope that the operation requires", scope="files:read meta:read""#,
        ),
        (
            ("GET", "/v1/files/{id}"),
            Err(AuthenticationFailure::Invalid),
            r#"Bearer realm="a\"b", error="invalid_token", error_description="the credential is not valid", ApiKey realm="a\"b", in="header", name="X-Key""#,
        ),
    ] {
        let denial = decide(operation, caller, Ok(&all), None).unwrap_err();
        let mut challenge = String::new();
        denial.write_challenge(&mut challenge, "a\"b\r\n").unwrap();
        assert_eq!(challenge, expected);
    }
}

#[test]
fn a_permit_is_of_its_operation_and_carries_what_that_requires() {
    fn reads<P: Carries<FilesRead> + Carries<MetaRead>>(permit: &P) -> Option<String> {
        permit.principal().tenant().map(str::to_owned)
    }
    let all = OperationSet::all();
    let get = || decide(("GET", "/v1/files/{id}"), Ok(Some(oauth("files:read meta:read"))), Ok(&all), None).unwrap();
    let permit: Permit<GetFile> = get().into_permit().unwrap();
    assert_eq!(reads(&permit).as_deref(), Some("org"));
    let foreign = get().into_permit::<DeleteFile>().unwrap_err();
    assert_eq!(
        foreign.to_string(),
        "the request was allowed for `GET /v1/files/{id}`, not for `DELETE /v1/files/{id}`"
    );
}

#[test]
fn a_branch_is_the_alternative_that_was_met_and_carries_its_scopes() {
    fn reads(_: &impl Carries<FilesRead>) -> &'static str {
        "read as OAuth2"
    }
    let all = OperationSet::all();
    let met = |caller: Principal<Api>| {
        let allowed = decide(("GET", "/v1/files"), Ok(Some(caller)), Ok(&all), None).unwrap();
        let permit: Permit<ListFiles> = allowed.into_permit().unwrap();
        match permit.alternative() {
            ListFilesAlternative::OAuth2(branch) => reads(&branch),
            ListFilesAlternative::Key(_) => "key",
        }
    };
    assert_eq!(met(oauth("files:read")), "read as OAuth2");
    assert_eq!(met(key()), "key");
    assert_eq!(met(oauth("").with_grant(schemes::KEY, ScopeSet::EMPTY)), "key");
}

#[test]
fn the_table_finds_each_operation_by_exact_method_and_template_and_nothing_else() {
    assert_eq!(POLICY.operations().count(), 5);
    for operation in POLICY.operations() {
        assert_eq!(POLICY.operation(operation.method(), operation.template()), Some(operation));
    }
    for (method, template) in
        [("get", "/v1/files"), ("GET", "/v1/files/"), ("POST", "/v1/files"), ("GET", "/v1/files/1")]
    {
        assert_eq!(POLICY.operation(method, template), None);
    }
}

#[test]
fn a_grant_string_is_read_as_rfc_6749_has_it() {
    for (text, expected) in [
        ("", Some("")),
        ("files:read", Some("files:read")),
        ("meta:read files:read meta:read", Some("files:read meta:read")),
        ("files:read unknown", Some("files:read")),
        ("Files:Read", Some("")),
        ("files:read  meta:read", None),
        (" files:read", None),
        ("files:read ", None),
        ("files:read\tmeta:read", None),
        ("files:re\"ad", None),
        ("files:réad", None),
    ] {
        let parsed = ScopeSet::<Api>::parse(text);
        assert_eq!(parsed.ok().map(|parsed| parsed.set().to_string()).as_deref(), expected, "{text:?}");
    }
    let parsed = ScopeSet::<Api>::parse("b files:read a").unwrap();
    assert_eq!(parsed.unknown().collect::<Vec<_>>(), ["b", "a"]);
}

#[test]
fn least_privilege_is_a_union_of_ands_and_the_minimal_sets_of_ors() {
    const GET: ScopeSet<Api> = least_privilege![GetFile];
    assert_eq!(GET.to_string(), "files:read meta:read");
    let of = |types: &[OperationRef<Api>]| {
        let least = POLICY.least_privilege(types.iter().copied()).unwrap();
        least.sets().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let (list, get, delete) =
        (OperationRef::of::<ListFiles>(), OperationRef::of::<GetFile>(), OperationRef::of::<DeleteFile>());
    assert_eq!(of(&[]), [""]);
    assert_eq!(of(&[get]), ["files:read meta:read"]);
    assert_eq!(of(&[list]), [""]);
    assert_eq!(of(&[delete]), ["files:read files:write", "admin files:write"]);
    assert_eq!(of(&[delete, get]), ["files:read files:write meta:read"]);
    let least = POLICY.least_privilege([delete]).unwrap();
    assert_eq!(least.excess(&scopes("admin files:write meta:read")).to_string(), "meta:read");
    assert!(least.is_met_by(&scopes("admin files:write")) && !least.is_met_by(&scopes("files:write")));
}

#[test]
fn every_denial_names_the_operation_and_keeps_the_caller_for_the_log() {
    let denial = decide(("GET", "/v1/files/{id}"), Ok(Some(oauth(""))), Ok(&OperationSet::all()), None).unwrap_err();
    assert_eq!(denial.operation().map(|operation| operation.to_string()).as_deref(), Some("GET /v1/files/{id}"));
    assert_eq!(denial.principal().and_then(Principal::tenant), Some("org"));
    assert_eq!(denial.stage(), Stage::Scopes);
    assert_eq!(denial.reason(), Reason::InsufficientScope);
    assert_eq!(denial.required().to_string(), "files:read meta:read");
    assert_eq!((denial.status(), denial.reason_code(), denial.has_challenge()), (403, "insufficient_scope", true));
    assert_eq!(denial.to_string(), "the credential lacks a scope that the operation requires");
    let debug = format!("{denial:?}");
    assert!(debug.starts_with("Denial { operation: Some(OperationRef(GET /v1/files/{id})), stage: Scopes"), "{debug}");
    let refused = decide(("GET", "/v1/status"), Ok(None), Ok(&OperationSet::EMPTY), Some("x")).unwrap_err();
    assert!(!refused.has_challenge() && refused.principal().is_none() && refused.required().is_empty());
    let nowhere = Denial::<Api>::unauthenticated(AuthenticationFailure::Expired);
    assert!(nowhere.operation().is_none() && nowhere.principal().is_none() && nowhere.has_challenge());
    assert_eq!((nowhere.stage(), nowhere.status()), (Stage::Authentication, 401));
}
