//! The application beside the guard: its own routes, fallback and second document, HEAD of routes outside the policy, errors of
//! extractors, and what its owner hears of a mistake.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use conformance::{WITHOUT_GUARD, enablement_first as policy, mistakes_are_heard};
use http::Method;
use poem::endpoint::make_sync;
use poem::error::NotFoundError;
use poem::web::Json;
use poem::{Endpoint, EndpointExt, Request, Response, Route};
use policy_core::handlers;
use policy_http::{Cors, EnableAll, Options, Unmatched};
use policy_poem::{Guard, Handler, MountError, Permit};

mod first {
    use super::*;

    conformance::plain_handlers!(fn(name) -> &'static str { name } (GetStream get_stream) (GetEndless get_endless));

    pub(crate) async fn create_item(
        _: Permit<policy::operations::CreateItem>,
        Json(name): Json<String>,
    ) -> poem::Result<String> {
        if name.is_empty() { Err(NotFoundError.into()) } else { Ok(name) }
    }
}

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

            pub(crate) fn guard() -> Guard<Api, conformance::Keys, EnableAll> {
                policy_poem::guard(&POLICY, conformance::Keys, EnableAll).handlers(handlers![list_orders, get_order])
            }
        }
    };
}

second!(below_v2, orders);
second!(below_v1, orders_below_v1);
second!(at_root, orders_at_root);

fn guard() -> Guard<policy::Api, conformance::Keys, EnableAll> {
    policy_poem::guard(&policy::POLICY, conformance::Keys, EnableAll)
        .handlers(conformance::all_handlers!(policy, first))
}

const ALL: &str = "Bearer ali~files.read~items.read~items.write~items.delete~mine.read";
const ORDERS: &str = "Bearer ali~orders.read";
const NONE: &str = "";

fn request(method: &str, target: &str, key: &str) -> Request {
    let request = Request::builder().method(method.parse().unwrap()).uri_str(target);
    if key.is_empty() { request.finish() } else { request.header("authorization", key).finish() }
}

async fn text(response: Response) -> (u16, String) {
    (response.status().as_u16(), response.into_body().into_string().await.unwrap())
}

/// Asks an application and compares status and a part of the body: method, target, key, status, part.
async fn expect(endpoint: impl Endpoint, table: &[(&str, &str, &str, u16, &str)]) {
    for (method, target, key, status, part) in table {
        let (found, body) = text(endpoint.get_response(request(method, target, key)).await).await;
        assert_eq!(found, *status, "{method} {target} by {key}: {body}");
        assert!(body.contains(part), "{method} {target} by {key}: {body}");
    }
}

#[tokio::test]
async fn the_applications_own_routes_and_fallback_answer_what_is_not_below_the_base_path() {
    let pages = Route::new()
        .at("/about", make_sync(|_| "about"))
        .at("/people/:name", make_sync(|request| request.path_params::<String>().unwrap()))
        .nest("/shop", Route::new().at("/*rest", make_sync(|_| "the shop")));
    let guard = guard().beside("the web pages", pages);
    let audit = guard.audit().to_string();
    assert!(audit.contains("ANY (whatever is not below /v1)\n    because  the web pages"), "{audit}");
    let health = guard.unguarded(Method::GET, "/healthz", "liveness probe", make_sync(|_| "well"));
    let app = health.try_into_endpoint().unwrap().catch_error(|_: NotFoundError| async {
        Response::builder().status(http::StatusCode::NOT_FOUND).body("the application's 404")
    });
    let table = [
        ("GET", "/about", NONE, 200, "about"),
        ("GET", "/people/ali", NONE, 200, "ali"),
        ("GET", "/shop/a/b", NONE, 200, "the shop"),
        ("GET", "/healthz", NONE, 200, "well"),
        ("GET", "/none", NONE, 404, "the application's 404"),
        ("GET", "/v10", NONE, 404, "the application's 404"),
        ("GET", "//v1/items", NONE, 401, "missing_credential"),
        ("GET", "/v1", NONE, 401, "missing_credential"),
        ("GET", "/v1/", NONE, 401, "missing_credential"),
        ("GET", "/v1/none/x", NONE, 401, "missing_credential"),
        ("GET", "/v1/items", NONE, 401, "missing_credential"),
        ("GET", "/v1/none", ALL, 404, "not_found"),
        ("GET", "/v1/items/1/none", ALL, 404, "not_found"),
        ("GET", "/v1/items", ALL, 200, "ListItems"),
        ("GET", "/v1/items/mine", ALL, 200, "GetMine"),
    ];
    expect(app, &table).await;

    // A wildcard over everything takes nothing that is the policy's.
    let anything = Route::new().at("/*rest", make_sync(|_| "a page"));
    let app = self::guard().beside("pages", anything).try_into_endpoint().unwrap();
    let table = [
        ("GET", "/any/thing", NONE, 200, "a page"),
        ("GET", "/", NONE, 200, "a page"),
        ("GET", "/v1/none", NONE, 401, ""),
        ("GET", "/v1/items", NONE, 401, ""),
    ];
    expect(app, &table).await;
}

#[tokio::test]
async fn a_document_without_a_base_path_claims_what_its_templates_match() {
    let anything = || Route::new().at("/*rest", make_sync(|_| "a page"));
    let own = at_root::guard().beside("the web pages", anything()).try_into_endpoint().unwrap();
    let table = [
        ("GET", "/orders", ORDERS, 200, "ListOrders"),
        ("GET", "/orders/1", ORDERS, 200, "GetOrder"),
        ("GET", "/orders", NONE, 401, ""),
        ("GET", "/orders/1/2", NONE, 200, "a page"),
        ("GET", "/about", NONE, 200, "a page"),
    ];
    expect(own, &table).await;
    // Without an application beside it, nobody unknown learns what there is.
    expect(at_root::guard().try_into_route().unwrap(), &[("GET", "/about", NONE, 401, "")]).await;

    let root = at_root::guard().unguarded(Method::GET, "/", "the root", make_sync(|_| "the root"));
    let root = root.beside("pages", anything()).try_into_endpoint().unwrap();
    expect(root, &[("GET", "/", NONE, 200, "the root"), ("GET", "/x", NONE, 200, "a page")]).await;

    // In a `Route`, what the application's handlers take from the path would not be theirs alone.
    let error = at_root::guard().beside("pages", anything()).try_into_route().err().unwrap().to_string();
    assert!(error.contains("end the guard with `try_into_endpoint`"), "{error}");
}

#[tokio::test]
async fn two_documents_answer_in_one_application_and_each_keeps_its_401() {
    let different = Route::new()
        .nest_no_strip("/v1", guard().try_into_route().unwrap())
        .nest_no_strip("/v2", below_v2::guard().try_into_route().unwrap());
    // With one base path, the longer prefix goes to the second, and what neither has is the first's.
    let same =
        guard().try_into_route().unwrap().nest_no_strip("/v1/orders", below_v1::guard().try_into_route().unwrap());
    for (app, list, one, none) in
        [(different, "/v2/orders", "/v2/orders/7", "/v2/none"), (same, "/v1/orders", "/v1/orders/7", "/v1/none")]
    {
        let table = [
            ("GET", "/v1/items", ALL, 200, "ListItems"),
            ("GET", list, ORDERS, 200, "ListOrders"),
            ("GET", one, ORDERS, 200, "GetOrder"),
            ("GET", list, "Bearer ali~", 403, ""),
            ("GET", list, NONE, 401, ""),
            ("GET", "/v1/none", NONE, 401, ""),
            ("GET", none, NONE, 401, ""),
            ("GET", none, ORDERS, 404, "not_found"),
        ];
        expect(app, &table).await;
    }
}

#[tokio::test]
async fn head_of_a_route_outside_the_policy_is_its_get_without_the_body() {
    let guard = guard().unguarded(Method::GET, "/healthz", "liveness probe", make_sync(|_| "well"));
    let route = guard.try_into_route().unwrap();
    let response = route.get_response(request("HEAD", "/healthz", NONE)).await;
    assert_eq!(response.header("content-length"), Some("4"));
    assert_eq!(text(response).await, (200, String::new()));
    let response = route.get_response(request("PUT", "/healthz", ALL)).await;
    assert_eq!(response.header("allow"), Some("GET, HEAD"));
}

#[tokio::test]
async fn the_application_answers_the_errors_of_guarded_handlers_and_of_their_extractors() {
    let options = Options::new().cors(Cors::origins(["https://app.example"]).unwrap());
    let route = guard()
        .options(options)
        .catch_all_error(async |error: poem::Error| {
            let text = format!("the application's word: {}", error.status().as_u16());
            Response::builder().status(error.status()).body(text)
        })
        .try_into_route()
        .unwrap();
    for (key, kind, body, status, expected) in [
        (ALL, "text/plain", "\"a\"", 415, "the application's word: 415"),
        (ALL, "application/json", "no JSON", 400, "the application's word: 400"),
        (ALL, "application/json", "\"\"", 404, "the application's word: 404"),
        (ALL, "application/json", "\"a\"", 200, "a"),
        // A denial is no error.
        ("Bearer ali~", "application/json", "\"a\"", 403, "insufficient_scope"),
    ] {
        let post = Request::builder().method(Method::POST).uri_str("/v1/items").header("authorization", key);
        let post = post.header("origin", "https://app.example").content_type(kind).body(body);
        let response = route.get_response(post).await;
        // Whatever was made of the error has the guard's headers.
        assert_eq!(response.header("access-control-allow-origin"), Some("https://app.example"), "{body}");
        let (found, text) = text(response).await;
        assert_eq!(found, status, "{body}: {text}");
        assert!(text.contains(expected), "{body}: {text}");
    }
}

#[tokio::test]
async fn answers_of_ones_own_stand_beside_each_other() {
    let own = |status: u16, text: &str| http::Response::builder().status(status).body(text.to_owned()).unwrap();
    let options = Options::new()
        .denials(move |denial| own(denial.status(), denial.reason_code()))
        .unmatched(move |unmatched: Unmatched| own(unmatched.status(), unmatched.code()));
    let table = [
        ("GET", "/v1/none", NONE, 401, "missing_credential"),
        ("GET", "/v1/none", ALL, 404, "not_found"),
        ("PUT", "/v1/items", ALL, 405, "method_not_allowed"),
        ("GET", "/none", NONE, 404, "not_found"),
        ("GET", "/v1/items", "Bearer ali~", 403, "insufficient_scope"),
    ];
    expect(guard().options(options).try_into_route().unwrap(), &table).await;
}

const MISFIT: &str =
    "the unguarded route `GET /v1/items` would answer requests that the document gives to `GET /v1/items`";

fn misfit() -> Guard<policy::Api, conformance::Keys, EnableAll> {
    guard().unguarded(Method::GET, "/v1/items", "a mistake", make_sync(|_| ""))
}

#[test]
#[ignore = "it fails, for the test that reads what it says"]
fn main_of_a_guard_that_does_not_fit() -> Result<(), MountError> {
    misfit().try_into_route().map(drop)
}

#[tokio::test]
#[ignore = "it makes mistakes, for the test that reads what is said of them"]
async fn mistakes() {
    expect(misfit().into_route(), &[("GET", "/v1/items", ALL, 500, "internal_error")]).await;

    let late = poem::endpoint::make(|request| first::get_item.call(request));
    let route = guard().try_into_route().unwrap().at("/late", late);
    expect(route, &[("GET", "/late?secret=1", ALL, 500, "internal_error"); 3]).await;
}

#[test]
fn the_owner_hears_of_a_mistake_on_stderr_without_a_subscriber() {
    mistakes_are_heard(MISFIT, WITHOUT_GUARD);
}

#[tokio::test]
async fn an_operation_that_is_left_to_the_application_is_served_by_it_and_the_others_are_guarded() {
    use conformance::orders::{POLICY, operations};
    use poem::web::Path;

    async fn list_orders(_: Permit<operations::ListOrders>) -> &'static str {
        "ListOrders"
    }
    #[poem::handler]
    async fn old_order(Path(number): Path<u32>) -> String {
        format!("old order {number}")
    }
    let guard = || {
        policy_poem::guard(&POLICY, conformance::Keys, EnableAll)
            .handlers(handlers![list_orders, elsewhere!(operations::GetOrder, "the old routes")])
    };
    let route = guard().elsewhere::<operations::GetOrder>(old_order).try_into_route().unwrap();
    let table = [
        ("GET", "/v2/orders/7", NONE, 200, "old order 7"),
        ("HEAD", "/v2/orders/7", NONE, 200, ""),
        ("DELETE", "/v2/orders/7", NONE, 401, "missing_credential"),
        ("DELETE", "/v2/orders/7", ORDERS, 405, "method_not_allowed"),
        ("GET", "/v2/orders", NONE, 401, "missing_credential"),
        ("GET", "/v2/orders", ORDERS, 200, "ListOrders"),
    ];
    expect(route, &table).await;
    let error = guard().try_into_route().err().unwrap().to_string();
    assert!(
        error.contains("`GET /v2/orders/{id}` is served elsewhere, and the guard does not know by what"),
        "{error}"
    );
    let error = guard().elsewhere::<operations::ListOrders>(old_order).try_into_route().err().unwrap().to_string();
    assert!(error.contains("the list does not say `elsewhere!(…)` of `GET /v2/orders`"), "{error}");
}

#[tokio::test]
async fn a_middleware_around_one_handler_stands_behind_the_decision() {
    use conformance::orders::{POLICY, operations};
    use poem::middleware::SetHeader;

    async fn list_orders(_: Permit<operations::ListOrders>) -> &'static str {
        "ListOrders"
    }
    async fn get_order(_: Permit<operations::GetOrder>) -> &'static str {
        "GetOrder"
    }
    let route = policy_poem::guard(&POLICY, conformance::Keys, EnableAll)
        .handlers(handlers![list_orders.layer(SetHeader::new().overriding("x-layer", "seen")), get_order])
        .try_into_route()
        .unwrap();
    for (target, key, status, layered) in [
        ("/v2/orders", NONE, 401, None),
        ("/v2/orders", ORDERS, 200, Some("seen")),
        ("/v2/orders/7", ORDERS, 200, None),
    ] {
        let answer = route.get_response(request("GET", target, key)).await;
        assert_eq!((answer.status().as_u16(), answer.header("x-layer")), (status, layered), "{target} {key}");
    }
}

/// Whatever the application makes of a path: it must not see one that could mean an operation.
#[tokio::test]
async fn the_application_never_sees_a_path_that_somebody_could_read_as_an_operations() {
    let anything = || make_sync(|_| "the application");
    let guard = below_v1::guard().otherwise("the old service", anything());
    assert!(guard.audit().to_string().contains("ANY (whatever no route matches)\n    because  the old service"));
    for (endpoint, base) in [
        (guard.try_into_endpoint().unwrap(), "/v1"),
        (at_root::guard().otherwise("the old service", anything()).try_into_endpoint().unwrap(), ""),
        (at_root::guard().beside("the old service", anything()).try_into_endpoint().unwrap(), ""),
    ] {
        for target in conformance::otherwise::claimed(base) {
            expect(&endpoint, &[("GET", &target, NONE, 401, "missing_credential")]).await;
        }
        for target in conformance::otherwise::left(base) {
            expect(&endpoint, &[("POST", &target, NONE, 200, "the application")]).await;
        }
        expect(&endpoint, &[("PUT", &format!("{base}/orders"), ORDERS, 405, "")]).await;
    }
}
