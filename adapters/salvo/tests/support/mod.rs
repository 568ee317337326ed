//! A guard over the corpus's document, a salvo service asked in this process, and what stands in a handler's list.
#![allow(dead_code, unused_macros, reason = "each test uses some of it")]

use std::marker::PhantomData;
use std::pin::pin;

use conformance::enablement_first as policy;
use futures_util::future::poll_fn;
use http::{Method, header};
use policy::operations::ListItems;
use policy_core::handler_list::PermitParameter;
use policy_http::EnableAll;
use policy_salvo::{Guard, Handler, Permit};
use salvo_core::conn::SocketAddr;
use salvo_core::extract::Metadata;
use salvo_core::http::uri::Scheme;
use salvo_core::http::{ReqBody, ResBody};
use salvo_core::hyper::body::Body as _;
use salvo_core::{ConnCtrl, Depot, Extractible, FlowCtrl, Request, Response, Router, Service, Writer, async_trait};

pub(crate) mod handlers {
    use super::*;

    conformance::plain_handlers!(every fn(name) -> &'static str { name });
}

pub(crate) type Guarded = Guard<policy::Api, conformance::Keys, EnableAll>;

pub(crate) fn guard() -> Guarded {
    policy_salvo::guard(&policy::POLICY, conformance::Keys, EnableAll)
}

/// Every operation with its plain handler.
pub(crate) fn router() -> Router {
    guard().handlers(conformance::all_handlers!(policy, handlers)).try_into_router().unwrap()
}

/// A guard with one handler of the test's own; everything else is pending.
macro_rules! only {
    ($handler:ident, $operation:ident) => {
        only!(guard(), $handler, $operation)
    };
    ($guard:expr, $handler:ident, $operation:ident) => {
        $guard
            .handlers(conformance::only_handler!(policy_salvo::Mount<policy::Api>, $handler, $operation))
            .try_into_router()
            .unwrap()
    };
}

pub(crate) const ALL: &str = "Bearer ali~files.read~items.read~items.write~items.delete~mine.read";

pub(crate) fn request(method: Method, target: &str, key: Option<&str>, body: &str) -> Request {
    let mut request = http::Request::new(ReqBody::from(body.to_owned()));
    *request.method_mut() = method;
    *request.uri_mut() = target.parse().unwrap();
    if let Some(key) = key {
        request.headers_mut().insert(header::AUTHORIZATION, key.parse().unwrap());
    }
    Request::from_hyper(request, Scheme::HTTP)
}

pub(crate) async fn serve(service: &Service, request: Request) -> Response {
    let nowhere = || SocketAddr::Unknown;
    service.hyper_handler(nowhere(), nowhere(), Scheme::HTTP, None, ConnCtrl::new(), None).handle(request).await
}

pub(crate) async fn send(service: &Service, method: Method, target: &str, key: Option<&str>, body: &str) -> Response {
    serve(service, request(method, target, key, body)).await
}

pub(crate) async fn text(body: ResBody) -> String {
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        bytes.extend_from_slice(&frame.unwrap().into_data().unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

pub(crate) async fn ask(service: &Service, method: Method, target: &str) -> (u16, String) {
    let response = send(service, method, target, Some(ALL), "").await;
    (response.status_code.unwrap().as_u16(), text(response.body).await)
}

pub(crate) async fn get(router: Router, target: &str) -> (u16, String) {
    ask(&Service::new(router), Method::GET, target).await
}

/// A handler without a guard.
pub(crate) struct Bare<F, M>(F, PhantomData<fn() -> M>);

pub(crate) fn bare<F: Handler<M>, M: 'static>(handler: F) -> impl salvo_core::Handler {
    Bare(handler, PhantomData)
}

#[async_trait]
impl<F: Handler<M>, M: 'static> salvo_core::Handler for Bare<F, M> {
    async fn handle(&self, request: &mut Request, depot: &mut Depot, response: &mut Response, _: &mut FlowCtrl) {
        self.0.call(request, depot, response, "/{id}").await;
    }
}

macro_rules! nameless {
    () => {
        fn metadata() -> &'static Metadata {
            static METADATA: Metadata = Metadata::new("");
            &METADATA
        }
    };
}

/// What the tests' own extractors may fail with: nothing.
pub(crate) type Never = std::convert::Infallible;

/// A first parameter that leaves the permit where it is: an application's own wrapper, gone wrong.
pub(crate) struct Untaken;

impl PermitParameter for Untaken {
    type Operation = ListItems;
}

impl<'ex> Extractible<'ex> for Untaken {
    nameless!();

    async fn extract(
        _: &'ex mut Request,
        _: &'ex mut Depot,
    ) -> Result<Self, impl Writer + Send + std::fmt::Debug + 'static> {
        Ok::<_, Never>(Self)
    }
}

#[derive(Debug, serde::Deserialize, salvo_core::macros::Extractible)]
#[salvo(extract(default_source(from = "query")))]
pub(crate) struct Page {
    pub(crate) limit: Option<u32>,
}
