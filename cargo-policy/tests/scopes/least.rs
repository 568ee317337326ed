//! The sets that are told are those that a search over every grant finds, by the decision itself.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::ScopeString;
use policy_core::owned::Request;
use policy_spec::{Engine, Settings};
use serde_json::Value;

use crate::{fixtures, scopes};

type Held = BTreeMap<String, BTreeSet<String>>;

/// Every credential of two schemes and four scopes.
fn universe() -> Vec<Held> {
    const SCOPES: [&str; 4] = ["a:read", "b:read", "b:write", "c:read"];
    let mut all = vec![Held::new()];
    for scheme in ["Key", "OAuth2"] {
        for held in all.clone() {
            for bits in 0..1_usize << SCOPES.len() {
                let chosen = SCOPES.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
                let mut held = held.clone();
                held.insert(scheme.to_owned(), chosen.map(|(_, scope)| (*scope).to_owned()).collect());
                all.push(held);
            }
        }
    }
    all
}

fn is_within(one: &Held, other: &Held) -> bool {
    one.iter().all(|(scheme, scopes)| other.get(scheme).is_some_and(|held| scopes.is_subset(held)))
}

#[test]
fn the_smallest_sets_are_those_that_a_search_over_all_grants_finds() {
    let loaded = policy_spec::load(&fixtures().join("hooks.yaml"), &Settings::default());
    let engine = Engine::new(&loaded.model.unwrap_or_else(|| panic!("the document has errors"))).unwrap();
    let keys: Vec<String> = engine.served().operations.iter().map(|one| one.served_key()).collect();
    let allows = |held: &Held, at: usize| {
        let texts: Vec<(&String, String)> = held
            .iter()
            .map(|(scheme, scopes)| (scheme, scopes.iter().cloned().collect::<Vec<_>>().join(" ")))
            .collect();
        let policy = engine.policy();
        let grants: Vec<_> = texts
            .iter()
            .map(|(scheme, scopes)| policy.grant(scheme, ScopeString::new(scopes).unwrap()).unwrap())
            .collect();
        let caller = if grants.is_empty() { None } else { Some(grants.as_slice()) };
        let request = Request { caller: Ok(caller), enabled: Ok(true), query: None };
        policy.operation(at).unwrap().decide(&request).is_allowed()
    };
    let universe = universe();
    for bits in 1..1_usize << keys.len() {
        let chosen: Vec<usize> = (0..keys.len()).filter(|at| bits >> at & 1 == 1).collect();
        let enough: Vec<&Held> = universe.iter().filter(|held| chosen.iter().all(|at| allows(held, *at))).collect();
        let is_smallest = |held: &&&Held| !enough.iter().any(|other| other != *held && is_within(other, held));
        let expected: BTreeSet<Held> = enough.iter().filter(is_smallest).map(|held| (*held).clone()).collect();

        let mut arguments = vec!["hooks.yaml", "--format", "json"];
        for at in &chosen {
            arguments.extend(["--operation", keys[*at].as_str()]);
        }
        let told: Value = serde_json::from_str(&scopes(&arguments).out).unwrap();
        let sets = told["sets"].as_array().unwrap();
        let found: BTreeSet<Held> =
            sets.iter().map(|set| serde_json::from_value(set["schemes"].clone()).unwrap()).collect();
        assert_eq!(found, expected, "{arguments:?}");
        // Each reason is one: without the scope, these operations are refused, and no other.
        for set in sets {
            let grant: Held = serde_json::from_value(set["schemes"].clone()).unwrap();
            for because in set["because"].as_array().unwrap() {
                let mut less = grant.clone();
                let scheme = because["scheme"].as_str().unwrap();
                match because["scope"].as_str() {
                    Some(scope) => drop(less.get_mut(scheme).unwrap().remove(scope)),
                    None => drop(less.remove(scheme)),
                }
                let named: BTreeSet<&str> = because["operations"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|one| one["operation"].as_str().unwrap())
                    .collect();
                let refused: BTreeSet<&str> =
                    chosen.iter().filter(|at| !allows(&less, **at)).map(|at| keys[*at].as_str()).collect();
                assert_eq!(named, refused, "{because}");
                assert!(!named.is_empty(), "{because}");
            }
        }
    }
}
