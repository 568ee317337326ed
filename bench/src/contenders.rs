//! The routers and deciders that are measured. Each is built of the same operations and gives the same answers.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::hint::black_box;

use policy_core::ScopeString;
use policy_core::owned::{
    AlternativeFacts, Grant, OperationFacts, OwnedPolicy, OwnedScheme, OwnedScopeSet, PolicyFacts, Request as Asked,
    RequirementFacts,
};
use policy_router::{OwnedRouter, Router};

use crate::requests::{Outcome, Request};
use crate::workload::{Operation, with_names};

/// Something that answers requests.
pub trait Contender {
    /// Its name in the table.
    fn name(&self) -> &'static str;

    /// The answer. A router answers [`Outcome::Allowed`] for each route that it finds.
    fn answer(&self, request: &Request) -> Outcome;

    /// Whether a denial says how many scopes are missing.
    fn counts_missing(&self) -> bool {
        true
    }

    /// Answers every request once. It is compiled with the contender, so that its calls can be inlined as in a user's program.
    fn pass(&self, requests: &[Request]) {
        for request in requests {
            black_box(self.answer(black_box(request)));
        }
    }
}

/// This router.
#[derive(Debug)]
pub struct Ours(pub(crate) OwnedRouter);

impl Ours {
    /// # Errors
    /// Where the router refuses the operations.
    pub fn new(operations: &[&Operation]) -> Result<Self, String> {
        let routes = operations.iter().map(|operation| (&operation.method, &operation.template));
        Router::build(routes).map(Self).map_err(|error| error.to_string())
    }
}

impl Contender for Ours {
    fn name(&self) -> &'static str {
        "policy-router"
    }

    fn answer(&self, request: &Request) -> Outcome {
        found(self.0.find(request.method, &request.path).operation().map(|operation| operation as u32))
    }
}

fn found(operation: Option<u32>) -> Outcome {
    operation.map_or(Outcome::NotFound, Outcome::Allowed)
}

/// This router and this decision, with grants as they were issued or read once for each caller.
#[derive(Debug)]
pub struct Decided {
    router: OwnedRouter,
    policy: OwnedPolicy,
    scheme: OwnedScheme,
    /// The parsed grant of each caller. `None` to decide by the scope string.
    sets: Option<Vec<OwnedScopeSet>>,
}

/// The scheme of all workloads.
const SCHEME: &str = "OAuth2";

impl Decided {
    /// With `callers`, their grants are parsed beforehand.
    ///
    /// # Errors
    /// Where the router or the policy refuses the operations.
    pub fn new(operations: &[&Operation], callers: Option<&[String]>) -> Result<Self, String> {
        let Ours(router) = Ours::new(operations)?;
        let scopes: HashSet<&str> = operations.iter().flat_map(|operation| operation.scopes.split(' ')).collect();
        let mut scopes: Vec<String> = scopes.into_iter().map(str::to_owned).collect();
        scopes.sort_unstable();
        let facts = |operation: &&Operation| {
            let alternative = AlternativeFacts::of(SCHEME, operation.scopes.split(' '));
            OperationFacts::new(&operation.method, &operation.template, RequirementFacts::AnyOf(vec![alternative]))
        };
        let operations = operations.iter().map(facts).collect();
        let policy = OwnedPolicy::new(PolicyFacts::new(vec![SCHEME.into()], scopes, operations))
            .map_err(|error| error.to_string())?;
        let read = |grant: &String| ScopeString::new(grant).map(|scopes| policy.scope_set(scopes));
        let sets = callers.map(|callers| callers.iter().map(read).collect::<Result<_, _>>());
        let sets = sets.transpose().map_err(|error| error.to_string())?;
        let scheme = policy.scheme(SCHEME).ok_or("no scheme")?;
        Ok(Self { router, policy, scheme, sets })
    }
}

impl Contender for Decided {
    fn name(&self) -> &'static str {
        if self.sets.is_some() {
            "this, built at run time: parsed grant"
        } else {
            "this, built at run time: scope string"
        }
    }

    fn answer(&self, request: &Request) -> Outcome {
        let Some(place) = self.router.find(request.method, &request.path).operation() else { return Outcome::NotFound };
        let Some(operation) = self.policy.operation(place) else { return Outcome::NotFound };
        let grant: Option<Grant<'_>> = match &self.sets {
            Some(sets) => sets.get(request.caller).map(|set| self.scheme.grant(set)),
            None => ScopeString::new(&request.grant).ok().map(|scopes| self.scheme.grant(scopes)),
        };
        let Some(grant) = grant else { return Outcome::NotFound };
        let caller = [grant];
        let decision = operation.decide(&Asked { caller: Ok(Some(&caller)), enabled: Ok(true), query: None });
        if decision.is_allowed() {
            return Outcome::Allowed(place as u32);
        }
        Outcome::Denied(decision.missing().count() as u32)
    }
}

/// The methods of a template. The other routers route paths only, and hold this for each template.
#[derive(Debug)]
pub struct Methods(Vec<(String, u32)>);

impl Methods {
    /// The operation of the method.
    #[must_use]
    pub fn route(&self, method: &str) -> Option<u32> {
        self.0.iter().find(|(known, _)| known == method).map(|(_, operation)| *operation)
    }
}

/// Templates with the methods of each, parameters named by their place.
fn by_template(operations: &[&Operation], name: impl Fn(usize) -> String) -> Vec<(String, Methods)> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut templates: Vec<(String, Methods)> = Vec::new();
    for (index, operation) in (0_u32..).zip(operations) {
        let template = with_names(&operation.template, &name);
        let place = *places.entry(template.clone()).or_insert_with(|| {
            templates.push((template, Methods(Vec::new())));
            templates.len() - 1
        });
        if let Some((_, methods)) = templates.get_mut(place) {
            methods.0.push((operation.method.clone(), index));
        }
    }
    templates
}

/// The router of axum.
#[allow(missing_debug_implementations, reason = "the peer's router has none")]
pub struct MatchIt(matchit::Router<Methods>);

impl MatchIt {
    /// # Errors
    /// Where the router refuses the operations.
    pub fn new(operations: &[&Operation]) -> Result<Self, String> {
        let mut router = matchit::Router::new();
        for (template, methods) in by_template(operations, |place| format!("{{p{place}}}")) {
            router.insert(template, methods).map_err(|error| error.to_string())?;
        }
        Ok(Self(router))
    }

    /// The operation of a request.
    #[must_use]
    pub fn route(&self, request: &Request) -> Option<u32> {
        self.0.at(&request.path).ok()?.value.route(request.method)
    }
}

impl Contender for MatchIt {
    fn name(&self) -> &'static str {
        "matchit 0.9"
    }

    fn answer(&self, request: &Request) -> Outcome {
        found(self.route(request))
    }
}

/// What a service without a policy does: it splits the scopes, looks for each that is needed, and collects the missing ones.
#[allow(missing_debug_implementations, reason = "the peer's router has none")]
pub struct ByHand {
    router: MatchIt,
    required: Vec<Vec<String>>,
    /// Whether the scopes are owned strings, like claims that outlive the token, or borrow from the token.
    owned: bool,
}

impl ByHand {
    /// # Errors
    /// Where the router refuses the operations.
    pub fn new(operations: &[&Operation], owned: bool) -> Result<Self, String> {
        let scopes = |operation: &&Operation| operation.scopes.split(' ').map(str::to_owned).collect();
        Ok(Self { router: MatchIt::new(operations)?, required: operations.iter().map(scopes).collect(), owned })
    }
}

/// The usual code, over strings that are owned or borrowed.
fn missing_of<'g, S: From<&'g str> + Borrow<str> + Eq + std::hash::Hash>(grant: &'g str, required: &[String]) -> u32 {
    let granted: HashSet<S> = grant.split(' ').map(S::from).collect();
    let missing: Vec<&str> = required.iter().map(String::as_str).filter(|scope| !granted.contains(*scope)).collect();
    black_box(&missing).len() as u32
}

impl Contender for ByHand {
    fn name(&self) -> &'static str {
        if self.owned { "by hand: matchit, HashSet<String>" } else { "by hand: matchit, HashSet<&str>" }
    }

    fn answer(&self, request: &Request) -> Outcome {
        let Some(operation) = self.router.route(request) else { return Outcome::NotFound };
        let Some(required) = self.required.get(operation as usize) else { return Outcome::NotFound };
        let missing = if self.owned {
            missing_of::<String>(&request.grant, required)
        } else {
            missing_of::<&str>(&request.grant, required)
        };
        if missing == 0 { Outcome::Allowed(operation) } else { Outcome::Denied(missing) }
    }
}

/// A router by priorities.
#[allow(missing_debug_implementations, reason = "the peer's router has none")]
pub struct WayFind(wayfind::Router<Methods>);

impl WayFind {
    /// # Errors
    /// Where the router refuses the operations.
    pub fn new(operations: &[&Operation]) -> Result<Self, String> {
        let mut router = wayfind::RouterBuilder::new();
        for (template, methods) in by_template(operations, |place| format!("<p{place}>")) {
            router.insert(&template, methods).map_err(|error| error.to_string())?;
        }
        Ok(Self(router.build()))
    }
}

impl Contender for WayFind {
    fn name(&self) -> &'static str {
        "wayfind 1"
    }

    fn answer(&self, request: &Request) -> Outcome {
        found(self.0.search(&request.path).and_then(|found| found.data().route(request.method)))
    }
}

/// A router by a radix tree.
#[allow(missing_debug_implementations, reason = "the peer's router has none")]
pub struct PathTreeRouter(path_tree::PathTree<Methods>);

impl PathTreeRouter {
    /// The router of these operations.
    #[must_use]
    pub fn new(operations: &[&Operation]) -> Self {
        let mut router = path_tree::PathTree::new();
        for (template, methods) in by_template(operations, |place| format!(":p{place}")) {
            let _ = router.insert(&template, methods);
        }
        Self(router)
    }
}

impl Contender for PathTreeRouter {
    fn name(&self) -> &'static str {
        "path-tree 0.8"
    }

    fn answer(&self, request: &Request) -> Outcome {
        found(self.0.find(&request.path).and_then(|found| found.0.route(request.method)))
    }
}
