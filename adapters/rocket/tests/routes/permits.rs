//! A permit is taken once, for its own operation, and is left to nobody.

use conformance::enablement_first::operations::{GetMine, ListItems};
use conformance::scopes_first as other;
use policy_core::handler_list::PermitParameter;
use policy_http::EnableAll;
use policy_rocket::{Body, Permit, Routes};
use rocket::data::{self, FromData};
use rocket::http::{Method, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::{Catcher, Data, Request, route};

use super::{ask, client, client_of, handlers, quiet};

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
    async fn handed_on(_: Untaken, Body(HandedOn(status)): Body<HandedOn>) -> String {
        status.to_string()
    }
    fn inner() -> Routes {
        mod others {
            use super::{Permit, other as policy};

            conformance::plain_handlers!(every fn(name) -> &'static str { name });
        }
        policy_rocket::guard(&other::POLICY, conformance::Keys, EnableAll)
            .handlers(conformance::all_handlers!(other, others))
            .non_utf8_credentials_count_as_none("a proxy refuses them")
            .unguarded(Method::Get, "/inner", "demands what it cannot have", handlers::list_items)
            .try_into_fairing()
            .unwrap()
    }
    // The inner one's operations are below another prefix, and `/inner` with them: the uri has it.
    let outer = only!(handed_on, ListItems).try_into_fairing().unwrap().at("/outer");
    let client = client(quiet().attach(outer).attach(inner())).await;
    assert_eq!(ask(&client, Method::Get, "/outer/v1/items").await, (200, "500".into()));
}
