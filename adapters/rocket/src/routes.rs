//! The guard's routes, as a fairing. A fairing can mount routes, keep rocket from launching, and see every answer.

use std::fmt;

use policy_http::mount::{Framework as _, MountFault, tell_once};
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::http::uri::Origin;
use rocket::{Build, Orbit, Phase, Request, Response, Rocket, Route};

use crate::framework;
use crate::kept::Kept;
use crate::rank::Guarded;
use crate::response::add;

/// The names of all routes that a guard mounts begin with this, which tells them from other routes.
const KNOWN: &str = "policy: ";
/// The beginning of the names of a template's routes.
pub(crate) const TEMPLATE: &str = "policy: template ";
/// The beginning of the names of the routes for paths that could mean a template.
pub(crate) const KEPT: &str = "policy: kept ";
/// The beginning of the names of the routes for paths that match no template.
pub(crate) const NOTHING: &str = "policy: nothing ";

/// The routes of a guard: `rocket::build().attach(routes)`.
///
/// rocket does not launch if the routes do not fit the policy, or if it has a route that the guard does not know. Each guard has its own
/// fairing.
pub struct Routes {
    base: String,
    /// `None` if they do not fit the policy.
    guarded: Option<Guarded>,
    unguarded: Vec<Unguarded>,
    /// Whether the guard may have to add headers to an answer. Only then does it ask rocket for every answer.
    owing: bool,
}

/// The application's own routes, mounted with the guard's.
pub(crate) struct Unguarded {
    pub(crate) base: String,
    pub(crate) routes: Vec<Route>,
}

impl Routes {
    pub(crate) fn new(guarded: Option<Guarded>, unguarded: Vec<Unguarded>, owing: bool) -> Self {
        Self { base: "/".to_owned(), guarded, unguarded, owing }
    }

    /// Mounts the guard's own routes below a prefix, such as `/gateway`. Routes outside the policy have their own prefix.
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
            // The reasons were written when the routes were made.
            return Err(rocket);
        };
        let taken = guarded.taken_by_another(&self.base, &rocket);
        if !taken.is_empty() {
            taken.iter().for_each(say);
            return Err(rocket);
        }
        let unguarded = self.unguarded.iter().map(|beside| {
            let behind = |route: &Route| guarded.behind(&self.base, &beside.base, route.clone());
            (&beside.base, beside.routes.iter().map(behind).collect())
        });
        for (base, routes) in unguarded.chain([(&self.base, guarded.ranked(&self.base, &rocket))]).collect::<Vec<_>>() {
            // rocket would panic at a prefix that is not a path.
            let Ok(base) = Origin::parse_owned(base.clone()) else {
                say(&format_args!("routes cannot be mounted at `{base}`, which is no path"));
                return Err(rocket);
            };
            rocket = rocket.mount(base, routes.into_iter().map(|route| named(KNOWN, route)).collect::<Vec<Route>>());
        }
        // Fairings that were attached later ignite after this one and may mount more routes. `Seal` ignites after them.
        if any_foreign(&rocket) { Err(rocket) } else { Ok(rocket.attach(Seal)) }
    }

    /// A fairing that ignited last may have mounted more routes. rocket has taken no request yet, and is shut down.
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

/// Checks the routes again, after the fairings that were attached after the guard's.
struct Seal;

#[rocket::async_trait]
impl Fairing for Seal {
    fn info(&self) -> Info {
        Info { name: "scope policy, behind all other fairings", kind: Kind::Ignite }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        if any_foreign(&rocket) { Err(rocket) } else { Ok(rocket) }
    }
}

/// The route with this beginning of its name, unless it has one of a guard already.
pub(crate) fn named(beginning: &str, mut route: Route) -> Route {
    if !is_known(&route) {
        let rest = route.name.take().unwrap_or_else(|| route.uri.to_string().into());
        route.name = Some(format!("{beginning}{rest}").into());
    }
    route
}

pub(crate) fn begins(route: &Route, beginning: &str) -> bool {
    route.name.as_ref().is_some_and(|name| name.starts_with(beginning))
}

fn is_known(route: &Route) -> bool {
    begins(route, KNOWN)
}

/// Writes why rocket serves nothing, to the log and to stderr.
pub(crate) fn say(why: &impl fmt::Display) {
    tracing::error!(target: "policy", "{why}");
    tell_once(format_args!("{why}\n  rocket serves nothing"));
}

/// Whether rocket has a route that no guard knows. The log and stderr name each of them.
fn any_foreign<P: Phase>(rocket: &Rocket<P>) -> bool {
    let foreign: Vec<&Route> = rocket.routes().filter(|route| !is_known(route)).collect();
    for route in &foreign {
        let route = format!("{} {}", route.method, route.uri);
        say(&MountFault::Foreign { framework: framework::Rocket::NAME, route });
    }
    !foreign.is_empty()
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("base", &self.base).field("guarded", &self.guarded).finish_non_exhaustive()
    }
}
