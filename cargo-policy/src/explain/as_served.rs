//! Tests that `explain` says what a guard answers. The same requests go to `explain` and to a real service of the same document.

use std::convert::identity;
use std::path::Path;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use conformance::enablement_first::{POLICY, operations};
use http::header::{ALLOW, HeaderMap, HeaderName, WWW_AUTHENTICATE};
use http::{Request, Response};
use policy_core::{Operation, Permit};
use policy_http::EnableAll;
use policy_hyper::Service;
use proptest::prelude::*;
use serde_json::Value;
use tower_service::Service as _;

use super::explanation::{Explanation, Verdict};
use super::{Explain, Format};
use crate::project::{Read, Subject};

static DOCUMENT: LazyLock<Read> = LazyLock::new(|| {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/openapi.yaml");
    Subject { document: Some(document), config: None }.read().unwrap()
});

async fn ran<O: Operation>(_: Permit<O>) -> Response<String> {
    Response::new("ran".to_owned())
}

fn service() -> Service<(), String> {
    let guard = policy_hyper::guard(&POLICY, conformance::Keys, EnableAll, identity::<String>);
    let guard = guard.handlers(|mount| {
        macro_rules! plain {
            ($(($operation:ident $function:ident))*) => { mount$(.handler(ran::<operations::$operation>))* };
        }
        let mount = conformance::plain_operations!(plain);
        let mount = mount.handler(ran::<operations::CreateItem>).handler(ran::<operations::GetLater>);
        mount.handler(ran::<operations::GetStream>).handler(ran::<operations::GetEndless>)
    });
    guard.try_service(()).unwrap()
}

/// The caller of a request: what each scheme grants.
type Grants = Vec<(&'static str, Vec<&'static str>)>;

/// The header with a scheme's credential, for these scopes.
fn credential(scheme: &str, scopes: &[&str]) -> (HeaderName, String) {
    let key = format!("ali~{}", scopes.join("~").replace(':', "."));
    match scheme {
        "Token" => (http::header::AUTHORIZATION, format!("Bearer {key}")),
        "HeaderKey" => (HeaderName::from_static("x-key"), key),
        _ => (http::header::COOKIE, format!("key={key}")),
    }
}

/// The service's answer. Nothing in the service waits, so that one poll is enough.
fn answer(service: &mut Service<(), String>, request: Request<()>) -> Response<String> {
    match pin!(service.call(request)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(answer)) => answer,
        Poll::Ready(Err(never)) => match never {},
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).map(|value| value.to_str().unwrap().to_owned())
}

/// The methods of `Allow`, sorted: their order does not count.
fn methods(allow: Option<&str>) -> Option<Vec<&str>> {
    let mut methods: Vec<&str> = allow?.split(", ").collect();
    methods.sort_unstable();
    Some(methods)
}

fn agrees(explained: &Explanation<'_>, served: &Response<String>) -> Result<(), TestCaseError> {
    let Some(told) = &explained.answer else {
        prop_assert_eq!(explained.verdict, Verdict::Allowed);
        prop_assert_eq!(served.status().as_u16(), 200);
        return Ok(());
    };
    prop_assert_eq!(explained.verdict, Verdict::Denied);
    prop_assert_eq!(told.status, served.status().as_u16());
    prop_assert_eq!(&told.www_authenticate, &header(served.headers(), WWW_AUTHENTICATE));
    let allow = header(served.headers(), ALLOW);
    prop_assert_eq!(methods(told.allow.as_deref()), methods(allow.as_deref()));
    // The answer to HEAD has no body.
    if !served.body().is_empty() {
        let problem: Value = serde_json::from_str(served.body()).unwrap();
        prop_assert_eq!(&problem["reason_code"], told.reason_code);
        prop_assert_eq!(&problem["detail"], &told.detail);
    }
    Ok(())
}

/// Paths that are declared, paths that look like these, and others.
fn path() -> impl Strategy<Value = String> {
    let base = prop::sample::select(vec![
        "/v1",
        "/v1",
        "/v1",
        "/v1",
        "",
        "/",
        "//v1",
        "/v1/",
        "/gateway/v1",
        "/%76%31",
        "/%2576%2531",
        "/v1%2F",
        "/./v1",
        "/x/../v1",
        "/v1/..",
        "/v10",
        "/V1",
        "/v2",
    ]);
    let declared = POLICY.operations().map(|operation| operation.template().replace("/v1", ""));
    let declared = prop::sample::select(declared.collect::<Vec<_>>());
    let value = prop::sample::select(vec![
        "1", "mine", "%6dine", "", ".", "..", "%2e%2E", "%2f", "%00", "a;b", "%C3%BC", "a.b",
    ]);
    let filled =
        (declared, value).prop_map(|(template, value)| template.replace("{id}", value).replace("{file}", value));
    let segment = prop::sample::select(vec![
        "items", "mine", "files", "report", "status", "none", "", "..", "%2e", "%zz", "ITEMS",
    ]);
    let other = prop::collection::vec(segment, 0..4).prop_map(|segments| format!("/{}", segments.join("/")));
    let end = prop::sample::select(vec!["", "", "", "/", "//", "/.", "%2F"]);
    (base, prop_oneof![3 => filled, 1 => other], end).prop_map(|(base, rest, end)| format!("{base}{rest}{end}"))
}

fn grants() -> impl Strategy<Value = Grants> {
    let scopes = vec!["items:read", "items:write", "items:delete", "mine:read", "files:read"];
    let scheme = |name| (Just(name), prop::sample::subsequence(scopes.clone(), 0..=5));
    let each = (scheme("Token"), scheme("HeaderKey"), scheme("CookieKey"));
    let which = prop::sample::subsequence(vec![0, 1, 2], 0..=2);
    (each, which).prop_map(|((token, header, cookie), which)| {
        let all = [token, header, cookie];
        which.into_iter().map(|at| all[at].clone()).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_request_is_explained_as_it_is_served(
        method in prop::sample::select(vec!["GET", "GET", "HEAD", "POST", "DELETE", "OPTIONS", "PATCH", "FROB", "get"]),
        path in path(),
        query in prop::option::of(prop::sample::select(vec!["limit=1", "none=1", ""])),
        grants in grants(),
    ) {
        let target = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
        let mut request = Request::builder().method(method).uri(&target);
        for (scheme, scopes) in &grants {
            let (name, value) = credential(scheme, scopes);
            request = request.header(name, value);
        }
        // A server refuses an ill-formed request target before the request is routed.
        let request = request.body(());
        prop_assume!(request.is_ok());
        let request = request.unwrap();
        prop_assume!(request.uri().path() == path);

        let explain = Explain {
            method: method.to_owned(),
            path,
            query: query.map(str::to_owned),
            scopes: None,
            schemes: Vec::new(),
            grant: grants.iter().map(|(scheme, scopes)| format!("{scheme}={}", scopes.join(","))).collect(),
            not_enabled: false,
            format: Format::Text,
            document: None,
            config: None,
        };
        agrees(&explain.explanation(&DOCUMENT).unwrap(), &answer(&mut service(), request))?;
    }
}
