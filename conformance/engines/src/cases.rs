//! Callers of an operation: with everything that an alternative asks for, with one thing missing, and by chance.

use std::collections::{BTreeMap, BTreeSet};

use policy_spec::{AlternativeFacts, Engine, OperationModel};

/// What each satisfied scheme granted. Empty for nobody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    pub grants: BTreeMap<String, BTreeSet<String>>,
}

/// Every caller of the operation that is tried, each once.
pub fn callers(engine: &Engine, operation: &OperationModel, random: u32, seed: u64) -> Vec<Caller> {
    let schemes: Vec<&str> = engine.policy().schemes().collect();
    let scopes: Vec<&str> = engine.policy().scopes().collect();
    let mut all = BTreeSet::from([Caller { grants: BTreeMap::new() }]);
    for alternative in operation.alternatives() {
        for least in minimal(alternative, &schemes) {
            all.extend(one_missing(&least));
            all.extend(moved(&least, &schemes));
            all.extend(misspelt(&least));
            all.insert(least);
        }
    }
    let own: Vec<&str> = operation.alternatives().iter().flat_map(|one| one.scopes()).map(String::as_str).collect();
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..random {
        let mut grants = BTreeMap::new();
        for scheme in &schemes {
            if chance.one_in(2) {
                let of_its_own = own.iter().filter(|_| chance.one_in(2)).map(|scope| (*scope).to_owned());
                let mut granted: BTreeSet<String> = of_its_own.collect();
                granted.extend(scopes.iter().filter(|_| chance.one_in(8)).map(|scope| (*scope).to_owned()));
                grants.insert((*scheme).to_owned(), granted);
            }
        }
        all.insert(Caller { grants });
    }
    all.into_iter().collect()
}

/// Every caller with exactly what the alternative asks for: the scopes of an extension granted by each of its schemes in turn.
fn minimal(alternative: &AlternativeFacts, schemes: &[&str]) -> Vec<Caller> {
    if alternative.is_anonymous() {
        return Vec::new();
    }
    let own: BTreeMap<String, BTreeSet<String>> =
        alternative.schemes().iter().map(|(name, scopes)| (name.clone(), scopes.iter().cloned().collect())).collect();
    let givers: Vec<String> = match own.is_empty() {
        true => schemes.iter().map(|scheme| (*scheme).to_owned()).collect(),
        false => own.keys().cloned().collect(),
    };
    let by = |giver: String| {
        let mut grants = own.clone();
        grants.entry(giver).or_default().extend(alternative.extension().iter().cloned());
        Caller { grants }
    };
    givers.into_iter().map(by).collect()
}

/// The caller without each of its scopes and without each of its schemes.
fn one_missing(caller: &Caller) -> Vec<Caller> {
    let mut all = Vec::new();
    for (scheme, scopes) in &caller.grants {
        let mut without = caller.clone();
        without.grants.remove(scheme);
        all.push(without);
        for scope in scopes {
            let mut without = caller.clone();
            without.grants.get_mut(scheme).map(|scopes| scopes.remove(scope));
            all.push(without);
        }
    }
    all
}

/// The caller with the scopes of each scheme granted by another one: a grant belongs to the scheme that gave it.
fn moved(caller: &Caller, schemes: &[&str]) -> Vec<Caller> {
    let mut all = Vec::new();
    for scheme in caller.grants.keys() {
        for other in schemes.iter().filter(|other| *other != scheme).take(3) {
            let mut moved = caller.clone();
            let scopes = moved.grants.insert(scheme.clone(), BTreeSet::new()).unwrap_or_default();
            moved.grants.entry((*other).to_owned()).or_default().extend(scopes);
            all.push(moved);
        }
    }
    all
}

/// The caller with names that look like those that are asked for.
fn misspelt(caller: &Caller) -> Vec<Caller> {
    let spelt = |spell: fn(&str) -> String| {
        let grants = caller
            .grants
            .iter()
            .map(|(scheme, scopes)| (scheme.clone(), scopes.iter().map(|one| spell(one)).collect()));
        Caller { grants: grants.collect() }
    };
    vec![
        spelt(str::to_uppercase),
        spelt(|scope| format!("{scope}x")),
        spelt(|scope| scope.chars().skip(1).chain(['*']).collect()),
    ]
}

/// A sequence that is the same in each run (xorshift).
struct Chance(u64);

impl Chance {
    fn one_in(&mut self, count: u64) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % count == 0
    }
}
