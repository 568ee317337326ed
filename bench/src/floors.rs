//! Lower bounds: contenders that know the answer and only verify it, and single parts of a route.

use std::collections::HashMap;
use std::hint::black_box;
use std::ops::Range;

use policy_core::ScopeString;

use crate::bytes::same;
use crate::contenders::{Contender, Ours};
use crate::method::key;
use crate::requests::{Outcome, Request};
use crate::scan::scan;
use crate::segment;
use crate::slot::{self, Slot};
use crate::workload::{Operation, with_names};

/// Not a router: one hash of the path, which is the least that reading the path costs.
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

/// Not a router: it reads the path strictly, and hashes each segment by its first and its last eight bytes. A router that looks up each
/// segment has to do this. `policy-router` does it only where there is more than one segment to choose from.
#[derive(Debug)]
pub struct Segments;

impl Contender for Segments {
    fn name(&self) -> &'static str {
        "each segment read and hashed"
    }

    fn answer(&self, request: &Request) -> Outcome {
        let path = request.path.as_bytes();
        let Some(slashes) = scan(path) else { return Outcome::NotFound };
        let (mut all, mut at) = (0, 0);
        while at < path.len() {
            let end = slashes.end(path, at);
            all ^= segment::hash(segment::words(path, at + 1, end));
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

/// Not a router: it is told the operation of a request, and verifies it. It reads the path strictly and compares the literals, as each
/// router has to do. If the request has no operation, it only reads the path.
#[derive(Debug)]
pub struct Verified {
    known: Vec<Known>,
    /// The place in the text of each literal, up to the next parameter and with its slashes. The text holds each literal once.
    literals: Vec<Range<u32>>,
    text: Vec<u8>,
}

#[derive(Debug)]
struct Known {
    method: u64,
    literals: Range<u32>,
    ends_in_a_parameter: bool,
}

impl Verified {
    /// For templates whose parameters are whole segments.
    #[must_use]
    pub fn new(operations: &[&Operation]) -> Self {
        let mut all = Self { known: Vec::new(), literals: Vec::new(), text: Vec::new() };
        let mut places: HashMap<String, Range<u32>> = HashMap::new();
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
                method: key(operation.method.as_bytes()),
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
                black_box(scan(path).is_some());
                Outcome::NotFound
            }
        }
    }

    fn is(&self, known: &Known, method: &str, path: &[u8]) -> bool {
        let Some(slashes) = scan(path) else { return false };
        let literals = self.literals.get(known.literals.start as usize..known.literals.end as usize);
        let mut rest = literals.unwrap_or_default().iter();
        let mut at = 0;
        while let Some(literal) = rest.next() {
            let literal = self.text.get(literal.start as usize..literal.end as usize).unwrap_or_default();
            let end = at + literal.len();
            if !path.get(at..end).is_some_and(|here| same(here, literal)) {
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
        at == path.len() && key(method.as_bytes()) == known.method
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

/// Not a router: it is told the operation of a request, verifies it, and visits the nodes of the tree that lead to the operation, from
/// the last to the first. It reads only where the next node is. The tree is that of `policy-router`, in which several literals in a row
/// are one node.
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
            let (first, count) = operations_of(node);
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
            at = parent(node);
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

/// Where the operations of a node begin, and how many they are.
fn operations_of(node: &Slot) -> (u32, u32) {
    let [.., methods, operations] = *node;
    (operations, methods.count_ones())
}

/// The parent of a node. `None` for the root.
#[inline]
fn parent(node: &Slot) -> Option<u32> {
    let [_, _, _, parent, ..] = *node;
    let parent = slot::parent_of(parent);
    (parent != slot::NOBODY).then_some(parent)
}

/// Not a decision: it is told the operation of a request, verifies it, visits the nodes, and looks for the required scopes in the grant.
/// It has no stages and no alternatives.
#[derive(Debug)]
pub struct Told {
    route: Visited,
    names: Vec<String>,
    /// The required scopes of all operations, one operation after the other, as indices in `names`.
    required: Vec<u16>,
    /// Where the scopes of each operation end in `required`.
    ends: Vec<u32>,
    /// A bit for each scope of each caller. `None` to decide by the scope string.
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
