//! Handlers take what rocket extracts, and answer what rocket answers.

use conformance::enablement_first::operations::{GetFile, GetItem, GetStream, ListItems};
use policy_rocket::{Managed, Param, Permit, Query, Streamed};
use rocket::http::{Method, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::response::stream::TextStream;
use rocket::serde::json::Json;
use rocket::{FromForm, Request};

use super::{ask, client, client_of, quiet};

#[derive(FromForm)]
pub(super) struct Limit {
    pub(super) limit: Option<u8>,
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
