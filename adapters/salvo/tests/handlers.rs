//! What a handler is given: its permit once, and what salvo extracts for a function whose arguments have no names.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[macro_use]
mod support;

use conformance::{enablement_first as policy, scopes_first as other};
use http::{Method, StatusCode};
use policy::operations::{CreateItem, GetFile, GetItem, GetMine, ListItems};
use policy_http::EnableAll;
use policy_salvo::{MountFault, Param, Permit, State};
use salvo_core::extract::{CookieParam, HeaderParam, JsonBody, Metadata, PathParam, QueryParam};
use salvo_core::writing::Json;
use salvo_core::{Depot, Extractible, Request, Response, Router, Scribe, Service, Writer};
use support::{ALL, Never, Page, Untaken, ask, bare, get, guard, handlers, send, serve};

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
        Other(serve(&Service::new(inner()), request).await)
    }
    fn inner() -> Router {
        mod others {
            use super::{Permit, other as policy};

            conformance::plain_handlers!(every fn(name) -> &'static str { name });
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

#[test]
fn a_handler_that_salvo_cannot_call_is_an_error() {
    async fn path(_: Permit<GetItem>, _: PathParam<String>) {}
    async fn query(_: Permit<ListItems>, _: QueryParam<u32, false>) {}
    async fn header(_: Permit<GetMine>, _: HeaderParam<String, true>) {}
    async fn cookie(_: Permit<GetFile>, _: Param<String>, _: Option<CookieParam<String, true>>) {}
    async fn third(_: Permit<GetFile>, _: Param<String, 1>, _: Param<String, 2>) {}
    async fn first(_: Permit<ListItems>, _: Param<String>) {}
    let error = guard()
        .handlers(conformance::all_handlers!(policy, handlers))
        .handlers(|mount| {
            mount.handler(path).handler(query).handler(header).handler(cookie).handler(third).handler(first)
        })
        .try_into_router()
        .err()
        .unwrap();
    let named = error.faults().iter().filter(|problem| matches!(problem, MountFault::Handler { .. }));
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
    // salvo calls it with the argument's name, which is no template.
    #[salvo_core::handler]
    async fn own(id: Param<String>) -> String {
        id.0
    }
    let service = Service::new(
        Router::new()
            .push(Router::with_path("own/{id}").goal(own))
            .push(Router::with_path("path/{id}").goal(bare(path)))
            .push(Router::with_path("query/{id}").goal(bare(query)))
            .push(Router::with_path("none/{id}").goal(bare(none))),
    );
    assert_eq!(ask(&service, Method::GET, "/own/1").await.0, 500);
    assert_eq!(ask(&service, Method::GET, "/path/1").await.0, 400);
    assert_eq!(ask(&service, Method::GET, "/query/1?id=2").await.0, 400);
    assert_eq!(ask(&service, Method::GET, "/none/1").await, (200, "false".into()));
}
