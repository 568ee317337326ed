//! The requests that are left to the application, of those that no template matches.

use std::collections::BTreeMap;

use policy_core::unmatched::BasePath;
use policy_core::{Document, Policy};

use super::readings::any_reading;
use super::template;

/// How far the application beside the guard reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What is not below the policy's base path. Below it, nobody unknown learns what there is.
    Beside,
    /// What no template matches, below the base path too.
    Otherwise,
}

impl Extent {
    /// The requests, in the words of the audit.
    pub(super) fn words<D: Document>(self) -> String {
        match (self, base::<D>()) {
            (Self::Otherwise, _) | (Self::Beside, "") => "(whatever no route matches)".to_owned(),
            (Self::Beside, base) => format!("(whatever is not below {base})"),
        }
    }
}

/// The requests that the application answers, where it stands beside the guard ([`Plan::leave`](super::Plan::leave)).
///
/// Never one that decoding, merging slashes, resolving dots, cutting off what follows a `;` or taking `\` for a slash would make a guarded
/// one: the application may do so, or hand the request on to somebody who does.
#[derive(Debug)]
pub struct Unclaimed {
    extent: Option<Extent>,
    base: &'static str,
    /// The templates of the operations, where they are looked at.
    claimed: Node,
}

impl Unclaimed {
    pub(super) fn new<D: Document>(extent: Option<Extent>) -> Self {
        let base = base::<D>();
        let mut claimed = Node::default();
        if extent == Some(Extent::Otherwise) || (extent == Some(Extent::Beside) && base.is_empty()) {
            Policy::<D>::new().operations().for_each(|operation| claimed.insert(operation.template()));
        }
        Self { extent, base, claimed }
    }

    /// Whether the application answers a request with this path, where no template matches it. The path is given as it was sent, without
    /// the query.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        match self.extent {
            None => false,
            Some(Extent::Beside) if !self.base.is_empty() => !BasePath::new(self.base).is_reached_by(path),
            Some(Extent::Beside | Extent::Otherwise) => !any_reading(path, |segments| self.claimed.matches(segments)),
        }
    }
}

fn base<D: Document>() -> &'static str {
    Policy::<D>::new().base_path().trim_end_matches('/')
}

/// The templates that begin with the segments that lead here.
#[derive(Debug, Default)]
struct Node {
    /// One of them ends here.
    ends: bool,
    literals: BTreeMap<Vec<u8>, Node>,
    /// Segments with parameters: what stands before the first of them and after the last. Between may be anything, nothing too.
    patterns: BTreeMap<(Vec<u8>, Vec<u8>), Node>,
}

impl Node {
    fn insert(&mut self, template: &str) {
        let segments = || template.strip_prefix('/').unwrap_or(template).split('/');
        self.insert_segments(segments());
        // As a reader has it who merges slashes.
        self.insert_segments(segments().filter(|segment| !segment.is_empty()));
    }

    fn insert_segments<'s>(&mut self, segments: impl Iterator<Item = &'s str>) {
        let mut here = self;
        for segment in segments {
            here = match template::ends(segment) {
                Some((start, end)) => here.patterns.entry((decoded(start), decoded(end))).or_default(),
                None => here.literals.entry(decoded(segment)).or_default(),
            };
        }
        here.ends = true;
    }

    fn matches(&self, segments: &[&[u8]]) -> bool {
        let Some((first, rest)) = segments.split_first() else { return self.ends };
        self.literals.get(*first).is_some_and(|node| node.matches(rest))
            || self.patterns.iter().any(|((start, end), node)| {
                let holds =
                    first.len() >= start.len() + end.len() && first.starts_with(start) && first.ends_with(end);
                holds && node.matches(rest)
            })
    }
}

/// What is encoded in the document is decoded here: one of the readings of a path is decoded too.
fn decoded(text: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(text).collect()
}
