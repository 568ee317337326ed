//! What is rocket's own: launching, routes beside the guard's, forwards, catchers, guards of every kind, the peeked body.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::mpsc;

use conformance::{enablement_first as policy, scopes_first as other};
use policy::operations::{CreateItem, GetFile, GetItem, GetMine, GetStream, ListItems};
use policy_core::handler_list::PermitParameter;
use policy_http::{Cors, EnableAll, Options};
use policy_rocket::{Guard, Handler, Managed, MountProblem, Param, Permit, Query, Routes, Streamed};
use rocket::config::{LogLevel, Shutdown};
use rocket::data::{self, FromData};
use rocket::error::ErrorKind;
use rocket::fairing::AdHoc;
use rocket::futures::future::BoxFuture;
use rocket::http::{ContentType, Header, Method, Status};
use rocket::local::asynchronous::{Client, LocalResponse};
use rocket::request::{FromRequest, Outcome};
use rocket::response::stream::TextStream;
use rocket::serde::json::Json;
use rocket::{Build, Catcher, Config, Data, FromForm, Request, Rocket, Route, route};

macro_rules! plain {
    ($(($type:ident $function:ident))*) => {
        $(pub(crate) async fn $function(_: Permit<policy::operations::$type>) -> &'static str {
            stringify!($type)
        })*
    };
}

mod handlers {
    use super::*;

    conformance::plain_operations!(plain);
    plain! { (CreateItem create_item) (GetStream get_stream) (GetEndless get_endless) }
}

type Guarded = Guard<policy::Api, conformance::Keys, EnableAll>;

fn guard() -> Guarded {
    policy_rocket::guard(&policy::POLICY, conformance::Keys, EnableAll)
}

/// Every operation with its plain handler.
fn all() -> Guarded {
    guard().handlers(conformance::all_handlers!(policy, handlers))
}

/// A guard with one handler of the test's own; everything else is pending.
macro_rules! only {
    ($handler:ident, $operation:ident) => {{
        let listed = |mount: policy_rocket::Mount<policy::Api>| {
            let own = <policy::operations::$operation as policy_core::Operation>::INDEX;
            only!(@pending mount.handler($handler), own,
                GetItem DeleteItem GetMine ListItems CreateItem GetFile GetReport HeadReport GetStatus GetGreeting
                GetStream GetEndless GetByHeader GetByCookie GetByQuery GetLater)
        };
        guard().handlers(listed)
    }};
    (@pending $mount:expr, $own:ident, $($operation:ident)*) => {{
        let mut mount = $mount;
        $(if <policy::operations::$operation as policy_core::Operation>::INDEX != $own {
            mount = mount.pending::<policy::operations::$operation>("not under test");
        })*
        mount
    }};
}

/// A handler as a route of rocket's own, without a guard.
fn bare<M>(uri: &str, handler: impl Handler<M>) -> Route {
    fn route<F>(uri: &str, function: F) -> Route
    where
        F: for<'r> Fn(&'r Request<'_>, Data<'r>) -> BoxFuture<'r, route::Outcome<'r>> + Clone + Send + Sync + 'static,
    {
        Route::new(Method::Get, uri, function)
    }
    route(uri, move |request, data| handler.run(request, data))
}

async fn impostor() -> &'static str {
    "an impostor"
}

fn quiet() -> Rocket<Build> {
    rocket::custom(Config {
        address: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        log_level: LogLevel::Off,
        shutdown: Shutdown { ctrlc: false, ..Shutdown::default() },
        ..Config::debug_default()
    })
}

async fn client(rocket: Rocket<Build>) -> Client {
    Client::untracked(rocket).await.unwrap()
}

async fn client_of(guard: Guarded) -> Client {
    client(quiet().attach(guard.try_into_fairing().unwrap())).await
}

const ALL: &str = "Bearer ali~files.read~items.read~items.write~items.delete~mine.read";

async fn ask(client: &Client, method: Method, target: &str) -> (u16, String) {
    let request = client.req(method, target).header(Header::new("authorization", ALL));
    told(request.dispatch().await).await
}

async fn told(response: LocalResponse<'_>) -> (u16, String) {
    (response.status().code, response.into_string().await.unwrap_or_default())
}

/// Why rocket does not launch. Its error would panic where nobody looked at it.
async fn refused(rocket: Rocket<Build>) -> bool {
    match rocket.ignite().await {
        Ok(_) => false,
        Err(error) => matches!(error.kind(), ErrorKind::FailedFairings(_)),
    }
}

#[tokio::test]
async fn rocket_does_not_launch_with_a_route_that_the_guard_does_not_know() {
    let routes = || all().try_into_fairing().unwrap();
    assert!(!refused(quiet().attach(routes())).await);
    for uri in ["/late", "/v1/items", "/v1/items/<id>", "/<path..>"] {
        let late = || bare(uri, handlers::get_item);
        assert!(refused(quiet().attach(routes()).mount("/", vec![late()])).await, "{uri}");
        assert!(refused(quiet().mount("/", vec![late()]).attach(routes())).await, "{uri}");
    }
    assert!(refused(quiet().attach(routes().at("no path"))).await);
    let beside = all().unguarded_routes("no path", "nowhere", vec![bare("/", impostor)]).try_into_fairing().unwrap();
    assert!(refused(quiet().attach(beside)).await);
}

#[tokio::test]
async fn a_server_stops_before_its_first_request_where_a_later_fairing_mounts_a_route() {
    let later = AdHoc::on_ignite("later", |rocket| {
        Box::pin(async { rocket.mount("/", vec![bare("/late", handlers::get_item)]) })
    });
    // It would serve for ever.
    quiet().attach(all().try_into_fairing().unwrap()).attach(later).launch().await.unwrap();
}

#[tokio::test]
async fn routes_beside_the_guard_are_listed_and_have_no_permit() {
    let late = vec![bare("/late", handlers::get_item), bare("/v1/items/<id>/late", handlers::get_mine)];
    let guard = all().unguarded_routes("/", "kept from before", late).unguarded_routes(
        "/web",
        "a page",
        vec![bare("/<page>", impostor)],
    );
    let audit = guard.audit().to_string();
    for route in ["GET /late", "GET /v1/items/<id>/late", "GET /web/<page>"] {
        assert!(audit.contains(route), "{route} in {audit}");
    }
    let client = client_of(guard).await;
    for target in ["/late", "/v1/items/1/late"] {
        let (status, body) = ask(&client, Method::Get, target).await;
        assert_eq!(status, 500, "{target}");
        assert!(body.contains("internal_error"), "{target}: {body}");
    }
    assert_eq!(ask(&client, Method::Get, "/web/page").await, (200, "an impostor".into()));
    assert_eq!(ask(&client, Method::Head, "/web/page").await.0, 200);
}

#[tokio::test]
async fn no_other_route_is_asked_in_the_place_of_an_operation() {
    let ranked = |rank: isize, uri: &str| {
        let mut route = bare(uri, impostor);
        route.rank = rank;
        route
    };
    let first = isize::MIN + 1000;
    let beside = ["/v1/items", "/v1/items/<other>", "/v1/<all..>"];
    let beside: Vec<Route> = (first..).zip(beside).map(|(rank, uri)| ranked(rank, uri)).collect();
    let client = client_of(all().unguarded_routes("/", "would like to", beside)).await;
    for (target, answer) in [("/v1/items", "ListItems"), ("/v1/items/mine", "GetMine"), ("/v1/items/1", "GetItem")] {
        assert_eq!(ask(&client, Method::Get, target).await, (200, answer.into()), "{target}");
        assert_eq!(client.get(target).dispatch().await.status().code, 401, "{target}");
    }
}

#[tokio::test]
async fn what_matches_nothing_is_told_to_known_callers_alone_however_it_is_spelled() {
    let root = client_of(all()).await;
    let below = client(quiet().attach(all().try_into_fairing().unwrap().at("/gateway"))).await;
    for target in ["/v1", "/v1/", "//v1/none", "/v1/none", "/%761/none", "/v1/items/", "//v1/items/1", "/v1//items/1/"]
    {
        assert_eq!(ask(&root, Method::Get, target).await.0, 404, "{target}");
        assert_eq!(root.get(target).dispatch().await.status().code, 401, "{target}");
        let target = format!("/gateway{target}");
        assert_eq!(ask(&below, Method::Get, &target).await.0, 404, "{target}");
        assert_eq!(below.get(target.as_str()).dispatch().await.status().code, 401, "{target}");
    }
}

/// A first parameter that leaves the permit where it is: an application's own wrapper, gone wrong.
struct Untaken;

impl PermitParameter for Untaken {
    type Operation = ListItems;
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Untaken {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> Outcome<Self, ()> {
        Outcome::Success(Self)
    }
}

#[tokio::test]
async fn a_permit_is_taken_once_and_for_its_own_operation() {
    /// What became of asking for the permit of the operation, again and again.
    struct Asked(Vec<u16>);

    #[rocket::async_trait]
    impl<'r> FromRequest<'r> for Asked {
        type Error = ();

        async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
            let foreign = request.guard::<Permit<GetMine>>().await.failed();
            let late = request.guard::<Permit<ListItems>>().await.failed();
            Outcome::Success(Self([foreign, late].into_iter().flatten().map(|(status, _)| status.code).collect()))
        }
    }
    async fn untaken(_: Untaken, Asked(refused): Asked) -> String {
        format!("{refused:?}")
    }
    // The attempt for another operation used it up.
    let client = client_of(only!(untaken, ListItems)).await;
    assert_eq!(ask(&client, Method::Get, "/v1/items").await, (200, "[500, 500]".into()));

    async fn twice(_: Permit<ListItems>, _: Permit<ListItems>) -> &'static str {
        "with two permits"
    }
    let (status, body) = ask(&client_of(only!(twice, ListItems)).await, Method::Get, "/v1/items").await;
    assert_eq!(status, 500);
    assert!(body.contains("internal_error"), "{body}");
}

#[tokio::test]
async fn a_catcher_finds_no_permit_that_a_handler_has_left() {
    async fn untaken(_: Untaken) -> Status {
        Status::ImATeapot
    }
    fn catcher<'r>(status: Status, request: &'r Request<'_>) -> rocket::catcher::BoxFuture<'r> {
        Box::pin(async move {
            let taken = request.guard::<Permit<ListItems>>().await.is_success();
            rocket::response::Responder::respond_to((status, format!("a permit was left: {taken}")), request)
        })
    }
    let routes = only!(untaken, ListItems).try_into_fairing().unwrap();
    let client = client(quiet().attach(routes).register("/", vec![Catcher::new(418, catcher)])).await;
    assert_eq!(ask(&client, Method::Get, "/v1/items").await, (418, "a permit was left: false".into()));
}

#[tokio::test]
async fn a_later_guard_leaves_nothing_of_what_an_outer_one_allowed() {
    /// What the route of another guard made of this very request, with the permit still in it.
    struct HandedOn(u16);

    #[rocket::async_trait]
    impl<'r> FromData<'r> for HandedOn {
        type Error = ();

        async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
            let inner = request.rocket().routes().find(|route| route.method == Method::Get && route.uri == "/inner");
            data::Outcome::Success(Self(match inner.unwrap().handler.handle(request, data).await {
                route::Outcome::Success(response) => response.status().code,
                route::Outcome::Error(status) | route::Outcome::Forward((_, status)) => status.code,
            }))
        }
    }
    async fn handed_on(_: Untaken, HandedOn(status): HandedOn) -> String {
        status.to_string()
    }
    fn inner() -> Routes {
        mod others {
            use super::Permit;
            use super::other::operations;

            macro_rules! other {
                ($(($type:ident $function:ident))*) => {
                    $(pub(crate) async fn $function(_: Permit<operations::$type>) -> &'static str { stringify!($type) })*
                };
            }
            conformance::plain_operations!(other);
            other! { (CreateItem create_item) (GetStream get_stream) (GetEndless get_endless) }
        }
        policy_rocket::guard(&other::POLICY, conformance::Keys, EnableAll)
            .handlers(conformance::all_handlers!(other, others))
            .unguarded(Method::Get, "/inner", "demands what it cannot have", handlers::list_items)
            .try_into_fairing()
            .unwrap()
    }
    // The inner one's operations are below another prefix, and `/inner` with them: the uri has it.
    let outer = only!(handed_on, ListItems).try_into_fairing().unwrap().at("/outer");
    let client = client(quiet().attach(outer).attach(inner())).await;
    assert_eq!(ask(&client, Method::Get, "/outer/v1/items").await, (200, "500".into()));
}

#[tokio::test]
async fn a_guard_that_forwards_is_final() {
    struct Forwards;

    #[rocket::async_trait]
    impl<'r> FromRequest<'r> for Forwards {
        type Error = ();

        async fn from_request(_: &'r Request<'_>) -> Outcome<Self, ()> {
            Outcome::Forward(Status::UnprocessableEntity)
        }
    }
    async fn forwards(_: Permit<ListItems>, _: Forwards) -> &'static str {
        "not reached"
    }
    let guard = only!(forwards, ListItems).unguarded_routes("/", "waits for it", vec![bare("/v1/<all..>", impostor)]);
    assert_eq!(ask(&client_of(guard).await, Method::Get, "/v1/items").await.0, 422);

    /// What the application wrote by hand.
    #[derive(Clone)]
    struct Own;

    impl Handler<Own> for Own {
        fn run<'r>(&self, _: &'r Request<'_>, data: Data<'r>) -> BoxFuture<'r, route::Outcome<'r>> {
            Box::pin(async { route::Outcome::forward(data, Status::Gone) })
        }
    }
    let beside = vec![bare("/<all..>", impostor)];
    let guard = all().unguarded(Method::Get, "/own", "forwards", Own).unguarded_routes("/", "waits for it", beside);
    assert_eq!(ask(&client_of(guard).await, Method::Get, "/own").await.0, 410);

    async fn form(_: Permit<CreateItem>, name: Json<String>) -> String {
        name.into_inner()
    }
    let client = client_of(only!(form, CreateItem)).await;
    let post = |key: &'static str| {
        client.post("/v1/items").header(Header::new("authorization", key)).header(ContentType::JSON).body("not JSON")
    };
    assert_eq!(post("Bearer ali~items.read").dispatch().await.status().code, 403);
    assert_eq!(post(ALL).dispatch().await.status().code, 400);
    assert_eq!(post(ALL).body("\"x\"").dispatch().await.into_string().await.unwrap(), "x");
}

#[tokio::test]
async fn what_the_guard_owes_reaches_an_answer_that_a_catcher_writes() {
    async fn list(_: Permit<ListItems>, Query(Limit { limit }): Query<Limit>) -> Option<&'static str> {
        limit.map(|_| "found")
    }
    let cors = Cors::origins(["https://app.example"]).unwrap();
    let client = client_of(only!(list, ListItems).options(Options::new().cors(cors))).await;
    for (target, status) in [("/v1/items?limit=1", 200), ("/v1/items", 404), ("/v1/items?other=1", 400)] {
        let request = client.get(target).header(Header::new("authorization", ALL));
        let response = request.header(Header::new("origin", "https://app.example")).dispatch().await;
        assert_eq!(response.status().code, status, "{target}");
        let allowed: Vec<&str> = response.headers().get("access-control-allow-origin").collect();
        assert_eq!(allowed, ["https://app.example"], "{target}");
        assert!(response.headers().get("vary").any(|vary| vary.eq_ignore_ascii_case("origin")), "{target}");
    }
}

#[derive(FromForm)]
struct Limit {
    limit: Option<u8>,
}

#[derive(FromForm)]
struct Strict {
    limit: u8,
}

#[tokio::test]
async fn handlers_take_what_rocket_extracts_and_answer_what_rocket_answers() {
    async fn file(
        _: Permit<GetFile>,
        Managed(app): Managed<&'static str>,
        Param(id): Param<String>,
        Param(file): Param<u8, 1>,
    ) -> Result<String, (Status, &'static str)> {
        if file == 0 { Err((Status::Gone, "no such file")) } else { Ok(format!("{app} {id} {file}")) }
    }
    let routes = || only!(file, GetFile).try_into_fairing().unwrap();
    let here = client(quiet().manage("items").attach(routes())).await;
    let there = client(quiet().manage("items").attach(routes().at("/gate/way"))).await;
    for (target, answer) in [
        ("/v1/items/1%2F2/files/3", (200, "items 1/2 3")),
        ("/v1/items/%3Cid%3E/files/3", (200, "items <id> 3")),
        ("/v1/items/1/files/0", (410, "no such file")),
    ] {
        let answer = (answer.0, answer.1.to_owned());
        assert_eq!(ask(&here, Method::Get, target).await, answer, "{target}");
        assert_eq!(ask(&there, Method::Get, &format!("/gate/way{target}")).await, answer, "{target}");
    }
    assert_eq!(ask(&here, Method::Get, "/v1/items/1/files/three").await.0, 422);
    // What the application has not given, and what the template has not.
    assert_eq!(ask(&client_of(only!(file, GetFile)).await, Method::Get, "/v1/items/1/files/3").await.0, 500);
    async fn third(_: Permit<GetFile>, Param(third): Param<String, 2>) -> String {
        third
    }
    assert_eq!(ask(&client_of(only!(third, GetFile)).await, Method::Get, "/v1/items/1/files/3").await.0, 500);

    async fn list(_: Permit<ListItems>, Query(query): Query<Limit>) -> Json<Option<u8>> {
        Json(query.limit)
    }
    let client = client_of(only!(list, ListItems)).await;
    assert_eq!(ask(&client, Method::Get, "/v1/items?limit=%37").await, (200, "7".into()));
    assert_eq!(ask(&client, Method::Get, "/v1/items").await, (200, "null".into()));
    async fn strict(_: Permit<ListItems>, Query(query): Query<Strict>) -> String {
        query.limit.to_string()
    }
    let client = client_of(only!(strict, ListItems)).await;
    assert_eq!(ask(&client, Method::Get, "/v1/items?limit=7").await, (200, "7".into()));
    for target in ["/v1/items?limit=many", "/v1/items"] {
        assert_eq!(ask(&client, Method::Get, target).await.0, 422, "{target}");
    }

    async fn maybe(_: Permit<GetStream>) -> Streamed<Option<TextStream<rocket::futures::stream::Empty<String>>>> {
        Streamed(None)
    }
    assert_eq!(ask(&client_of(only!(maybe, GetStream)).await, Method::Get, "/v1/stream").await.0, 404);
}

#[tokio::test]
async fn a_handler_has_up_to_sixteen_parameters() {
    /// Nothing of the request.
    struct Nil;

    #[rocket::async_trait]
    impl<'r> FromRequest<'r> for Nil {
        type Error = ();

        async fn from_request(_: &'r Request<'_>) -> Outcome<Self, ()> {
            Outcome::Success(Self)
        }
    }
    #[rustfmt::skip]
    #[expect(clippy::too_many_arguments, reason = "that is what is shown")]
    async fn many(
        _: Permit<GetItem>, _: Nil, _: Nil, _: Nil, _: Nil, _: Nil, _: Nil, _: Nil,
        _: Nil, _: Nil, _: Nil, _: Nil, _: Nil, _: Nil, _: Nil, Param(id): Param<String>,
    ) -> String {
        id
    }
    let client = client_of(only!(many, GetItem)).await;
    assert_eq!(ask(&client, Method::Get, "/v1/items/7").await, (200, "7".into()));
}

#[tokio::test]
async fn routes_that_do_not_fit_are_an_error_and_do_not_launch() {
    let wrong = || {
        all()
            .handlers(|mount| mount.handler(handlers::get_item))
            .unguarded(Method::Get, "/a%20b", "an encoded literal", impostor)
            .unguarded(Method::Get, "/<rest..>", "rocket would read a wildcard", impostor)
            .unguarded(Method::Get, "/{id}.json", "a part of a segment", impostor)
            .unguarded(Method::Get, "/{*rest}", "a wildcard", impostor)
            .unguarded(Method::Get, "/a//b", "rocket would collapse it", impostor)
            .unguarded(Method::Get, "/b/", "rocket would cut it", impostor)
            .unguarded(Method::Get, "/v1/items/{other}/files/{file}", "differs in a name alone", impostor)
    };
    let error = wrong().try_into_fairing().err().unwrap();
    insta::assert_snapshot!(error);
    assert!(error.problems().iter().any(|problem| matches!(problem, MountProblem::Template { .. })));

    let missing = guard().handlers(|mount| mount.handler(handlers::get_item)).try_into_fairing().err().unwrap();
    assert_eq!(missing.problems().len(), policy::POLICY.operations().count() - 1);

    assert!(refused(quiet().attach(wrong().into_fairing())).await);
}

/// A server for as long as the process lives, by raw sockets. rocket binds its own socket, and says at liftoff which.
fn serve(guard: Guarded) -> (Ipv4Addr, u16) {
    let (tell, told) = mpsc::channel();
    let liftoff = AdHoc::on_liftoff("says where it listens", move |rocket| {
        Box::pin(async move { tell.send(rocket.config().port).unwrap() })
    });
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(quiet().attach(guard.try_into_fairing().unwrap()).attach(liftoff).launch()).unwrap();
    });
    (Ipv4Addr::LOCALHOST, told.recv().unwrap())
}

/// The status of the answer to these bytes.
fn status(address: (Ipv4Addr, u16), request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request).unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    String::from_utf8_lossy(&start).into_owned()
}

#[test]
fn a_denial_needs_the_first_bytes_of_a_body_that_rocket_waits_for_and_no_more() {
    let address = serve(all());
    for content_type in ["application/json", "application/x-www-form-urlencoded"] {
        let head = format!("POST /v1/items HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n");
        let body = "x".repeat("_method=delete".len());
        let request = format!("{head}Content-Length: 1000000000\r\n\r\n{body}");
        assert_eq!(status(address, request.as_bytes()), "HTTP/1.1 401", "{content_type}");
    }
}

#[test]
fn rocket_drops_a_header_that_is_not_utf_8_before_anything_is_decided() {
    let address = serve(all());
    let ask = |fields: &[&[u8]]| {
        let mut request = b"GET /v1/by-header HTTP/1.1\r\nHost: x\r\n".to_vec();
        for field in fields {
            request.extend_from_slice(field);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        status(address, &request)
    };
    assert_eq!(ask(&[b"X-Key: ali~"]), "HTTP/1.1 200");
    assert_eq!(ask(&[b"X-Key: ali~", b"X-Key: bob~"]), "HTTP/1.1 400");
    assert_eq!(ask(&[b"X-Key: ali~\xff"]), "HTTP/1.1 401");
    assert_eq!(ask(&[b"X-Key: ali~", b"X-Key: \xff"]), "HTTP/1.1 200");
}
