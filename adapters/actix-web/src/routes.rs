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

/// Mounts something. What a policy's types are is forgotten here, where it costs nothing per request.
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
    /// Concrete templates before templated ones.
    templates: Vec<(String, Mounting)>,
    /// What answers below each base path where no template matches, the longest base path first.
    below: Vec<(String, Mounting)>,
    /// What answers for paths that are no template's, and that some reader could take for an operation's.
    kept: Vec<Kept>,
    /// What answers everywhere else, until the application says otherwise.
    otherwise: Mounting,
    /// The scope that the routes are mounted in.
    scope: Arc<str>,
}

/// Mounts what answers for those paths, in a scope with that path.
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
                // Without a condition the route takes every method: the endpoint tells them apart.
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
            // What does not begin with the scope was rewritten on its way.
            let is_kept = move |path: &str| path.strip_prefix(&*scope).is_none_or(|path| claims.has(path));
            let is_kept = guard::fn_guard(move |context| is_kept(context.head().uri.path()));
            config.service(web::resource("/{kept:.*}").guard(is_kept).route(web::route().service(service)));
        });
        let otherwise: Mounting = Arc::new(move |config| {
            let gate = Arc::clone(&gate);
            config.default_service(fn_service(move |request| not_found(Arc::clone(&gate), request)));
        });
        // Below no base path stands everything, and a resource for everything would take what the application adds.
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

    /// These routes and those of another document, for one application. What matches no template is answered by the document
    /// with that base path, and by this one where neither has it.
    ///
    /// # Errors
    /// [`MountError`] names every template that both have: actix-web would never ask the second.
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

    /// These routes for a scope with this path, `web::scope("/gateway")`. actix-web does not show them where they are mounted, and they
    /// look at whole paths to keep from the application what could mean an operation.
    #[must_use]
    pub fn in_scope(self, path: &str) -> Self {
        Self { scope: Arc::from(path.trim_end_matches('/')), ..self }
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
    /// Below the document's base path nothing else is served by what is added behind them: the guard answers there. Elsewhere
    /// the application may have routes and a `default_service` of its own, which takes the guard's place; a document without
    /// a base path then leaves to it whatever no template matches.
    ///
    /// A route that is added before them and matches the same requests takes them away, and actix-web shows nothing of what
    /// was added before: mount these first, or begin with [`app`](Self::app). Those of two documents are mounted together,
    /// by [`and`](Self::and): by themselves, the second's are never asked below the base path of the first.
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
