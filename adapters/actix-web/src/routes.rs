//! The routes of a policy, for each worker to mount.

use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;

use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse, fn_service};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, Error, guard};
use policy_core::{Document, Policy};
use policy_http::mount::{Framework, MountError, MountFault, NoPermit, Served, template};
use policy_http::{Authenticator, Enablement};

use crate::endpoint::{answer, not_found};
use crate::framework::ActixWeb;
use crate::mount::Run;
use crate::response::response;

/// Mounts one or more routes. It hides the types of the policy, at no cost per request.
type Mounting = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// All routes of the document. Every worker of a server mounts them:
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
    /// Concrete templates before templated ones.
    templates: Vec<(String, Mounting)>,
    /// What answers below each base path if no template matches, the longest base path first.
    below: Vec<(String, Mounting)>,
    /// What answers for paths that match no template, and that some reader could take for an operation's.
    kept: Vec<Kept>,
    /// What answers all other requests, unless the application has its own `default_service`.
    otherwise: Mounting,
    /// The scope that the routes are mounted in.
    scope: Arc<str>,
}

/// Mounts what answers for paths that could mean an operation. Its argument is the path of the scope.
type Kept = Arc<dyn Fn(&mut ServiceConfig, Arc<str>) + Send + Sync>;

impl Routes {
    pub(crate) fn new<D, A, E>(served: Served<D, A, E, Run>, otherwise_left: bool) -> Self
    where
        D: Document,
        A: Authenticator<D>,
        E: Enablement<D>,
    {
        let templates = served.endpoints.into_iter().map(|endpoint| {
            let (template, endpoint) = (endpoint.template().to_owned(), Arc::new(endpoint));
            let path = template.clone();
            let mounting: Mounting = Arc::new(move |config| {
                let endpoint = Arc::clone(&endpoint);
                let service = fn_service(move |request| answer(Arc::clone(&endpoint), request));
                // The route takes every method, and the endpoint distinguishes them.
                config.service(web::resource(path.as_str()).route(web::route().service(service)));
            });
            (template, mounting)
        });
        let templates = templates.collect();

        let base = Policy::<D>::new().base_path().trim_end_matches('/').to_owned();
        let (paths, below, kept, gate) = (
            [base.clone(), format!("{base}/{{rest:.*}}")],
            Arc::clone(&served.gate),
            Arc::clone(&served.gate),
            served.gate,
        );
        let below: Mounting = Arc::new(move |config| {
            let gate = Arc::clone(&below);
            let service = fn_service(move |request| not_found(Arc::clone(&gate), request));
            config.service(web::resource(paths.to_vec()).route(web::route().service(service)));
        });
        let claims = served.claims;
        let kept: Kept = Arc::new(move |config, scope| {
            let (gate, claims) = (Arc::clone(&kept), Arc::clone(&claims));
            let service = fn_service(move |request| not_found(Arc::clone(&gate), request));
            // A path that does not begin with the scope was changed by a middleware. The guard answers it.
            let is_kept = move |path: &str| path.strip_prefix(&*scope).is_none_or(|path| claims.has(path));
            let is_kept = guard::fn_guard(move |context| is_kept(context.head().uri.path()));
            config.service(web::resource("/{kept:.*}").guard(is_kept).route(web::route().service(service)));
        });
        let otherwise: Mounting = Arc::new(move |config| {
            let gate = Arc::clone(&gate);
            config.default_service(fn_service(move |request| not_found(Arc::clone(&gate), request)));
        });
        // Without a base path, the resource would match every path, also those of routes that the application adds.
        let below = if base.is_empty() || otherwise_left { Vec::new() } else { vec![(base, below)] };
        Self { templates, below, kept: vec![kept], otherwise, scope: Arc::from("") }
    }

    /// Routes that answer 500 to everything.
    pub(crate) fn unfit() -> Self {
        let otherwise: Mounting = Arc::new(|config| {
            config.default_service(fn_service(async |request: ServiceRequest| {
                Ok(request.into_response(response(NoPermit::Missing.answer())))
            }));
        });
        Self { templates: Vec::new(), below: Vec::new(), kept: Vec::new(), otherwise, scope: Arc::from("") }
    }

    /// These routes and those of another document, for one application. What matches no template is answered by the guard whose base path
    /// it is below, and by this one if it is below neither.
    ///
    /// # Errors
    /// [`MountError`] names every template that both documents have. actix-web would never ask the second.
    pub fn and(mut self, other: Self) -> Result<Self, MountError> {
        let conflicts = other.templates.iter().filter_map(|(template, _)| {
            let (same, _) =
                self.templates.iter().find(|(earlier, _)| template::equal_but_for_names(earlier, template))?;
            Some(MountFault::Conflict {
                framework: ActixWeb::NAME,
                template: template.clone(),
                because: format!("`{same}` of another document takes its requests"),
            })
        });
        MountError::check(conflicts.collect())?;
        self.templates.extend(other.templates);
        self.templates.sort_by(|(left, _), (right, _)| template::concrete_first(left, right));
        for (base, below) in other.below {
            if self.below.iter().all(|(earlier, _)| *earlier != base) {
                self.below.push((base, below));
            }
        }
        self.below.sort_by_key(|(base, _)| Reverse(base.len()));
        self.kept.extend(other.kept);
        Ok(self)
    }

    /// These routes for a scope with this path, such as `web::scope("/gateway")`. They compare whole paths to find those that could mean an
    /// operation, and actix-web does not tell them the path of their scope.
    #[must_use]
    pub fn in_scope(self, path: &str) -> Self {
        Self { scope: Arc::from(path.trim_end_matches('/')), ..self }
    }

    /// An application that begins with the routes. Routes that are added to it come after them, and get none of their requests.
    pub fn app(
        &self,
    ) -> App<
        impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()> + use<>,
    > {
        App::new().configure(|config| self.mount(config))
    }

    /// Mounts the routes, and what answers if none matches, in an application or a scope.
    ///
    /// Below the document's base path the guard answers every request, so routes that are added later serve nothing there. For other paths
    /// the application may have its own routes and a `default_service`, which replaces the guard's. If the document has no base path, the
    /// `default_service` then answers what no template matches.
    ///
    /// A route that is added before and matches the same requests gets them instead of the guard, and actix-web does not show which routes
    /// were added before. So mount these first, or begin with [`app`](Self::app). Mount the routes of two documents together, by
    /// [`and`](Self::and). Otherwise the second's are never asked below the base path of the first.
    pub fn mount(&self, config: &mut ServiceConfig) {
        for (_, mounting) in self.templates.iter().chain(&self.below) {
            mounting(config);
        }
        self.kept.iter().for_each(|kept| kept(config, Arc::clone(&self.scope)));
        (self.otherwise)(config);
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let templates: Vec<&str> = self.templates.iter().map(|(template, _)| template.as_str()).collect();
        f.debug_struct("Routes").field("templates", &templates).finish_non_exhaustive()
    }
}
