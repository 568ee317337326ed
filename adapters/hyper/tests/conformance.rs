//! The corpus that every adapter answers, sent to hyper by raw sockets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::net::TcpListener;

use bytes::Bytes;
use conformance::{Capability, Framework, Setup, conform, on_a_thread};
use http::{Method, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;

const HYPER: Framework = Framework {
    name: "hyper",
    version: "1.12.0",
    absent: &[
        (Capability::Nested, "policy-router is the router and matches whole paths; a prefix belongs to the base path"),
        (Capability::Late, "nothing can be added to the service; whatever calls a handler must hold its permit"),
        (Capability::Reused, "a permit is an argument of one type: handing it to another handler does not compile"),
    ],
    differs: &[],
};

type Body = UnsyncBoxBody<Bytes, Infallible>;
type Call = policy_hyper::Call<()>;

fn text(text: impl Into<Bytes>) -> Body {
    Full::new(text.into()).boxed_unsync()
}

fn stream(parts: impl Iterator<Item = &'static str> + Send + 'static) -> Response<Body> {
    let frames = parts.map(|part| Ok(Frame::data(Bytes::from_static(part.as_bytes()))));
    Response::new(StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync())
}

/// A server's handlers and service, for one of the two policies.
macro_rules! server {
    ($module:ident) => {
        mod $module {
            use conformance::$module as policy;
            use policy_hyper::{Permit, Service};

            use super::*;

            pub(crate) mod handlers {
                use super::policy::operations::*;
                use super::*;

                conformance::plain_handlers!(fn(name) -> Response<Body> { Response::new(text(conformance::ran(name))) });

                pub(crate) async fn create_item(
                    _: Permit<CreateItem>,
                    call: Call,
                ) -> Result<Response<Body>, Response<Body>> {
                    match call.request.into_body().collect().await {
                        Ok(_) => Ok(Response::new(text(conformance::ran("CreateItem")))),
                        Err(_) => Err(Response::builder().status(400).body(text("")).unwrap()),
                    }
                }

                pub(crate) async fn get_stream(_: Permit<GetStream>) -> Response<Body> {
                    stream([conformance::ran("GetStream"), " in", " parts"].into_iter())
                }

                pub(crate) async fn get_endless(_: Permit<GetEndless>) -> Response<Body> {
                    stream(std::iter::repeat(conformance::ran("GetEndless")))
                }
            }

            pub(crate) fn service(generated: bool) -> Service<hyper::body::Incoming, Body> {
                let guard = policy_hyper::guard(&policy::POLICY, conformance::Keys, conformance::enablement(), text);
                let guard = if generated { guard.router(&policy::ROUTER) } else { guard };
                guard
                    .options(conformance::options())
                    .handlers(conformance::all_handlers!(policy, handlers))
                    .head::<policy::operations::GetItem>()
                    .unguarded(Method::GET, "/healthz", "liveness probe, no data", async |_| {
                        Response::new(text("well"))
                    })
                    .try_service(())
                    .unwrap()
            }
        }
    };
}

server!(enablement_first);
server!(scopes_first);

fn serve(listener: TcpListener, setup: Setup, generated: bool) {
    let service = match setup {
        Setup::ScopesFirst => scopes_first::service(generated),
        _ => enablement_first::service(generated),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
}

#[test]
fn hyper_conforms_with_a_router_that_is_built_at_start_and_with_a_generated_one() {
    for generated in [false, true] {
        let report = conform(&HYPER, |setup| on_a_thread(move |listener| serve(listener, setup, generated))).unwrap();
        insta::assert_snapshot!("corpus", report.corpus());
        if let Some(vectors) = report.vectors() {
            insta::assert_snapshot!("vectors", vectors);
        }
    }
}
