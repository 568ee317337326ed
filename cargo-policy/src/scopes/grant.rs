//! What a caller holds: schemes that authenticated it, each with the scopes that it granted. And the smallest of these that are enough.

use std::collections::{BTreeMap, BTreeSet};

use policy_spec::{AlternativeFacts, OperationModel};

/// Schemes with their scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grant(pub(super) BTreeMap<String, BTreeSet<String>>);

/// How many grants are compared, each with each. Nobody chooses among more of them.
const MOST_CANDIDATES: usize = 1_024;

impl Grant {
    pub(super) fn is_within(&self, other: &Self) -> bool {
        let holds = |(scheme, scopes): (&String, &BTreeSet<String>)| {
            other.0.get(scheme).is_some_and(|held| scopes.is_subset(held))
        };
        self.0.iter().all(holds)
    }

    pub(super) fn with(&self, other: &Self) -> Self {
        let mut both = self.clone();
        for (scheme, scopes) in &other.0 {
            both.0.entry(scheme.clone()).or_default().extend(scopes.iter().cloned());
        }
        both
    }

    /// Without one of its scopes.
    pub(super) fn without(&self, scheme: &str, scope: &str) -> Self {
        let mut less = self.clone();
        if let Some(scopes) = less.0.get_mut(scheme) {
            scopes.remove(scope);
        }
        less
    }

    /// Without one of its schemes.
    pub(super) fn without_scheme(&self, scheme: &str) -> Self {
        let mut less = self.clone();
        less.0.remove(scheme);
        less
    }

    /// How many schemes and scopes it has.
    pub(super) fn size(&self) -> usize {
        self.0.values().map(|scopes| scopes.len() + 1).sum()
    }
}

/// There are too many grants to be compared.
#[derive(Debug)]
pub(super) struct TooMany;

/// The smallest grants that an operation, as it is served, accepts. `None` for one that nobody can call.
pub(super) fn of_operation(operation: &OperationModel, scheme: Option<&str>) -> Result<Option<Vec<Grant>>, TooMany> {
    if operation.access().is_some_and(|access| access != policy_spec::Access::Required) {
        return Ok(Some(vec![Grant::default()]));
    }
    let mut grants = Vec::new();
    for alternative in operation.alternatives() {
        let is_wanted = scheme.is_none_or(|scheme| alternative.schemes().iter().all(|(name, _)| name == scheme));
        if is_wanted && !alternative.schemes().is_empty() {
            grants.extend(of_alternative(alternative)?);
        }
    }
    let grants = smallest(grants);
    Ok((!grants.is_empty()).then_some(grants))
}

/// Each scope of the extension may come from each of the schemes.
fn of_alternative(alternative: &AlternativeFacts) -> Result<Vec<Grant>, TooMany> {
    let mut own = Grant::default();
    for (scheme, scopes) in alternative.schemes() {
        own.0.entry(scheme.clone()).or_default().extend(scopes.iter().cloned());
    }
    let mut grants = vec![own];
    for scope in alternative.extension() {
        let mut more = Vec::new();
        for grant in &grants {
            if grant.0.values().any(|held| held.contains(scope)) {
                more.push(grant.clone());
                continue;
            }
            for scheme in grant.0.keys() {
                let one = Grant([(scheme.clone(), [scope.clone()].into())].into());
                more.push(grant.with(&one));
            }
        }
        grants = more;
        if grants.len() > MOST_CANDIDATES {
            return Err(TooMany);
        }
    }
    Ok(grants)
}

/// The smallest grants that are enough for all of these. Each of `needs` has the smallest grants of one operation.
pub(super) fn of_all(needs: &[Vec<Grant>]) -> Result<Vec<Grant>, TooMany> {
    let distinct: BTreeSet<&Vec<Grant>> = needs.iter().collect();
    let mut distinct: Vec<&Vec<Grant>> = distinct.into_iter().collect();
    // Those that leave no choice first, so that the choices of others meet a grant that is large already.
    distinct.sort_by_key(|grants| grants.len());
    let mut found = vec![Grant::default()];
    for grants in distinct {
        if found.len().saturating_mul(grants.len()) > MOST_CANDIDATES {
            return Err(TooMany);
        }
        let mut more = Vec::new();
        for one in &found {
            // Who holds what is enough needs nothing more.
            match grants.iter().any(|grant| grant.is_within(one)) {
                true => more.push(one.clone()),
                false => more.extend(grants.iter().map(|grant| one.with(grant))),
            }
        }
        found = smallest(more);
    }
    Ok(found)
}

/// Those of which no other one is a part, the smallest first.
pub(super) fn smallest(mut grants: Vec<Grant>) -> Vec<Grant> {
    grants.sort_by_cached_key(|grant| (grant.size(), grant.clone()));
    grants.dedup();
    let mut kept: Vec<Grant> = Vec::new();
    for grant in grants {
        if !kept.iter().any(|smaller| smaller.is_within(&grant)) {
            kept.push(grant);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{Grant, of_all, smallest};

    fn grant(text: &str) -> Grant {
        let mut grant = Grant::default();
        for part in text.split_whitespace() {
            let (scheme, scope) = part.split_once('.').unwrap_or((part, ""));
            let scopes = grant.0.entry(scheme.to_owned()).or_default();
            if !scope.is_empty() {
                scopes.insert(scope.to_owned());
            }
        }
        grant
    }

    fn grants(texts: &[&str]) -> Vec<Grant> {
        texts.iter().map(|text| grant(text)).collect()
    }

    #[test]
    fn only_what_has_no_part_that_is_enough_is_smallest() {
        assert_eq!(smallest(grants(&["A.x A.y", "A.x", "B", "B.z", "A.x B"])), grants(&["B", "A.x"]));
    }

    #[test]
    fn all_smallest_grants_of_several_operations_are_found() {
        for (needs, expected) in [
            (vec![], vec![""]),
            (vec![vec!["A.x"], vec!["A.y"]], vec!["A.x A.y"]),
            (vec![vec!["A.x", "A.y"], vec!["A.y", "A.z"]], vec!["A.y", "A.x A.z"]),
            (vec![vec!["A.x", "B"], vec!["A.x"]], vec!["A.x"]),
            (vec![vec!["A.x", "B"], vec!["A.y", "B"]], vec!["B", "A.x A.y"]),
            (vec![vec![""], vec!["A"]], vec!["A"]),
        ] {
            let needs: Vec<Vec<Grant>> = needs.iter().map(|need| grants(need)).collect();
            let found = of_all(&needs).ok();
            assert_eq!(found, Some(smallest(grants(&expected))), "{needs:?}");
        }
    }

    #[test]
    fn too_many_are_told_and_not_cut() {
        let needs: Vec<Vec<Grant>> = (0..40).map(|at| grants(&[&format!("A.a{at}"), &format!("A.b{at}")])).collect();
        assert!(of_all(&needs).is_err());
    }
}
