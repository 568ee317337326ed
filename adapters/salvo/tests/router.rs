//! What is salvo's own: routes and hoops around the guard's, handlers without a permit, extraction, and routes that do not fit.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::marker::PhantomData;
use std::pin::pin;

use conformance::{enablement_first as policy, scopes_first as other};
use futures_util::future::poll_fn;
use http::{Method, StatusCode, header};
use policy::operations::{CreateItem, GetFile, GetItem, GetMine, ListItems};
use policy_core::handler_list::PermitParameter;
use policy_http::EnableAll;
use policy_salvo::{Guard, Handler, MountProblem, Param, Permit, State};
use salvo_core::catcher::Catcher;
use salvo_core::conn::SocketAddr;
use salvo_core::extract::{CookieParam, HeaderParam, JsonBody, Metadata, PathParam, QueryParam};
use salvo_core::http::uri::Scheme;
use salvo_core::http::{ReqBody, ResBody};
use salvo_core::hyper::body::Body as _;
use salvo_core::writing::Json;
use salvo_core::{
    ConnCtrl, Depot, Extractible, FlowCtrl, Request, Response, Router, Scribe, Service, Writer, async_trait,
};

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
    policy_salvo::guard(&policy::POLICY, conformance::Keys, EnableAll)
}

/// Every operation with its plain handler.
fn router() -> Router {
    guard().handlers(conformance::all_handlers!(policy, handlers)).try_into_router().unwrap()
}

/// A guard with one handler of the test's own; everything else is pending.
macro_rules! only {
    ($handler:ident, $operation:ident) => {{
        let listed = |mount: policy_salvo::Mount<policy::Api>| {
            let own = <policy::operations::$operation as policy_core::Operation>::INDEX;
            only!(@pending mount.handler($handler), own,
                GetItem DeleteItem GetMine ListItems CreateItem GetFile GetReport HeadReport GetStatus GetGreeting
                GetStream GetEndless GetByHeader GetByCookie GetByQuery GetLater)
        };
        guard().handlers(listed).try_into_router().unwrap()
    }};
    (@pending $mount:expr, $own:ident, $($operation:ident)*) => {{
        let mut mount = $mount;
        $(if <policy::operations::$operation as policy_core::Operation>::INDEX != $own {
            mount = mount.pending::<policy::operations::$operation>("not under test");
        })*
        mount
    }};
}

const ALL: &str = "Bearer ali~files.read~items.read~items.write~items.delete~mine.read";

fn request(method: Method, target: &str, key: Option<&str>, body: &str) -> Request {
    let mut request = http::Request::new(ReqBody::from(body.to_owned()));
    *request.method_mut() = method;
    *request.uri_mut() = target.parse().unwrap();
    if let Some(key) = key {
        request.headers_mut().insert(header::AUTHORIZATION, key.parse().unwrap());
    }
    Request::from_hyper(request, Scheme::HTTP)
}

async fn serve(service: &Service, request: Request) -> Response {
    let nowhere = || SocketAddr::Unknown;
    service.hyper_handler(nowhere(), nowhere(), Scheme::HTTP, None, ConnCtrl::new(), None).handle(request).await
}

async fn send(service: &Service, method: Method, target: &str, key: Option<&str>, body: &str) -> Response {
    serve(service, request(method, target, key, body)).await
}

async fn text(body: ResBody) -> String {
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        bytes.extend_from_slice(&frame.unwrap().into_data().unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

async fn ask(service: &Service, method: Method, target: &str) -> (u16, String) {
    let response = send(service, method, target, Some(ALL), "").await;
    (response.status_code.unwrap().as_u16(), text(response.body).await)
}

async fn get(router: Router, target: &str) -> (u16, String) {
    ask(&Service::new(router), Method::GET, target).await
}

/// A handler without a guard.
struct Bare<F, M>(F, PhantomData<fn() -> M>);

fn bare<F: Handler<M>, M: 'static>(handler: F) -> impl salvo_core::Handler {
    Bare(handler, PhantomData)
}

#[async_trait]
impl<F: Handler<M>, M: 'static> salvo_core::Handler for Bare<F, M> {
    async fn handle(&self, request: &mut Request, depot: &mut Depot, response: &mut Response, _: &mut FlowCtrl) {
        self.0.call(request, depot, response, "/{id}").await;
    }
}

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
    for target in ["/", "/v1/behind", "/beside"] {
        assert_eq!(ask(&service, Method::GET, target).await.0, 404, "{target}");
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
            "GetStatus" | "GetGreeting" => assert_eq!(by_nobody, 200, "{handler}"),
            _ if status == 200 => assert_eq!(by_nobody, 403, "{handler}"),
            _ => {}
        }
        reached.extend((status == 200).then_some(handler));
    }
    reached.sort();
    assert_eq!(
        reached,
        [
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
    assert_eq!(response.headers["left"], "false");
}

macro_rules! nameless {
    () => {
        fn metadata() -> &'static Metadata {
            static METADATA: Metadata = Metadata::new("");
            &METADATA
        }
    };
}

/// What the tests' own extractors may fail with: nothing.
type Never = std::convert::Infallible;

/// A first parameter that leaves the permit where it is: an application's own wrapper, gone wrong.
struct Untaken;

impl PermitParameter for Untaken {
    type Operation = ListItems;
}

impl<'ex> Extractible<'ex> for Untaken {
    nameless!();

    async fn extract(
        _: &'ex mut Request,
        _: &'ex mut Depot,
    ) -> Result<Self, impl Writer + Send + std::fmt::Debug + 'static> {
        Ok::<_, Never>(Self)
    }
}

/// What became of asking for the permit of another operation, and then for that of the own one.
struct Asked(bool, bool);

impl<'ex> Extractible<'ex> for Asked {
    nameless!();

    async fn extract(
        request: &'ex mut Request,
        depot: &'ex mut Depot,
    ) -> Result<Self, impl Writer + Send + std::fmt::Debug + 'static> {
        let foreign = Permit::<GetMine>::extract(&mut *request, &mut *depot).await.is_ok();
        let late = Permit::<ListItems>::extract(&mut *request, &mut *depot).await.is_ok();
        Ok::<_, Never>(Self(foreign, late))
    }
}

#[tokio::test]
async fn a_permit_is_taken_once_and_for_its_own_operation() {
    async fn untaken(_: Untaken, Asked(foreign, late): Asked) -> String {
        format!("{foreign} {late}")
    }
    // The attempt for another operation used it up.
    assert_eq!(get(only!(untaken, ListItems), "/v1/items").await, (200, "false false".into()));

    async fn twice(_: Permit<ListItems>, _: Permit<ListItems>) -> &'static str {
        "with two permits"
    }
    let (status, body) = get(only!(twice, ListItems), "/v1/items").await;
    assert_eq!(status, 500);
    assert!(body.contains("internal_error") && !body.contains("permits"), "{body}");
}

#[tokio::test]
async fn a_later_guard_leaves_nothing_of_what_an_outer_one_allowed() {
    /// A request with the permit still in it.
    struct Whole(Request);

    impl<'ex> Extractible<'ex> for Whole {
        nameless!();

        async fn extract(
            request: &'ex mut Request,
            _: &'ex mut Depot,
        ) -> Result<Self, impl Writer + Send + std::fmt::Debug + 'static> {
            let mut whole = Request::new();
            whole.set_uri("/healthz".parse().unwrap());
            *whole.extensions_mut() = request.extensions().clone();
            Ok::<_, Never>(Self(whole))
        }
    }
    struct Other(Response);

    impl Scribe for Other {
        fn render(self, response: &mut Response) {
            *response = self.0;
        }
    }
    async fn handed_on(_: Untaken, Whole(request): Whole) -> Other {
        let nowhere = || SocketAddr::Unknown;
        let inner = Service::new(inner());
        Other(
            inner.hyper_handler(nowhere(), nowhere(), Scheme::HTTP, None, ConnCtrl::new(), None).handle(request).await,
        )
    }
    fn inner() -> Router {
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
        policy_salvo::guard(&other::POLICY, conformance::Keys, EnableAll)
            .handlers(conformance::all_handlers!(other, others))
            .unguarded(Method::GET, "/healthz", "demands what it cannot have", bare(handlers::list_items))
            .try_into_router()
            .unwrap()
    }
    assert_eq!(get(only!(handed_on, ListItems), "/v1/items").await.0, 500);
}

#[derive(Debug, serde::Deserialize, salvo_core::macros::Extractible)]
#[salvo(extract(default_source(from = "param")))]
struct FilePath {
    id: String,
    file: u32,
}

#[derive(Debug, serde::Deserialize, salvo_core::macros::Extractible)]
#[salvo(extract(default_source(from = "query")))]
struct Page {
    limit: Option<u32>,
}

#[tokio::test]
async fn handlers_take_what_salvo_extracts_and_answer_what_salvo_writes() {
    async fn item(_: Permit<GetItem>, Param(id): Param<String>, State(app): State<&'static str>) -> String {
        format!("{app} {id}")
    }
    let router = || only!(item, GetItem).hoop(State("items"));
    assert_eq!(get(router(), "/v1/items/a%2Fb").await, (200, "items a/b".into()));
    // The prefix may call its parameter as it likes.
    for prefix in ["{tenant}", "{id}"] {
        assert_eq!(get(Router::with_path(prefix).push(router()), "/north/v1/items/1").await, (200, "items 1".into()));
    }
    // The state was forgotten.
    assert_eq!(get(only!(item, GetItem), "/v1/items/1").await.0, 500);

    async fn file(_: Permit<GetFile>, path: FilePath, Param(file): Param<u8, 1>, Param(id): Param<String>) -> String {
        format!("{} {} {file} {id}", path.id, path.file)
    }
    assert_eq!(get(only!(file, GetFile), "/v1/items/1/files/2").await, (200, "1 2 2 1".into()));
    for (target, status) in [("/v1/items/1/files/x", 400), ("/v1/items/1/files/256", 400)] {
        assert_eq!(get(only!(file, GetFile), target).await.0, status, "{target}");
    }
    async fn third(_: Permit<GetFile>, Param(third): Param<String, 2>) -> String {
        third
    }
    assert_eq!(get(only!(third, GetFile), "/v1/items/1/files/2").await.0, 500);

    async fn list(_: Permit<ListItems>, page: Page) -> Result<Json<Option<u32>>, StatusCode> {
        if page.limit == Some(0) { Err(StatusCode::UNPROCESSABLE_ENTITY) } else { Ok(Json(page.limit)) }
    }
    assert_eq!(get(only!(list, ListItems), "/v1/items?limit=7").await, (200, "7".into()));
    assert_eq!(get(only!(list, ListItems), "/v1/items?limit=0").await.0, 422);

    // An extractor's refusal comes after the guard's.
    async fn create(_: Permit<CreateItem>, JsonBody(name): JsonBody<String>) -> String {
        name
    }
    let service = Service::new(only!(create, CreateItem));
    for (key, body, status) in
        [(Some("Bearer ali~items.read"), "not JSON", 403), (Some(ALL), "not JSON", 400), (None, "\"x\"", 401)]
    {
        let response = send(&service, Method::POST, "/v1/items", key, body).await;
        assert_eq!(response.status_code.unwrap().as_u16(), status, "{key:?} {body}");
    }
}

#[tokio::test]
async fn a_handler_has_up_to_sixteen_parameters() {
    /// Nothing of the request.
    struct Nil;

    impl<'ex> Extractible<'ex> for Nil {
        nameless!();

        async fn extract(
            _: &'ex mut Request,
            _: &'ex mut Depot,
        ) -> Result<Self, impl Writer + Send + std::fmt::Debug + 'static> {
            Ok::<_, Never>(Self)
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
    assert_eq!(get(only!(many, GetItem), "/v1/items/7").await, (200, "7".into()));
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

#[test]
fn a_handler_that_salvo_could_call_by_its_arguments_names_alone_is_an_error() {
    async fn path(_: Permit<GetItem>, _: PathParam<String>) {}
    async fn query(_: Permit<ListItems>, _: QueryParam<u32, false>) {}
    async fn header(_: Permit<GetMine>, _: HeaderParam<String, true>) {}
    async fn cookie(_: Permit<GetFile>, _: Param<String>, _: Option<CookieParam<String, true>>) {}
    let error = guard()
        .handlers(conformance::all_handlers!(policy, handlers))
        .handlers(|mount| mount.handler(path).handler(query).handler(header).handler(cookie))
        .try_into_router()
        .err()
        .unwrap();
    let named = error.problems().iter().filter(|problem| matches!(problem, MountProblem::Handler { .. }));
    let named: Vec<String> = named.map(ToString::to_string).collect();
    insta::assert_snapshot!(named.join("\n"));
}

#[tokio::test]
async fn a_handler_without_a_name_for_its_argument_finds_nothing_and_does_not_panic() {
    async fn path(_: PathParam<String>) {}
    async fn query(_: QueryParam<String, true>) {}
    async fn none(Maybe(found): Maybe) -> String {
        found.to_string()
    }
    /// What an application wraps has another type's name.
    struct Maybe(bool);

    impl<'ex> Extractible<'ex> for Maybe {
        nameless!();

        async fn extract(
            request: &'ex mut Request,
            depot: &'ex mut Depot,
        ) -> Result<Self, impl Writer + Send + std::fmt::Debug + 'static> {
            Self::extract_with_arg(request, depot, "").await
        }

        async fn extract_with_arg(
            request: &'ex mut Request,
            depot: &'ex mut Depot,
            name: &str,
        ) -> Result<Self, impl Writer + Send + std::fmt::Debug + 'static> {
            let path = PathParam::<String>::extract_with_arg(request, depot, name).await;
            Ok::<_, Never>(Self(path.is_ok()))
        }
    }
    let service = Service::new(
        Router::new()
            .push(Router::with_path("path/{id}").goal(bare(path)))
            .push(Router::with_path("query/{id}").goal(bare(query)))
            .push(Router::with_path("none/{id}").goal(bare(none))),
    );
    assert_eq!(ask(&service, Method::GET, "/path/1").await.0, 400);
    assert_eq!(ask(&service, Method::GET, "/query/1?id=2").await.0, 400);
    assert_eq!(ask(&service, Method::GET, "/none/1").await, (200, "false".into()));
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
    assert!(error.problems().iter().any(|problem| matches!(problem, MountProblem::Template { .. })));

    let missing = guard().handlers(|mount| mount.handler(handlers::get_item)).try_into_router().err().unwrap();
    assert_eq!(missing.problems().len(), policy::POLICY.operations().count() - 1);

    for broken in [wrong().into_router(), Router::with_path("gateway").push(wrong().into_router())] {
        let service = Service::new(broken);
        for target in ["/gateway", "/gateway/v1/items/1", "/gateway/none"] {
            assert_eq!(ask(&service, Method::GET, target).await.0, 500, "{target}");
        }
    }
}
