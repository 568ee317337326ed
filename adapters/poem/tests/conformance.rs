//! The corpus that every adapter answers, sent to poem by raw sockets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use conformance::{Framework, Setup, conform, on_a_thread};
use poem::Route;

const POEM: Framework = Framework { name: "poem", version: "3.1.12", absent: &[], differs: &[] };

/// A server's handlers and router, for one of the two policies.
macro_rules! server {
    ($module:ident) => {
        mod $module {
            use conformance::$module as policy;
            use http::Method;
            use poem::{Body, Route};
            use policy_poem::Permit;

            pub(crate) mod handlers {
                use super::policy::operations::*;
                use super::*;

                conformance::plain_handlers!(fn(name) -> &'static str { conformance::ran(name) });

                pub(crate) async fn create_item(_: Permit<CreateItem>, _body: String) -> &'static str {
                    conformance::ran("CreateItem")
                }

                pub(crate) async fn get_stream(_: Permit<GetStream>) -> Body {
                    let parts = [conformance::ran("GetStream"), " in", " parts"];
                    Body::from_bytes_stream(futures_util::stream::iter(parts.map(Ok::<_, std::io::Error>)))
                }

                pub(crate) async fn get_endless(_: Permit<GetEndless>) -> Body {
                    let name = conformance::ran("GetEndless");
                    Body::from_bytes_stream(futures_util::stream::repeat_with(move || Ok::<_, std::io::Error>(name)))
                }
            }

            pub(crate) fn route() -> Route {
                policy_poem::guard(&policy::POLICY, conformance::Keys, conformance::enablement())
                    .options(conformance::options())
                    .handlers(conformance::all_handlers!(policy, handlers))
                    .head::<policy::operations::GetItem>()
                    .unguarded(
                        Method::GET,
                        "/healthz",
                        "liveness probe, no data",
                        poem::endpoint::make_sync(|_| "well"),
                    )
                    .try_into_route()
                    .unwrap()
            }
        }
    };
}

server!(enablement_first);
server!(scopes_first);

/// A handler that keeps what its request was given for one route, and uses it for another.
mod reused {
    use conformance::enablement_first as policy;
    use conformance::enablement_first::POLICY;
    use conformance::enablement_first::operations::ListItems;
    use poem::endpoint::{BoxEndpoint, EndpointExt};
    use poem::{Endpoint, Request, Response, Route};
    use policy_poem::Permit;

    mod handlers {
        pub(crate) use super::super::enablement_first::handlers::*;
        pub(crate) use super::list_items;
    }

    /// The request as it came, with what the guard put into it.
    pub(crate) struct Whole(Request);

    impl<'r> poem::FromRequest<'r> for Whole {
        async fn from_request(request: &'r Request, _: &mut poem::RequestBody) -> poem::Result<Self> {
            let mut whole = Request::builder().uri(request.uri().clone()).finish();
            *whole.headers_mut() = request.headers().clone();
            *whole.extensions_mut() = request.extensions().clone();
            Ok(Self(whole))
        }
    }

    /// Erased, since a future of a handler within a handler's is more than rustc can prove `Send`.
    fn other() -> BoxEndpoint<'static> {
        super::Bare::endpoint(handlers::get_mine).map_to_response().boxed()
    }

    pub(crate) async fn list_items(_: Permit<ListItems>, Whole(request): Whole) -> Response {
        conformance::ran("ListItems");
        other().get_response(request).await
    }

    pub(crate) fn route() -> Route {
        policy_poem::guard(&POLICY, conformance::Keys, conformance::enablement())
            .options(conformance::options())
            .handlers(conformance::all_handlers!(policy, handlers))
            .try_into_route()
            .unwrap()
    }
}

/// A handler as an endpoint without a guard.
struct Bare<F>(F);

impl<F> Bare<F> {
    fn endpoint<M>(handler: F) -> impl poem::Endpoint
    where
        F: policy_poem::Handler<M>,
        M: 'static,
    {
        let handler = Self(handler);
        poem::endpoint::make(move |request| {
            let handler = handler.0.clone();
            async move { handler.call(request).await }
        })
    }
}

fn route(setup: Setup) -> Route {
    use enablement_first::handlers;

    match setup {
        Setup::Plain => enablement_first::route(),
        Setup::ScopesFirst => scopes_first::route(),
        Setup::Nested => Route::new().nest("/gateway", enablement_first::route()),
        Setup::Late => enablement_first::route()
            .at("/late/items", Bare::endpoint(handlers::list_items))
            .at("/merged/:id", Bare::endpoint(handlers::get_item)),
        Setup::Reused => reused::route(),
    }
}

#[test]
fn poem_conforms() {
    let report = conform(&POEM, |setup| {
        on_a_thread(move |listener| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let acceptor = poem::listener::TcpAcceptor::from_tokio(listener).unwrap();
                poem::Server::new_with_acceptor(acceptor).run(route(setup)).await.unwrap();
            });
        })
    })
    .unwrap();
    insta::assert_snapshot!("corpus", report.corpus());
    if let Some(vectors) = report.vectors() {
        insta::assert_snapshot!("vectors", vectors);
    }
}
