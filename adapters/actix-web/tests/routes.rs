//! What is actix-web's own: routes that do not fit, handlers without a permit, extraction, and what rewrites a path.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceResponse};
use actix_web::middleware::NormalizePath;
use actix_web::test as client;
use actix_web::web::{self, Data, Json, Path, Query};
use actix_web::{App, FromRequest, HttpMessage, HttpRequest, HttpResponse};
use conformance::enablement_first as policy;
use http::Method;
use policy::operations::{CreateItem, GetFile, GetItem, GetMine, ListItems};
use policy_actix_web::{Guard, MountFault, Permit, Routes};
use policy_core::handler_list::PermitParameter;
use policy_http::EnableAll;
use policy_http::mount::Slot;
use std::future::{Ready, ready};

mod handlers {
    use super::*;

    conformance::plain_handlers!(every fn(name) -> &'static str { name });
}

type Guarded = Guard<policy::Api, conformance::Keys, EnableAll>;

fn guard() -> Guarded {
    policy_actix_web::guard(&policy::POLICY, conformance::Keys, EnableAll)
}

/// Every operation with its plain handler.
fn listed() -> Guarded {
    guard().handlers(conformance::all_handlers!(policy, handlers))
}

fn routes() -> Routes {
    listed().try_into_routes().unwrap()
}

/// Routes with one handler of the test's own; everything else is pending.
macro_rules! only {
    ($handler:ident, $operation:ident) => {
        guard()
            .handlers(conformance::only_handler!(policy_actix_web::Mount<policy::Api>, $handler, $operation))
            .try_into_routes()
            .unwrap()
    };
}

const ALL: &str = "Bearer ali~files.read~items.read~items.write~items.delete~mine.read";

/// A request by whoever has every scope.
fn get(target: &str) -> client::TestRequest {
    client::TestRequest::get().uri(target).insert_header(("authorization", ALL))
}

/// What an application answers to a request: status and body.
macro_rules! ask {
    ($app:expr, $request:expr) => {{
        let app = client::init_service($app).await;
        read(client::call_service(&app, $request.to_request()).await).await
    }};
}

async fn read<B: MessageBody>(response: ServiceResponse<B>) -> (u16, String) {
    let status = response.status().as_u16();
    let body = client::read_body(response).await;
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// An application of these routes alone. A function could not name its type.
macro_rules! app {
    ($routes:expr) => {
        App::new().configure(|config| $routes.mount(config))
    };
}

#[actix_web::test]
async fn a_literal_that_ends_in_an_asterisk_takes_no_other_operations_requests() {
    // actix-web forgets the text after the last parameter where an asterisk ends it: the first of these would answer
    // `GET /v1/items/mine/files/secret` to anybody.
    for template in ["/v1/items/mine/files/{file}/x*", "/{any}/x*", "/v1/items/{any}/*", "/files/*", "/*"] {
        let routes = listed().unguarded(Method::GET, template, "a literal asterisk", async || "outside");
        let error = routes.try_into_routes().err();
        let problems = error.as_ref().map_or(&[][..], policy_actix_web::MountError::faults);
        assert!(matches!(problems, [MountFault::Template { .. }, ..]), "{template}: {problems:?}");
    }
}

#[actix_web::test]
async fn an_asterisk_elsewhere_is_a_literal() {
    let routes = listed().unguarded(Method::GET, "/a*b/{c}", "a literal asterisk", async || "outside");
    let routes = routes.try_into_routes().unwrap();
    assert_eq!(ask!(app!(routes), get("/a*b/c")), (200, "outside".into()));
    for target in ["/ab/c", "/aab/c", "/a/b/c", "/a*b"] {
        assert_eq!(ask!(app!(routes), get(target)).0, 404, "{target}");
    }
}

#[actix_web::test]
async fn routes_that_do_not_fit_are_an_error_and_serve_nothing() {
    let many: String = (0..17).map(|number| format!("/{{p{number}}}")).collect();
    let wrong = || {
        guard()
            .handlers(conformance::all_handlers!(policy, handlers))
            .handlers(|mount| mount.handler(handlers::get_item))
            .unguarded(Method::GET, "/re/{x:[0-9]+}", "actix-web would read a regular expression", async || "")
            .unguarded(Method::GET, "/{tail}*", "a tail", async || "")
            .unguarded(Method::GET, "/files/*", "actix-web would read a tail without a name", async || "")
            .unguarded(Method::GET, "/{id}.json", "a part of a segment", async || "")
            .unguarded(Method::GET, "/names/{item-id}", "no name of a group", async || "")
            .unguarded(Method::GET, "/twice/{a}/{a}", "actix-web would panic", async || "")
            .unguarded(Method::GET, &many, "actix-web would panic", async || "")
            .unguarded(Method::GET, "/%41", "would never match", async || "")
            .unguarded(Method::GET, "/v1/items/{other}/files/{file}", "differs in a name alone", async || "")
    };
    let error = wrong().try_into_routes().err().unwrap();
    insta::assert_snapshot!(error);

    let missing = guard().handlers(|mount| mount.handler(handlers::get_item)).try_into_routes().err().unwrap();
    assert_eq!(missing.faults().len(), policy::POLICY.operations().count() - 1);

    let broken = wrong().into_routes();
    for target in ["/", "/v1/items/1", "/v1/none", "/healthz"] {
        let (status, body) = ask!(app!(broken), get(target));
        assert_eq!((status, body.contains("internal_error")), (500, true), "{target}: {body}");
        let nested = App::new().service(web::scope("/gateway").configure(|config| broken.mount(config)));
        assert_eq!(ask!(nested, get(&format!("/gateway{target}"))).0, 500, "{target}");
    }
}

#[actix_web::test]
async fn sixteen_parameters_are_served() {
    let sixteen: String = (0..16).map(|number| format!("/{{p{number}}}")).collect();
    let routes = listed().unguarded(Method::GET, &sixteen, "as many as actix-web takes", async || "sixteen");
    let routes = routes.try_into_routes().unwrap();
    assert_eq!(ask!(app!(routes), get(&"/a".repeat(16))), (200, "sixteen".into()));
}

#[actix_web::test]
async fn a_route_beside_the_guards_has_no_permit() {
    let routes = routes();
    let late = app!(routes)
        .route("/late", web::get().to(handlers::get_item))
        .route("/v1/late", web::get().to(handlers::get_item))
        .service(web::scope("/v1/nested").route("/{id}", web::get().to(handlers::get_mine)))
        .route("/v1/items/{other}", web::get().to(async || "an impostor"));
    let late = client::init_service(late).await;
    let (status, body) = read(client::call_service(&late, get("/late").to_request()).await).await;
    assert_eq!((status, body.contains("internal_error")), (500, true), "{body}");
    // Below the base path the guard answers, and nothing behind it is asked.
    for target in ["/v1/late", "/v1/nested/x"] {
        let answer = client::call_service(&late, get(target).to_request()).await;
        assert_eq!(answer.status().as_u16(), 404, "{target}");
    }
    // A second route in the place of a template is never asked.
    let answer = read(client::call_service(&late, get("/v1/items/1").to_request()).await).await;
    assert_eq!(answer, (200, "GetItem".into()));

    // One that was there before takes the requests away, but a handler of the policy does not run for them.
    let early = App::new().route("/v1/items/{id}", web::get().to(handlers::get_item));
    assert_eq!(ask!(early.configure(|config| routes.mount(config)), get("/v1/items/1")).0, 500);
}

#[actix_web::test]
async fn an_application_that_begins_with_the_routes_gives_none_of_their_requests_away() {
    let impostor = || web::get().to(async || "an impostor");
    let app = routes().app();
    let app = app.route("/v1/items/{id}", impostor()).service(web::scope("/v1").route("/items", impostor()));
    let app = client::init_service(app.route("/elsewhere", impostor()).wrap(NormalizePath::trim())).await;
    for (target, body) in [("/v1/items/1", "GetItem"), ("/v1/items", "ListItems"), ("/elsewhere", "an impostor")] {
        let answer = read(client::call_service(&app, get(target).to_request()).await).await;
        assert_eq!(answer, (200, body.into()), "{target}");
    }
    assert_eq!(client::call_service(&app, get("/v1/none").to_request()).await.status(), 404);
}

/// A first parameter that leaves the permit where it is: an application's own wrapper, gone wrong.
struct Untaken;

impl PermitParameter for Untaken {
    type Operation = ListItems;
}

impl FromRequest for Untaken {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self))
    }
}

#[actix_web::test]
async fn a_permit_is_taken_once_and_for_its_own_operation() {
    async fn untaken(_: Untaken, request: HttpRequest) -> String {
        let foreign = Permit::<GetMine>::extract(&request).await.unwrap_err();
        // The attempt for another operation used it up.
        let late = Permit::<ListItems>::extract(&request).await.unwrap_err();
        format!("{} {}; {} {}", foreign.error_response().status(), foreign, late.error_response().status(), late)
    }
    let (status, body) = ask!(app!(only!(untaken, ListItems)), get("/v1/items"));
    assert_eq!(status, 200);
    let (foreign, late) = body.split_once("; ").unwrap();
    assert!(foreign.starts_with("500 ") && foreign.ends_with("allowed for another operation"), "{foreign}");
    assert!(late.starts_with("500 ") && late.ends_with("already used"), "{late}");

    async fn twice(_: Permit<ListItems>, _: Permit<ListItems>) -> &'static str {
        "with two permits"
    }
    let (status, body) = ask!(app!(only!(twice, ListItems)), get("/v1/items"));
    assert_eq!((status, body.contains("internal_error")), (500, true), "{body}");
}

#[actix_web::test]
async fn a_later_guard_leaves_nothing_of_what_an_outer_one_allowed() {
    /// Hands the request on, with its permit untaken, to another application.
    async fn handed_on(_: Untaken, request: HttpRequest, guarded: Data<bool>) -> HttpResponse {
        let slot = request.extensions().get::<Slot>().cloned().unwrap();
        let app = App::new().configure(|config| {
            if **guarded {
                let routes = listed().unguarded(Method::GET, "/healthz", "demands a permit", handlers::list_items);
                routes.try_into_routes().unwrap().mount(config);
            } else {
                config.route("/healthz", web::get().to(handlers::list_items));
            }
        });
        let app = client::init_service(app).await;
        let inner = client::TestRequest::get().uri("/healthz").to_request();
        inner.extensions_mut().insert(slot);
        let (status, body) = read(client::call_service(&app, inner).await).await;
        HttpResponse::Ok().body(format!("{status} {body}"))
    }
    let routes = only!(handed_on, ListItems);
    let (_, answer) = ask!(app!(routes).app_data(Data::new(true)), get("/v1/items"));
    assert!(answer.starts_with("500 ") && answer.contains("internal_error"), "{answer}");
    // It is the later guard that took it away: without one it travels.
    let (_, answer) = ask!(app!(routes).app_data(Data::new(false)), get("/v1/items"));
    assert_eq!(answer, "200 ListItems");
}

#[derive(serde::Deserialize)]
struct Limit {
    limit: Option<String>,
}

#[derive(serde::Deserialize)]
struct Named {
    id: String,
    file: String,
}

#[actix_web::test]
async fn handlers_take_what_actix_web_extracts_and_answer_what_it_answers() {
    async fn file(_: Permit<GetFile>, app: Data<&'static str>, path: Path<(String, String)>) -> String {
        let (id, file) = path.into_inner();
        format!("{} {id} {file}", **app)
    }
    let routes = only!(file, GetFile);
    let state = || app!(routes).app_data(Data::new("items"));
    assert_eq!(ask!(state(), get("/v1/items/1%2F2/files/3")), (200, "items 1/2 3".into()));
    let nested = App::new().app_data(Data::new("items"));
    let nested = nested.service(web::scope("/gateway").configure(|config| routes.mount(config)));
    assert_eq!(ask!(nested, get("/gateway/v1/items/1/files/3")), (200, "items 1 3".into()));

    async fn list(_: Permit<ListItems>, query: Query<Limit>) -> actix_web::Result<Json<Option<String>>> {
        match query.into_inner().limit {
            Some(limit) if limit == "0" => Err(actix_web::error::ErrorUnprocessableEntity("none")),
            limit => Ok(Json(limit)),
        }
    }
    let routes = only!(list, ListItems);
    assert_eq!(ask!(app!(routes), get("/v1/items?limit=7")), (200, "\"7\"".into()));
    assert_eq!(ask!(app!(routes), get("/v1/items?limit=0")), (422, "none".into()));

    // Below a scope with a parameter, a tuple begins with that one; names are what they were.
    async fn named(_: Permit<GetFile>, path: Path<Named>) -> String {
        format!("{} {}", path.id, path.file)
    }
    for (routes, expected) in [(only!(named, GetFile), "1 3"), (only!(file, GetFile), "items gateway 1")] {
        let nested = App::new().app_data(Data::new("items"));
        let nested = nested.service(web::scope("/{scope}").configure(|config| routes.mount(config)));
        assert_eq!(ask!(nested, get("/gateway/v1/items/1/files/3")), (200, expected.into()));
    }

    // An extractor's refusal comes after the guard's.
    async fn create(_: Permit<CreateItem>, name: Json<String>) -> String {
        name.into_inner()
    }
    let routes = only!(create, CreateItem);
    let post = |key: &'static str| {
        client::TestRequest::post()
            .uri("/v1/items")
            .insert_header(("authorization", key))
            .insert_header(("content-type", "application/json"))
            .set_payload("not JSON")
    };
    assert_eq!(ask!(app!(routes), post("Bearer ali~items.read")).0, 403);
    assert_eq!(ask!(app!(routes), post(ALL)).0, 400);
}

#[actix_web::test]
async fn a_handler_has_as_many_parameters_as_actix_web_takes() {
    /// Nothing of the request.
    type Nil = ();

    #[rustfmt::skip]
    #[expect(clippy::too_many_arguments, reason = "that is what is shown")]
    async fn many(
        _: Permit<GetItem>, _: Nil, _: Nil, _: Nil, _: Nil, _: Nil,
        _: Nil, _: Nil, _: Nil, _: Nil, _: Nil, id: Path<String>,
    ) -> String {
        id.into_inner()
    }
    assert_eq!(ask!(app!(only!(many, GetItem)), get("/v1/items/7")), (200, "7".into()));
}

#[actix_web::test]
async fn what_a_middleware_rewrites_is_decided_as_it_is_routed() {
    let app = app!(routes()).wrap(NormalizePath::trim());
    let app = client::init_service(app).await;
    for (target, key, expected) in [
        ("/v1//items//mine/", "Bearer ali~mine.read", (200, "GetMine")),
        ("/v1//items//mine/", "Bearer ali~items.read", (403, "insufficient_scope")),
        ("//v1/items/", "Bearer ali~items.read", (200, "ListItems")),
        // An empty parameter is gone, and with it the template.
        ("/v1/items//files/x", ALL, (404, "")),
    ] {
        let request = client::TestRequest::get().uri(target).insert_header(("authorization", key)).to_request();
        let (status, body) = read(client::call_service(&app, request).await).await;
        assert_eq!(status, expected.0, "{target} by {key}: {body}");
        assert!(body.contains(expected.1), "{target} by {key}: {body}");
    }
}

#[actix_web::test]
async fn every_worker_mounts_the_same_routes() {
    let routes = routes();
    for _ in 0..2 {
        let worker = routes.clone();
        assert_eq!(ask!(app!(worker), get("/v1/items/mine")), (200, "GetMine".into()));
    }
}
