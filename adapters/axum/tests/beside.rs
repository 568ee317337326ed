//! The application beside the guard: its own routes, fallback and second document, HEAD of routes outside the policy, and what
//! its owner hears of a mistake.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use axum::Router;
use axum::routing::get;
use common::{ALL, Runs, ask, guard_of};
use conformance::{WITHOUT_GUARD, mistakes_are_heard};
use http::Method;
use policy_axum::{Guard, MountError, Permit};
use policy_core::handlers;
use policy_http::{EnableAll, Options, Unmatched};

/// The handlers of the second document, compiled at one of its base paths.
macro_rules! second {
    ($name:ident, $policy:ident) => {
        mod $name {
            use super::*;
            use conformance::$policy::{Api, POLICY, operations};

            async fn list_orders(_: Permit<operations::ListOrders>) -> &'static str {
                "ListOrders"
            }

            async fn get_order(_: Permit<operations::GetOrder>) -> &'static str {
                "GetOrder"
            }

            pub(crate) fn guard() -> Guard<Api, conformance::Keys, EnableAll, Runs> {
                policy_axum::guard(&POLICY, conformance::Keys, EnableAll).handlers(handlers![list_orders, get_order])
            }
        }
    };
}

second!(below_v2, orders);
second!(below_v1, orders_below_v1);
second!(at_root, orders_at_root);

/// The application's own: a page, a wildcard for whatever else, and its 404.
fn own() -> Router<Runs> {
    let shop = Router::new().route("/{*rest}", get(async || "the shop"));
    Router::new().route("/about", get(async || "about")).nest("/shop", shop).fallback(async || "the application's 404")
}

#[tokio::test]
async fn the_applications_own_routes_and_fallback_answer_what_is_not_below_the_base_path() {
    let guard = guard_of!(enablement_first).beside("the web pages", own());
    let audit = guard.audit().to_string();
    assert!(audit.contains("ANY (whatever is not below /v1)\n    because  the web pages"), "{audit}");
    let router = guard.try_with_state(Runs::default()).unwrap();
    for (target, answer) in [
        ("/about", "about"),
        ("/shop/a/b", "the shop"),
        ("/none", "the application's 404"),
        ("/v10", "the application's 404"),
    ] {
        assert_eq!(ask(&router, "GET", target, None).await.body, answer, "{target}");
    }
    let policys = ["/v1", "/v1/", "/v1/none", "/v1/items", "/v1/items/1/none"];
    // Axum reads none of these as below `/v1`. What the application hands them to might.
    let readable_as_such = ["//v1/items", "/%76%31/items", "/x/../v1/items", "/v1/../v1/items"];
    for target in policys.into_iter().chain(readable_as_such) {
        assert_eq!(ask(&router, "GET", target, None).await.status, 401, "{target}");
    }
    assert_eq!(ask(&router, "GET", "/v1/none", Some(ALL)).await.status, 404);
    assert_eq!(ask(&router, "GET", "/v1/items", Some(ALL)).await.body, "ListItems ListItems");

    // A wildcard over everything takes nothing that is the policy's.
    let pages = Router::new().route("/{*rest}", get(async || "a page"));
    let router = guard_of!(enablement_first).beside("pages", pages).try_with_state(Runs::default()).unwrap();
    for (target, status) in [("/any/thing", 200), ("/v1/none", 401), ("/v1/items", 401)] {
        assert_eq!(ask(&router, "GET", target, None).await.status, status, "{target}");
    }
}

#[tokio::test]
async fn a_document_without_a_base_path_claims_what_its_templates_match() {
    let guard = at_root::guard().beside("the web pages", own());
    assert!(guard.audit().to_string().contains("ANY (whatever no route matches)"));
    let router = guard.try_with_state(Runs::default()).unwrap();
    for (target, key, answer) in [
        ("/orders", Some("ali~orders.read"), "ListOrders"),
        ("/orders/1/2", None, "the application's 404"),
        ("/about", None, "about"),
    ] {
        assert_eq!(ask(&router, "GET", target, key).await.body, answer, "{target}");
    }
    assert_eq!(ask(&router, "GET", "/orders", None).await.status, 401);
    // Without an application beside it, nobody unknown learns what there is.
    let alone = at_root::guard().try_with_state(Runs::default()).unwrap();
    assert_eq!(ask(&alone, "GET", "/about", None).await.status, 401);
}

#[tokio::test]
async fn two_documents_answer_in_one_application_and_each_keeps_its_401() {
    let state = Runs::default();
    let second = below_v2::guard().beside("the web pages", own()).try_with_state(state.clone()).unwrap();
    let guard = guard_of!(enablement_first).beside("the second document", second.with_state(()));
    let different = guard.try_with_state(state.clone()).unwrap();
    // With one base path they are merged, and the first answers what neither has.
    let second = below_v1::guard().try_with_state(state.clone()).unwrap();
    let same = guard_of!(enablement_first).try_with_state(state).unwrap().merge(second.reset_fallback());
    for (router, orders) in [(different, "/v2/orders"), (same, "/v1/orders")] {
        let base = orders.strip_suffix("/orders").unwrap();
        for (target, key, status) in [
            ("/v1/items".to_owned(), Some(ALL), 200),
            (orders.to_owned(), Some("ali~orders.read"), 200),
            (format!("{orders}/7"), Some("ali~orders.read"), 200),
            (orders.to_owned(), Some("ali~"), 403),
            ("/v1/none".to_owned(), None, 401),
            (format!("{base}/none"), None, 401),
            (format!("{base}/none"), Some("ali~"), 404),
            (orders.to_owned(), None, 401),
        ] {
            assert_eq!(ask(&router, "GET", &target, key).await.status, status, "{target} {key:?}");
        }
    }
}

#[test]
fn two_applications_beside_one_guard_are_an_error() {
    let twice = guard_of!(enablement_first).beside("one", own()).beside("two", own());
    let error = twice.try_with_state::<()>(Runs::default()).unwrap_err().to_string();
    assert!(error.contains("`ANY (whatever is not below /v1)` is mounted twice"), "{error}");
}

#[tokio::test]
async fn head_of_a_route_outside_the_policy_is_its_get_without_the_body() {
    let guard = guard_of!(enablement_first).unguarded(Method::GET, "/healthz", "liveness probe", get(async || "well"));
    let guard = guard.unguarded(Method::POST, "/hook", "a webhook", axum::routing::post(async || "taken"));
    let router = guard.try_with_state(Runs::default()).unwrap();
    let answer = ask(&router, "HEAD", "/healthz", None).await;
    assert_eq!((answer.status, answer.body.as_str(), answer.header("content-length")), (200, "", "4"));
    assert_eq!(ask(&router, "POST", "/healthz", Some(ALL)).await.header("allow"), "GET, HEAD");
    assert_eq!(ask(&router, "HEAD", "/hook", Some(ALL)).await.header("allow"), "POST");
    // A HEAD that the document declares decides for itself.
    assert_eq!(ask(&router, "HEAD", "/v1/report", None).await.status, 401);
}

#[tokio::test]
async fn answers_of_ones_own_stand_beside_each_other_and_a_known_caller_alone_learns_what_is_not_there() {
    let own = |status: u16, text: &str| http::Response::builder().status(status).body(text.to_owned()).unwrap();
    let options = Options::new()
        .denials(move |denial| own(denial.status(), denial.reason_code()))
        .unmatched(move |unmatched: Unmatched| own(unmatched.status(), unmatched.code()));
    let router = guard_of!(enablement_first).options(options).try_with_state(Runs::default()).unwrap();
    for (method, target, key, status, body) in [
        ("GET", "/v1/none", None, 401, "missing_credential"),
        ("PUT", "/v1/items", None, 401, "missing_credential"),
        ("GET", "/v1/none", Some(ALL), 404, "not_found"),
        ("PUT", "/v1/items", Some(ALL), 405, "method_not_allowed"),
        ("GET", "/none", None, 404, "not_found"),
        ("GET", "/v1/items", Some("ali~"), 403, "insufficient_scope"),
    ] {
        let answer = ask(&router, method, target, key).await;
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{method} {target}");
    }
}

const MISFIT: &str =
    "the unguarded route `GET /v1/items` would answer requests that the document gives to `GET /v1/items`";

#[test]
#[ignore = "it fails, for the test that reads what it says"]
fn main_of_a_guard_that_does_not_fit() -> Result<(), MountError> {
    let guard = guard_of!(enablement_first).unguarded(Method::GET, "/v1/items", "a mistake", get(async || ""));
    guard.try_with_state::<()>(Runs::default()).map(drop)
}

#[tokio::test]
#[ignore = "it makes mistakes, for the test that reads what is said of them"]
async fn mistakes() {
    let misfit = guard_of!(enablement_first).unguarded(Method::GET, "/v1/items", "a mistake", get(async || ""));
    let router = misfit.with_state(Runs::default());
    assert_eq!(ask(&router, "GET", "/v1/items", Some(ALL)).await.status, 500);

    let state = Runs::default();
    let late = get(common::enablement_first::handlers::get_item).with_state(state.clone());
    let router = guard_of!(enablement_first).with_state(state).route("/v1/late", late);
    for _ in 0..3 {
        assert_eq!(ask(&router, "GET", "/v1/late?secret=1", Some(ALL)).await.status, 500);
    }
}

#[test]
fn the_owner_hears_of_a_mistake_on_stderr_without_a_subscriber() {
    mistakes_are_heard(MISFIT, WITHOUT_GUARD);
}

/// Whatever the application makes of a path: it must not see one that could mean an operation.
#[tokio::test]
async fn the_application_never_sees_a_path_that_somebody_could_read_as_an_operations() {
    let anything = || Router::<Runs>::new().fallback(async || "the application");
    let state = Runs::default;
    let guard = below_v1::guard().otherwise("the old service", anything());
    assert!(guard.audit().to_string().contains("ANY (whatever no route matches)\n    because  the old service"));
    for (router, base) in [
        (guard.try_with_state(state()).unwrap(), "/v1"),
        (at_root::guard().otherwise("the old service", anything()).try_with_state(state()).unwrap(), ""),
        (at_root::guard().beside("the old service", anything()).try_with_state(state()).unwrap(), ""),
    ] {
        for target in conformance::otherwise::claimed(base) {
            let answer = ask(&router, "GET", &target, None).await;
            assert_eq!(
                (answer.status, answer.body.contains("the application")),
                (401, false),
                "{target}: {}",
                answer.body
            );
        }
        for target in conformance::otherwise::left(base) {
            assert_eq!(ask(&router, "POST", &target, None).await.body, "the application", "{target}");
        }
        let orders = format!("{base}/orders");
        assert_eq!(ask(&router, "PUT", &orders, None).await.status, 401);
        assert_eq!(ask(&router, "PUT", &orders, Some("ali~")).await.status, 405);
        assert_eq!(ask(&router, "GET", &orders, Some("ali~orders.read")).await.body, "ListOrders");
    }
    // Below the base path it is the guard's word, unless the application was given it.
    let beside = below_v1::guard().beside("the web pages", anything()).try_with_state(state()).unwrap();
    assert_eq!(ask(&beside, "GET", "/v1/about", None).await.status, 401);
    let twice = below_v1::guard().otherwise("one", anything()).beside("two", anything());
    let error = twice.try_with_state::<()>(state()).unwrap_err().to_string();
    assert!(error.contains("`ANY (whatever is not below /v1)` is mounted twice"), "{error}");
}

/// The guard's router becomes part of an application that has a state of its own.
#[tokio::test]
async fn a_guard_with_its_state_is_part_of_a_router_with_another() {
    let guard = guard_of!(enablement_first);
    let own: Router<u32> =
        Router::new().route("/own", get(async |number: axum::extract::State<u32>| number.to_string()));
    let router = own.merge(guard.try_with_state(Runs::default()).unwrap()).with_state(7);
    assert_eq!(ask(&router, "GET", "/own", None).await.body, "7");
    assert_eq!(ask(&router, "GET", "/v1/items", Some(ALL)).await.body, "ListItems ListItems");
    assert_eq!(ask(&router, "GET", "/v1/none", None).await.status, 401);
}

#[tokio::test]
async fn the_seal_refuses_below_the_base_path_what_the_audit_does_not_list() {
    let guard = || guard_of!(enablement_first).unguarded(Method::GET, "/v1/ready", "a probe", get(async || "ready"));
    let (sealed, open) = (guard(), guard());
    let seal = sealed.seal();
    let late = |router: Router| router.route("/v1/late", get(async || "late")).route("/pages", get(async || "pages"));
    let sealed = late(sealed.try_with_state(Runs::default()).unwrap()).layer(seal.clone());
    let open = late(open.try_with_state(Runs::default()).unwrap());
    for (target, key, status, without) in [
        ("/v1/late", None, 500, 200),
        ("/v1/late", Some(ALL), 500, 200),
        ("/v1/items", Some(ALL), 200, 200),
        ("/v1/items/7", None, 401, 401),
        ("/v1/ready", None, 200, 200),
        ("/v1/none", None, 401, 401),
        ("/v1/none", Some(ALL), 404, 404),
        ("/pages", None, 200, 200),
    ] {
        assert_eq!(ask(&sealed, "GET", target, key).await.status, status, "{target} {key:?}");
        assert_eq!(ask(&open, "GET", target, key).await.status, without, "{target} {key:?}");
    }
    // A router that is nested is matched with the prefix in front.
    let nested = |seal| {
        let router = late(guard().try_with_state(Runs::default()).unwrap()).layer(seal);
        Router::new().nest("/gateway", router)
    };
    let known = nested(seal.clone().nested_at("/gateway"));
    for (target, status) in [("/gateway/v1/late", 500), ("/gateway/v1/items", 200), ("/gateway/pages", 200)] {
        assert_eq!(ask(&known, "GET", target, Some(ALL)).await.status, status, "{target}");
    }
    // Where the prefix is not said, nothing of the guard's is served: a mistake that nobody overlooks.
    assert_eq!(ask(&nested(seal), "GET", "/gateway/v1/items", Some(ALL)).await.status, 500);
}
