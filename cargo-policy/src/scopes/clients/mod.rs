//! `--by`: what each client of a decision log needs and holds, in one table.
//!
//! Of a client whose lines do not say what it called, nothing is told but what it is called.

mod json;
mod markdown;
mod text;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use policy_spec::{OperationModel, PolicyModel};

use super::grant::{Grant, of_all, of_operation};
use super::held::{Compared, Held};
use super::logged::{self, plural_of_lines};
use super::{FailOn, Scopes};
use crate::check::plural;
use crate::escape::visible;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::replay::{By, Client, Used};

pub(super) use json::json;
pub(super) use markdown::markdown;
pub(super) use text::text;

/// What is told of a client. The order is that of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    /// It holds a scope that it needs for nothing.
    Excess,
    /// It needs a scope that it does not hold.
    Missing,
    /// The log does not say enough.
    CannotTell,
    /// It holds what it needs.
    Fits,
}

impl Told {
    const ALL: [Self; 4] = [Self::Excess, Self::Missing, Self::CannotTell, Self::Fits];

    /// In JSON.
    const fn code(self) -> &'static str {
        match self {
            Self::Excess => "excess",
            Self::Missing => "missing",
            Self::CannotTell => "cannot-tell",
            Self::Fits => "fits",
        }
    }

    /// For people.
    const fn words(self) -> &'static str {
        match self {
            Self::CannotTell => "cannot tell",
            other => other.code(),
        }
    }
}

/// What one client called, needs and holds. Clients that did the same share it.
struct Facts<'r> {
    /// Those of the document, in its order.
    operations: Vec<&'r OperationModel>,
    /// The smallest grants that are enough. `None` where that is not known.
    sets: Option<Vec<Grant>>,
    held: Grant,
    /// What is held against what is needed, where both are known.
    compared: Option<Compared>,
    /// Why it is not known what the client needs.
    unknown: Vec<String>,
}

/// One client.
struct Row<'r> {
    /// `None` where nobody is known.
    client: Option<String>,
    told: Told,
    facts: Rc<Facts<'r>>,
    /// What the log does not say.
    why: Vec<String>,
    lines: u64,
    /// How many of them do not say what was granted.
    without_grants: u64,
    first: u64,
    last: u64,
}

impl Row<'_> {
    /// What is held and needed for nothing, where it is known what is needed.
    fn excess(&self) -> &[(Option<String>, String)] {
        let compared = self.facts.compared.as_ref().filter(|_| self.told == Told::Excess);
        compared.map_or(&[], |compared| &compared.excess)
    }

    /// What is needed and not held, where all of what is held is known, too.
    fn missing(&self) -> &[(String, Option<String>)] {
        let compared = self.facts.compared.as_ref().filter(|_| self.why.is_empty());
        compared.map_or(&[], |compared| &compared.missing)
    }

    /// What it holds. `None` where no line says it.
    fn held(&self) -> Option<&Grant> {
        (self.without_grants < self.lines).then_some(&self.facts.held)
    }
}

/// All clients.
pub(super) struct Table<'r> {
    document: String,
    fingerprint: String,
    by: By,
    rows: Vec<Row<'r>>,
    /// How many lines were not read, and how many are of clients for which there was no room.
    unread: u64,
    further: u64,
    fail_on: &'r [FailOn],
}

impl Table<'_> {
    fn count(&self, told: Told) -> usize {
        self.rows.iter().filter(|row| row.told == told).count()
    }

    pub(super) fn exit(&self) -> Exit {
        let is_found = |one: &FailOn| match one {
            FailOn::Excess => self.count(Told::Excess) > 0,
            FailOn::Missing => self.rows.iter().any(|row| !row.missing().is_empty()),
            FailOn::CannotTell => self.count(Told::CannotTell) > 0 || self.unread + self.further > 0,
        };
        if self.fail_on.iter().any(is_found) { Exit::Findings } else { Exit::Clean }
    }

    /// `3 clients by `openapi.yaml`: 1 excess, 2 fits`.
    fn summary(&self) -> String {
        let counts = Told::ALL.into_iter().map(|told| (self.count(told), told.words())).filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts.map(|(count, words)| format!("{count} {words}")).collect();
        format!("{} by `{}`: {}", plural(self.rows.len(), "client"), self.document, counts.join(", "))
    }

    /// What a reader has to know of the whole.
    fn caveats(&self) -> Vec<String> {
        let further = (self.further > 0).then(|| {
            let lines = plural_of_lines(self.further);
            format!("{lines} of further clients, for which there was no room; `--most-groups` gives more")
        });
        let unread = (self.unread > 0)
            .then(|| format!("{} not read, whose clients are not known", plural_of_lines(self.unread)));
        further.into_iter().chain(unread).collect()
    }
}

/// Reads the log, and tells of each client.
pub(super) fn table<'r>(
    scopes: &'r Scopes,
    by: By,
    served: &'r PolicyModel,
    document: String,
    fingerprint: String,
) -> Result<Table<'r>, Failure> {
    let used = logged::read(scopes)?;
    let mut telling = Telling {
        served,
        scheme: scopes.scheme.as_deref(),
        places: served.operations.iter().enumerate().map(|(at, operation)| (operation.served_key(), at)).collect(),
        known: HashMap::new(),
    };
    let mut rows: Vec<Row<'_>> = used.clients.iter().map(|client| telling.row(&used, client)).collect();
    if rows.is_empty() {
        return Err(Failure::with_help(
            "the log has no allowed request",
            "`--since` and `--until` say which lines count",
        ));
    }
    rows.sort_by(|one, other| (one.told, &one.client).cmp(&(other.told, &other.client)));
    let (unread, further) = (used.unread, used.further);
    Ok(Table { document, fingerprint, by, rows, unread, further, fail_on: &scopes.fail_on })
}

/// What a client called, and what it holds.
type Did = (BTreeSet<String>, BTreeMap<String, BTreeSet<String>>);

struct Telling<'r> {
    served: &'r PolicyModel,
    scheme: Option<&'r str>,
    /// The places of the operations of the document.
    places: BTreeMap<String, usize>,
    /// Most clients did what another one did.
    known: HashMap<Did, Rc<Facts<'r>>>,
}

impl<'r> Telling<'r> {
    fn row(&mut self, used: &Used, client: &Client) -> Row<'r> {
        let name = used.name(client).map(str::to_owned);
        let did = (used.operations(client).into_iter().map(str::to_owned).collect(), used.held(client));
        let facts = match self.known.get(&did) {
            Some(known) => Rc::clone(known),
            None => {
                let facts = Rc::new(self.facts(&did));
                self.known.insert(did, Rc::clone(&facts));
                facts
            }
        };
        let mut why = facts.unknown.clone();
        if client.is_cut {
            why.push("there was no room for all that it called and held; `--most-groups` gives more".to_owned());
        }
        // A name that was cut may be that of several.
        if name.as_ref().is_some_and(|name| name.ends_with('…')) {
            why.push("its name was cut in the log, and may stand for several clients".to_owned());
        }
        let is_called_known = why.is_empty();
        if client.without_grants > 0 {
            let lines = plural_of_lines(client.without_grants);
            why.push(format!("{lines} without what was granted: the log has no replay fields"));
        }
        let excess = facts.compared.as_ref().is_some_and(|compared| !compared.excess.is_empty());
        let missing = facts.compared.as_ref().is_some_and(|compared| !compared.missing.is_empty());
        let told = match (is_called_known, why.is_empty()) {
            // What it holds beyond what it needs is known, though it may hold more.
            (true, _) if excess => Told::Excess,
            (true, true) if missing => Told::Missing,
            (true, true) => Told::Fits,
            _ => Told::CannotTell,
        };
        let (first, last) = client.time();
        let (lines, without_grants) = (client.lines(), client.without_grants);
        Row { client: name, told, facts, why, lines, without_grants, first, last }
    }

    fn facts(&self, (called, held): &Did) -> Facts<'r> {
        let mut unknown = Vec::new();
        let mut operations: BTreeMap<usize, &OperationModel> = BTreeMap::new();
        for name in called {
            match self.places.get(name).and_then(|at| Some((*at, self.served.operations.get(*at)?))) {
                Some((at, operation)) => drop(operations.insert(at, operation)),
                None => unknown.push(format!("the document has no operation `{}`", visible(name))),
            }
        }
        let operations: Vec<&OperationModel> = operations.into_values().collect();
        let mut needs: Vec<Vec<Grant>> = Vec::new();
        let too_many = || "there are too many sets of scopes to be compared".to_owned();
        for operation in &operations {
            match of_operation(operation, self.scheme) {
                Ok(Some(grants)) => needs.push(grants),
                Ok(None) => unknown.push(format!("nobody may call `{}`", visible(&operation.served_key()))),
                Err(_) => unknown.push(too_many()),
            }
        }
        let sets = if unknown.is_empty() { of_all(&needs).map_err(|_| unknown.push(too_many())).ok() } else { None };
        let held = Held::granted(held.clone(), self.scheme);
        let compared = sets.as_ref().and_then(|sets| held.compare(sets, self.served));
        Facts { operations, sets, held: held.grant(), compared, unknown }
    }
}

/// `OAuth2[a:read b:read] + Key`; nothing is `nothing`.
fn phrase(grant: &Grant) -> String {
    let schemes = grant.0.iter().map(|(scheme, scopes)| match scopes.len() {
        0 => scheme.clone(),
        _ => format!("{scheme}[{}]", scopes.iter().cloned().collect::<Vec<_>>().join(" ")),
    });
    let schemes: Vec<String> = schemes.collect();
    if schemes.is_empty() { "nothing".to_owned() } else { schemes.join(" + ") }
}

/// The cells of a row for people, but for what it called.
fn cells(row: &Row<'_>) -> [String; 6] {
    let needs = row.facts.sets.as_ref().map(|sets| sets.iter().map(phrase).collect::<Vec<_>>().join(", or "));
    let held = match row.held() {
        None => "not logged".to_owned(),
        Some(held) if row.without_grants > 0 => format!("{}, or more", phrase(held)),
        Some(held) => phrase(held),
    };
    let of = |scheme: Option<&String>, scope: &str| {
        scheme.map_or_else(
            || scope.to_owned(),
            |scheme| phrase(&Grant([(scheme.clone(), [scope.to_owned()].into())].into())),
        )
    };
    let excess = row.excess().iter().map(|(scheme, scope)| of(scheme.as_ref(), scope));
    let missing = row.missing().iter().map(|(scheme, scope)| match scope {
        Some(scope) => of(Some(scheme), scope),
        None => scheme.clone(),
    });
    [
        row.client.clone().unwrap_or_else(|| "(nobody)".to_owned()),
        row.told.words().to_owned(),
        needs.unwrap_or_else(|| "not known".to_owned()),
        held,
        excess.collect::<Vec<_>>().join(", "),
        missing.collect::<Vec<_>>().join(", "),
    ]
}

/// What a row called, for people: so many of its operations, and how many others there are.
fn called(row: &Row<'_>, most: usize, shown: impl Fn(&str) -> String) -> Vec<String> {
    let operations = &row.facts.operations;
    let named = operations.iter().take(most).map(|operation| shown(&operation.served_key()));
    let more = operations.len().checked_sub(most).filter(|more| *more > 0);
    named.chain(more.map(|more| format!("and {more} more"))).collect()
}
