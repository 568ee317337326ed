//! Handlers take what rocket extracts, and answer what rocket answers.

use conformance::enablement_first::operations::{CreateItem, GetFile, GetItem, GetStream, ListItems};
use policy_rocket::{Body, Managed, Param, Permit, Query, Streamed};
use rocket::data::Capped;
use rocket::form::Form;
use rocket::fs::TempFile;
use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::response::Responder;
use rocket::response::stream::TextStream;
use rocket::serde::json::Json;
use rocket::{FromForm, Request};

use super::{ALL, ask, client, client_of, quiet, told};

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
    // What the application has not given.
    assert_eq!(ask(&client_of(only!(file, GetFile)).await, Method::Get, "/v1/items/1/files/3").await.0, 500);

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
async fn a_body_is_taken_by_what_says_that_it_is_one() {
    async fn text(_: Permit<CreateItem>, Body(text): Body<String>) -> String {
        text
    }
    async fn bytes(_: Permit<CreateItem>, Body(bytes): Body<Vec<u8>>) -> String {
        bytes.len().to_string()
    }
    async fn maybe(_: Permit<CreateItem>, name: Option<Json<String>>) -> String {
        name.map_or("none".to_owned(), Json::into_inner)
    }
    async fn capped(_: Permit<CreateItem>, text: Capped<String>) -> String {
        text.into_inner()
    }
    async fn file(_: Permit<CreateItem>, file: TempFile<'static>) -> String {
        file.len().to_string()
    }
    async fn form(_: Permit<CreateItem>, form: Form<Strict>) -> String {
        form.limit.to_string()
    }
    for (guard, kind, body, answer) in [
        (only!(text, CreateItem), ContentType::Plain, "a text", "a text"),
        (only!(bytes, CreateItem), ContentType::Binary, "a text", "6"),
        (only!(maybe, CreateItem), ContentType::JSON, "\"x\"", "x"),
        (only!(maybe, CreateItem), ContentType::JSON, "x", "none"),
        (only!(capped, CreateItem), ContentType::Plain, "a text", "a text"),
        (only!(file, CreateItem), ContentType::Binary, "a text", "6"),
        (only!(form, CreateItem), ContentType::Form, "limit=7", "7"),
    ] {
        let client = client_of(guard).await;
        let request = client.post("/v1/items").header(Header::new("authorization", ALL)).header(kind).body(body);
        assert_eq!(told(request.dispatch().await).await, (200, answer.into()), "{body}");
    }
}

#[tokio::test]
async fn an_answer_may_hide_its_type() {
    async fn hidden(_: Permit<GetItem>) -> impl for<'r> Responder<'r, 'static> {
        (Status::Accepted, "hidden")
    }
    assert_eq!(ask(&client_of(only!(hidden, GetItem)).await, Method::Get, "/v1/items/1").await, (202, "hidden".into()));
    async fn stream(_: Permit<GetStream>) -> Streamed<impl for<'r> Responder<'r, 'r>> {
        Streamed(TextStream(rocket::futures::stream::iter(["a", "b"])))
    }
    assert_eq!(ask(&client_of(only!(stream, GetStream)).await, Method::Get, "/v1/stream").await, (200, "ab".into()));
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
