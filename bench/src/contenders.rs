//! Who is measured. Each is built of the same operations and gives the same answer.

use std::collections::HashMap;

use policy_router::{OwnedRouter, Router};

use crate::workload::with_names;

/// Something that leads a request to an operation. A row with a decision is one more of these.
pub(crate) trait Contender {
    fn name(&self) -> &'static str;
    fn route(&self, method: &str, path: &str) -> Option<u32>;
}

type Operations<'t> = [(&'t str, &'t str)];

/// Not a router: one hash of the path, the least that reading it costs.
pub(crate) struct Floor;

impl Contender for Floor {
    fn name(&self) -> &'static str {
        "floor: a hash of the path"
    }

    fn route(&self, _: &str, path: &str) -> Option<u32> {
        let (words, rest) = path.as_bytes().as_chunks::<8>();
        let step = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
        let hash = words.iter().fold(0, |hash, word| step(hash, u64::from_le_bytes(*word)));
        Some(rest.iter().fold(hash, |hash, byte| step(hash, u64::from(*byte))) as u32)
    }
}

/// This router.
pub(crate) struct Ours(OwnedRouter);

impl Ours {
    pub(crate) fn new(operations: &Operations<'_>) -> Result<Self, String> {
        Router::build(operations.iter().copied()).map(Self).map_err(|error| error.to_string())
    }
}

impl Contender for Ours {
    fn name(&self) -> &'static str {
        "policy-router"
    }

    fn route(&self, method: &str, path: &str) -> Option<u32> {
        self.0.find(method, path).operation().map(|operation| operation as u32)
    }
}

/// The peers route paths only; each template of theirs holds its methods.
struct Methods(Vec<(String, u32)>);

impl Methods {
    fn route(&self, method: &str) -> Option<u32> {
        self.0.iter().find(|(known, _)| known == method).map(|(_, operation)| *operation)
    }
}

/// Templates with the methods of each, parameters named by their place.
fn by_template(operations: &Operations<'_>, name: impl Fn(usize) -> String) -> Vec<(String, Methods)> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut templates: Vec<(String, Methods)> = Vec::new();
    for (index, (method, template)) in (0_u32..).zip(operations) {
        let template = with_names(template, &name);
        let place = *places.entry(template.clone()).or_insert_with(|| {
            templates.push((template, Methods(Vec::new())));
            templates.len() - 1
        });
        if let Some((_, methods)) = templates.get_mut(place) {
            methods.0.push(((*method).to_owned(), index));
        }
    }
    templates
}

pub(crate) struct MatchIt(matchit::Router<Methods>);

impl MatchIt {
    pub(crate) fn new(operations: &Operations<'_>) -> Result<Self, String> {
        let mut router = matchit::Router::new();
        for (template, methods) in by_template(operations, |place| format!("{{p{place}}}")) {
            router.insert(template, methods).map_err(|error| error.to_string())?;
        }
        Ok(Self(router))
    }
}

impl Contender for MatchIt {
    fn name(&self) -> &'static str {
        "matchit 0.9"
    }

    fn route(&self, method: &str, path: &str) -> Option<u32> {
        self.0.at(path).ok()?.value.route(method)
    }
}

pub(crate) struct WayFind(wayfind::Router<Methods>);

impl WayFind {
    pub(crate) fn new(operations: &Operations<'_>) -> Result<Self, String> {
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

    fn route(&self, method: &str, path: &str) -> Option<u32> {
        self.0.search(path)?.data().route(method)
    }
}

pub(crate) struct PathTreeRouter(path_tree::PathTree<Methods>);

impl PathTreeRouter {
    pub(crate) fn new(operations: &Operations<'_>) -> Result<Self, String> {
        let mut router = path_tree::PathTree::new();
        for (template, methods) in by_template(operations, |place| format!(":p{place}")) {
            let _ = router.insert(&template, methods);
        }
        Ok(Self(router))
    }
}

impl Contender for PathTreeRouter {
    fn name(&self) -> &'static str {
        "path-tree 0.8"
    }

    fn route(&self, method: &str, path: &str) -> Option<u32> {
        self.0.find(path)?.0.route(method)
    }
}
