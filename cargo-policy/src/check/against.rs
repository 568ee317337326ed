//! The comparison with another document.

use policy_spec::{Change, Difference, InWords, Location, OperationModel, PolicyModel, Span, Subject, compare};
use serde_json::{Map, Value, json};

use super::name;
use crate::project::Read;

/// How many alternatives of an operation are written out.
const MOST_ALTERNATIVES: usize = 6;

/// The other document, and how the first differs from it.
pub(super) struct Against {
    pub(super) other: Read,
    pub(super) differences: Vec<Difference>,
    /// Whether something of both documents could be read and compared.
    pub(super) compared: bool,
    /// How many errors the other document has. With errors it is no policy, and only what could be read is compared.
    pub(super) errors: usize,
}

/// A difference, ready to be shown in any format.
pub(super) struct Told {
    pub(super) change: Change,
    /// One sentence.
    pub(super) message: String,
    /// The operation as `GET /path`, with the path as served. `None` if the difference is about something else.
    pub(super) operation: Option<String>,
    pub(super) scheme: Option<String>,
    /// Where it stands in the first document and in the other.
    pub(super) here: Option<Spot>,
    pub(super) there: Option<Spot>,
    /// What the first document says. `None` if it does not have the operation.
    pub(super) said_here: Option<String>,
    pub(super) said_there: Option<String>,
    /// Sentences that each prove the difference by a caller or a query key.
    pub(super) proofs: Vec<String>,
    pub(super) gained: Option<Value>,
    pub(super) lost: Option<Value>,
}

pub(super) struct Spot {
    pub(super) location: Location,
    /// The text to underline, if it is known.
    pub(super) span: Option<Span>,
}

impl Against {
    pub(super) fn new(read: &Read, other: Read) -> Self {
        let compared = read.loaded.readable().zip(other.loaded.readable()).map(|(one, other)| compare(one, other));
        let errors = other.loaded.findings.iter().filter(|finding| finding.is_error()).count();
        Self { other, compared: compared.is_some(), differences: compared.unwrap_or_default(), errors }
    }

    /// Whether both are the same policy.
    pub(super) fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.other.loaded.model.is_some()
    }

    pub(super) fn name(&self) -> String {
        name(&self.other)
    }

    pub(super) fn told(&self, read: &Read) -> Vec<Told> {
        let (Some(policy), Some(against)) = (read.loaded.readable(), self.other.loaded.readable()) else {
            return Vec::new();
        };
        self.differences.iter().map(|difference| self.tell(difference, policy, against)).collect()
    }

    /// A hint if no operation of one document is in the other. Then their base paths differ, most likely.
    pub(super) fn hint(&self, read: &Read) -> Option<String> {
        let (policy, against) = (read.loaded.readable()?, self.other.loaded.readable()?);
        let common = self.differences.iter().all(|difference| {
            matches!(difference.subject, Subject::Operation(Some(_), None) | Subject::Operation(None, Some(_)))
        });
        let every = policy.operations.len() + against.operations.len() == self.differences.len();
        (common && every && policy.base_path != against.base_path).then(|| {
            format!(
                "no path is served by both: the base path here is `{}`, there it is `{}`; set `base-path` in `policy.toml` if they are meant to be one",
                policy.base_path, against.base_path
            )
        })
    }

    fn tell(&self, difference: &Difference, policy: &PolicyModel, against: &PolicyModel) -> Told {
        let other = self.name();
        let mut told = Told {
            change: difference.change,
            message: String::new(),
            operation: None,
            scheme: None,
            here: None,
            there: None,
            said_here: None,
            said_there: None,
            proofs: Vec::new(),
            gained: difference.gained.as_ref().map(witness),
            lost: difference.lost.as_ref().map(witness),
        };
        match &difference.subject {
            Subject::CheckOrder => {
                let order = |model: &PolicyModel| {
                    let stages: Vec<&str> = model.check_order.iter().map(|stage| stage.as_str()).collect();
                    stages.join(", ")
                };
                told.message = format!("requests are checked in another order than by `{other}`");
                told.said_here = Some(order(policy));
                told.said_there = Some(order(against));
            }
            Subject::Scheme(name) => {
                let of = |model: &PolicyModel| model.schemes.iter().find(|scheme| scheme.name == *name).cloned();
                let (here, there) = (of(policy), of(against));
                told.message = format!("the scheme `{name}` is of another kind than in `{other}`");
                told.scheme = Some(name.clone());
                told.said_here = here.as_ref().map(|scheme| scheme.kind.to_string());
                told.said_there = there.as_ref().map(|scheme| scheme.kind.to_string());
                told.here = here.map(|scheme| Spot { location: scheme.location, span: None });
                told.there = there.map(|scheme| Spot { location: scheme.location, span: None });
            }
            Subject::ScopeMap(here, there) => {
                let (here, there) =
                    (here.and_then(|at| policy.scope_map.get(at)), there.and_then(|at| against.scope_map.get(at)));
                let from = here.or(there).map(|mapping| mapping.from.as_str()).unwrap_or_default();
                let amount = if difference.change == Change::ScopeMapWidened { "more" } else { "less" };
                told.message = format!("`scopes.map` grants {amount} for `{from}` than that of `{other}`");
                told.scheme = here.or(there).map(|mapping| mapping.scheme.clone());
                told.said_here = here.map(ToString::to_string);
                told.said_there = there.map(ToString::to_string);
            }
            Subject::Operation(here, there) => {
                let here = here.and_then(|at| policy.operations.get(at));
                let there = there.and_then(|at| against.operations.get(at));
                let key = here.or(there).map(|operation| format!("{} {}", operation.method, operation.path));
                let key = key.unwrap_or_default();
                told.message = message(difference.change, &key, &other);
                told.operation = Some(key);
                let spot = |operation: &OperationModel| Spot {
                    location: operation.location.clone(),
                    span: operation.spans.first().copied(),
                };
                told.here = here.map(spot);
                told.there = there.map(spot);
                let query = matches!(
                    difference.change,
                    Change::QueryWidened | Change::QueryNarrowed | Change::QueryIncomparable
                );
                if !query {
                    told.said_here = here.map(requirement);
                    told.said_there = there.map(requirement);
                }
                let verb = if query { ("taken", "refused") } else { ("let in", "refused") };
                let proofs = [(&difference.gained, verb), (&difference.lost, (verb.1, verb.0))];
                told.proofs = proofs
                    .into_iter()
                    .filter_map(|(witness, (here, there))| {
                        Some(format!("{} is {here} here, {there} there", witness.as_ref()?))
                    })
                    .collect();
            }
        }
        told
    }
}

fn message(change: Change, key: &str, other: &str) -> String {
    match change {
        Change::Added => format!("`{key}` is not in `{other}`"),
        Change::Removed => format!("`{key}` of `{other}` is not here"),
        Change::Widened => format!("`{key}` lets in callers that `{other}` refuses"),
        Change::Narrowed => format!("`{key}` refuses callers that `{other}` lets in"),
        Change::Incomparable => format!("`{key}` lets in other callers than `{other}`"),
        Change::Access => format!("`{key}` lets in the same callers as `{other}`, but by another access"),
        Change::QueryWidened => format!("`{key}` takes query keys that `{other}` refuses"),
        Change::QueryNarrowed => format!("`{key}` refuses query keys that `{other}` takes"),
        Change::QueryIncomparable => format!("`{key}` takes other query keys than `{other}`"),
        Change::Undecided => format!("`{key}` has too many combinations of scopes to be compared with `{other}`"),
        _ => format!("`{key}` differs from `{other}`"),
    }
}

/// What an operation requires, in words.
fn requirement(operation: &OperationModel) -> String {
    let quoted = |name: &str| format!("`{name}`");
    let mut phrases = InWords::new(&quoted).requirement(&operation.requirement);
    let more = phrases.len().saturating_sub(MOST_ALTERNATIVES);
    if more > 0 {
        phrases.truncate(MOST_ALTERNATIVES);
        phrases.push(format!("{more} more"));
    }
    phrases.join("; or ")
}

/// For programs: `{"schemes": {"OAuth2": ["files:read"]}}`, or `{"query": "limit"}`.
fn witness(witness: &policy_spec::Witness) -> Value {
    match witness {
        policy_spec::Witness::Query(key) => json!({ "query": key }),
        policy_spec::Witness::Credential(schemes) => {
            let schemes: Map<String, Value> =
                schemes.iter().map(|(scheme, scopes)| (scheme.clone(), json!(scopes))).collect();
            json!({ "schemes": schemes })
        }
    }
}
