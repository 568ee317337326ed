//! One thing that is told, with everything that any format shows of it.

use policy_spec::{
    Change, Danger, Deciders, Difference, Location, OperationModel, PolicyModel, Reviewable, Reviewed, Span, Subject,
    Witness,
};

use super::phrase::{self, Phrase};
use super::state::State;
use crate::escape::one_line;

/// One thing that is told. Names stand in backticks.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) danger: Danger,
    /// A stable name for the kind of change.
    pub(super) change: &'static str,
    /// Method and path as served, of an operation.
    pub(super) operation: Option<(String, String)>,
    /// The path before, where it is another one.
    pub(super) old_path: Option<String>,
    /// What it is about.
    pub(super) name: String,
    /// What changed.
    pub(super) phrase: Phrase,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) old_place: Option<Location>,
    pub(super) new_place: Option<Location>,
    /// Where it stands in the new document, to be underlined.
    pub(super) span: Option<Span>,
    /// What is accepted now and was not.
    pub(super) gained: Option<Witness>,
    /// What was accepted and is not now.
    pub(super) lost: Option<Witness>,
    /// Whether both policies decide about the witnesses as it says.
    pub(super) confirmed: Option<bool>,
    /// What else there is to know, in sentences.
    pub(super) notes: Vec<String>,
    /// A new operation that anybody may call.
    pub(super) is_open: bool,
}

/// Makes entries of what was found.
pub(super) struct Telling<'s> {
    pub(super) old: &'s State,
    pub(super) new: &'s State,
    pub(super) before: &'s PolicyModel,
    pub(super) after: &'s PolicyModel,
    pub(super) deciders: Deciders,
}

impl Telling<'_> {
    pub(super) fn entry(&self, reviewed: &Reviewed) -> Entry {
        match &reviewed.what {
            Reviewable::Difference(difference) => self.difference(reviewed.danger, difference),
            Reviewable::Renamed { before, after } => self.renamed(*before, *after),
            Reviewable::Word { before, after } => self.word(*before, *after),
        }
    }

    fn difference(&self, danger: Danger, difference: &Difference) -> Entry {
        let told = difference.in_words(self.after, self.before, &self.old.name);
        let place =
            |state: &State, spot: &Option<policy_spec::Spot>| spot.as_ref().map(|spot| state.place(&spot.location));
        let scheme = told.scheme.clone().unwrap_or_default();
        let mut entry = Entry {
            danger,
            change: difference.change.as_str(),
            operation: None,
            old_path: None,
            name: String::new(),
            phrase: Phrase::new("", ""),
            before: told.said_there.clone(),
            after: told.said_here.clone(),
            old_place: place(self.old, &told.there),
            new_place: place(self.new, &told.here),
            span: told.here.as_ref().and_then(|spot| spot.span),
            gained: difference.gained.clone(),
            lost: difference.lost.clone(),
            confirmed: self.deciders.confirm(difference, self.before, self.after),
            notes: Vec::new(),
            is_open: false,
        };
        let about = |name: String, what: &str| (name, Phrase::new(what, what));
        let (name, phrase) = match &difference.subject {
            Subject::CheckOrder => about("a request".to_owned(), "is checked in another order"),
            Subject::Scheme(_) => match difference.change {
                Change::AsNobodyWidened => {
                    about(format!("the scheme `{scheme}`"), "has more credentials that count as nobody")
                }
                Change::AsNobodyNarrowed => {
                    about(format!("the scheme `{scheme}`"), "has fewer credentials that count as nobody")
                }
                _ => about(format!("the scheme `{scheme}`"), "is of another kind"),
            },
            Subject::ScopeMap(..) => {
                let amount = if difference.change == Change::ScopeMapWidened { "grants more" } else { "grants less" };
                about(format!("the scope map of `{scheme}`"), amount)
            }
            Subject::Operation(new, old) => {
                let new = new.and_then(|at| self.after.operations.get(at));
                let old = old.and_then(|at| self.before.operations.get(at));
                self.operation(old, new, difference, &mut entry)
            }
        };
        Entry { name, phrase, ..entry }
    }

    fn operation(
        &self,
        old: Option<&OperationModel>,
        new: Option<&OperationModel>,
        difference: &Difference,
        entry: &mut Entry,
    ) -> (String, Phrase) {
        let Some(shown) = new.or(old) else { return (String::new(), Phrase::new("", "")) };
        entry.operation = Some((shown.method.clone(), shown.path.clone()));
        entry.is_open = old.is_none() && phrase::is_open(shown).is_some();
        let mut phrase = match (old, new) {
            (Some(old), Some(new)) => phrase::of(difference, old, new),
            (None, _) if entry.is_open => Phrase::new("is new and open to anybody", "are new and open to anybody"),
            (None, _) => Phrase::new("is new", "are new"),
            (_, None) => Phrase::new("is gone", "are gone"),
        };
        let other = match (old, new) {
            (None, Some(new)) => self.deciders.decided_before(new),
            (Some(old), None) => self.deciders.decides_after(old),
            _ => None,
        };
        if let Some(other) = other {
            let what = if old.is_none() {
                "before, a request for it was decided by"
            } else {
                "a request for it is now decided by"
            };
            entry.notes.push(format!("{what} `{} {}`", other.method, other.path));
            // A route within a wider one: who calls it was refused by the other, and is let in. Or the other way round.
            let (before, after) = if old.is_none() { (other, shown) } else { (shown, other) };
            if phrase::is_open(after).is_some() && phrase::is_open(before).is_none() {
                entry.danger = Danger::Opened;
                if old.is_some() {
                    phrase = Phrase::new(
                        "is gone, and a request for it is open to anybody",
                        "are gone, and requests for them are open to anybody",
                    );
                }
            }
        }
        if difference.change == Change::Access && phrase::is_open(shown) == Some(policy_spec::Access::Public) {
            entry.notes.push("a request with a credential that is not valid is let in now, and was refused".to_owned());
        } else if difference.change == Change::Access {
            entry.notes.push("a request with a credential that is not valid is refused now, and was let in".to_owned());
        }
        (format!("`{} {}`", shown.method, shown.path), phrase)
    }

    fn renamed(&self, before: usize, after: usize) -> Entry {
        let (old, new) = (self.before.operations.get(before), self.after.operations.get(after));
        let key = |operation: Option<&OperationModel>| {
            operation.map(|one| (one.method.clone(), one.path.clone())).unwrap_or_default()
        };
        let ((method, old_path), (_, path)) = (key(old), key(new));
        let other = new.and_then(|new| self.deciders.decided_before(new));
        let notes =
            other.map(|other| format!("before, a request for it was decided by `{} {}`", other.method, other.path));
        Entry {
            danger: Danger::Renamed,
            change: "operation-renamed",
            name: format!("`{method} {old_path}`"),
            phrase: phrase::moved(&old_path, &path),
            before: Some(format!("`{method} {old_path}`")),
            after: Some(format!("`{method} {path}`")),
            operation: Some((method, path)),
            old_path: Some(old_path),
            old_place: old.map(|old| self.old.place(&old.location)),
            new_place: new.map(|new| self.new.place(&new.location)),
            span: new.and_then(|new| new.spans.first().copied()),
            gained: None,
            lost: None,
            confirmed: None,
            notes: notes.into_iter().collect(),
            is_open: false,
        }
    }

    fn word(&self, before: Option<usize>, after: Option<usize>) -> Entry {
        let old = before.and_then(|at| self.before.scopes.get(at));
        let new = after.and_then(|at| self.after.scopes.get(at));
        let (change, one, several) = match (old, new) {
            (None, _) => ("scope-declared", "is new in the catalogue", "are new in the catalogue"),
            (_, None) => ("scope-undeclared", "is gone from the catalogue", "are gone from the catalogue"),
            _ => ("scope-described", "is described otherwise", "are described otherwise"),
        };
        let said = |scope: Option<&policy_spec::ScopeEntry>| {
            scope.and_then(|scope| scope.description.as_deref()).map(one_line)
        };
        Entry {
            danger: Danger::Catalogue,
            change,
            operation: None,
            old_path: None,
            name: format!("the scope `{}`", new.or(old).map(|scope| scope.name.replace('`', "'")).unwrap_or_default()),
            phrase: Phrase::new(one, several),
            before: said(old),
            after: said(new),
            old_place: old.map(|scope| self.old.place(&scope.location)),
            new_place: new.map(|scope| self.new.place(&scope.location)),
            span: None,
            gained: None,
            lost: None,
            confirmed: None,
            notes: Vec::new(),
            is_open: false,
        }
    }
}

impl Entry {
    /// What it is about, without the marks around a name.
    pub(super) fn bare_name(&self) -> String {
        self.name.replace('`', "")
    }

    /// Who or what proves it, in a sentence each.
    pub(super) fn proofs(&self) -> Vec<String> {
        let is_query = matches!(self.gained.as_ref().or(self.lost.as_ref()), Some(Witness::Query(_)));
        let verbs = if is_query { ("taken", "refused") } else { ("let in", "refused") };
        let gained = self.gained.as_ref().map(|witness| match self.change {
            "operation-added" => format!("{witness} is {}", verbs.0),
            _ => format!("{witness} is {} now, and was {}", verbs.0, verbs.1),
        });
        let lost = self.lost.as_ref().map(|witness| match self.change {
            "operation-removed" => format!("{witness} was {}", verbs.0),
            _ => format!("{witness} is {} now, and was {}", verbs.1, verbs.0),
        });
        let unsure = (self.confirmed == Some(false)).then(|| "the decision does not confirm this".to_owned());
        gained.into_iter().chain(lost).chain(unsure).collect()
    }

    /// The whole in a sentence.
    pub(super) fn sentence(&self) -> String {
        format!("{} {}", self.name, self.phrase.one)
    }
}
