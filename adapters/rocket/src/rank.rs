//! The order in which rocket asks the routes. It is that of their ranks, the lowest first:
//!
//! 1. the templates of each guard, in the order of the guards, concrete templates first. After those of a guard, its route for paths that
//!    another reader could take for one of them;
//! 2. the application's own routes, by their own ranks;
//! 3. the routes for what matches no template below a base path, the longest base path first;
//! 4. the application's own catch-alls (`/<path..>`) that would also match below such a base path. They are asked after it, so that an
//!    unknown caller cannot tell which paths are operations;
//! 5. the route for what matches no template of a document without a base path.

use policy_http::mount::{Framework as _, MountFault, template};
use rocket::http::Method;
use rocket::{Build, Rocket, Route};

use crate::framework;
use crate::routes::{KEPT, NOTHING, TEMPLATE, begins, named};

/// How many guards may have base paths of the same length.
const GUARDS: usize = 1 << 10;
/// How many ranks there are for the application's own catch-alls.
const CATCH_ALLS: isize = 1 << 20;

/// A guard's own routes. They get their ranks when rocket has the routes of the earlier guards.
#[derive(Debug)]
pub(crate) struct Guarded {
    /// The routes of each template, for every method, in the order in which they are asked.
    pub(crate) templates: Vec<Vec<Route>>,
    /// The routes for paths that match none of them and could mean one.
    pub(crate) kept: Vec<Route>,
    /// The routes for paths that match none of them below the base path.
    pub(crate) nothing: Vec<Route>,
}

impl Guarded {
    /// The routes with their ranks, mounted below a prefix.
    pub(crate) fn ranked(&self, base: &str, rocket: &Rocket<Build>) -> Vec<Route> {
        let earlier = |route: &&Route| begins(route, TEMPLATE) || begins(route, KEPT);
        let last = rocket.routes().filter(earlier).map(|route| route.rank).max();
        let first = last.map_or(isize::MIN, |last| last.saturating_add(1));
        let templates = (first..).zip(&self.templates).flat_map(|(rank, routes)| {
            routes.iter().cloned().map(move |route| with_rank(rank, named(TEMPLATE, route)))
        });
        let behind = first.saturating_add(isize::try_from(self.templates.len()).unwrap_or(isize::MAX));
        let kept = self.kept.iter().cloned().map(|route| with_rank(behind, named(KEPT, route)));
        let earlier = rocket.routes().filter(|route| begins(route, NOTHING) && route.method == Method::Get).count();
        let nothing = self.nothing.iter().cloned().map(|route| {
            let depth = segments(base).count() + segments(route.uri.path()).count() - 1;
            let before = isize::try_from(depth * GUARDS + GUARDS.saturating_sub(earlier)).unwrap_or(CATCH_ALLS);
            let last = if depth == 0 { isize::MAX } else { isize::MAX - 2 * CATCH_ALLS };
            with_rank(last - before, named(NOTHING, route))
        });
        templates.chain(kept).chain(nothing).collect()
    }

    /// A route of the application, mounted below `beside`. A catch-all (`/<path..>`) that matches all paths below the base path gets a rank
    /// after the guard's last routes. Such routes keep their order among themselves.
    pub(crate) fn behind(&self, base: &str, beside: &str, route: Route) -> Route {
        let path = format!("{beside}/{}", route.uri.path());
        let below = self.nothing.first().map(|nothing| format!("{base}/{}", nothing.uri.path())).unwrap_or_default();
        let mut guarded = segments(&below);
        for segment in segments(&path) {
            if segment.ends_with("..>") {
                let half = CATCH_ALLS / 2;
                return with_rank(isize::MAX - CATCH_ALLS - half + route.rank.clamp(1 - half, half - 1), route);
            }
            if guarded.next().is_none_or(|other| other != segment && !segment.starts_with('<')) {
                break;
            }
        }
        route
    }

    /// The templates that match some request of an earlier guard's template. Which policy decides would depend on the order of two
    /// fairings.
    pub(crate) fn taken_by_another(&self, base: &str, rocket: &Rocket<Build>) -> Vec<MountFault> {
        let mut faults = Vec::new();
        for route in self.templates.iter().filter_map(|routes| routes.first()) {
            let own = format!("{}{}", base.trim_end_matches('/'), route.uri.path());
            let others = rocket.routes().filter(|route| begins(route, TEMPLATE) && route.method == Method::Get);
            for other in others.filter(|other| template::overlap(&braced(&own), &braced(other.uri.path()))) {
                faults.push(MountFault::Conflict {
                    framework: framework::Rocket::NAME,
                    template: own.clone(),
                    because: format!("another guard's `{}` takes some of its requests", other.uri),
                });
            }
        }
        faults
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// The path with its parameters as OpenAPI writes them.
fn braced(path: &str) -> String {
    path.replace('<', "{").replace('>', "}")
}

fn with_rank(rank: isize, mut route: Route) -> Route {
    route.rank = rank;
    route
}
