//! Operations, scopes and schemes that would have one name in Rust.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::{Kind, Names, type_of_route};
use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::json::quoted;
use crate::model::{OperationModel, PolicyModel};
use crate::schemes::Declared;
use crate::settings::Naming;
use crate::source::Span;

/// Two things that would have one name in Rust. Neither gets it: only their order could decide, and an edit can change that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision {
    /// The name.
    pub name: String,
    /// What comes first in the document's order.
    first: Bearer,
    /// What comes later.
    second: Bearer,
}

/// What has a name, by its index in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bearer {
    Operation(usize),
    /// The enum of an operation's alternatives.
    Alternatives(usize),
    Scope(usize),
    /// The trait of the operations that require a scope.
    Requires(usize),
    Scheme(usize),
}

impl Bearer {
    /// The kind of the thing that has to get another name.
    fn kind(self) -> Kind {
        match self {
            Self::Operation(_) | Self::Alternatives(_) => Kind::Operation,
            Self::Scope(_) | Self::Requires(_) => Kind::Scope,
            Self::Scheme(_) => Kind::Scheme,
        }
    }

    /// Whether it is named after the type of its owner.
    fn is_derived(self) -> bool {
        matches!(self, Self::Alternatives(_) | Self::Requires(_))
    }

    /// What its owner is called in the document, and in `policy.toml`.
    fn key(self, model: &PolicyModel) -> String {
        match self {
            Self::Operation(at) | Self::Alternatives(at) => {
                model.operations.get(at).map(OperationModel::key).unwrap_or_default()
            }
            Self::Scope(at) | Self::Requires(at) => {
                model.scopes.get(at).map(|scope| scope.name.clone()).unwrap_or_default()
            }
            Self::Scheme(at) => model.schemes.get(at).map(|scheme| scheme.name.clone()).unwrap_or_default(),
        }
    }

    fn told(self, model: &PolicyModel) -> String {
        let owner = format!("the {} `{}`", self.kind().as_str(), self.key(model).escape_debug());
        match self {
            Self::Alternatives(_) => format!("the enum of the alternatives of {owner}"),
            Self::Requires(_) => format!("the trait of {owner}"),
            Self::Operation(_) | Self::Scope(_) | Self::Scheme(_) => owner,
        }
    }
}

impl Names {
    /// Every name that two things would have. `types` says whether operations and scopes become types. Schemes become constants
    /// in any case.
    ///
    /// If more than two things would have one name, each of the others makes a collision with the first.
    #[must_use]
    pub fn collisions(&self, types: bool) -> Vec<Collision> {
        let mut found = Vec::new();
        if types {
            // Operations and scopes share one namespace: handlers import both with a glob.
            let operations = self.operations.iter().map(|one| (&one.name, Bearer::Operation(one.index)));
            let scopes = self.scopes.iter().enumerate().map(|(at, one)| (&one.name, Bearer::Scope(at)));
            let alternatives = self
                .operations
                .iter()
                .filter_map(|one| Some((one.alternatives.as_ref()?, Bearer::Alternatives(one.index))));
            let requires = self.scopes.iter().enumerate().map(|(at, one)| (&one.requires, Bearer::Requires(at)));
            collect(operations.chain(scopes).chain(alternatives).chain(requires), &mut found);
        }
        collect(self.schemes.iter().enumerate().map(|(at, name)| (name, Bearer::Scheme(at))), &mut found);
        found
    }
}

fn collect<'n>(names: impl Iterator<Item = (&'n String, Bearer)>, found: &mut Vec<Collision>) {
    let mut known: HashMap<&str, Bearer> = HashMap::new();
    for (name, bearer) in names {
        match known.entry(name) {
            Entry::Vacant(free) => {
                free.insert(bearer);
            }
            // Two enums or two traits of one name come from two types of one name, which are reported already.
            Entry::Occupied(taken) if taken.get().is_derived() && bearer.is_derived() => {}
            Entry::Occupied(taken) => {
                found.push(Collision { name: name.clone(), first: *taken.get(), second: bearer });
            }
        }
    }
}

impl Collision {
    /// What is wrong, in the words of the finding about it.
    #[must_use]
    pub fn message(&self, model: &PolicyModel) -> String {
        let (first, second) = (self.first.told(model), self.second.told(model));
        format!("{first} and {second} both become `{}` in Rust", self.name)
    }
}

/// Reports every collision of the names of a document.
pub(crate) fn report(
    context: &mut Context<'_>,
    model: &PolicyModel,
    schemes: &[Rc<Declared>],
    required: &[(String, Span)],
) {
    let names = model.names();
    let collisions = names.collisions(true);
    if collisions.is_empty() {
        return;
    }
    let mut taken: HashSet<String> = names.schemes.into_iter().collect();
    taken.extend(names.operations.into_iter().flat_map(|one| [one.name].into_iter().chain(one.alternatives)));
    taken.extend(names.scopes.into_iter().flat_map(|one| [one.name, one.requires]));
    let places = Places::new(schemes, required);
    for collision in collisions {
        let Some(span) = places.of(collision.second, model) else { continue };
        let free = free(&collision, model, &mut taken);
        let mut finding = Finding::new(Code::NameCollision, span, collision.message(model))
            .label(why(collision.second, model))
            .help(help(context, &collision, model, &free));
        if let Some(first) = places.of(collision.first, model) {
            finding = finding.also(first, why(collision.first, model));
        }
        context.report(finding);
    }
}

/// Where each thing stands in the document.
struct Places<'p> {
    scopes: HashMap<&'p str, Span>,
    schemes: HashMap<&'p str, Span>,
}

impl<'p> Places<'p> {
    fn new(schemes: &'p [Rc<Declared>], required: &'p [(String, Span)]) -> Self {
        let mut scopes = HashMap::new();
        let declared = schemes.iter().filter_map(|scheme| scheme.catalogue.as_ref()).flat_map(|one| &one.scopes);
        let declared = declared.map(|(name, (_, span))| (name.as_str(), *span));
        for (name, span) in declared.chain(required.iter().map(|(name, span)| (name.as_str(), *span))) {
            scopes.entry(name).or_insert(span);
        }
        Self { scopes, schemes: schemes.iter().map(|scheme| (scheme.name.as_str(), scheme.span)).collect() }
    }

    fn of(&self, bearer: Bearer, model: &PolicyModel) -> Option<Span> {
        match bearer {
            Bearer::Operation(at) | Bearer::Alternatives(at) => model.operations.get(at)?.spans.first().copied(),
            Bearer::Scope(at) | Bearer::Requires(at) => self.scopes.get(model.scopes.get(at)?.name.as_str()).copied(),
            Bearer::Scheme(at) => self.schemes.get(model.schemes.get(at)?.name.as_str()).copied(),
        }
    }
}

/// Says what the name was made from.
fn why(bearer: Bearer, model: &PolicyModel) -> String {
    let operation = match bearer {
        Bearer::Operation(at) | Bearer::Alternatives(at) => model.operations.get(at),
        _ => None,
    };
    match operation {
        Some(OperationModel { rust_name: Some(name), .. }) => format!("called `{name}`"),
        Some(OperationModel { operation_id: Some(id), .. }) => format!("its `operationId` is `{}`", id.escape_debug()),
        Some(_) => "it has no `operationId`, and is named after its method and path".to_owned(),
        None => String::new(),
    }
}

/// A free name that the second could get.
fn free(collision: &Collision, model: &PolicyModel, taken: &mut HashSet<String>) -> String {
    let (wish, separator) = match collision.second {
        Bearer::Operation(at) | Bearer::Alternatives(at) => {
            (model.operations.get(at).map(type_of_route).unwrap_or_default(), "")
        }
        Bearer::Scope(_) => (format!("{}Scope", collision.name), ""),
        Bearer::Requires(_) => (format!("{}Scope", collision.name.trim_start_matches("Requires")), ""),
        Bearer::Scheme(_) => (collision.name.clone(), "_"),
    };
    let numbered = (2_u32..).map(|number| format!("{wish}{separator}{number}"));
    let free = std::iter::once(wish.clone()).chain(numbered).find(|name| taken.insert(name.clone()));
    free.unwrap_or_default()
}

fn help(context: &Context<'_>, collision: &Collision, model: &PolicyModel, free: &str) -> String {
    let key = quoted(&collision.second.key(model));
    let (table, extension) = match collision.second.kind() {
        Kind::Operation => ("[names]", format!(", or `x-rust-name: {free}` on the operation")),
        Kind::Scope => ("[names.scopes]", String::new()),
        Kind::Scheme => ("[names.schemes]", format!(", or `x-rust-name: {free}` on the scheme")),
    };
    let operation = [collision.first, collision.second].iter().any(|bearer| bearer.kind() == Kind::Operation);
    let at_once = if operation && context.settings.names.operations == Naming::OperationId {
        "; `names = \"route\"` names every operation after its method and path"
    } else {
        ""
    };
    format!(
        "give one of the two another name: `{key} = \"{free}\"` below `{table}` in `policy.toml`{extension}{at_once}"
    )
}
