//! Who is measured. Each is built of the same operations and gives the same answers.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::hint::black_box;

use policy_core::owned::{
    AlternativeFacts, Grant, OperationFacts, OwnedPolicy, OwnedScheme, OwnedScopeSet, PolicyFacts, Request as Asked,
};
use policy_core::{Access, ScopeString, Stage};
use policy_router::{OwnedRouter, Router, floor};

use crate::requests::{Outcome, Request};
use crate::workload::{Operation, with_names};

/// Something that answers requests.
pub trait Contender {
    /// Its name in the table.
    fn name(&self) -> &'static str;

    /// The answer: of a router, [`Outcome::Allowed`] for whatever it finds.
    fn answer(&self, request: &Request) -> Outcome;

    /// Whether a denial says how many scopes are missing.
    fn counts_missing(&self) -> bool {
        true
    }

    /// Every request once. Compiled with the contender, so that each is measured as its user would have it.
    fn pass(&self, requests: &[Request]) {
        for request in requests {
            black_box(self.answer(black_box(request)));
        }
    }
}

/// Not a router: one hash of the path, the least that reading it costs.
#[derive(Debug)]
pub struct Hash;

impl Contender for Hash {
    fn name(&self) -> &'static str {
        "floor: a hash of the path"
    }

    fn answer(&self, request: &Request) -> Outcome {
        Outcome::Allowed(hash(request.path.as_bytes()))
    }
}

/// Not a router either: the path read strictly, each segment found and hashed by its first eight bytes and its last, as a router
/// does that looks each of them up. This one does so only where a template has a choice.
#[derive(Debug)]
pub struct Segments;

impl Contender for Segments {
    fn name(&self) -> &'static str {
        "each segment read and hashed"
    }

    fn answer(&self, request: &Request) -> Outcome {
        let path = request.path.as_bytes();
        let Some(slashes) = floor::scan(path) else { return Outcome::NotFound };
        let (mut all, mut at) = (0, 0);
        while at < path.len() {
            let end = slashes.end(path, at);
            all ^= floor::hash(floor::words(path, at + 1, end));
            at = end;
        }
        Outcome::Allowed(all as u32)
    }
}

fn hash(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<8>();
    let step = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    let hash = words.iter().fold(0, |hash, word| step(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(hash, |hash, byte| step(hash, u64::from(*byte))) as u32
}

/// Not a router: told which operation a request is for, it makes sure of it. It reads the path strictly and compares the
/// literals, as whoever finds the operation has to do besides. Of a miss it reads the path alone.
#[derive(Debug)]
pub struct Verified {
    known: Vec<Known>,
    /// Where the literals up to each parameter, with the slashes, stand in the text, which holds each once.
    literals: Vec<std::ops::Range<u32>>,
    text: Vec<u8>,
}

#[derive(Debug)]
struct Known {
    method: u64,
    literals: std::ops::Range<u32>,
    ends_in_a_parameter: bool,
}

impl Verified {
    /// Of templates whose parameters are whole segments.
    #[must_use]
    pub fn new(operations: &[&Operation]) -> Self {
        let mut all = Self { known: Vec::new(), literals: Vec::new(), text: Vec::new() };
        let mut places: HashMap<String, std::ops::Range<u32>> = HashMap::new();
        for operation in operations {
            let template = with_names(&operation.template, |_| "\0".to_owned());
            let first = all.literals.len() as u32;
            for literal in template.split('\0').filter(|literal| !literal.is_empty()) {
                let place = places.entry(literal.to_owned()).or_insert_with(|| {
                    let begin = all.text.len() as u32;
                    all.text.extend(literal.bytes());
                    begin..all.text.len() as u32
                });
                all.literals.push(place.clone());
            }
            all.known.push(Known {
                method: floor::key(operation.method.as_bytes()),
                literals: first..all.literals.len() as u32,
                ends_in_a_parameter: template.ends_with('\0'),
            });
        }
        all
    }

    #[inline]
    fn verified(&self, request: &Request) -> Outcome {
        let path = request.path.as_bytes();
        let known = match request.routed {
            Outcome::Allowed(operation) => self.known.get(operation as usize),
            _ => None,
        };
        match known {
            Some(known) if self.is(known, request.method, path) => request.routed,
            Some(_) => Outcome::NotFound,
            None => {
                black_box(floor::scan(path).is_some());
                Outcome::NotFound
            }
        }
    }

    fn is(&self, known: &Known, method: &str, path: &[u8]) -> bool {
        let Some(slashes) = floor::scan(path) else { return false };
        let literals = self.literals.get(known.literals.start as usize..known.literals.end as usize);
        let mut rest = literals.unwrap_or_default().iter();
        let mut at = 0;
        while let Some(literal) = rest.next() {
            let literal = self.text.get(literal.start as usize..literal.end as usize).unwrap_or_default();
            let end = at + literal.len();
            if !path.get(at..end).is_some_and(|here| floor::same(here, literal)) {
                return false;
            }
            at = end;
            if known.ends_in_a_parameter || !rest.as_slice().is_empty() {
                at = slashes.end(path, end - 1);
                if at == end {
                    return false;
                }
            }
        }
        at == path.len() && floor::key(method.as_bytes()) == known.method
    }
}

impl Contender for Verified {
    fn name(&self) -> &'static str {
        "floor: the route told, and verified"
    }

    fn answer(&self, request: &Request) -> Outcome {
        self.verified(request)
    }
}

/// Not a router either: told which operation a request is for, it makes sure of it, and visits the nodes of a tree that lead
/// there, from the last to the first, without looking at what stands in them: only where the next one is. It is the tree
/// of this router, in which several literals in a row are one node.
#[derive(Debug)]
pub struct Visited {
    route: Verified,
    nodes: Vec<[u32; 8]>,
    /// The node of each operation.
    last: Vec<u32>,
}

impl Visited {
    /// # Errors
    /// Where the router refuses the operations.
    pub fn new(operations: &[&Operation]) -> Result<Self, String> {
        let Ours(router) = Ours::new(operations)?;
        let tables = router.plain();
        let nodes = tables.slots.to_vec();
        let mut last = vec![0; operations.len()];
        for (at, node) in (0_u32..).zip(&nodes) {
            let (first, count) = floor::operations(node);
            for operation in tables.operations.iter().skip(first as usize).take(count as usize) {
                last.iter_mut().skip(*operation as usize).take(1).for_each(|last| *last = at);
            }
        }
        Ok(Self { route: Verified::new(operations), nodes, last })
    }

    #[inline]
    fn visited(&self, request: &Request) -> Outcome {
        let routed = self.route.verified(request);
        let Outcome::Allowed(operation) = routed else { return routed };
        let mut at = self.last.get(operation as usize).copied();
        while let Some(node) = at.and_then(|at| self.nodes.get(at as usize)) {
            at = floor::parent(node);
        }
        black_box(at);
        routed
    }
}

impl Contender for Visited {
    fn name(&self) -> &'static str {
        "floor: the route told, verified, its nodes visited"
    }

    fn answer(&self, request: &Request) -> Outcome {
        self.visited(request)
    }
}

/// Not a decision: told which operation a request is for, it makes sure of it, visits the nodes, and looks for the scopes that
/// this one requires in what was granted. There is no stage, no alternative, and nothing to choose on the way.
#[derive(Debug)]
pub struct Told {
    route: Visited,
    names: Vec<String>,
    /// The places among the names of what each operation requires, in a row.
    required: Vec<u16>,
    /// Where those of each operation end.
    ends: Vec<u32>,
    /// A bit for each scope of each caller; none where the string is asked.
    sets: Option<Vec<Vec<u64>>>,
}

impl Told {
    /// With `callers`, their grants are parsed beforehand.
    ///
    /// # Errors
    /// Where the router refuses the operations.
    pub fn new(operations: &[&Operation], callers: Option<&[String]>) -> Result<Self, String> {
        let scopes = operations.iter().flat_map(|operation| operation.scopes.split(' ')).map(str::to_owned);
        let mut names: Vec<String> = scopes.collect();
        names.sort_unstable();
        names.dedup();
        let place = |scope: &str| names.binary_search_by(|name| name.as_str().cmp(scope)).ok();
        let (mut required, mut ends) = (Vec::new(), Vec::new());
        for operation in operations {
            required.extend(operation.scopes.split(' ').filter_map(|scope| u16::try_from(place(scope)?).ok()));
            ends.push(required.len() as u32);
        }
        let set = |grant: &String| {
            let mut set = vec![0_u64; names.len().div_ceil(64)];
            for place in grant.split(' ').filter_map(place) {
                set.iter_mut().skip(place / 64).take(1).for_each(|word| *word |= 1 << (place % 64));
            }
            set
        };
        let sets = callers.map(|callers| callers.iter().map(set).collect());
        Ok(Self { route: Visited::new(operations)?, required, ends, sets, names })
    }

    #[inline]
    fn required(&self, operation: u32) -> &[u16] {
        let end = |at: Option<u32>| at.and_then(|at| self.ends.get(at as usize)).map_or(0, |end| *end as usize);
        self.required.get(end(operation.checked_sub(1))..end(Some(operation))).unwrap_or_default()
    }
}

impl Contender for Told {
    fn name(&self) -> &'static str {
        if self.sets.is_some() {
            "floor: route told, verified, visited; parsed grant"
        } else {
            "floor: route told, verified, visited; scope string"
        }
    }

    fn answer(&self, request: &Request) -> Outcome {
        let routed = self.route.visited(request);
        let Outcome::Allowed(operation) = routed else { return routed };
        let required = self.required(operation).iter().map(|place| usize::from(*place));
        let missing = if let Some(sets) = &self.sets {
            let Some(set) = sets.get(request.caller) else { return Outcome::NotFound };
            let holds = |place: usize| set.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 != 0);
            required.filter(|place| !holds(*place)).count()
        } else {
            let Ok(scopes) = ScopeString::new(&request.grant) else { return Outcome::NotFound };
            required.filter(|place| self.names.get(*place).is_none_or(|name| !scopes.contains(name))).count()
        };
        if missing == 0 { routed } else { Outcome::Denied(missing as u32) }
    }
}

/// This router.
#[derive(Debug)]
pub struct Ours(OwnedRouter);

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
    /// Read before, for each caller; none where the string is to be asked.
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
        let policy = OwnedPolicy::new(PolicyFacts {
            check_order: Stage::ALL,
            schemes: vec![SCHEME.into()],
            scopes,
            operations: operations
                .iter()
                .map(|operation| OperationFacts {
                    method: operation.method.clone(),
                    template: operation.template.clone(),
                    access: Access::Required,
                    alternatives: vec![AlternativeFacts::of(SCHEME, operation.scopes.split(' '))],
                    ..OperationFacts::default()
                })
                .collect(),
        })
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

/// The peers route paths only; each template of theirs holds its methods.
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

/// What a service does that has no policy: split the scopes, look for each that is needed, collect those that are not there.
#[allow(missing_debug_implementations, reason = "the peer's router has none")]
pub struct ByHand {
    router: MatchIt,
    required: Vec<Vec<String>>,
    /// Whether the scopes become strings of their own, as claims that outlive the token do, or borrow from it.
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
