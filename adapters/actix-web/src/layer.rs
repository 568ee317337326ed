//! A middleware around one handler.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::error::ErrorInternalServerError;

use crate::mount::{Run, Running};

/// A handler, as a [layer](crate::Mount::layer) gets it.
pub struct HandlerService(Run);

impl Service<ServiceRequest> for HandlerService {
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<ServiceResponse, Error>>>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (request, payload) = request.into_parts();
        (self.0)(request, payload)
    }
}

impl fmt::Debug for HandlerService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerService").finish_non_exhaustive()
    }
}

/// A handler with its middleware, in one worker.
type Layered = Rc<dyn Fn(ServiceRequest) -> Running>;

thread_local! {
    /// The middleware that this worker has made of each layer, by its number. A middleware of actix-web belongs to one thread.
    static LAYERS: RefCell<BTreeMap<usize, Layered>> = const { RefCell::new(BTreeMap::new()) };
}

static NUMBERS: AtomicUsize = AtomicUsize::new(0);

pub(crate) fn layered<L, B>(middleware: impl Fn() -> L + Send + Sync + 'static, run: Run) -> Run
where
    L: Transform<HandlerService, ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    L::Transform: 'static,
    B: MessageBody + 'static,
{
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    let middleware = Arc::new(middleware);
    Arc::new(move |request, payload| {
        let (middleware, run) = (Arc::clone(&middleware), Arc::clone(&run));
        Box::pin(async move {
            let known = LAYERS.with_borrow(|layers| layers.get(&number).cloned());
            let layered = match known {
                Some(layered) => layered,
                None => {
                    let made = middleware().new_transform(HandlerService(run)).await;
                    let made = made.map_err(|_| ErrorInternalServerError("a layer could not be made"))?;
                    // Another request may have made one meanwhile. All requests use the first, since a middleware may count them.
                    LAYERS.with_borrow_mut(|layers| Rc::clone(layers.entry(number).or_insert(called(made))))
                }
            };
            layered(ServiceRequest::from_parts(request, payload)).await
        })
    })
}

fn called<V, B>(service: V) -> Layered
where
    V: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    let service = Rc::new(service);
    Rc::new(move |request| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            poll_fn(|context| service.poll_ready(context)).await?;
            service.call(request).await.map(ServiceResponse::map_into_boxed_body)
        })
    })
}
