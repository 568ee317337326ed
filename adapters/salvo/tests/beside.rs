//! The application beside the guard: its own routes, catchers and catch-alls, and a second document's guard.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[macro_use]
mod support;

use conformance::{enablement_first as policy, orders, orders_at_root, orders_below_v1};
use http::{Method, header};
use policy::operations::GetItem;
use policy_http::{EnableAll, Unmatched};
use policy_salvo::{Param, Permit, Routers, State};
use salvo_core::catcher::Catcher;
use salvo_core::{FlowCtrl, Response, Router, Service};
use support::{ask, guard, handlers, router, send, text};

#[salvo_core::handler]
async fn application() -> &'static str {
    "the application"
}

#[salvo_core::handler]
async fn caught(response: &mut Response, ctrl: &mut FlowCtrl) {
    let code = response.status_code.map_or(0, |code| code.as_u16());
    response.body(format!("caught {code}"));
    ctrl.skip_rest();
}

fn all() -> support::Guarded {
    guard().handlers(conformance::all_handlers!(policy, handlers))
}

/// The guard of the second document, for one of its base paths.
macro_rules! orders {
    ($document:ident) => {{
        use $document::operations::{GetOrder, ListOrders};
        async fn list(_: Permit<ListOrders>) -> &'static str {
            "ListOrders"
        }
        async fn get(_: Permit<GetOrder>) -> &'static str {
            "GetOrder"
        }
        policy_salvo::guard(&$document::POLICY, conformance::Keys, EnableAll)
            .realm("orders")
            .handlers(|mount| mount.handler(list).handler(get))
    }};
}

#[tokio::test]
async fn the_applications_catcher_answers_outside_of_the_policy_and_for_handlers_and_no_denial() {
    let mapped = |unmatched: Unmatched| {
        http::Response::builder().status(unmatched.status()).body(format!("own {}", unmatched.code())).unwrap()
    };
    let denied = |denial: &policy_core::Denial<'_, policy::Api>| {
        http::Response::builder().status(denial.status()).body(format!("own {}", denial.reason_code())).unwrap()
    };
    async fn item(_: Permit<GetItem>, Param(_): Param<u8>) -> Option<&'static str> {
        None
    }
    let router = only!(guard().unmatched(mapped).denials(denied), item, GetItem);
    let service = Service::new(router).catcher(Catcher::default().hoop(caught));
    for (target, status, known, unknown) in [
        ("/none", 404, "caught 404", "caught 404"),
        ("/v1/none", 404, "own not_found", "own missing_credential"),
        ("/v1/items/1?owner=x", 400, "own unsupported_query_parameter", "own missing_credential"),
        // What the handler answers without a body, and what its extractor refuses.
        ("/v1/items/1", 404, "caught 404", "own missing_credential"),
        ("/v1/items/x", 400, "caught 400", "own missing_credential"),
    ] {
        assert_eq!(ask(&service, Method::GET, target).await, (status, known.to_owned()), "{target}");
        assert_eq!(text(send(&service, Method::GET, target, None, "").await.body).await, unknown, "{target}");
    }
}

#[tokio::test]
async fn what_is_not_below_the_base_path_is_the_applications_own() {
    let catch_all = || Router::with_path("{**rest}").goal(application);
    let guarded = all().beside("the web application", catch_all());
    let audit = guarded.audit().to_string();
    assert!(audit.contains("(whatever is not below /v1)\n    because  the web application"), "{audit}");
    for router in [
        guarded.try_into_router().unwrap(),
        Router::new().push(router()).push(catch_all()),
        Router::new().push(router()).push(Router::with_path("v1/{**rest}").goal(application)).push(catch_all()),
    ] {
        let service = Service::new(router);
        for target in ["/", "/index.html", "/web/v1/items", "/v10/items"] {
            let response = send(&service, Method::GET, target, None, "").await;
            assert_eq!(text(response.body).await, "the application", "{target}");
        }
        for target in ["/v1", "/v1/", "/v1/none", "//v1/none", "/%761/none", "/v1/items/"] {
            let response = send(&service, Method::GET, target, None, "").await;
            assert_eq!(response.status_code.unwrap(), 401, "{target}");
            assert!(response.headers.contains_key(header::WWW_AUTHENTICATE), "{target}");
            assert_eq!(ask(&service, Method::GET, target).await.0, 404, "{target}");
        }
        assert_eq!(ask(&service, Method::GET, "/v1/items").await, (200, "ListItems".into()));
    }
}

#[tokio::test]
async fn two_documents_are_served_side_by_side_whatever_base_paths_they_have() {
    let items = || all().try_into_router().unwrap();
    let side_by_side = |one: Routers, two: Routers| {
        Router::new().push(one.operations).push(two.operations).push(one.rest).push(two.rest)
    };
    for (router, base) in [
        (Router::new().push(items()).push(orders!(orders).try_into_router().unwrap()), "/v2"),
        (Router::new().push(orders!(orders).try_into_router().unwrap()).push(items()), "/v2"),
        (all().beside("orders", orders!(orders).try_into_router().unwrap()).try_into_router().unwrap(), "/v2"),
        (Router::new().push(items()).push(orders!(orders_at_root).try_into_router().unwrap()), ""),
        (orders!(orders_at_root).beside("items", items()).try_into_router().unwrap(), ""),
        (side_by_side(all().try_into_routers().unwrap(), orders!(orders_below_v1).try_into_routers().unwrap()), "/v1"),
        (side_by_side(orders!(orders_below_v1).try_into_routers().unwrap(), all().try_into_routers().unwrap()), "/v1"),
    ] {
        let service = Service::new(router);
        for (target, scope, status, part) in [
            ("/v1/items/mine", "mine.read", 200, "GetMine"),
            ("/v1/items", "mine.read", 403, "insufficient_scope"),
            (&format!("{base}/orders"), "orders.read", 200, "ListOrders"),
            (&format!("{base}/orders/7"), "orders.read", 200, "GetOrder"),
            (&format!("{base}/orders/7"), "other", 403, "insufficient_scope"),
            ("/v1/none", "mine.read", 404, "not_found"),
        ] {
            let key = format!("Bearer ali~{scope}");
            let response = send(&service, Method::GET, target, Some(&key), "").await;
            assert_eq!(response.status_code.unwrap(), status, "{base} {target}");
            let body = text(response.body).await;
            assert!(body.contains(part), "{base} {target}: {body}");
            let unknown = send(&service, Method::GET, target, None, "").await;
            assert_eq!(unknown.status_code.unwrap(), 401, "{base} {target}");
        }
    }
}

#[tokio::test]
async fn head_of_an_unguarded_route_is_answered_like_get_without_a_body() {
    let guard = all().unguarded(Method::GET, "/healthz", "liveness probe", application);
    let service = Service::new(guard.try_into_router().unwrap());
    let get = send(&service, Method::GET, "/healthz", None, "").await;
    let head = send(&service, Method::HEAD, "/healthz", None, "").await;
    assert_eq!((get.status_code.unwrap().as_u16(), head.status_code.unwrap().as_u16()), (200, 200));
    assert_eq!(head.headers.get(header::CONTENT_LENGTH).unwrap(), "15");
    assert_eq!((text(get.body).await.as_str(), text(head.body).await.as_str()), ("the application", ""));
}

#[test]
fn what_shows_only_when_a_request_arrives_is_on_stderr_without_any_subscriber() {
    let said = conformance::stderr_of("answers_500");
    for reason in [
        "the routes do not fit the policy\n  `GET /v1/items/{id}` is mounted twice",
        "until they do, every request is answered 500",
        "the handler of `/{id}` did not run, and 500 was answered: its template has no parameter 3",
        "a handler did not run, and 500 was answered: it demands `State<u8>`, and no `.hoop(State(…))` has put one",
        "the handler of `GET /v1/items/{id}` did not run, and 500 was answered",
    ] {
        assert_eq!(said.matches(reason).count(), 1, "{reason} in {said}");
    }
}

#[tokio::test]
#[ignore = "run by the test above, in a process of its own"]
async fn answers_500() {
    async fn third(Param(third): Param<String, 2>) -> String {
        third
    }
    async fn state(_: Permit<GetItem>, State(value): State<u8>) -> String {
        value.to_string()
    }
    let twice = all().handlers(|mount| mount.handler(handlers::get_item)).into_router();
    let late = || {
        Router::new()
            .push(Router::with_path("late/{id}").goal(support::bare(handlers::get_item)))
            .push(Router::with_path("third/{id}").goal(support::bare(third)))
    };
    for (router, target) in
        [(twice, "/v1/items"), (only!(state, GetItem), "/v1/items/1"), (late(), "/late/1"), (late(), "/third/1")]
    {
        let service = Service::new(router);
        for _ in 0..2 {
            assert_eq!(ask(&service, Method::GET, target).await.0, 500, "{target}");
        }
    }
}

#[tokio::test]
async fn an_operation_that_is_left_to_the_application_is_served_by_it_and_the_others_are_guarded() {
    use orders::operations::{GetOrder, ListOrders};

    async fn list_orders(_: Permit<ListOrders>) -> &'static str {
        "ListOrders"
    }
    let guard = || {
        policy_salvo::guard(&orders::POLICY, conformance::Keys, EnableAll)
            .handlers(policy_core::handlers![list_orders, elsewhere!(GetOrder, "the old routes")])
    };
    let service = Service::new(guard().elsewhere::<GetOrder>(application).try_into_router().unwrap());
    for (method, target, key, status, body) in [
        (Method::GET, "/v2/orders/7", None, 200, "the application"),
        (Method::DELETE, "/v2/orders/7", None, 401, "missing_credential"),
        (Method::DELETE, "/v2/orders/7", Some("Bearer ali~orders.read"), 405, "method_not_allowed"),
        (Method::GET, "/v2/orders", None, 401, "missing_credential"),
        (Method::GET, "/v2/orders", Some("Bearer ali~orders.read"), 200, "ListOrders"),
    ] {
        let answer = send(&service, method.clone(), target, key, "").await;
        assert_eq!(answer.status_code.map(|code| code.as_u16()), Some(status), "{method} {target} {key:?}");
        let text = text(answer.body).await;
        assert!(text.contains(body), "{method} {target} {key:?}: {text}");
    }
    let error = guard().try_into_router().unwrap_err().to_string();
    assert!(
        error.contains("`GET /v2/orders/{id}` is served elsewhere, and the guard does not know by what"),
        "{error}"
    );
}

#[tokio::test]
async fn a_hoop_before_one_handler_stands_behind_the_decision() {
    use orders::operations::{GetOrder, ListOrders};

    #[salvo_core::handler]
    async fn closed(response: &mut Response, ctrl: &mut FlowCtrl) {
        response.status_code(salvo_core::http::StatusCode::SERVICE_UNAVAILABLE);
        ctrl.skip_rest();
    }
    #[salvo_core::handler]
    async fn open() {}
    async fn list_orders(_: Permit<ListOrders>) -> &'static str {
        "ListOrders"
    }
    async fn get_order(_: Permit<GetOrder>) -> &'static str {
        "GetOrder"
    }
    let router = policy_salvo::guard(&orders::POLICY, conformance::Keys, EnableAll)
        .handlers(policy_core::handlers![list_orders.layer(closed), get_order.layer(open)])
        .try_into_router()
        .unwrap();
    let service = Service::new(router);
    for (target, key, status) in [
        ("/v2/orders", None, 401),
        ("/v2/orders", Some("Bearer ali~"), 403),
        ("/v2/orders", Some("Bearer ali~orders.read"), 503),
        ("/v2/orders/7", Some("Bearer ali~orders.read"), 200),
    ] {
        let answer = send(&service, Method::GET, target, key, "").await;
        assert_eq!(answer.status_code.map(|code| code.as_u16()), Some(status), "{target} {key:?}");
    }
}

/// Whatever the application makes of a path: it must not see one that could mean an operation.
#[tokio::test]
async fn the_application_never_sees_a_path_that_somebody_could_read_as_an_operations() {
    let anything = || Router::with_path("{**rest}").goal(application);
    let guard = orders!(orders_below_v1).otherwise("the old service", anything());
    assert!(guard.audit().to_string().contains("ANY (whatever no route matches)\n    because  the old service"));
    let prefixed = orders!(orders_at_root).otherwise("the old service", anything()).try_into_router().unwrap();
    for (router, base) in [
        (guard.try_into_router().unwrap(), "/v1"),
        (orders!(orders_at_root).otherwise("the old service", anything()).try_into_router().unwrap(), ""),
        (orders!(orders_at_root).beside("the old service", anything()).try_into_router().unwrap(), ""),
        (Router::with_path("gateway").push(prefixed), "/gateway"),
    ] {
        let service = Service::new(router);
        for target in conformance::otherwise::claimed(base) {
            let answer = send(&service, Method::GET, &target, None, "").await;
            let status = answer.status_code.map(|code| code.as_u16());
            let body = text(answer.body).await;
            // What does not begin with the prefix of an outer router is salvo's own 404.
            let outside = base == "/gateway" && status == Some(404) && !body.contains("the application");
            assert!(status == Some(401) || outside, "{target}: {status:?} {body}");
        }
        for target in conformance::otherwise::left(base).iter().filter(|target| target.starts_with(base)) {
            let answer = send(&service, Method::POST, target, None, "").await;
            assert_eq!(text(answer.body).await, "the application", "{target}");
        }
        let put = send(&service, Method::PUT, &format!("{base}/orders"), Some("Bearer ali~"), "").await;
        assert_eq!(put.status_code.unwrap(), 405, "{base}");
    }
}
