//! A guard that forwards and a catcher change nothing of what was decided.

use conformance::enablement_first::operations::{CreateItem, ListItems};
use policy_http::{Cors, Options};
use policy_rocket::{Handler, Permit, Query};
use rocket::futures::future::BoxFuture;
use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::serde::json::Json;
use rocket::{Data, Request, route};

use super::extraction::Limit;
use super::{ALL, all, ask, bare, client_of, impostor};

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
