//! How two policies differ: which callers and query keys one lets in and the other does not, with a proof of each.
//!
//! Operations are compared by what they accept, not by how they say it. A credential is what schemes authenticated a
//! caller, each with the scopes it granted; more of either never hurts. So one operation accepts all that another does
//! exactly when it accepts the least credentials that satisfy the other's alternatives, and those can be listed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use crate::model::{Access, OperationModel, PolicyModel, QueryModel, SchemeKind};

/// How many credentials are tried for one operation. Only alternatives of several schemes beside an extension of many
/// scopes have more than a few.
const MOST_CREDENTIALS: usize = 1 << 16;

/// One thing in which two policies differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub subject: Subject,
    /// In which way.
    pub change: Change,
    /// What the first policy accepts and the second does not.
    pub gained: Option<Witness>,
    /// What the second policy accepts and the first does not.
    pub lost: Option<Witness>,
}

/// What two policies differ in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The order of checks.
    CheckOrder,
    /// A security scheme, by its name.
    Scheme(String),
    /// An operation: its index in [`PolicyModel::operations`] of the first policy and of the second, where it is there.
    Operation(Option<usize>, Option<usize>),
}

/// The way in which the first policy differs from the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// The operation is in the first policy only.
    Added,
    /// The operation is in the second policy only.
    Removed,
    /// It lets more callers in.
    Widened,
    /// It lets fewer callers in.
    Narrowed,
    /// It lets callers in that the second refuses, and refuses others that the second lets in.
    Incomparable,
    /// It lets the same callers in, by another [`Access`]: a public operation does not look at credentials, an optional
    /// one refuses those that are not valid.
    Access,
    /// It takes more query keys.
    QueryWidened,
    /// It takes fewer query keys.
    QueryNarrowed,
    /// It takes query keys that the second refuses, and refuses others that the second takes.
    QueryIncomparable,
    /// The checks come in another order.
    CheckOrder,
    /// A scheme of one name is of another kind.
    SchemeKind,
    /// The requirements have too many combinations to be compared.
    Undecided,
}

impl Change {
    /// Every change.
    pub const ALL: [Self; 12] = [
        Self::Added,
        Self::Removed,
        Self::Widened,
        Self::Narrowed,
        Self::Incomparable,
        Self::Access,
        Self::QueryWidened,
        Self::QueryNarrowed,
        Self::QueryIncomparable,
        Self::CheckOrder,
        Self::SchemeKind,
        Self::Undecided,
    ];

    /// Its stable name, in kebab-case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "operation-added",
            Self::Removed => "operation-removed",
            Self::Widened => "operation-widened",
            Self::Narrowed => "operation-narrowed",
            Self::Incomparable => "operation-incomparable",
            Self::Access => "access-changed",
            Self::QueryWidened => "query-widened",
            Self::QueryNarrowed => "query-narrowed",
            Self::QueryIncomparable => "query-incomparable",
            Self::CheckOrder => "check-order-changed",
            Self::SchemeKind => "scheme-kind-changed",
            Self::Undecided => "operation-undecided",
        }
    }

    /// What it means, in a sentence.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Added => "The operation is in this document only.",
            Self::Removed => "The operation is in the other document only.",
            Self::Widened => "The operation lets in callers that the other document refuses.",
            Self::Narrowed => "The operation refuses callers that the other document lets in.",
            Self::Incomparable => {
                "The operation lets in callers that the other document refuses, and refuses others that it lets in."
            }
            Self::Access => "The operation lets the same callers in, but by another access: public, or optional.",
            Self::QueryWidened => "The operation takes query keys that the other document refuses.",
            Self::QueryNarrowed => "The operation refuses query keys that the other document takes.",
            Self::QueryIncomparable => {
                "The operation takes query keys that the other document refuses, and refuses others that it takes."
            }
            Self::CheckOrder => "A request is checked in another order.",
            Self::SchemeKind => "A security scheme of the same name is of another kind.",
            Self::Undecided => "The requirements have too many combinations to be compared.",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one policy accepts and another refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// A caller's credential: the schemes that authenticated it, each with the scopes it granted. Without a scheme, a
    /// caller without a credential.
    Credential(Vec<(String, Vec<String>)>),
    /// A key in the query.
    Query(String),
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(key) => write!(f, "the query key `{}`", key.escape_debug()),
            Self::Credential(schemes) if schemes.is_empty() => f.write_str("a caller without a credential"),
            Self::Credential(schemes) => {
                f.write_str("a caller with ")?;
                for (at, (scheme, scopes)) in schemes.iter().enumerate() {
                    let separator = if at == 0 { "" } else { " and " };
                    write!(f, "{separator}`{scheme}`")?;
                    match scopes.as_slice() {
                        [] => f.write_str(" without any scope")?,
                        scopes => write!(f, " holding `{}`", scopes.join("`, `"))?,
                    }
                }
                Ok(())
            }
        }
    }
}

/// Everything in which `policy` differs from `against`: the check order, the kinds of schemes in use, then the operations
/// in the order of `policy`, and those that only `against` has.
///
/// Operations are the same when their [`OperationModel::route`] is: the method and the path as served, whatever its
/// parameters are called. Descriptions, catalogues, `operationId`s and webhooks are no part of the comparison.
#[must_use]
pub fn compare(policy: &PolicyModel, against: &PolicyModel) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut differs = |subject, change, gained, lost| {
        differences.push(Difference { subject, change, gained, lost });
    };
    if policy.check_order != against.check_order {
        differs(Subject::CheckOrder, Change::CheckOrder, None, None);
    }
    let used: BTreeSet<&str> = used_schemes(policy).chain(used_schemes(against)).collect();
    for scheme in policy.schemes.iter().filter(|scheme| used.contains(scheme.name.as_str())) {
        let other = against.schemes.iter().find(|other| other.name == scheme.name);
        if other.is_some_and(|other| other.kind != scheme.kind) {
            differs(Subject::Scheme(scheme.name.clone()), Change::SchemeKind, None, None);
        }
    }
    let (here, there) = (routes(policy), routes(against));
    let of_there: HashMap<&str, usize> = there.iter().enumerate().map(|(at, route)| (route.key.as_str(), at)).collect();
    for route in &here {
        let Some(other) = of_there.get(route.key.as_str()).and_then(|at| there.get(*at)) else {
            let gained = route.least().next().map(Credential::into_witness);
            differs(Subject::Operation(Some(route.index), None), Change::Added, gained, None);
            continue;
        };
        let subject = || Subject::Operation(Some(route.index), Some(other.index));
        match (route.beyond(other), other.beyond(route)) {
            (Ok(None), Ok(None)) if route.access != other.access => differs(subject(), Change::Access, None, None),
            (Ok(None), Ok(None)) => {}
            (Ok(gained), Ok(lost)) => {
                let change = match (&gained, &lost) {
                    (Some(_), Some(_)) => Change::Incomparable,
                    (Some(_), None) => Change::Widened,
                    (None, _) => Change::Narrowed,
                };
                differs(subject(), change, gained, lost);
            }
            _ => differs(subject(), Change::Undecided, None, None),
        }
        let (gained, lost) = (key_beyond(&route.query, &other.query), key_beyond(&other.query, &route.query));
        let change = match (&gained, &lost) {
            (None, None) => continue,
            (Some(_), Some(_)) => Change::QueryIncomparable,
            (Some(_), None) => Change::QueryWidened,
            (None, Some(_)) => Change::QueryNarrowed,
        };
        differs(subject(), change, gained.map(Witness::Query), lost.map(Witness::Query));
    }
    let of_here: BTreeSet<&str> = here.iter().map(|route| route.key.as_str()).collect();
    for route in there.iter().filter(|route| !of_here.contains(route.key.as_str())) {
        let lost = route.least().next().map(Credential::into_witness);
        differs(Subject::Operation(None, Some(route.index)), Change::Removed, None, lost);
    }
    differences
}

/// The names of the schemes by which a caller can authenticate anywhere.
fn used_schemes(model: &PolicyModel) -> impl Iterator<Item = &str> {
    let alternatives = || model.operations.iter().flat_map(|operation| &operation.alternatives);
    let open = alternatives().any(|alternative| alternative.schemes.is_empty() && !alternative.anonymous);
    let all = model.schemes.iter().filter(move |_| open).map(|scheme| scheme.name.as_str());
    all.chain(alternatives().flat_map(|alternative| &alternative.schemes).map(|(scheme, _)| scheme.as_str()))
}

/// A route as it is served: what several operations of one route say, together.
struct Route<'m> {
    key: String,
    /// The first operation of it.
    index: usize,
    access: Access,
    /// Anyone is let in.
    open: bool,
    alternatives: Vec<Need<'m>>,
    query: QueryModel,
}

/// An alternative in which every scheme is named.
#[derive(Clone)]
struct Need<'m> {
    schemes: BTreeMap<&'m str, BTreeSet<&'m str>>,
    /// Scopes of an extension that none of the schemes is asked for anyway.
    extension: BTreeSet<&'m str>,
}

/// Schemes that authenticated a caller, each with the scopes it granted.
#[derive(Default)]
struct Credential<'m> {
    schemes: BTreeMap<&'m str, BTreeSet<&'m str>>,
}

impl Credential<'_> {
    fn into_witness(self) -> Witness {
        let owned = |scopes: BTreeSet<&str>| scopes.into_iter().map(str::to_owned).collect();
        Witness::Credential(
            self.schemes.into_iter().map(|(scheme, scopes)| (scheme.to_owned(), owned(scopes))).collect(),
        )
    }
}

fn routes(model: &PolicyModel) -> Vec<Route<'_>> {
    let mut routes: Vec<Route<'_>> = Vec::with_capacity(model.operations.len());
    let mut known: HashMap<String, usize> = HashMap::new();
    for (index, operation) in model.operations.iter().enumerate() {
        let route = route(model, operation, index);
        match known.get(&route.key).and_then(|at| routes.get_mut(*at)) {
            // Keys like `/token#refresh`, and templates that differ in names only.
            Some(first) => {
                first.open |= route.open;
                first.alternatives.extend(route.alternatives);
                first.query.names.extend(route.query.names);
                first.query.prefixes.extend(route.query.prefixes);
                first.query.any |= route.query.any;
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
    for alternative in operation.alternatives.iter().filter(|alternative| !alternative.anonymous) {
        if alternative.schemes.is_empty() {
            // Only an extension speaks: whichever scheme of the document authenticates will do.
            for scheme in &model.schemes {
                alternatives.push(Need::new([(scheme.name.as_str(), &[][..])], &alternative.extension));
                if let SchemeKind::ApiKeyQuery(key) = &scheme.kind {
                    query.names.push(key.clone());
                }
            }
        } else {
            let schemes = alternative.schemes.iter().map(|(scheme, scopes)| (scheme.as_str(), scopes.as_slice()));
            alternatives.push(Need::new(schemes, &alternative.extension));
        }
    }
    let anonymous = operation.alternatives.iter().filter(|alternative| alternative.anonymous).count();
    // With no other alternative than `{}` nobody is asked for a credential.
    let access = match operation.access {
        Access::Optional if anonymous == operation.alternatives.len() => Access::Public,
        access => access,
    };
    let open = access == Access::Public || anonymous > 0;
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

    /// How many least credentials there are: each scope of the extension may come from any of the schemes.
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

    /// Whether whoever satisfies this also satisfies the other, where it can be told without trying credentials.
    fn implies(&self, other: &Self) -> bool {
        let held = |scheme: &str| self.schemes.get(scheme);
        // Where the other names every scheme of this one, its extension counts from all that this one's does.
        let same_schemes = self.schemes.len() == other.schemes.len();
        other.schemes.iter().all(|(scheme, scopes)| held(scheme).is_some_and(|held| scopes.is_subset(held)))
            && other.extension.iter().all(|scope| {
                same_schemes && self.extension.contains(scope)
                    || other.schemes.keys().filter_map(|scheme| held(scheme)).any(|held| held.contains(scope))
            })
    }
}

struct TooManyCombinations;

impl<'m> Route<'m> {
    /// The least credentials that are accepted.
    fn least(&self) -> impl Iterator<Item = Credential<'m>> + '_ {
        let none = self.open.then(Credential::default);
        none.into_iter().chain(self.alternatives.iter().flat_map(Need::least))
    }

    fn accepts(&self, credential: &Credential<'_>) -> bool {
        self.open || self.alternatives.iter().any(|need| need.accepts(credential))
    }

    /// A credential that this accepts and the other refuses.
    fn beyond(&self, other: &Self) -> Result<Option<Witness>, TooManyCombinations> {
        if other.open {
            return Ok(None);
        }
        if self.open {
            return Ok(Some(Credential::default().into_witness()));
        }
        let mut tried = 0_usize;
        for need in &self.alternatives {
            if other.alternatives.iter().any(|known| need.implies(known)) {
                continue;
            }
            tried = tried.saturating_add(need.combinations());
            if tried > MOST_CREDENTIALS {
                return Err(TooManyCombinations);
            }
            if let Some(credential) = need.least().find(|credential| !other.accepts(credential)) {
                return Ok(Some(credential.into_witness()));
            }
        }
        Ok(None)
    }
}

fn takes(query: &QueryModel, key: &str) -> bool {
    query.any
        || query.names.iter().any(|name| name == key)
        || query.prefixes.iter().any(|prefix| key.starts_with(prefix.as_str()))
}

/// A query key that the first takes and the second refuses.
fn key_beyond(query: &QueryModel, other: &QueryModel) -> Option<String> {
    if let Some(name) = query.names.iter().find(|name| !takes(other, name)) {
        return Some(name.clone());
    }
    let everything = query.any.then_some("");
    let prefixes = query.prefixes.iter().map(String::as_str).chain(everything);
    prefixes
        .filter(|prefix| !other.any && !other.prefixes.iter().any(|wider| prefix.starts_with(wider.as_str())))
        .find_map(|prefix| {
            // Only finitely many keys of a prefix are names, and each longer prefix takes those of one next letter.
            let letters = || ('a'..='z').chain('\u{100}'..='\u{2fff}').map(String::from);
            let short = std::iter::once("…".to_owned()).chain(letters());
            let long = letters().map(|letter| letter.repeat(40));
            let keys = short.chain(long).map(|rest| format!("{prefix}{rest}"));
            keys.take(10_000).find(|key| !takes(other, key)).or_else(|| Some(prefix.to_owned()))
        })
}
