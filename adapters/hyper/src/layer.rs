//! A tower layer around one handler.

use std::future::{poll_fn, ready};
use std::sync::{Arc, Mutex, PoisonError};

use http::Request;
use policy_core::{Allowed, Document};
use policy_http::mount::NoPermit;
use tower_layer::Layer;

use crate::call::{Call, Parameters};
use crate::handler::Answer;
use crate::mount::Run;
use crate::service::Service;

/// The arguments of the handler that are not part of the request.
type Belongings<D, S> = (Allowed<D>, S, Parameters);

/// It is carried through the layer in the request's extensions. `http` requires `Clone`, and a clone shares the content.
struct Carried<D: Document, S>(Arc<Mutex<Option<Belongings<D, S>>>>);

impl<D: Document, S> Clone for Carried<D, S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: Document, S> Carried<D, S> {
    fn new(allowed: Allowed<D>, state: S, parameters: Parameters) -> Self {
        Self(Arc::new(Mutex::new(Some((allowed, state, parameters)))))
    }

    fn take(&self) -> Option<Belongings<D, S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The handler inside of the layer. All requests are served by clones of one service, since a layer may count requests.
pub(crate) fn layered<D, S, B, R, L>(layer: L, run: Run<D, S, B, R>, body: fn(String) -> R) -> Run<D, S, B, R>
where
    D: Document,
    S: Send + 'static,
    B: Send + 'static,
    R: Send + 'static,
    L: Layer<Service<B, R>>,
    L::Service: tower_service::Service<Request<B>, Response: Answer<R>, Error: Answer<R>, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    let Run::Operation(run) = run else { return run };
    let handler = Service::new(move |mut request: Request<B>| {
        let carried = request.extensions_mut().remove::<Carried<D, S>>().and_then(|carried| carried.take());
        let running = carried
            .ok_or(NoPermit::Missing)
            .and_then(|(allowed, state, parameters)| run(allowed, Call { state, request, parameters }));
        match running {
            Ok(running) => Box::pin(async { Ok(running.await) }),
            Err(none) => Box::pin(ready(Ok(none.answer().map(body)))),
        }
    });
    let service = layer.layer(handler);
    Run::Operation(Box::new(move |allowed, Call { state, mut request, parameters }| {
        request.extensions_mut().insert(Carried::new(allowed, state, parameters));
        let mut service = service.clone();
        Ok(Box::pin(async move {
            use tower_service::Service as _;

            if let Err(error) = poll_fn(|context| service.poll_ready(context)).await {
                return error.into_response();
            }
            match service.call(request).await {
                Ok(answer) => answer.into_response(),
                Err(error) => error.into_response(),
            }
        }))
    }))
}
