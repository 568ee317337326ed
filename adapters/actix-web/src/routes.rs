//! The routes of a policy, for each worker to mount.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::{ServiceRequest, ServiceResponse, fn_service};
use actix_web::web::{self, ServiceConfig};
use policy_core::Document;
use policy_http::mount::NoPermit;
use policy_http::{Authenticator, Drive, Enablement};

use crate::entrance::Entrances;
use crate::response::response;

type Answer = Pin<Box<dyn Future<Output = ServiceResponse>>>;

/// What all workers share: the request comes with the place of its template, or with none.
type Answering = Arc<dyn Fn(Option<usize>, ServiceRequest) -> Answer + Send + Sync>;

/// The document's routes, all of them. Every worker of a server mounts a clone:
///
/// ```no_run
/// # fn routes() -> policy_actix_web::Routes { unimplemented!() }
/// use actix_web::{App, HttpServer};
///
/// # fn main() -> std::io::Result<()> {
/// let routes = routes();
/// let server = HttpServer::new(move || App::new().configure(|config| routes.mount(config)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Routes {
    /// Where the templates stand; `None` where they do not fit together.
    templates: Option<Arc<[String]>>,
    answering: Answering,
}

impl Routes {
    pub(crate) fn new<D, A, E>(entrances: Entrances<D, A, E>) -> Self
    where
        D: Document,
        D::Order: Drive<D>,
        A: Authenticator<D>,
        E: Enablement<D>,
    {
        let templates = entrances.templates.iter().map(|doors| doors.template().to_owned()).collect();
        let entrances = Arc::new(entrances);
        let answering: Answering = Arc::new(move |at, request| {
            let entrances = Arc::clone(&entrances);
            match at {
                Some(at) => Box::pin(entrances.answer(at, request)),
                None => Box::pin(entrances.not_found(request)),
            }
        });
        Self { templates: Some(templates), answering }
    }

    /// Routes that answer 500 to everything.
    pub(crate) fn unfit() -> Self {
        let answering: Answering =
            Arc::new(|_, request| Box::pin(async { request.into_response(response(NoPermit::Missing.answer())) }));
        Self { templates: None, answering }
    }

    /// Mounts the routes, and what answers where none matches, in an application or a scope.
    ///
    /// A route that is added beside them has no permit. One that is added before them and matches the same requests takes
    /// them away: mount these first.
    pub fn mount(&self, config: &mut ServiceConfig) {
        for (at, template) in self.templates.iter().flat_map(|templates| templates.iter().enumerate()) {
            // Without a condition the route takes every method: its doors tell them apart.
            config.service(web::resource(template.as_str()).route(web::route().service(self.service(Some(at)))));
        }
        config.default_service(self.service(None));
    }

    fn service(
        &self,
        at: Option<usize>,
    ) -> impl actix_web::dev::ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse,
        Error = actix_web::Error,
        InitError = (),
    > + use<> {
        let answering = Arc::clone(&self.answering);
        fn_service(move |request| {
            let answer = answering(at, request);
            async { Ok(answer.await) }
        })
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("templates", &self.templates).finish_non_exhaustive()
    }
}
