//! The application beside the guard: its own routes, catchers and catch-alls, and a second document's guard.

use conformance::{orders, orders_at_root, orders_below_v1};
use policy_http::{EnableAll, Unmatched, http};
use policy_rocket::Permit;
use rocket::http::{Method, Status};
use rocket::{Catcher, Request, Route};

use super::{all, ask, bare, client, client_of, impostor, quiet, refused, told};

/// The routes of the second document, for one of its base paths.
macro_rules! orders {
    ($document:ident) => {{
        use $document::operations::{GetOrder, ListOrders};
        async fn list(_: Permit<ListOrders>) -> &'static str {
            "ListOrders"
        }
        async fn get(_: Permit<GetOrder>) -> &'static str {
            "GetOrder"
        }
        policy_rocket::guard(&$document::POLICY, conformance::Keys, EnableAll)
            .realm("orders")
            .handlers(|mount| mount.handler(list).handler(get))
            .try_into_fairing()
            .unwrap()
    }};
}

/// What the application's own catcher makes of a status.
fn catcher<'r>(status: Status, request: &'r Request<'_>) -> rocket::catcher::BoxFuture<'r> {
    let answer = (status, format!("caught {}", status.code));
    Box::pin(async move { rocket::response::Responder::respond_to(answer, request) })
}

#[tokio::test]
async fn the_applications_catcher_answers_outside_of_the_policy_and_for_handlers_and_no_denial() {
    let mapped = |unmatched: Unmatched| {
        http::Response::builder().status(unmatched.status()).body(format!("own {}", unmatched.code())).unwrap()
    };
    let denied = |denial: &policy_core::Denial<'_, _>| {
        http::Response::builder().status(denial.status()).body(format!("own {}", denial.reason_code())).unwrap()
    };
    let routes = all().unmatched(mapped).denials(denied).try_into_fairing().unwrap();
    let client = client(quiet().attach(routes).register("/", vec![Catcher::new(None, catcher)])).await;
    for (target, status, known, unknown) in [
        ("/none", 404, "caught 404", "caught 404"),
        ("/v1/none", 404, "own not_found", "own missing_credential"),
        ("/v1/items?owner=x", 400, "own unsupported_query_parameter", "own missing_credential"),
    ] {
        assert_eq!(ask(&client, Method::Get, target).await, (status, known.to_owned()), "{target}");
        let answer = told(client.get(target).dispatch().await).await;
        assert_eq!(answer.1, unknown, "{target}");
    }
}

#[tokio::test]
async fn a_catch_all_answers_outside_of_the_policy_alone() {
    let ranked = |rank: isize, uri: &str| {
        let mut route = bare(uri, impostor);
        route.rank = rank;
        route
    };
    let routes = || vec![ranked(-1, "/<path..>"), ranked(20, "/<path..>"), ranked(3, "/web/<path..>")];
    let client = client_of(all().unguarded_routes("/", "the web application", routes())).await;
    for target in ["/", "/index.html", "/web/a/b"] {
        assert_eq!(told(client.get(target).dispatch().await).await, (200, "an impostor".into()), "{target}");
    }
    for target in ["/v1", "/v1/none", "/v1/items/", "//v1/items"] {
        assert_eq!(client.get(target).dispatch().await.status().code, 401, "{target}");
        assert_eq!(ask(&client, Method::Get, target).await.0, 404, "{target}");
    }
    assert_eq!(ask(&client, Method::Get, "/v1/items").await, (200, "ListItems".into()));
}

#[tokio::test]
async fn two_documents_are_served_side_by_side_whatever_base_paths_they_have() {
    let items = || all().try_into_fairing().unwrap();
    for (rocket, base) in [
        (quiet().attach(items()).attach(orders!(orders)), "/v2"),
        (quiet().attach(orders!(orders)).attach(items()), "/v2"),
        (quiet().attach(items()).attach(orders!(orders_below_v1)), "/v1"),
        (quiet().attach(orders!(orders_below_v1)).attach(items()), "/v1"),
        (quiet().attach(items()).attach(orders!(orders_at_root)), ""),
        (quiet().attach(orders!(orders_at_root)).attach(items()), ""),
        (quiet().attach(items()).attach(orders!(orders_at_root).at("/shop")), "/shop"),
    ] {
        let client = client(rocket).await;
        let key = |scope: &str| rocket::http::Header::new("authorization", format!("Bearer ali~{scope}"));
        for (target, scope, answer) in [
            ("/v1/items/mine", "mine.read", (200, "GetMine")),
            ("/v1/items", "mine.read", (403, "insufficient_scope")),
            (&format!("{base}/orders"), "orders.read", (200, "ListOrders")),
            (&format!("{base}/orders/7"), "orders.read", (200, "GetOrder")),
            (&format!("{base}/orders/7"), "other", (403, "insufficient_scope")),
            ("/v1/none", "mine.read", (404, "not_found")),
            (&format!("{base}/none"), "orders.read", (404, "not_found")),
        ] {
            let found = told(client.get(target).header(key(scope)).dispatch().await).await;
            assert!(found.0 == answer.0 && found.1.contains(answer.1), "{base} {target}: {found:?}");
            assert_eq!(client.get(target).dispatch().await.status().code, 401, "{base} {target}");
        }
        // Each answers for what is below its own base path, the longer one first.
        for (target, realm) in [("/v1/none".to_owned(), "api"), (format!("{base}/none"), "orders")] {
            let response = client.get(target.as_str()).dispatch().await;
            let challenge = response.headers().get_one("www-authenticate").unwrap_or_default();
            assert!(challenge.contains(realm) || base == "/v1", "{base} {target}: {challenge}");
        }
    }
}

#[tokio::test]
async fn rocket_does_not_launch_where_two_guards_would_share_a_request() {
    let items = || all().try_into_fairing().unwrap();
    assert!(refused(quiet().attach(items()).attach(items())).await);
    assert!(!refused(quiet().attach(items()).attach(items().at("/two"))).await);
}

#[tokio::test]
async fn head_of_an_unguarded_route_is_answered_like_get_without_a_body() {
    let own: Vec<Route> = vec![bare("/own/<page>", impostor)];
    let guard = all().unguarded(Method::Get, "/healthz", "liveness probe", impostor).unguarded_routes("/", "own", own);
    let client = client_of(guard).await;
    for target in ["/healthz", "/own/page"] {
        assert_eq!(told(client.get(target).dispatch().await).await, (200, "an impostor".into()), "{target}");
        assert_eq!(told(client.head(target).dispatch().await).await, (200, String::new()), "{target}");
    }
}

#[tokio::test]
async fn an_operation_that_is_left_to_the_application_is_served_by_it_and_the_others_are_guarded() {
    use orders::operations::{GetOrder, ListOrders};
    use rocket::http::Header;

    async fn list_orders(_: Permit<ListOrders>) -> &'static str {
        "ListOrders"
    }
    async fn old_order(number: policy_rocket::Param<u32>) -> String {
        format!("old order {}", number.0)
    }
    let guard = || {
        policy_rocket::guard(&orders::POLICY, conformance::Keys, EnableAll)
            .handlers(policy_core::handlers![list_orders, elsewhere!(GetOrder, "the old routes")])
    };
    let routes = guard().elsewhere::<GetOrder, _>(old_order).try_into_fairing().unwrap();
    let client = client(quiet().attach(routes)).await;
    for (method, target, key, status, body) in [
        (Method::Get, "/v2/orders/7", "", 200, "old order 7"),
        (Method::Delete, "/v2/orders/7", "", 401, "missing_credential"),
        (Method::Delete, "/v2/orders/7", "Bearer ali~orders.read", 405, "method_not_allowed"),
        (Method::Get, "/v2/orders", "", 401, "missing_credential"),
        (Method::Get, "/v2/orders", "Bearer ali~orders.read", 200, "ListOrders"),
    ] {
        let mut request = client.req(method, target);
        if !key.is_empty() {
            request = request.header(Header::new("authorization", key));
        }
        let answer = told(request.dispatch().await).await;
        assert_eq!(answer.0, status, "{method} {target} {key}");
        assert!(answer.1.contains(body), "{method} {target} {key}: {}", answer.1);
    }
    let error = guard().try_into_fairing().unwrap_err().to_string();
    assert!(
        error.contains("`GET /v2/orders/{id}` is served elsewhere, and the guard does not know by what"),
        "{error}"
    );
}

/// Whatever the application makes of a path: it must not see one that could mean an operation.
#[tokio::test]
async fn the_application_never_sees_a_path_that_somebody_could_read_as_an_operations() {
    macro_rules! guard {
        ($document:ident) => {{
            use $document::operations::{GetOrder, ListOrders};
            async fn list(_: Permit<ListOrders>) -> &'static str {
                "ListOrders"
            }
            async fn get(_: Permit<GetOrder>) -> &'static str {
                "GetOrder"
            }
            policy_rocket::guard(&$document::POLICY, conformance::Keys, EnableAll)
                .handlers(|mount| mount.handler(list).handler(get))
                .unguarded_routes("/", "the old service", vec![bare("/<path..>", impostor)])
        }};
    }
    let below = guard!(orders_below_v1).otherwise("the old service");
    assert!(below.audit().to_string().contains("ANY (whatever no route matches)\n    because  the old service"));
    let at_root = || guard!(orders_at_root).otherwise("the old service").try_into_fairing().unwrap();
    for (routes, base) in
        [(below.try_into_fairing().unwrap(), "/v1"), (at_root(), ""), (at_root().at("/gateway"), "/gateway")]
    {
        let client = client(quiet().attach(routes)).await;
        for target in conformance::otherwise::claimed(base) {
            let (status, body) = told(client.get(&target).dispatch().await).await;
            // What is written in another way than the prefix is not below it for rocket: the application has it, or nobody.
            let outside = base == "/gateway" && !target.starts_with("/gateway/");
            assert!(status == 401 || outside, "{target}: {status} {body}");
        }
        for target in conformance::otherwise::left(base) {
            assert_eq!(told(client.get(&target).dispatch().await).await, (200, "an impostor".into()), "{target}");
        }
        assert_eq!(client.put(format!("{base}/orders")).dispatch().await.status().code, 401, "{base}");
    }
}
