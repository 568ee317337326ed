//! The guard's routes, as a fairing: rocket's own way to mount them, to refuse to launch, and to see every answer.

use std::fmt;

use policy_http::mount::{Framework as _, MountFault, tell_once};
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::http::uri::Origin;
use rocket::{Build, Orbit, Phase, Request, Response, Rocket, Route};

use crate::framework;
use crate::kept::Kept;
use crate::rank::Guarded;
use crate::response::add;

/// How the names of the routes begin that a guard mounts, by which they are told from others.
const KNOWN: &str = "policy: ";
/// Those of a template of the guard's.
pub(crate) const TEMPLATE: &str = "policy: template ";
/// Those of what could mean a template.
pub(crate) const KEPT: &str = "policy: kept ";
/// Those of what matches no template.
pub(crate) const NOTHING: &str = "policy: nothing ";

/// The routes of a guard: `rocket::build().attach(routes)`.
///
/// rocket does not launch where the routes do not fit the policy, nor where it serves a route that the guard does not know. Each of
/// several guards has its own.
pub struct Routes {
    base: String,
    /// `None` where they do not fit.
    guarded: Option<Guarded>,
    unguarded: Vec<Unguarded>,
    /// Whether the guard may owe anything to an answer: else rocket is not to show every one.
    owing: bool,
}

/// Routes that rocket mounts beside the guard's.
pub(crate) struct Unguarded {
    pub(crate) base: String,
    pub(crate) routes: Vec<Route>,
}

impl Routes {
    pub(crate) fn new(guarded: Option<Guarded>, unguarded: Vec<Unguarded>, owing: bool) -> Self {
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
            // rocket would panic.
            let Ok(base) = Origin::parse_owned(base.clone()) else {
                say(&format_args!("routes cannot be mounted at `{base}`, which is no path"));
                return Err(rocket);
            };
            rocket = rocket.mount(base, routes.into_iter().map(|route| named(KNOWN, route)).collect::<Vec<Route>>());
        }
        // Fairings that were attached later are still to ignite, and may mount more: this one comes behind them.
        if any_foreign(&rocket) { Err(rocket) } else { Ok(rocket.attach(Seal)) }
    }

    /// What ignited last of all may have mounted more. No request has been taken yet, and none is.
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

/// Looks at the routes once more, when the fairings have ignited that were attached after the guard's.
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

/// The route with a name that begins so, if it does not begin like one of a guard's yet.
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

/// Why rocket serves nothing, whether or not anybody reads the log.
pub(crate) fn say(why: &impl fmt::Display) {
    tracing::error!(target: "policy", "{why}");
    tell_once(format_args!("{why}\n  rocket serves nothing"));
}

/// Whether rocket serves what no guard knows; the log names it.
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
