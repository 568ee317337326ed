//! What a route accepts, and whether another one accepts all of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Witness;
use policy_core::Access;
use policy_core::owned::QueryFacts;

use crate::model::{OperationModel, PolicyModel, SchemeKind};

/// How many credentials are tried for one operation. An alternative has more than one only if it has several schemes and scopes of
/// an extension: each of these scopes may come from each scheme.
const MOST_CREDENTIALS: usize = 1 << 16;

/// A route as it is served: what several operations of one route say, together.
pub(super) struct Route<'m> {
    pub(super) key: String,
    /// The first operation of it.
    pub(super) index: usize,
    /// Whom it lets in as it is served. `None` where the document does not say.
    pub(super) access: Option<Access>,
    /// Anyone is let in.
    open: bool,
    alternatives: Vec<Need<'m>>,
    pub(super) query: QueryFacts,
}

/// An alternative in which every scheme is named.
#[derive(Clone)]
struct Need<'m> {
    schemes: BTreeMap<&'m str, BTreeSet<&'m str>>,
    /// The extension's scopes, without those that a scheme must grant anyway.
    extension: BTreeSet<&'m str>,
}

/// Schemes that authenticated a caller, each with the scopes it granted.
#[derive(Default)]
pub(super) struct Credential<'m> {
    schemes: BTreeMap<&'m str, BTreeSet<&'m str>>,
}

impl Credential<'_> {
    fn size(&self) -> usize {
        self.schemes.values().map(|scopes| scopes.len() + 1).sum()
    }

    pub(super) fn into_witness(self) -> Witness {
        let owned = |scopes: BTreeSet<&str>| scopes.into_iter().map(str::to_owned).collect();
        Witness::Credential(
            self.schemes.into_iter().map(|(scheme, scopes)| (scheme.to_owned(), owned(scopes))).collect(),
        )
    }
}

pub(super) fn routes(model: &PolicyModel) -> Vec<Route<'_>> {
    let mut routes: Vec<Route<'_>> = Vec::with_capacity(model.operations.len());
    let mut known: HashMap<String, usize> = HashMap::new();
    for (index, operation) in model.operations.iter().enumerate() {
        let route = route(model, operation, index);
        match known.get(&route.key).and_then(|at| routes.get_mut(*at)) {
            // Keys like `/token#refresh`, and templates that differ in names only.
            Some(first) => {
                // An undeclared operation is not served. Another key of the same route may declare it.
                first.access = first.access.or(route.access);
                first.open |= route.open;
                first.alternatives.extend(route.alternatives);
                first.query.names.extend(route.query.names);
                first.query.prefixes.extend(route.query.prefixes);
                first.query.any |= route.query.any;
                first.query.ignores_others |= route.query.ignores_others;
            }
            None => {
                known.insert(route.key.clone(), routes.len());
                routes.push(route);
            }
        }
    }
    routes
}

fn route<'m>(model: &'m PolicyModel, operation: &'m OperationModel, index: usize) -> Route<'m> {
    let mut query = operation.query.clone();
    let mut alternatives = Vec::new();
    for alternative in operation.alternatives().iter().filter(|alternative| !alternative.is_anonymous()) {
        if alternative.accepts_any_scheme() {
            // Only an extension requires something. Any scheme of the document may authenticate the caller.
            for scheme in &model.schemes {
                alternatives.push(Need::new([(scheme.name.as_str(), &[][..])], alternative.extension()));
                if let SchemeKind::ApiKeyQuery(key) = &scheme.kind {
                    query.names.push(key.clone());
                }
            }
        } else {
            let schemes = alternative.schemes().iter().map(|(scheme, scopes)| (scheme.as_str(), scopes.as_slice()));
            alternatives.push(Need::new(schemes, alternative.extension()));
        }
    }
    // Where `{}` is the only alternative, no credential is looked at.
    let access = match operation.access() {
        Some(Access::Optional) if alternatives.is_empty() => Some(Access::Public),
        access => access,
    };
    let open = matches!(access, Some(Access::Public | Access::Optional));
    Route { key: operation.route(), index, access, open, alternatives, query }
}

impl<'m> Need<'m> {
    fn new(schemes: impl IntoIterator<Item = (&'m str, &'m [String])>, extension: &'m [String]) -> Self {
        let set = |scopes: &'m [String]| scopes.iter().map(String::as_str).collect::<BTreeSet<_>>();
        let mut need = Self { schemes: BTreeMap::new(), extension: set(extension) };
        for (scheme, scopes) in schemes {
            need.schemes.entry(scheme).or_default().extend(set(scopes));
        }
        for scopes in need.schemes.values() {
            need.extension.retain(|scope| !scopes.contains(scope));
        }
        need
    }

    /// How many least credentials there are. Each of `n` extension scopes may come from each of `m` schemes: `m` to the power of `n`.
    fn combinations(&self) -> usize {
        let each = u32::try_from(self.extension.len()).unwrap_or(u32::MAX);
        self.schemes.len().saturating_pow(each)
    }

    fn least(&self) -> impl Iterator<Item = Credential<'m>> + '_ {
        let count = if self.schemes.is_empty() { 0 } else { self.combinations() };
        (0..count).map(move |combination| {
            let mut credential = Credential { schemes: self.schemes.clone() };
            let mut rest = combination;
            for scope in &self.extension {
                let scheme = self.schemes.keys().nth(rest % self.schemes.len());
                if let Some(scopes) = scheme.and_then(|scheme| credential.schemes.get_mut(scheme)) {
                    scopes.insert(scope);
                }
                rest /= self.schemes.len();
            }
            credential
        })
    }

    fn accepts(&self, credential: &Credential<'_>) -> bool {
        self.schemes
            .iter()
            .all(|(scheme, scopes)| credential.schemes.get(scheme).is_some_and(|held| scopes.is_subset(held)))
            && self.extension.iter().all(|scope| {
                let mut own = self.schemes.keys().filter_map(|scheme| credential.schemes.get(scheme));
                own.any(|held| held.contains(scope))
            })
    }

    /// Whether every credential that satisfies this also satisfies the other. False also where only trying credentials would tell.
    fn implies(&self, other: &Self) -> bool {
        let held = |scheme: &str| self.schemes.get(scheme);
        // With the same schemes in both, a scope of the extension may come from the same credentials in both.
        let same_schemes = self.schemes.len() == other.schemes.len();
        other.schemes.iter().all(|(scheme, scopes)| held(scheme).is_some_and(|held| scopes.is_subset(held)))
            && other.extension.iter().all(|scope| {
                same_schemes && self.extension.contains(scope)
                    || other.schemes.keys().filter_map(|scheme| held(scheme)).any(|held| held.contains(scope))
            })
    }
}

pub(super) struct TooManyCombinations;

impl<'m> Route<'m> {
    /// A smallest credential that is accepted. All least credentials of one alternative are equally large.
    pub(super) fn smallest(&self) -> Option<Credential<'m>> {
        if self.open {
            return Some(Credential::default());
        }
        let each = self.alternatives.iter().filter_map(|need| need.least().next());
        each.min_by_key(Credential::size)
    }

    fn accepts(&self, credential: &Credential<'_>) -> bool {
        self.open || self.alternatives.iter().any(|need| need.accepts(credential))
    }

    /// A credential that this accepts and the other refuses: one with the fewest schemes and scopes, so that nothing of it could be left
    /// out.
    pub(super) fn beyond(&self, other: &Self) -> Result<Option<Witness>, TooManyCombinations> {
        if other.open {
            return Ok(None);
        }
        if self.open {
            return Ok(Some(Credential::default().into_witness()));
        }
        let mut tried = 0_usize;
        let mut smallest: Option<Credential<'m>> = None;
        for need in &self.alternatives {
            if other.alternatives.iter().any(|known| need.implies(known)) {
                continue;
            }
            tried = tried.saturating_add(need.combinations());
            if tried > MOST_CREDENTIALS {
                return Err(TooManyCombinations);
            }
            // Every least credential of one alternative is equally large.
            if let Some(credential) = need.least().find(|credential| !other.accepts(credential))
                && smallest.as_ref().is_none_or(|known| credential.size() < known.size())
            {
                smallest = Some(credential);
            }
        }
        Ok(smallest.map(Credential::into_witness))
    }
}
