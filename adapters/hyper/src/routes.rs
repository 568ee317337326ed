//! From a request's method and path to its route.

use policy_router::{Match, OwnedRouter, Router};

/// The routers of a service. The router of the policy's operations is asked first, and then that of the unguarded routes.
pub(crate) struct RouteTable {
    pub(crate) policy: PolicyRouter,
    pub(crate) unguarded: OwnedRouter,
}

/// The operations' router.
pub(crate) enum PolicyRouter {
    /// `policy-build` generated it with the policy.
    Generated(&'static Router<'static>),
    /// It was built at start.
    Built(OwnedRouter),
}

/// The index of a route: first the policy's operations in their order, then the routes outside it.
pub(crate) type RouteIndex = usize;

impl RouteTable {
    fn policy(&self) -> Router<'_> {
        match &self.policy {
            PolicyRouter::Generated(router) => **router,
            PolicyRouter::Built(router) => router.router(),
        }
    }

    /// The route. The second look-up is made only if no operation is found.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<RouteIndex> {
        let policy = self.policy();
        policy.find(method, path).operation().or_else(|| {
            let route = self.unguarded.find(method, path).operation()?;
            Some(policy.len() + route)
        })
    }

    /// The methods of every template that matches the path. Empty if no template does.
    pub(crate) fn methods(&self, path: &str) -> Vec<&str> {
        // No route has an empty method, so each router answers with the methods of the path.
        let allowed = [self.policy().find("", path), self.unguarded.find("", path)].into_iter();
        let mut methods: Vec<&str> = allowed
            .filter_map(|found| if let Match::MethodNotAllowed(methods) = found { Some(methods) } else { None })
            .flatten()
            .collect();
        methods.sort_unstable();
        methods.dedup();
        methods
    }

    pub(crate) fn parameter<'p>(&self, route: RouteIndex, path: &'p str, name: &str) -> Option<&'p str> {
        let policy = self.policy();
        match route.checked_sub(policy.len()) {
            None => policy.parameters(route, path).get(name),
            Some(route) => self.unguarded.router().parameters(route, path).get(name),
        }
    }
}
