//! The guard's routes, as a fairing: rocket's own way to mount them, to refuse to launch, and to see every answer.

use std::fmt;

use policy_http::mount::{Framework as _, MountProblem};
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::http::uri::Origin;
use rocket::{Build, Orbit, Phase, Request, Response, Rocket, Route};

use crate::framework;
use crate::kept::Kept;
use crate::response::add;

/// How the names of the guard's routes begin, by which they are told from others.
const NAME: &str = "policy: ";

/// The routes of a guard: `rocket::build().attach(routes)`.
///
/// rocket does not launch where the routes do not fit the policy, nor where it serves a route that the guard does not know.
pub struct Routes {
    base: String,
    /// `None` where they do not fit.
    guarded: Option<Vec<Route>>,
    unguarded: Vec<Unguarded>,
    /// Whether the guard may owe anything to an answer: else rocket is not to show every one.
    owing: bool,
}

/// Routes that rocket mounts beside the guard's.
pub(crate) struct Unguarded {
    pub(crate) base: String,
    pub(crate) reason: &'static str,
    pub(crate) routes: Vec<Route>,
}

impl Routes {
    pub(crate) fn new(guarded: Option<Vec<Route>>, unguarded: Vec<Unguarded>, owing: bool) -> Self {
        Self { base: "/".to_owned(), guarded, unguarded, owing }
    }

    /// Mounts the guard's own routes below a prefix, `/gateway` say. Routes outside the policy have theirs.
    #[must_use]
    pub fn at(mut self, base: impl Into<String>) -> Self {
        self.base = base.into();
        self
    }
}

#[rocket::async_trait]
impl Fairing for Routes {
    fn info(&self) -> Info {
        let start = Kind::Ignite | Kind::Liftoff;
        Info { name: "scope policy", kind: if self.owing { start | Kind::Response } else { start } }
    }

    async fn on_ignite(&self, mut rocket: Rocket<Build>) -> fairing::Result {
        let Some(guarded) = &self.guarded else {
            // Why has been said, by whoever made them.
            return Err(rocket);
        };
        let unguarded = self.unguarded.iter().map(|beside| (&beside.base, &beside.routes));
        for (base, routes) in unguarded.chain([(&self.base, guarded)]) {
            // rocket would panic.
            let Ok(base) = Origin::parse_owned(base.clone()) else {
                tracing::error!(target: "policy", "routes cannot be mounted at `{base}`, which is no path");
                return Err(rocket);
            };
            rocket = rocket.mount(base, routes.iter().cloned().map(named).collect::<Vec<_>>());
        }
        if any_foreign(&rocket) { Err(rocket) } else { Ok(rocket) }
    }

    /// A fairing that ignites later may have mounted more. No request has been taken yet, and none is.
    async fn on_liftoff(&self, rocket: &Rocket<Orbit>) {
        if any_foreign(rocket) {
            rocket.shutdown().notify();
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if request.route().is_some_and(is_known)
            && let Some(headers) = Kept::of(request).take_owed()
        {
            add(response, &headers);
        }
    }
}

fn named(mut route: Route) -> Route {
    route.name = Some(match route.name.take() {
        Some(name) => format!("{NAME}{name}").into(),
        None => format!("{NAME}{}", route.uri).into(),
    });
    route
}

fn is_known(route: &Route) -> bool {
    route.name.as_ref().is_some_and(|name| name.starts_with(NAME))
}

/// Whether rocket serves what no guard knows; the log names it.
fn any_foreign<P: Phase>(rocket: &Rocket<P>) -> bool {
    let foreign: Vec<&Route> = rocket.routes().filter(|route| !is_known(route)).collect();
    for route in &foreign {
        let route = format!("{} {}", route.method, route.uri);
        tracing::error!(target: "policy", "{}", MountProblem::Foreign { framework: framework::Rocket::NAME, route });
    }
    !foreign.is_empty()
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("base", &self.base).field("guarded", &self.guarded).finish_non_exhaustive()
    }
}
