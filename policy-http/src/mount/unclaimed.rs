//! The requests that are left to the application, of those that no template matches.

use std::sync::Arc;

use policy_core::unmatched::BasePath;
use policy_core::{Document, Policy};

use super::claims::Claims;

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
    claims: Arc<Claims>,
}

impl Unclaimed {
    pub(super) fn new<D: Document>(extent: Option<Extent>, claims: Arc<Claims>) -> Self {
        Self { extent, base: base::<D>(), claims }
    }

    /// Whether the application answers a request with this path, where no template matches it. The path is given as it was sent, without
    /// the query.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        let below = |base: &str| !base.is_empty() && BasePath::new(base).is_reached_by(path);
        match self.extent {
            None => false,
            Some(Extent::Beside) => !below(self.base) && !self.claims.has(path),
            Some(Extent::Otherwise) => !self.claims.has(path),
        }
    }
}

fn base<D: Document>() -> &'static str {
    Policy::<D>::new().base_path().trim_end_matches('/')
}
