//! What is hyper's own: templates with parts of segments, generated routers, any body, and routes that do not fit.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bytes::Bytes;
use conformance::{enablement_first as policy, scopes_first as other};
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use policy_http::EnableAll;
use policy_http::mount::MountError;
use policy_hyper::{Call, Guard, Permit, Service};
use policy_router::Router;
use tower::ServiceExt;

type Body = Full<Bytes>;
/// A request may have any body: here it is a number.
type Requested = u8;

async fn health(_: Call<&'static str, Requested>) -> Response<Body> {
    Response::new(Body::from("well"))
}

mod handlers {
    use super::policy::operations::{CreateItem, GetFile};
    use super::*;

    #[allow(dead_code, reason = "two of them are written by hand")]
    mod plain {
        use super::*;

        conformance::plain_handlers!(every fn(name) -> Response<Body> { Response::new(Body::from(name)) });
    }

    pub(crate) use plain::{
        delete_item, get_by_cookie, get_by_either, get_by_header, get_by_query, get_endless, get_greeting, get_item,
        get_mine, get_report, get_status, get_stream, head_report, list_items,
    };

    pub(crate) async fn get_file(_: Permit<GetFile>, call: Call<&'static str, Requested>) -> Response<Body> {
        let value = |name| call.parameter(name).unwrap_or("none");
        Response::new(Body::from(format!("{} {} {} {}", call.state, value("id"), value("file"), value("other"))))
    }

    pub(crate) async fn create_item(
        _: Permit<CreateItem>,
        call: Call<&'static str, Requested>,
    ) -> Result<Response<Body>, Response<Body>> {
        match call.request.into_body() {
            0 => Err(Response::builder().status(422).body(Body::from("nothing")).unwrap()),
            number => Ok(Response::new(Body::from(number.to_string()))),
        }
    }
}

type Guarded = Guard<policy::Api, conformance::Keys, EnableAll, &'static str, Requested, Body>;

fn guard() -> Guarded {
    policy_hyper::guard(&policy::POLICY, conformance::Keys, EnableAll, Body::from)
        .handlers(conformance::all_handlers!(policy, handlers))
}

async fn ask(service: &Service<Requested, Body>, method: &str, target: &str, body: Requested) -> (u16, String, String) {
    let key = "Bearer ali~files.read~items.read~items.write~items.delete~mine.read";
    let request = Request::builder().method(method).uri(target).header("authorization", key).body(body).unwrap();
    let response = service.clone().oneshot(request).await.unwrap();
    let allow = response.headers().get("allow").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let status = response.status().as_u16();
    let text = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(text.to_vec()).unwrap(), allow)
}

#[tokio::test]
async fn a_handler_is_given_state_body_and_the_parameters_as_they_stand_in_the_path() {
    let service = guard().service("state");
    let (_, text, _) = ask(&service, "GET", "/v1/items/a%20b/files/c", 0).await;
    assert_eq!(text, "state a%20b c none");
    assert_eq!(ask(&service, "POST", "/v1/items", 7).await.1, "7");
    assert_eq!(ask(&service, "POST", "/v1/items", 0).await.0, 422);
}

#[tokio::test]
async fn allow_names_what_every_template_of_the_path_serves() {
    let service = guard().head::<policy::operations::GetItem>().service("");
    assert_eq!(ask(&service, "PATCH", "/v1/items", 0).await.2, "GET, POST");
    assert_eq!(ask(&service, "PATCH", "/v1/items/1", 0).await.2, "DELETE, GET, HEAD");
    // The literal has GET; the template beside it has DELETE, and serves it for the literal too.
    assert_eq!(ask(&service, "PATCH", "/v1/items/mine", 0).await.2, "DELETE, GET");
    let (status, text, _) = ask(&service, "HEAD", "/v1/items/1", 0).await;
    assert_eq!((status, text.as_str()), (200, ""));
}

#[tokio::test]
async fn an_unguarded_route_may_stand_beside_an_operation_or_have_parts_of_segments() {
    let service = guard()
        .unguarded(Method::PUT, "/v1/status", "what no operation does", health)
        .unguarded(Method::GET, "/pages/{name}.html", "public pages", health)
        .service("");
    assert_eq!(ask(&service, "PUT", "/v1/status", 0).await.1, "well");
    assert_eq!(ask(&service, "GET", "/v1/status", 0).await.1, "GetStatus");
    assert_eq!(ask(&service, "POST", "/v1/status", 0).await.2, "GET, PUT");
    assert_eq!(ask(&service, "GET", "/pages/a.html", 0).await.1, "well");
    assert_eq!(ask(&service, "GET", "/pages/.html", 0).await.0, 404);
}

#[tokio::test]
async fn routes_that_do_not_fit_are_named_all_at_once_and_nothing_is_served() {
    let misfit = || {
        guard()
            .handlers(|mount| mount.handler(handlers::get_item))
            .unguarded(Method::GET, "/v1/items/{name}.json", "a mistake", health)
            .unguarded(Method::GET, "/a//b", "a mistake", health)
            .unguarded(Method::GET, "/a/{x}{y}", "a mistake", health)
            .unguarded(Method::CONNECT, "/tunnel", "a mistake", health)
            .head::<policy::operations::CreateItem>()
    };
    let text = misfit().try_service("").unwrap_err().to_string();
    for expected in [
        "`GET /v1/items/{id}` is mounted twice",
        "the unguarded route `GET /v1/items/{name}.json` would answer requests that the document gives to `GET /v1/items/{id}`",
        "policy-router cannot route `/a//b`: an empty segment matches no request",
        "policy-router cannot route `/a/{x}{y}`: two parameters touch",
        "`CONNECT /tunnel` has a method",
        "`POST /v1/items` cannot answer HEAD",
    ] {
        assert!(text.contains(expected), "{expected}\nnot in\n{text}");
    }
    assert_eq!(ask(&misfit().service(""), "GET", "/v1/items", 0).await.0, 500);

    let missing: Guarded = policy_hyper::guard(&policy::POLICY, conformance::Keys, EnableAll, Body::from);
    assert_eq!(missing.try_service("").unwrap_err().faults().len(), policy::POLICY.operations().count());
    let collision = guard()
        .unguarded(Method::GET, "/b/{x}", "fine", health)
        .unguarded(Method::GET, "/b/{y}", "a mistake", health)
        .try_service("");
    assert!(collision.unwrap_err().to_string().contains("`GET /b/{x}` and `GET /b/{y}` match the same paths"));
}

#[test]
fn a_router_that_was_generated_beside_another_policy_is_refused() {
    static SHORT: Router<'static> = Router::from_tables(policy_router::Tables {
        slots: &[],
        siblings: &[],
        operations: &[],
        text: "",
        method_keys: &[],
        methods: &[],
        templates: &[],
    });
    let error: MountError = guard().router(&SHORT).try_service("").unwrap_err();
    assert_eq!(error.faults().len(), policy::POLICY.operations().count(), "{error}");
    assert!(error.to_string().contains("`/v1/items/{id}`: the generated router is of another policy"), "{error}");
    // These two policies differ in the check order alone, so that their routers are the same.
    assert!(guard().router(&policy::ROUTER).try_service("").is_ok());
    assert!(guard().router(&other::ROUTER).try_service("").is_ok());
}
