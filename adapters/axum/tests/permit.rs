//! A permit reaches the handler of its own operation, once, and no other.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "../../../policy-core/tests/fixture/mod.rs"]
#[allow(
    dead_code,
    unused_macros,
    unreachable_pub,
    missing_docs,
    clippy::allow_attributes_without_reason,
    reason = "the fixture serves several tests"
)]
mod files;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use common::enablement_first::{Api, POLICY, handlers, operations};
use common::{ALL, Runs, ask, guard_of};
use http::request::Parts;
use policy_axum::{NoPermit, Permit, PermitRejection};
use policy_core::Carries;
use policy_core::handler_list::{GuardedHandler, PermitParameter};
use tower::ServiceExt;

#[tokio::test]
async fn a_route_that_was_added_late_has_no_permit() {
    let runs = Runs::default();
    let late: Router = Router::new().route("/v1/late", get(handlers::get_item)).with_state(runs.clone());
    let nested: Router = Router::new().route("/x", get(handlers::get_item)).with_state(runs.clone());
    let router = guard_of!(enablement_first)
        .with_state(runs.clone())
        .merge(late)
        .nest("/v1/nested", nested)
        .route("/v1/later-still", get(handlers::get_mine).with_state(runs.clone()));
    for target in ["/v1/late", "/v1/nested/x", "/v1/later-still"] {
        let answer = ask(&router, "GET", target, Some(ALL)).await;
        assert_eq!((answer.status, answer.reason().as_str()), (500, "internal_error"), "{target}");
    }
    assert_eq!(runs.count(), 0);
}

/// A first parameter that leaves the permit where it is: an application's own wrapper, gone wrong.
struct Untaken;

impl PermitParameter for Untaken {
    type Operation = operations::ListItems;
}

impl<S: Send + Sync> FromRequestParts<S> for Untaken {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self)
    }
}

fn only<S, H, T, M>(list: H, state: S) -> Router
where
    S: Clone + Send + Sync + 'static,
    H: axum::handler::Handler<T, S> + GuardedHandler<M>,
    H::Operation: policy_core::Operation<Document = Api>,
    T: 'static,
{
    policy_axum::guard(&POLICY, common::Keys::default(), common::enablement())
        .handlers(|mount| {
            mount
                .handler(list)
                .pending::<operations::GetItem>("")
                .pending::<operations::GetMine>("")
                .pending::<operations::CreateItem>("")
                .pending::<operations::GetFile>("")
                .pending::<operations::GetReport>("")
                .pending::<operations::HeadReport>("")
                .pending::<operations::GetStatus>("")
                .pending::<operations::Search>("")
                .pending::<operations::Later>("")
        })
        .with_state(state)
}

#[tokio::test]
async fn a_permit_of_another_operation_is_refused() {
    async fn list(_: Untaken, request: Request) -> Response {
        let (mut parts, _) = request.into_parts();
        let foreign = Permit::<operations::GetMine>::from_request_parts(&mut parts, &()).await;
        assert_eq!(foreign.unwrap_err(), PermitRejection(NoPermit::Foreign));
        let other_policy = Permit::<files::operations::GetFile>::from_request_parts(&mut parts, &()).await;
        assert_eq!(other_policy.unwrap_err(), PermitRejection(NoPermit::Foreign));
        // The attempt with the wrong type used it up.
        let late = Permit::<operations::ListItems>::from_request_parts(&mut parts, &()).await;
        assert_eq!(late.unwrap_err(), PermitRejection(NoPermit::Taken));
        PermitRejection(NoPermit::Foreign).into_response()
    }
    let answer = ask(&only(list, ()), "GET", "/v1/items", Some(ALL)).await;
    assert_eq!((answer.status, answer.reason().as_str()), (500, "internal_error"));
}

#[tokio::test]
async fn a_permit_is_taken_once_even_from_a_copy_of_the_request() {
    async fn list(permit: Permit<operations::ListItems>, request: Request) -> String {
        let (mut parts, _) = request.into_parts();
        let mut copy = parts.clone();
        for parts in [&mut parts, &mut copy] {
            let second = Permit::<operations::ListItems>::from_request_parts(parts, &()).await;
            assert_eq!(second.unwrap_err(), PermitRejection(NoPermit::Taken));
        }
        permit.operation().to_string()
    }
    assert_eq!(ask(&only(list, ()), "GET", "/v1/items", Some(ALL)).await.body, "GET /v1/items");
}

#[tokio::test]
async fn a_later_guard_leaves_nothing_of_what_an_outer_one_allowed() {
    // The request is handed on with its permit untaken, to an unguarded route and to an operation of another policy.
    async fn list(_: Untaken, State(inner): State<Router>, mut request: Request) -> Response {
        *request.uri_mut() = "/healthz".parse().unwrap();
        inner.oneshot(request).await.into_response()
    }
    let runs = Runs::default();
    let inner = guard_of!(scopes_first)
        .unguarded(http::Method::GET, "/healthz", "demands what it cannot have", get(handlers::list_items))
        .with_state(runs.clone());
    assert_eq!(ask(&only(list, inner), "GET", "/v1/items", Some(ALL)).await.status, 500);
    assert_eq!(runs.count(), 0);
}

#[test]
fn the_wrapper_carries_what_the_permit_carries() {
    fn reads_files(_: &impl Carries<files::scopes::FilesRead>) {}
    fn compiles(permit: &Permit<files::operations::GetFile>) {
        reads_files(permit);
    }
    let _ = compiles;
}
