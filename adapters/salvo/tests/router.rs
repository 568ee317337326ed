//! What is salvo's own: routes and hoops around the guard's, denials, and routes that do not fit.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[macro_use]
mod support;

use conformance::enablement_first as policy;
use http::{Method, StatusCode, header};
use policy::operations::ListItems;
use policy_http::{Cors, Options};
use policy_salvo::{MountFault, Permit};
use salvo_core::catcher::Catcher;
use salvo_core::{Depot, Extractible, FlowCtrl, Request, Response, Router, Service};
use support::{ALL, Page, Untaken, ask, bare, get, guard, handlers, request, router, send, serve, text};

#[salvo_core::handler]
async fn front_page() -> &'static str {
    "the root"
}

#[salvo_core::handler]
async fn impostor() -> &'static str {
    "an impostor"
}

#[tokio::test]
async fn a_route_at_the_root_is_served_beside_the_fallback() {
    let router = || {
        guard()
            .handlers(conformance::all_handlers!(policy, handlers))
            .unguarded(Method::GET, "/", "says where the documentation is", front_page)
            .try_into_router()
            .unwrap()
    };
    let service = Service::new(router());
    assert_eq!(ask(&service, Method::GET, "/").await, (200, "the root".into()));
    assert_eq!(ask(&service, Method::POST, "/").await.0, 405);
    assert_eq!(ask(&service, Method::GET, "/none").await.0, 404);
    assert_eq!(get(Router::with_path("gateway").push(router()), "/gateway").await, (200, "the root".into()));
}

#[tokio::test]
async fn a_route_that_was_added_has_no_permit_or_is_not_reached() {
    let late = |path: &str| Router::with_path(path).goal(bare(handlers::get_item));
    let behind = |path: &str| Router::with_path(path).goal(impostor);
    let service = Service::new(
        Router::new()
            .push(late("front"))
            .push(
                router()
                    .unshift(late("v1/late"))
                    .unshift(Router::with_path("v1/items/{id}/late").goal(bare(handlers::get_mine)))
                    .push(behind("v1/items/{other}"))
                    .push(behind("v1/behind"))
                    .goal(impostor),
            )
            .push(behind("v1/items"))
            .push(behind("beside")),
    );
    for target in ["/front", "/v1/late", "/v1/items/1/late", "/v1//items/1/late/"] {
        let (status, body) = ask(&service, Method::GET, target).await;
        assert_eq!(status, 500, "{target}");
        assert!(body.contains("internal_error"), "{target}: {body}");
    }
    for (target, answer) in [("/v1/items", "ListItems"), ("/v1/items/1", "GetItem"), ("/v1/items/mine", "GetMine")] {
        assert_eq!(ask(&service, Method::GET, target).await, (200, answer.into()), "{target}");
    }
    assert_eq!(ask(&service, Method::GET, "/v1/behind").await.0, 404);
    // What is not below the base path is the application's.
    for target in ["/", "/beside"] {
        assert_eq!(ask(&service, Method::GET, target).await, (200, "an impostor".into()), "{target}");
    }
}

#[tokio::test]
async fn a_route_that_is_moved_takes_its_policy_along() {
    // Every goal of the guard's router, at one other place each.
    let moved = router().routers().iter().enumerate().fold(Router::new(), |moved, (at, route)| {
        let mut elsewhere = Router::with_path(format!("moved/{at}/{{id}}"));
        elsewhere.goal = route.goal.clone();
        moved.push(elsewhere)
    });
    let (service, mut reached) = (Service::new(moved), Vec::new());
    for at in 0..router().routers().len() {
        let target = format!("/moved/{at}/v1");
        let (status, handler) = ask(&service, Method::GET, &target).await;
        let by_nobody = send(&service, Method::GET, &target, Some("Bearer ali~"), "").await.status_code.unwrap();
        match handler.as_str() {
            "GetStatus" | "GetGreeting" | "GetByEither" => assert_eq!(by_nobody, 200, "{handler}"),
            _ if status == 200 => assert_eq!(by_nobody, 403, "{handler}"),
            _ => {}
        }
        reached.extend((status == 200).then_some(handler));
    }
    reached.sort();
    assert_eq!(
        reached,
        [
            "GetByEither",
            "GetEndless",
            "GetFile",
            "GetGreeting",
            "GetItem",
            "GetMine",
            "GetReport",
            "GetStatus",
            "GetStream",
            "ListItems"
        ]
    );
}

#[tokio::test]
async fn a_second_guard_is_asked_below_a_prefix_of_its_own() {
    let service =
        Service::new(Router::new().push(Router::with_path("inner").push(router())).push(router()).push(router()));
    for target in ["/v1/items", "/inner/v1/items"] {
        assert_eq!(ask(&service, Method::GET, target).await, (200, "ListItems".into()), "{target}");
    }
    for target in ["/v1/none", "/inner/v1/none", "/inner", "/inner/inner/v1/items"] {
        assert_eq!(ask(&service, Method::GET, target).await.0, 404, "{target}");
    }
}

/// A hoop that makes another request of the one that was routed: in `Rewrite-Method` and `Rewrite-Target` stands which.
#[salvo_core::handler]
async fn rewrites(request: &mut Request) {
    // salvo parses the query once.
    let _ = request.queries();
    if let Some(method) = request.headers().get("rewrite-method").cloned() {
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
    }
    if let Some(target) = request.headers().get("rewrite-target").cloned() {
        *request.uri_mut() = target.to_str().unwrap().parse().unwrap();
    }
}

#[tokio::test]
async fn what_a_hoop_makes_of_a_request_is_both_decided_and_served() {
    async fn list(_: Permit<ListItems>, page: Page) -> String {
        format!("ListItems {:?}", page.limit)
    }
    let plain = Service::new(router().hoop(rewrites));
    let paged = Service::new(only!(list, ListItems).hoop(rewrites));
    for (service, method, target, rewritten, key, answer) in [
        (&plain, Method::POST, "/v1/items/1", ("rewrite-method", "DELETE"), "ali~items.delete", (200, "DeleteItem")),
        (&plain, Method::POST, "/v1/items/1", ("rewrite-method", "DELETE"), "ali~items.read", (403, "")),
        (&plain, Method::DELETE, "/v1/items/1", ("rewrite-method", "GET"), "ali~items.delete", (403, "")),
        (&plain, Method::DELETE, "/v1/items/1", ("rewrite-method", "GET"), "ali~items.read", (200, "GetItem")),
        (&plain, Method::GET, "/v1/items/1", ("rewrite-method", "PUT"), "ali~items.read", (405, "")),
        // The route was chosen by what was sent.
        (&plain, Method::GET, "/v1/items/1", ("rewrite-target", "/v1/items/mine"), "ali~items.read", (200, "GetItem")),
        (&plain, Method::GET, "/v1/items/1", ("rewrite-target", "/v1/items/mine"), "ali~mine.read", (403, "")),
        (&plain, Method::GET, "/v1/items/1", ("rewrite-target", "/v1/items//"), "ali~items.read", (404, "")),
        (
            &paged,
            Method::GET,
            "/v1/items?limit=1",
            ("rewrite-target", "/v1/items?limit=2"),
            "ali~items.read",
            (200, "ListItems Some(2)"),
        ),
        (
            &paged,
            Method::GET,
            "/v1/items?limit=1",
            ("rewrite-target", "/v1/items"),
            "ali~items.read",
            (200, "ListItems None"),
        ),
        (
            &paged,
            Method::GET,
            "/v1/items?limit=1",
            ("rewrite-target", "/v1/items?owner=x"),
            "ali~items.read",
            (400, ""),
        ),
    ] {
        let mut request = request(method.clone(), target, Some(&format!("Bearer {key}")), "");
        request.headers_mut().insert(rewritten.0, rewritten.1.parse().unwrap());
        let response = serve(service, request).await;
        let status = response.status_code.unwrap().as_u16();
        let body = text(response.body).await;
        assert_eq!(status, answer.0, "{method} {target} {rewritten:?} {key}: {body}");
        assert!(status != 200 || body == answer.1, "{method} {target} {rewritten:?} {key}: {body}");
    }
}

#[tokio::test]
async fn a_hoop_finds_no_permit_that_a_handler_has_left() {
    #[salvo_core::handler]
    async fn afterwards(request: &mut Request, depot: &mut Depot, response: &mut Response, ctrl: &mut FlowCtrl) {
        ctrl.call_next(request, depot, response).await;
        let left = Permit::<ListItems>::extract(request, depot).await.is_ok();
        response.headers_mut().insert("left", left.to_string().parse().unwrap());
    }
    async fn untaken(_: Untaken) -> StatusCode {
        StatusCode::IM_A_TEAPOT
    }
    let service = Service::new(only!(untaken, ListItems).hoop(afterwards));
    let response = send(&service, Method::GET, "/v1/items", Some(ALL), "").await;
    assert_eq!(response.status_code, Some(StatusCode::IM_A_TEAPOT));
    assert_eq!(response.headers.get("left").unwrap(), "false");
}

#[tokio::test]
async fn what_the_guard_owes_reaches_an_answer_that_a_catcher_writes() {
    async fn list(_: Permit<ListItems>, page: Page) -> Option<&'static str> {
        page.limit.map(|_| "found")
    }
    #[salvo_core::handler]
    async fn before(response: &mut Response) {
        let own =
            [(header::VARY, "accept-encoding"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"), (header::SERVER, "clinic")];
        response.headers_mut().extend(own.map(|(name, value)| (name, value.parse().unwrap())));
    }
    let cors = Cors::origins(["https://app.example"]).unwrap();
    let service = Service::new(only!(guard().options(Options::new().cors(cors)), list, ListItems).hoop(before));
    for (method, target, status) in [
        (Method::GET, "/v1/items?limit=1", 200),
        (Method::GET, "/v1/items", 404),
        (Method::GET, "/v1/items?limit=many", 400),
        (Method::GET, "/v1/items?other=1", 400),
        (Method::GET, "/v1/items/", 404),
        (Method::PUT, "/v1/items", 405),
    ] {
        let mut request = request(method.clone(), target, Some(ALL), "");
        request.headers_mut().insert(header::ORIGIN, "https://app.example".parse().unwrap());
        let response = serve(&service, request).await;
        assert_eq!(response.status_code.unwrap().as_u16(), status, "{method} {target}");
        for (name, values) in [
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, vec!["https://app.example"]),
            (header::VARY, vec!["accept-encoding", "origin"]),
            (header::SERVER, vec!["clinic"]),
        ] {
            let found: Vec<_> = response.headers.get_all(&name).into_iter().collect();
            assert_eq!(found, values, "{method} {target} {name}");
        }
    }
}

#[tokio::test]
async fn no_catcher_and_no_later_hoop_makes_something_of_a_denial() {
    #[salvo_core::handler]
    async fn caught(response: &mut Response) {
        response.body("what a catcher wrote");
    }
    let empty = |denial: &policy_core::Denial<'_, policy::Api>| {
        http::Response::builder().status(denial.status()).body(String::new()).unwrap()
    };
    let router =
        guard().denials(empty).handlers(conformance::all_handlers!(policy, handlers)).try_into_router().unwrap();
    let service = Service::new(router).catcher(Catcher::default().hoop(caught));
    let response = send(&service, Method::GET, "/v1/items", None, "").await;
    assert_eq!(response.status_code, Some(StatusCode::UNAUTHORIZED));
    assert!(response.headers.contains_key(header::WWW_AUTHENTICATE));
    assert_eq!(text(response.body).await, "");
}

#[tokio::test]
async fn routes_that_do_not_fit_are_an_error_and_serve_nothing() {
    let wrong = || {
        guard()
            .handlers(conformance::all_handlers!(policy, handlers))
            .handlers(|mount| mount.handler(handlers::get_item))
            .unguarded(Method::GET, "/{id:num}", "salvo would read a pattern", front_page)
            .unguarded(Method::GET, "/{id}.json", "a part of a segment", front_page)
            .unguarded(Method::GET, "/{*rest}", "a wildcard", front_page)
            .unguarded(Method::GET, "/a//b", "salvo would collapse it", front_page)
            .unguarded(Method::GET, "/a/", "salvo would serve it without the slash as well", front_page)
            .unguarded(Method::GET, "/a%20b", "salvo would decode the path only", front_page)
            .unguarded(Method::GET, "/twice/{a}/{a}", "one name for two parameters", front_page)
            .unguarded(Method::GET, "/v1/items/{other}/files/{file}", "differs in a name alone", front_page)
    };
    let error = wrong().try_into_router().err().unwrap();
    insta::assert_snapshot!(error);
    assert!(error.faults().iter().any(|problem| matches!(problem, MountFault::Template { .. })));

    let missing = guard().handlers(|mount| mount.handler(handlers::get_item)).try_into_router().err().unwrap();
    assert_eq!(missing.faults().len(), policy::POLICY.operations().count() - 1);

    for broken in [wrong().into_router(), Router::with_path("gateway").push(wrong().into_router())] {
        let service = Service::new(broken);
        for target in ["/gateway", "/gateway/v1/items/1", "/gateway/none"] {
            assert_eq!(ask(&service, Method::GET, target).await.0, 500, "{target}");
        }
    }
}
