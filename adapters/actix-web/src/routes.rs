//! The routes of a policy, for each worker to mount.

use std::fmt;
use std::sync::Arc;

use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse, fn_service};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, Error};
use policy_core::Document;
use policy_http::mount::NoPermit;
use policy_http::{Authenticator, Drive, Enablement};

use crate::entrance::Entrances;
use crate::response::response;

/// Mounts everything. What a policy's types are is forgotten here, where it costs nothing per request.
type Mounting = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// The document's routes, all of them. Every worker of a server mounts them:
///
/// ```no_run
/// use actix_web::HttpServer;
///
/// async fn serve(routes: policy_actix_web::Routes) -> std::io::Result<()> {
///     HttpServer::new(move || routes.app()).bind("127.0.0.1:8080")?.run().await
/// }
/// ```
#[derive(Clone)]
pub struct Routes {
    /// Where the templates stand; `None` where they do not fit together.
    templates: Option<Arc<[String]>>,
    mounting: Mounting,
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
        let mounting: Mounting = Arc::new(move |config| mount(&entrances, config));
        Self { templates: Some(templates), mounting }
    }

    /// Routes that answer 500 to everything.
    pub(crate) fn unfit() -> Self {
        let mounting: Mounting = Arc::new(|config| {
            config.default_service(fn_service(async |request: ServiceRequest| {
                Ok(request.into_response(response(NoPermit::Missing.answer())))
            }));
        });
        Self { templates: None, mounting }
    }

    /// An application that begins with the routes. Whatever is added to it comes after them, and takes none of their requests.
    pub fn app(
        &self,
    ) -> App<
        impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()> + use<>,
    > {
        App::new().configure(|config| self.mount(config))
    }

    /// Mounts the routes, and what answers where none matches, in an application or a scope.
    ///
    /// A route that is added beside them has no permit. One that is added before them and matches the same requests takes
    /// them away, and actix-web shows nothing of what was added before: mount these first, or begin with [`app`](Self::app).
    pub fn mount(&self, config: &mut ServiceConfig) {
        (self.mounting)(config);
    }
}

fn mount<D, A, E>(entrances: &Arc<Entrances<D, A, E>>, config: &mut ServiceConfig)
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    for (at, doors) in entrances.templates.iter().enumerate() {
        let entrances = Arc::clone(entrances);
        let service = fn_service(move |request| Arc::clone(&entrances).answer(at, request));
        // Without a condition the route takes every method: its doors tell them apart.
        config.service(web::resource(doors.template()).route(web::route().service(service)));
    }
    let entrances = Arc::clone(entrances);
    config.default_service(fn_service(move |request| Arc::clone(&entrances).not_found(request)));
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("templates", &self.templates).finish_non_exhaustive()
    }
}
