//! The least that a key must hold to open some operations.

use std::collections::BTreeSet;

use policy_core::Access;
use policy_spec::AlternativeFacts;

use super::failure::{Failure, shell_word};
use super::policies::{Operation, Policy};

/// How many minimal sets are listed at most, as in `policy_core::LeastPrivilege`.
const BUDGET: usize = 4096;
/// How many of them a message shows.
const SHOWN: usize = 12;

/// Names of scopes.
pub(super) type Scopes = BTreeSet<String>;

/// The minimal scope sets for some operations. Each is enough for all of them, and none is a subset of another.
///
/// Only what a key of the store can open counts: an alternative that keys alone meet. Where an operation has none, an alternative that
/// demands another credential beside the key counts by what it demands of the key.
pub(super) struct Least {
    sets: Vec<Scopes>,
    /// Scopes that the key or the other credential may grant.
    optional: Scopes,
    /// What a key does not open alone.
    pub(super) notes: Vec<String>,
}

impl Least {
    pub(super) fn of<'p>(operations: impl IntoIterator<Item = Operation<'p>>) -> Result<Self, Failure> {
        let mut least = Self { sets: vec![Scopes::new()], optional: Scopes::new(), notes: Vec::new() };
        for operation in operations {
            let choices = least.choices(operation)?;
            let mut next = Vec::new();
            for set in &least.sets {
                for choice in &choices {
                    keep_minimal(&mut next, set.union(choice).cloned().collect());
                    if next.len() > BUDGET {
                        return Err(Failure::asked(format!(
                            "the alternatives of these operations multiply to more than {BUDGET} minimal scope sets; name fewer \
                             operations by `--operation`"
                        )));
                    }
                }
            }
            least.sets = next;
        }
        Ok(least)
    }

    fn choices(&mut self, operation: Operation<'_>) -> Result<Vec<Scopes>, Failure> {
        match operation.said.access() {
            Some(Access::Public | Access::Optional) => return Ok(vec![Scopes::new()]),
            Some(Access::Required) => {}
            None => {
                return Err(Failure::asked(format!(
                    "nobody may call `{}`: the document does not say who; write its `security`",
                    operation.route()
                )));
            }
        }
        let mut choices = Vec::new();
        for alternative in operation.said.alternatives().iter().filter(|one| is_met_by_keys(operation.policy, one)) {
            keep_minimal(&mut choices, alternative.scopes().cloned().collect());
        }
        if !choices.is_empty() {
            return Ok(choices);
        }
        let mut others = BTreeSet::new();
        for alternative in operation.said.alternatives() {
            let (own, other): (Vec<_>, Vec<_>) =
                alternative.schemes().iter().partition(|(scheme, _)| operation.policy.schemes.contains(scheme));
            if own.is_empty() {
                continue;
            }
            others.extend(other.iter().map(|(scheme, _)| scheme.as_str()));
            self.optional.extend(alternative.extension().iter().cloned());
            keep_minimal(&mut choices, own.iter().flat_map(|(_, scopes)| scopes).cloned().collect());
        }
        if choices.is_empty() {
            return Err(Failure::asked(format!(
                "no key of this store opens `{}`: it demands {}",
                operation.route(),
                operation.said.requirement
            )));
        }
        let others = others.into_iter().collect::<Vec<_>>().join("`, `");
        self.notes.push(format!("note: `{}` demands a credential of `{others}` beside the key", operation.route()));
        Ok(choices)
    }

    /// The minimal set. Where there are several, the failure names them.
    pub(super) fn sole(&self) -> Result<Scopes, Failure> {
        if let [set] = self.sets.as_slice() {
            return Ok(set.clone());
        }
        let mut text = "the operations have alternatives; choose one of these:".to_owned();
        for set in self.sets.iter().take(SHOWN) {
            text.push_str(&format!("\n    --scopes {}", shell_word(&joined(set))));
        }
        if let more @ 1.. = self.sets.len().saturating_sub(SHOWN) {
            text.push_str(&format!("\n    or {more} more"));
        }
        Err(Failure::Asked(text))
    }

    /// What lacks to the minimal set that the scopes come closest to.
    pub(super) fn missing(&self, scopes: &Scopes) -> Scopes {
        self.closest(scopes).difference(scopes).cloned().collect()
    }

    /// The scopes without need: those outside the minimal set that they come closest to.
    pub(super) fn excess(&self, scopes: &Scopes) -> Scopes {
        let closest = self.closest(scopes);
        scopes.iter().filter(|name| !closest.contains(*name) && !self.optional.contains(*name)).cloned().collect()
    }

    /// If several sets are met, the largest counts.
    fn closest(&self, scopes: &Scopes) -> Scopes {
        let far = |set: &&Scopes| (set.difference(scopes).count(), scopes.difference(set).count());
        self.sets.iter().min_by_key(far).cloned().unwrap_or_default()
    }
}

/// Every scope that can be of use in a key of the store for this policy.
pub(super) fn of_use(policy: &Policy) -> Scopes {
    let alternatives = policy.engine.served().operations.iter().flat_map(|operation| operation.alternatives());
    let with_keys = alternatives.filter(|one| one.schemes().iter().any(|(scheme, _)| policy.schemes.contains(scheme)));
    let scopes = with_keys.flat_map(|one| {
        let own = one.schemes().iter().filter(|(scheme, _)| policy.schemes.contains(scheme));
        own.flat_map(|(_, scopes)| scopes).chain(one.extension())
    });
    scopes.cloned().collect()
}

/// Scopes with spaces between them.
pub(super) fn joined(scopes: &Scopes) -> String {
    scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn is_met_by_keys(policy: &Policy, alternative: &AlternativeFacts) -> bool {
    let mut schemes = alternative.schemes().iter();
    !schemes.as_slice().is_empty() && schemes.all(|(scheme, _)| policy.schemes.contains(scheme))
}

fn keep_minimal(sets: &mut Vec<Scopes>, set: Scopes) {
    if sets.iter().any(|other| other.is_subset(&set)) {
        return;
    }
    sets.retain(|other| !set.is_subset(other));
    sets.push(set);
}
