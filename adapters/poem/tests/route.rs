//! What is poem's own: nesting with and without the prefix, the root, endpoints without a permit, and routes that do not fit.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use conformance::{enablement_first as policy, scopes_first as other};
use http::Method;
use poem::endpoint::{make, make_sync};
use poem::middleware::CatchPanic;
use poem::web::{Json, Path, Query};
use poem::{Endpoint, EndpointExt, FromRequest, Request, RequestBody, Response, Route};
use policy::operations::{CreateItem, GetFile, GetItem, GetMine, ListItems};
use policy_core::handler_list::PermitParameter;
use policy_http::EnableAll;
use policy_poem::{Guard, Handler, MountFault, Permit, State};

mod handlers {
    use super::*;

    conformance::plain_handlers!(every fn(name) -> &'static str { name });
}

type Guarded = Guard<policy::Api, conformance::Keys, EnableAll>;

fn guard() -> Guarded {
    policy_poem::guard(&policy::POLICY, conformance::Keys, EnableAll)
}

/// Every operation with its plain handler, but for those given here.
fn route() -> Route {
    guard().handlers(conformance::all_handlers!(policy, handlers)).try_into_route().unwrap()
}

/// A guard with one handler of the test's own; everything else is pending.
macro_rules! only {
    ($handler:ident, $operation:ident) => {
        guard()
            .handlers(conformance::only_handler!(policy_poem::Mount<policy::Api>, $handler, $operation))
            .try_into_route()
            .unwrap()
    };
}

const ALL: &str = "Bearer ali~files.read~items.read~items.write~items.delete~mine.read";

async fn ask(endpoint: &impl Endpoint, method: Method, target: &str) -> (u16, String) {
    send(endpoint, Request::builder().method(method).uri_str(target).header("authorization", ALL).finish()).await
}

async fn send(endpoint: &impl Endpoint, request: Request) -> (u16, String) {
    let response = endpoint.get_response(request).await;
    (response.status().as_u16(), response.into_body().into_string().await.unwrap())
}

/// A handler as an endpoint without a guard.
fn bare<M: 'static>(handler: impl Handler<M>) -> impl Endpoint {
    make(move |request| {
        let handler = handler.clone();
        async move { handler.call(request).await }
    })
}

#[tokio::test]
async fn a_route_at_the_root_is_served_beside_the_fallback() {
    let route = guard()
        .handlers(conformance::all_handlers!(policy, handlers))
        .unguarded(Method::GET, "/", "says where the documentation is", make_sync(|_| "the root"))
        .try_into_route()
        .unwrap();
    assert_eq!(ask(&route, Method::GET, "/").await, (200, "the root".into()));
    assert_eq!(ask(&route, Method::POST, "/").await.0, 405);
    assert_eq!(ask(&route, Method::GET, "/none").await.0, 404);
    assert_eq!(ask(&route, Method::GET, "//").await.0, 404);
    let nested = Route::new().nest("/gateway", route);
    for target in ["/gateway", "/gateway/", "/gateway?a=b"] {
        assert_eq!(ask(&nested, Method::GET, target).await, (200, "the root".into()), "{target}");
    }
}

#[tokio::test]
async fn nesting_without_stripping_answers_what_matches_nothing() {
    let nested = Route::new().nest_no_strip("/v1", route());
    assert_eq!(ask(&nested, Method::GET, "/v1/items").await, (200, "ListItems".into()));
    assert_eq!(ask(&nested, Method::GET, "/v1/items/mine").await, (200, "GetMine".into()));
    for target in ["/v1", "/v1/", "/v1/none", "/v1/items/", "/v1/items/1/files/2/3"] {
        assert_eq!(ask(&nested, Method::GET, target).await.0, 404, "{target}");
        let unknown = Request::builder().uri_str(target).finish();
        assert_eq!(send(&nested, unknown).await.0, 401, "{target}");
    }
}

#[tokio::test]
async fn a_prefix_that_the_templates_have_too_is_cut_off_once() {
    let nested = Route::new().nest("/v1", route());
    assert_eq!(ask(&nested, Method::GET, "/v1/v1/items/1").await, (200, "GetItem".into()));
    for target in
        ["/v1", "/v1/", "/v1?a=b", "/v1/?a=b", "/v1/items", "/v1//items", "/v1/v1", "/v1/v1/", "/v1/v1/items/"]
    {
        assert_eq!(ask(&nested, Method::GET, target).await.0, 404, "{target}");
    }
}

/// poem's own: of any route, guarded or not. Once this fails, the README's line on it can go.
#[tokio::test]
async fn below_a_prefix_that_is_longer_than_a_template_poem_panics_and_no_handler_runs_unless_it_is_cut_off() {
    let prefix = "/v1/items/longer-than-the-template";
    let request = move |key| Request::builder().uri_str(prefix).header("authorization", key).finish();
    for key in [ALL, "Bearer ali~mine.read", "Bearer nobody"] {
        let guarded = Route::new().nest_no_strip(prefix, route());
        let answer = tokio::spawn(async move { guarded.get_response(request(key)).await.status() }).await;
        assert!(answer.unwrap_err().is_panic());
    }
    let bare = Route::new().nest_no_strip(prefix, Route::new().at("/v1/items/:id", make_sync(|_| "unguarded")));
    let answer = tokio::spawn(async move { bare.get_response(request(ALL)).await.status() }).await;
    assert!(answer.unwrap_err().is_panic());

    // What the README says instead.
    let caught = Route::new().nest_no_strip(prefix, route()).with(CatchPanic::new());
    assert_eq!(send(&caught, request(ALL)).await.0, 500);
    let nested = Route::new().nest(prefix, route());
    assert_eq!(ask(&nested, Method::GET, &format!("{prefix}/v1/items/1")).await, (200, "GetItem".into()));
    assert_eq!(ask(&nested, Method::GET, prefix).await.0, 404);
}

#[tokio::test]
async fn what_matches_nothing_is_one_pattern_for_whoever_counts() {
    for (route, target, pattern) in [
        (route(), "/v1/none", "/*"),
        (Route::new().nest_no_strip("/v1", route()), "/v1/none", "/v1/*"),
        (Route::new().nest("/gateway", route()), "/gateway/v1/none", "/gateway/*"),
    ] {
        let request = Request::builder().uri_str(target).header("authorization", ALL).finish();
        let response = route.get_response(request).await;
        assert_eq!(response.data::<poem::PathPattern>().map(|pattern| &*pattern.0), Some(pattern));
    }
}

#[tokio::test]
async fn a_route_that_was_added_late_has_no_permit() {
    let late = Route::new().at("/x", bare(handlers::get_item));
    let route = route()
        .at("/v1/late", bare(handlers::get_item))
        .at("/v1/items/:id/late", bare(handlers::get_mine))
        .nest("/v1/nested", late);
    for target in ["/v1/late", "/v1/items/1/late", "/v1/nested/x"] {
        let (status, body) = ask(&route, Method::GET, target).await;
        assert_eq!(status, 500, "{target}");
        assert!(body.contains("internal_error"), "{target}: {body}");
    }
    // A second route in the place of a template is never asked, whatever it calls its parameter.
    let route = self::route().at("/v1/items/:other", make_sync(|_| "an impostor"));
    assert_eq!(ask(&route, Method::GET, "/v1/items/1").await, (200, "GetItem".into()));
}

/// A first parameter that leaves the permit where it is: an application's own wrapper, gone wrong.
struct Untaken;

impl PermitParameter for Untaken {
    type Operation = ListItems;
}

impl<'r> FromRequest<'r> for Untaken {
    async fn from_request(_: &'r Request, _: &mut RequestBody) -> poem::Result<Self> {
        Ok(Self)
    }
}

/// What became of asking for the permit of the operation, again and again.
struct Asked(Vec<u16>);

impl<'r> FromRequest<'r> for Asked {
    async fn from_request(request: &'r Request, body: &mut RequestBody) -> poem::Result<Self> {
        let foreign = Permit::<GetMine>::from_request(request, body).await;
        let late = Permit::<ListItems>::from_request(request, body).await;
        Ok(Self([foreign.err(), late.err()].into_iter().flatten().map(|error| error.status().as_u16()).collect()))
    }
}

#[tokio::test]
async fn a_permit_is_taken_once_and_for_its_own_operation() {
    async fn untaken(_: Untaken, Asked(refused): Asked) -> String {
        format!("{refused:?}")
    }
    // The attempt for another operation used it up.
    assert_eq!(ask(&only!(untaken, ListItems), Method::GET, "/v1/items").await, (200, "[500, 500]".into()));

    async fn twice(_: Permit<ListItems>, _: Permit<ListItems>) -> &'static str {
        "with two permits"
    }
    let (status, body) = ask(&only!(twice, ListItems), Method::GET, "/v1/items").await;
    assert_eq!(status, 500);
    assert!(body.contains("internal_error"), "{body}");
}

#[tokio::test]
async fn a_later_guard_leaves_nothing_of_what_an_outer_one_allowed() {
    /// The request with the permit still in it.
    struct Whole(Request);

    impl<'r> FromRequest<'r> for Whole {
        async fn from_request(request: &'r Request, _: &mut RequestBody) -> poem::Result<Self> {
            let mut whole = Request::builder().uri_str("/healthz").finish();
            *whole.extensions_mut() = request.extensions().clone();
            Ok(Self(whole))
        }
    }
    async fn handed_on(_: Untaken, Whole(request): Whole) -> Response {
        inner().get_response(request).await
    }
    fn inner() -> poem::endpoint::BoxEndpoint<'static> {
        mod others {
            use super::{Permit, other as policy};

            conformance::plain_handlers!(every fn(name) -> &'static str { name });
        }
        policy_poem::guard(&other::POLICY, conformance::Keys, EnableAll)
            .handlers(conformance::all_handlers!(other, others))
            .unguarded(Method::GET, "/healthz", "demands what it cannot have", bare(handlers::list_items))
            .try_into_route()
            .unwrap()
            .boxed()
    }
    assert_eq!(ask(&only!(handed_on, ListItems), Method::GET, "/v1/items").await.0, 500);
}

#[derive(serde::Deserialize)]
struct Limit {
    limit: Option<String>,
}

#[tokio::test]
async fn handlers_take_what_poem_extracts_and_answer_what_poem_answers() {
    async fn file(
        _: Permit<GetFile>,
        State(app): State<&'static str>,
        Path((id, file)): Path<(String, String)>,
    ) -> String {
        format!("{app} {id} {file}")
    }
    let route = only!(file, GetFile).data("items");
    assert_eq!(ask(&route, Method::GET, "/v1/items/1%2F2/files/3").await, (200, "items 1/2 3".into()));
    let nested = Route::new().nest("/gateway", route);
    assert_eq!(ask(&nested, Method::GET, "/gateway/v1/items/1/files/3").await, (200, "items 1 3".into()));

    async fn list(_: Permit<ListItems>, Query(query): Query<Limit>) -> poem::Result<Json<Option<String>>> {
        match query.limit.as_deref() {
            Some("0") => Err(poem::Error::from_status(http::StatusCode::UNPROCESSABLE_ENTITY)),
            _ => Ok(Json(query.limit)),
        }
    }
    let route = only!(list, ListItems);
    assert_eq!(ask(&route, Method::GET, "/v1/items?limit=7").await, (200, "\"7\"".into()));
    assert_eq!(ask(&route, Method::GET, "/v1/items?limit=0").await.0, 422);

    // An extractor's refusal comes after the guard's, and is final: no other endpoint makes something of it, but for what the
    // guard was given.
    async fn create(_: Permit<CreateItem>, Json(name): Json<String>) -> String {
        name
    }
    let route = only!(create, CreateItem).catch_all_error(|_| async { "an error that got out" });
    let post = |key: &str| {
        Request::builder().method(Method::POST).uri_str("/v1/items").header("authorization", key).body("not JSON")
    };
    assert_eq!(send(&route, post("Bearer ali~items.read")).await.0, 403);
    assert_eq!(send(&route, post(ALL)).await.0, 415);
}

#[tokio::test]
async fn a_handler_has_up_to_sixteen_parameters() {
    /// Nothing of the request.
    struct Nil;

    impl<'r> FromRequest<'r> for Nil {
        async fn from_request(_: &'r Request, _: &mut RequestBody) -> poem::Result<Self> {
            Ok(Self)
        }
    }
    #[rustfmt::skip]
    #[expect(clippy::too_many_arguments, reason = "that is what is shown")]
    async fn many(
        _: Permit<GetItem>, _: Nil, _: Nil, _: Nil, _: Nil, _: Nil, _: Nil, _: Nil,
        _: Nil, _: Nil, _: Nil, _: Nil, _: Nil, _: Nil, _: Nil, Path(id): Path<String>,
    ) -> String {
        id
    }
    assert_eq!(ask(&only!(many, GetItem), Method::GET, "/v1/items/7").await, (200, "7".into()));
}

#[tokio::test]
async fn routes_that_do_not_fit_are_an_error_and_serve_nothing() {
    let wrong = || {
        guard()
            .handlers(conformance::all_handlers!(policy, handlers))
            .handlers(|mount| mount.handler(handlers::get_item))
            .unguarded(Method::GET, "/a:b", "poem would read a parameter", make_sync(|_| ""))
            .unguarded(Method::GET, "/files/*", "poem would read a wildcard", make_sync(|_| ""))
            .unguarded(Method::GET, "/re<x>", "poem would read a regular expression", make_sync(|_| ""))
            .unguarded(Method::GET, "/{id}.json", "a part of a segment", make_sync(|_| ""))
            .unguarded(Method::GET, "/{*rest}", "a wildcard", make_sync(|_| ""))
            .unguarded(Method::GET, "/a//b", "poem would collapse it", make_sync(|_| ""))
            .unguarded(Method::GET, "/v1/items/{other}/files/{file}", "differs in a name alone", make_sync(|_| ""))
    };
    let error = wrong().try_into_route().err().unwrap();
    insta::assert_snapshot!(error);
    assert!(error.faults().iter().any(|problem| matches!(problem, MountFault::Template { .. })));

    let missing = guard().handlers(|mount| mount.handler(handlers::get_item)).try_into_route().err().unwrap();
    assert_eq!(missing.faults().len(), policy::POLICY.operations().count() - 1);

    let broken = wrong().into_route();
    for target in ["/", "/v1/items/1", "/v1/none", "/healthz"] {
        assert_eq!(ask(&broken, Method::GET, target).await.0, 500, "{target}");
    }
    assert_eq!(ask(&Route::new().nest_no_strip("/v1", wrong().into_route()), Method::GET, "/v1/items").await.0, 500);
}
