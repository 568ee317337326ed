//! How a difference is told: in words, with the places in both documents and who proves it.

use std::fmt::Write as _;

use super::{Change, Difference, Subject, Witness};
use crate::in_words::InWords;
use crate::model::{OperationModel, PolicyModel, Scheme};
use crate::source::{Location, Span};

/// How many alternatives of an operation are spelled out.
const MOST_ALTERNATIVES: usize = 6;

const RED: &str = "\x1b[1m\x1b[91m";
const BLUE: &str = "\x1b[1m\x1b[94m";
const BOLD: &str = "\x1b[1m";
const OFF: &str = "\x1b[0m";

/// A [`Difference`] with everything there is to say about it. *Here* is the first policy, *there* the one it is compared with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DifferenceInWords {
    /// In which way they differ.
    pub change: Change,
    /// One sentence.
    pub message: String,
    /// `GET /path` as served, of an operation.
    pub operation: Option<String>,
    /// The name of a scheme.
    pub scheme: Option<String>,
    /// Where it stands here.
    pub here: Option<Spot>,
    /// Where it stands there.
    pub there: Option<Spot>,
    /// What is said here; nothing where that is not what differs.
    pub said_here: Option<String>,
    /// What is said there.
    pub said_there: Option<String>,
    /// Who or what proves it, in a sentence each.
    pub proofs: Vec<String>,
}

/// A place in a document.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Spot {
    /// The place as people read it.
    pub location: Location,
    /// What to underline, where that is known.
    pub span: Option<Span>,
}

impl Spot {
    fn of(operation: &OperationModel) -> Self {
        Self { location: operation.location.clone(), span: operation.spans.first().copied() }
    }
}

impl Difference {
    /// The difference in words. `policy` and `against` are the two policies that were compared, in this order; `other` is what the
    /// second one's document is called.
    #[must_use]
    pub fn in_words(&self, policy: &PolicyModel, against: &PolicyModel, other: &str) -> DifferenceInWords {
        let mut told = DifferenceInWords {
            change: self.change,
            message: String::new(),
            operation: None,
            scheme: None,
            here: None,
            there: None,
            said_here: None,
            said_there: None,
            proofs: Vec::new(),
        };
        match &self.subject {
            Subject::CheckOrder => {
                told.message = format!("requests are checked in another order than by `{other}`");
                told.said_here = Some(order(policy));
                told.said_there = Some(order(against));
            }
            Subject::Scheme(name) => {
                let of = |model: &PolicyModel| model.schemes.iter().find(|scheme| scheme.name == *name).cloned();
                let (here, there) = (of(policy), of(against));
                let said: fn(&Scheme) -> String = match self.change {
                    Change::AsNobodyWidened | Change::AsNobodyNarrowed => as_nobody,
                    _ => |scheme| scheme.kind.to_string(),
                };
                told.message = match self.change {
                    Change::AsNobodyWidened => {
                        format!("more credentials of the scheme `{name}` count as nobody than by `{other}`")
                    }
                    Change::AsNobodyNarrowed => {
                        format!("fewer credentials of the scheme `{name}` count as nobody than by `{other}`")
                    }
                    _ => format!("the scheme `{name}` is of another kind than in `{other}`"),
                };
                told.scheme = Some(name.clone());
                told.said_here = here.as_ref().map(said);
                told.said_there = there.as_ref().map(said);
                told.here = here.map(|scheme| Spot { location: scheme.location, span: None });
                told.there = there.map(|scheme| Spot { location: scheme.location, span: None });
            }
            Subject::ScopeMap(here, there) => {
                let here = here.and_then(|at| policy.scope_map.get(at));
                let there = there.and_then(|at| against.scope_map.get(at));
                let from = here.or(there).map(|mapping| mapping.from.as_str()).unwrap_or_default();
                let amount = if self.change == Change::ScopeMapWidened { "more" } else { "less" };
                told.message = format!("`scopes.map` grants {amount} for `{from}` than that of `{other}`");
                told.scheme = here.or(there).map(|mapping| mapping.scheme.clone());
                told.said_here = here.map(ToString::to_string);
                told.said_there = there.map(ToString::to_string);
            }
            Subject::Operation(here, there) => {
                let here = here.and_then(|at| policy.operations.get(at));
                let there = there.and_then(|at| against.operations.get(at));
                self.operation_in_words(here, there, other, &mut told);
            }
        }
        told
    }

    fn operation_in_words(
        &self,
        here: Option<&OperationModel>,
        there: Option<&OperationModel>,
        other: &str,
        told: &mut DifferenceInWords,
    ) {
        let key = here.or(there).map(|operation| operation.served_key());
        let key = key.unwrap_or_default();
        told.message = message(self.change, &key, other);
        told.operation = Some(key);
        told.here = here.map(Spot::of);
        told.there = there.map(Spot::of);
        let query = matches!(self.change, Change::QueryWidened | Change::QueryNarrowed | Change::QueryIncomparable);
        if !query {
            told.said_here = here.map(requirement);
            told.said_there = there.map(requirement);
        }
        let verb = if query { ("taken", "refused") } else { ("let in", "refused") };
        let proofs = [(&self.gained, verb), (&self.lost, (verb.1, verb.0))];
        let proof = |(witness, (here, there)): (&Option<Witness>, (&str, &str))| {
            Some(format!("{} is {here} here, {there} there", witness.as_ref()?))
        };
        told.proofs = proofs.into_iter().filter_map(proof).collect();
    }
}

impl DifferenceInWords {
    /// As `rustc` would print it, with ANSI colours if asked. `here` and `there` are what the two documents are called.
    #[must_use]
    pub fn render(&self, here: &str, there: &str, color: bool) -> String {
        let [red, blue, bold, off] = if color { [RED, BLUE, BOLD, OFF] } else { [""; 4] };
        let mut text = format!("{red}error[{}]{off}{bold}: {}{off}", self.change, self.message);
        // Writing to a string does not fail.
        for (arrow, spot) in [("-->", &self.here), (":::", &self.there)] {
            if let Some(spot) = spot {
                let _ = write!(text, "\n {blue}{arrow}{off} {}", spot.location);
            }
        }
        for (name, said) in [(here, &self.said_here), (there, &self.said_there)] {
            if let Some(said) = said {
                let _ = write!(text, "\n  {blue}={off} {bold}{name}{off}: {said}");
            }
        }
        for proof in &self.proofs {
            let _ = write!(text, "\n  {blue}={off} {bold}witness{off}: {proof}");
        }
        text
    }
}

/// Where no operation of one policy is in the other, it is most likely the base path that differs: then this says so.
#[must_use]
pub fn different_base_paths(policy: &PolicyModel, against: &PolicyModel, differences: &[Difference]) -> Option<String> {
    let one_sided = differences.iter().all(|difference| {
        matches!(difference.subject, Subject::Operation(Some(_), None) | Subject::Operation(None, Some(_)))
    });
    let every = policy.operations.len() + against.operations.len() == differences.len();
    (one_sided && every && policy.base_path != against.base_path).then(|| {
        format!(
            "no path is served by both: the base path here is `{}`, there it is `{}`; set `base-path` in `policy.toml` if they are meant to be one",
            policy.base_path, against.base_path
        )
    })
}

/// What counts as nobody of a scheme's credentials.
fn as_nobody(scheme: &Scheme) -> String {
    if scheme.as_nobody.is_empty() {
        return "every credential that is refused is refused".to_owned();
    }
    format!("where anybody may call, these count as nobody: {}", scheme.as_nobody)
}

fn order(model: &PolicyModel) -> String {
    let stages: Vec<&str> = model.check_order.iter().map(|stage| stage.as_str()).collect();
    stages.join(", ")
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
