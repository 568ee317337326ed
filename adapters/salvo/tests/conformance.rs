//! The corpus that every adapter answers, sent to salvo by raw sockets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::marker::PhantomData;

use conformance::{Framework, Setup, conform, on_a_thread};
use salvo_core::conn::tcp::TcpAcceptor;
use salvo_core::{Depot, FlowCtrl, Request, Response, Router, Server, async_trait};

const SALVO: Framework = Framework { name: "salvo", version: "1.1.0", absent: &[], differs: &[] };

/// A body in parts.
struct Parts(salvo_core::http::ResBody);

impl salvo_core::Scribe for Parts {
    fn render(self, response: &mut Response) {
        response.body(self.0);
    }
}

/// All of a request's body.
struct Payload;

impl<'ex> salvo_core::Extractible<'ex> for Payload {
    fn metadata() -> &'static salvo_core::extract::Metadata {
        static METADATA: salvo_core::extract::Metadata = salvo_core::extract::Metadata::new("Payload");
        &METADATA
    }

    async fn extract(
        request: &'ex mut Request,
        _: &'ex mut Depot,
    ) -> Result<Self, impl salvo_core::Writer + Send + std::fmt::Debug + 'static> {
        request.payload().await.map(|_| Self)
    }
}

#[salvo_core::handler]
async fn well() -> &'static str {
    "well"
}

/// A server's handlers and router, for one of the two policies.
macro_rules! server {
    ($module:ident) => {
        mod $module {
            use conformance::$module as policy;
            use http::Method;
            use policy_salvo::Permit;
            use salvo_core::Router;
            use salvo_core::http::ResBody;

            pub(crate) mod handlers {
                use super::super::{Parts, Payload};
                use super::policy::operations::*;
                use super::*;

                conformance::plain_handlers!(fn(name) -> &'static str { conformance::ran(name) });

                pub(crate) async fn create_item(_: Permit<CreateItem>, _body: Payload) -> &'static str {
                    conformance::ran("CreateItem")
                }

                pub(crate) async fn get_stream(_: Permit<GetStream>) -> Parts {
                    let parts = [conformance::ran("GetStream"), " in", " parts"];
                    Parts(ResBody::stream(futures_util::stream::iter(parts.map(Ok::<_, std::io::Error>))))
                }

                pub(crate) async fn get_endless(_: Permit<GetEndless>) -> Parts {
                    let name = conformance::ran("GetEndless");
                    Parts(ResBody::stream(futures_util::stream::repeat_with(move || Ok::<_, std::io::Error>(name))))
                }
            }

            pub(crate) fn router() -> Router {
                policy_salvo::guard(&policy::POLICY, conformance::Keys, conformance::enablement())
                    .options(conformance::options())
                    .handlers(conformance::all_handlers!(policy, handlers))
                    .head::<policy::operations::GetItem>()
                    .unguarded(Method::GET, "/healthz", "liveness probe, no data", super::well)
                    .try_into_router()
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
    use policy_salvo::Permit;
    use salvo_core::extract::Metadata;
    use salvo_core::{Depot, Extractible, FlowCtrl, Handler, Request, Response, Router, Scribe, Writer};

    mod handlers {
        pub(crate) use super::super::enablement_first::handlers::*;
        pub(crate) use super::list_items;
    }

    /// The request as it came, with what the guard put into it.
    pub(crate) struct Whole(Request);

    impl<'ex> Extractible<'ex> for Whole {
        fn metadata() -> &'static Metadata {
            static METADATA: Metadata = Metadata::new("Whole");
            &METADATA
        }

        async fn extract(
            request: &'ex mut Request,
            _: &'ex mut Depot,
        ) -> Result<Self, impl Writer + Send + std::fmt::Debug + 'static> {
            let mut whole = Request::new();
            whole.set_uri(request.uri().clone());
            *whole.headers_mut() = request.headers().clone();
            *whole.extensions_mut() = request.extensions().clone();
            Ok::<_, std::convert::Infallible>(Self(whole))
        }
    }

    /// Another handler's response.
    pub(crate) struct Other(Response);

    impl Scribe for Other {
        fn render(self, response: &mut Response) {
            *response = self.0;
        }
    }

    /// Erased, since a future of a handler within a handler's is more than rustc can prove `Send`.
    fn other() -> Box<dyn Handler> {
        Box::new(super::Bare::handler(handlers::get_mine))
    }

    pub(crate) async fn list_items(_: Permit<ListItems>, Whole(mut request): Whole) -> Other {
        conformance::ran("ListItems");
        let mut response = Response::new();
        other().handle(&mut request, &mut Depot::new(), &mut response, &mut FlowCtrl::new(Vec::new())).await;
        Other(response)
    }

    pub(crate) fn router() -> Router {
        policy_salvo::guard(&POLICY, conformance::Keys, conformance::enablement())
            .options(conformance::options())
            .handlers(conformance::all_handlers!(policy, handlers))
            .try_into_router()
            .unwrap()
    }
}

/// A handler without a guard.
struct Bare<F, M>(F, PhantomData<fn() -> M>);

impl<F: policy_salvo::Handler<M>, M: 'static> Bare<F, M> {
    fn handler(handler: F) -> impl salvo_core::Handler {
        Self(handler, PhantomData)
    }
}

#[async_trait]
impl<F: policy_salvo::Handler<M>, M: 'static> salvo_core::Handler for Bare<F, M> {
    async fn handle(&self, request: &mut Request, depot: &mut Depot, response: &mut Response, _: &mut FlowCtrl) {
        self.0.call(request, depot, response, "id").await;
    }
}

fn router(setup: Setup) -> Router {
    use enablement_first::handlers;

    match setup {
        Setup::Plain => enablement_first::router(),
        Setup::ScopesFirst => scopes_first::router(),
        Setup::Nested => Router::new().push(Router::with_path("gateway").push(enablement_first::router())),
        Setup::Late => enablement_first::router()
            .unshift(Router::with_path("late/items").get(Bare::handler(handlers::list_items)))
            .unshift(Router::with_path("merged/{id}").get(Bare::handler(handlers::get_item))),
        Setup::Reused => reused::router(),
    }
}

#[test]
fn salvo_conforms() {
    let report = conform(&SALVO, |setup| {
        on_a_thread(move |listener| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                Server::new(TcpAcceptor::try_from(listener).unwrap()).serve(router(setup)).await;
            });
        })
    })
    .unwrap();
    insta::assert_snapshot!("corpus", report.corpus());
    if let Some(vectors) = report.vectors() {
        insta::assert_snapshot!("vectors", vectors);
    }
}
