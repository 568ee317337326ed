//! The compiled guard of the conformance document, which the gateway must agree with.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};

use bytes::Bytes;
use conformance::enablement_first as policy;
use conformance::on_a_thread;
use http::{Method, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use policy_hyper::Service;

type Body = UnsyncBoxBody<Bytes, Infallible>;

fn text(text: impl Into<Bytes>) -> Body {
    Full::new(text.into()).boxed_unsync()
}

/// Each handler answers with the name of its operation.
macro_rules! plain {
    ($(($type:ident $function:ident))*) => {
        $(pub(crate) async fn $function(_: Permit<$type>) -> Response<Body> {
            Response::new(text(conformance::ran(stringify!($type))))
        })*
    };
}

mod handlers {
    use policy_hyper::Permit;

    use super::policy::operations::*;
    use super::*;

    conformance::plain_operations!(plain);
    plain!((CreateItem create_item)(GetStream get_stream)(GetEndless get_endless));
}

fn service() -> Service<hyper::body::Incoming, Body> {
    policy_hyper::guard(&policy::POLICY, conformance::Keys, conformance::enablement(), text)
        .handlers(conformance::all_handlers!(policy, handlers))
        .head::<policy::operations::GetItem>()
        .unguarded(Method::GET, "/healthz", "liveness probe, no data", async |_| Response::new(text("well")))
        .try_service(())
        .unwrap()
}

/// Starts it.
pub(crate) fn start() -> SocketAddr {
    on_a_thread(|listener: TcpListener| {
        let service = service();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone());
                tokio::spawn(async { drop(connection.await) });
            }
        });
    })
}
