//! The corpus that every adapter answers, sent to axum by raw sockets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::Router;
use conformance::{Framework, Setup, conform, on_a_thread};

const AXUM: Framework = Framework { name: "axum", version: "0.8.9", absent: &[], differs: &[] };

/// A server's handlers and router, for one of the two policies.
macro_rules! server {
    ($module:ident) => {
        mod $module {
            use std::convert::Infallible;

            use axum::Router;
            use axum::body::Body;
            use axum::routing::get;
            use conformance::$module as policy;
            use http::Method;
            use policy_axum::Permit;

            pub(crate) mod handlers {
                use super::policy::operations::*;
                use super::*;

                conformance::plain_handlers!(fn(name) -> &'static str { conformance::ran(name) });

                pub(crate) async fn create_item(_: Permit<CreateItem>, _body: String) -> &'static str {
                    conformance::ran("CreateItem")
                }

                pub(crate) async fn get_stream(_: Permit<GetStream>) -> Body {
                    let parts = [conformance::ran("GetStream"), " in", " parts"];
                    Body::from_stream(futures_util::stream::iter(parts.map(Ok::<_, Infallible>)))
                }

                pub(crate) async fn get_endless(_: Permit<GetEndless>) -> Body {
                    let name = conformance::ran("GetEndless");
                    Body::from_stream(futures_util::stream::repeat_with(move || Ok::<_, Infallible>(name)))
                }
            }

            pub(crate) fn router() -> Router {
                policy_axum::guard(&policy::POLICY, conformance::Keys, conformance::enablement())
                    .options(conformance::options())
                    .handlers(conformance::all_handlers!(policy, handlers))
                    .head::<policy::operations::GetItem>()
                    .unguarded(Method::GET, "/healthz", "liveness probe, no data", get(async || "well"))
                    .try_with_state(())
                    .unwrap()
            }
        }
    };
}

server!(enablement_first);
server!(scopes_first);

/// A handler that keeps what its request was given for one route, and uses it for another.
mod reused {
    use axum::Router;
    use axum::extract::Request;
    use axum::response::{IntoResponse, Response};
    use axum::routing::get;
    use conformance::enablement_first as policy;
    use conformance::enablement_first::POLICY;
    use conformance::enablement_first::operations::ListItems;
    use policy_axum::Permit;
    use tower::ServiceExt;

    mod handlers {
        pub(crate) use super::super::enablement_first::handlers::*;
        pub(crate) use super::list_items;
    }

    pub(crate) async fn list_items(_: Permit<ListItems>, request: Request) -> Response {
        conformance::ran("ListItems");
        let other: Router = Router::new().fallback(get(handlers::get_mine));
        other.oneshot(request).await.into_response()
    }

    pub(crate) fn router() -> Router {
        policy_axum::guard(&POLICY, conformance::Keys, conformance::enablement())
            .options(conformance::options())
            .handlers(conformance::all_handlers!(policy, handlers))
            .try_with_state(())
            .unwrap()
    }
}

fn router(setup: Setup) -> Router {
    use axum::routing::get;
    use enablement_first::handlers;

    match setup {
        Setup::Plain => enablement_first::router(),
        Setup::ScopesFirst => scopes_first::router(),
        Setup::Nested => Router::new().nest("/gateway", enablement_first::router()),
        Setup::Late => enablement_first::router()
            .route("/late/items", get(handlers::list_items))
            .merge(Router::new().route("/merged/{id}", get(handlers::get_item))),
        Setup::Reused => reused::router(),
    }
}

#[test]
fn axum_conforms() {
    let report = conform(&AXUM, |setup| {
        on_a_thread(move |listener| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router(setup)).await.unwrap();
            });
        })
    })
    .unwrap();
    insta::assert_snapshot!("corpus", report.corpus());
    if let Some(vectors) = report.vectors() {
        insta::assert_snapshot!("vectors", vectors);
    }
}
