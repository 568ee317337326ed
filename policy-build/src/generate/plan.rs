//! The model, prepared for the source: everything has its index and its Rust name.

use std::collections::{BTreeSet, HashMap};
use std::iter;

use policy_core::__private::requirement_words;
use policy_spec::{Access, AlternativeFacts, OperationModel, PolicyModel, ScopeEntry, ScopeMapping};
use proc_macro2::{Ident, Span, TokenStream};

use super::scope_sets::ScopeSets;
use super::{GenerateError, Options};

/// The model, numbered and named.
pub(super) struct Plan<'m> {
    pub(super) model: &'m PolicyModel,
    pub(super) options: &'m Options,
    /// Who writes the document.
    pub(super) kind: DocumentKind<'m>,
    /// The path of policy-core.
    pub(super) core: TokenStream,
    pub(super) operations: Vec<Operation<'m>>,
    /// The type of each scope, in the order of the model.
    pub(super) scope_names: Vec<Ident>,
    /// The trait of each scope.
    pub(super) scope_traits: Vec<Ident>,
    /// The constant of each scheme.
    pub(super) scheme_names: Vec<Ident>,
    /// The sets of scopes that have types.
    pub(super) scope_sets: ScopeSets,
    pub(super) scope_map: Vec<Mapped<'m>>,
}

/// An entry of the scope map, numbered.
pub(super) struct Mapped<'m> {
    pub(super) mapping: &'m ScopeMapping,
    pub(super) scheme: u16,
    pub(super) to: Vec<u16>,
}

/// Who writes the document. `#[operation]` and the policy are told so.
#[derive(Clone, Copy)]
pub(crate) enum DocumentKind<'d> {
    /// People do.
    ByHand,
    /// The program that is compiled does.
    CodeFirst,
    /// The program that is compiled is about to write it, and the model is a draft. For each operation the list has the
    /// variant names of its alternatives in the old document.
    Draft(&'d [Vec<String>]),
}

impl DocumentKind<'_> {
    /// The word for it in the facts of an operation. `None` if people write the document.
    pub(super) fn word(self) -> Option<Ident> {
        let word = match self {
            Self::ByHand => return None,
            Self::CodeFirst => "code_first",
            Self::Draft(_) => "draft",
        };
        Some(Ident::new(word, Span::call_site()))
    }

    /// The variant names of an operation's alternatives, if the model is a draft. Other models name them themselves.
    fn variants(self, operation: usize, count: usize) -> Option<Vec<String>> {
        let Self::Draft(variants) = self else { return None };
        variants.get(operation).filter(|variants| variants.len() == count).cloned()
    }
}

pub(super) struct Operation<'m> {
    pub(super) model: &'m OperationModel,
    pub(super) index: u32,
    /// The type, and the macro of the same name.
    pub(super) name: Ident,
    /// The template as it is served, with the base path.
    pub(super) template: String,
    pub(super) location: String,
    pub(super) alternatives: Vec<Alternative>,
    /// The enum of the branches, for more than one alternative.
    pub(super) branches: Option<Ident>,
    /// The scopes that every alternative requires.
    pub(super) always: BTreeSet<u16>,
}

impl Operation<'_> {
    /// Whom it lets in before scopes are looked at. An operation without a declared requirement is not served. If it were, it would deny
    /// everybody.
    pub(super) fn access(&self) -> Access {
        self.model.access().unwrap_or(Access::Required)
    }

    /// Its requirement as the table has it.
    pub(super) fn words(&self) -> Result<Vec<u16>, GenerateError> {
        let numbered: Vec<_> = self.alternatives.iter().map(|alternative| alternative.numbered.clone()).collect();
        requirement_words(&numbered).ok_or(GenerateError::TooMany("scopes in one requirement"))
    }
}

pub(super) struct Alternative {
    /// The alternative with the indices of its schemes and scopes, as the table has it.
    pub(super) numbered: AlternativeFacts<u16>,
    /// All scopes of the alternative, each once, in the order of their names.
    pub(super) scopes: BTreeSet<u16>,
    /// The variant of the operation's enum.
    pub(super) variant: Ident,
}

impl<'m> Plan<'m> {
    /// The description of a scope. An empty one counts as none.
    pub(super) fn description<'s>(&self, scope: &'s ScopeEntry) -> Option<&'s str> {
        scope.description.as_deref().filter(|text| self.options.notes && !text.is_empty())
    }

    pub(super) fn new(
        model: &'m PolicyModel,
        options: &'m Options,
        kind: DocumentKind<'m>,
        core: TokenStream,
    ) -> Result<Self, GenerateError> {
        let numbers = Numbers::new(model)?;
        let names = model.names();
        if let Some(collision) = names.collisions(options.types).first() {
            return Err(GenerateError::NameCollision(collision.message(model)));
        }
        let mut operations = Vec::with_capacity(model.operations.len());
        for (((operation, names), index), at) in model.operations.iter().zip(&names.operations).zip(0_u32..).zip(0..) {
            let variants = kind.variants(at, operation.alternatives().len());
            let alternatives = numbers.alternatives(model, operation, variants, options.types)?;
            let branches = names.alternatives.as_deref().filter(|_| options.types);
            operations.push(Operation {
                model: operation,
                index,
                name: ident(if options.types { &names.name } else { "Operation" })?,
                template: operation.path.clone(),
                location: if options.notes { location(operation) } else { options.source.clone() },
                always: common(&alternatives),
                alternatives,
                branches: branches.map(ident).transpose()?,
            });
        }
        let branches = |operation: &Operation<'_>| operation.branches.is_some();
        let scope_sets = ScopeSets::new(operations.iter().flat_map(|operation| {
            let alternatives = operation.alternatives.iter().filter(move |_| branches(operation));
            iter::once(&operation.always).chain(alternatives.map(|alternative| &alternative.scopes))
        }));
        Ok(Self {
            model,
            options,
            kind,
            core,
            operations,
            scope_sets,
            scope_map: model.scope_map.iter().map(|mapping| numbers.mapped(mapping)).collect::<Result<_, _>>()?,
            scope_names: names.scopes.iter().map(|scope| ident(&scope.name)).collect::<Result<_, _>>()?,
            scope_traits: names.scopes.iter().map(|scope| ident(&scope.requires)).collect::<Result<_, _>>()?,
            scheme_names: names.schemes.iter().map(|name| ident(name)).collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn scope_text(&self, scope: u16) -> &'m str {
        self.model.scopes.get(usize::from(scope)).map_or("", |scope| &scope.name)
    }
}

/// Where the document says what the operation requires.
fn location(operation: &OperationModel) -> String {
    operation.scopes_location.as_ref().unwrap_or(&operation.location).to_string()
}

/// An identifier of a type or constant. Every name that `policy-spec` makes is one, but a model made by hand may have
/// any text.
fn ident(name: &str) -> Result<Ident, GenerateError> {
    let is_identifier = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
        && name != "Self";
    if is_identifier { Ok(Ident::new(name, Span::call_site())) } else { Err(GenerateError::Name(name.to_owned())) }
}

fn common(alternatives: &[Alternative]) -> BTreeSet<u16> {
    let mut sets = alternatives.iter().map(|alternative| &alternative.scopes);
    let first = sets.next().cloned().unwrap_or_default();
    sets.fold(first, |common, set| &common & set)
}

/// The index of each scope and each scheme, by its name.
struct Numbers<'m> {
    scopes: HashMap<&'m str, u16>,
    schemes: HashMap<&'m str, u16>,
}

impl<'m> Numbers<'m> {
    fn new(model: &'m PolicyModel) -> Result<Self, GenerateError> {
        if model.operations.len() > usize::from(u16::MAX) {
            return Err(GenerateError::TooMany("operations"));
        }
        // `Policy::scopes` documents this order, and a name that occurs twice would have two indices.
        for pair in model.scopes.windows(2) {
            if let [before, after] = pair
                && before.name >= after.name
            {
                return Err(GenerateError::UnsortedScopes(after.name.clone()));
            }
        }
        for webhook in &model.webhooks {
            if webhook.follow_up.iter().any(|operation| *operation >= model.operations.len()) {
                return Err(GenerateError::UnknownFollowUp(webhook.name.clone()));
            }
        }
        Ok(Self {
            scopes: number(model.scopes.iter().map(|scope| scope.name.as_str()), "scopes")?,
            schemes: number(model.schemes.iter().map(|scheme| scheme.name.as_str()), "security schemes")?,
        })
    }

    fn alternatives(
        &self,
        model: &PolicyModel,
        operation: &OperationModel,
        variants: Option<Vec<String>>,
        named: bool,
    ) -> Result<Vec<Alternative>, GenerateError> {
        // A sole alternative is no variant of an enum, and needs no name.
        let alternatives = operation.alternatives();
        let variants = if named && alternatives.len() > 1 {
            variants.unwrap_or_else(|| model.variants(operation))
        } else {
            vec!["Alternative".to_owned(); alternatives.len()]
        };
        alternatives
            .iter()
            .zip(variants)
            .map(|(alternative, variant)| self.alternative(alternative, &variant))
            .collect()
    }

    fn scheme(&self, name: &str) -> Result<u16, GenerateError> {
        self.schemes.get(name).copied().ok_or_else(|| GenerateError::UnknownScheme(name.to_owned()))
    }

    fn scope(&self, name: &str) -> Result<u16, GenerateError> {
        self.scopes.get(name).copied().ok_or_else(|| GenerateError::UnknownScope(name.to_owned()))
    }

    fn mapped<'e>(&self, mapping: &'e ScopeMapping) -> Result<Mapped<'e>, GenerateError> {
        let to = mapping.to.iter().map(|name| self.scope(name)).collect::<Result<_, _>>()?;
        Ok(Mapped { mapping, scheme: self.scheme(&mapping.scheme)?, to })
    }

    fn alternative(&self, alternative: &AlternativeFacts, variant: &str) -> Result<Alternative, GenerateError> {
        let numbered = alternative.try_named(|name| self.scheme(name), |name| self.scope(name))?;
        let scopes = numbered.scopes().copied().collect();
        Ok(Alternative { numbered, scopes, variant: ident(variant)? })
    }
}

fn number<'n>(
    names: impl Iterator<Item = &'n str>,
    what: &'static str,
) -> Result<HashMap<&'n str, u16>, GenerateError> {
    let mut numbers = HashMap::new();
    for (at, name) in names.enumerate() {
        // The highest number is not given out, so that the count of all fits the same type.
        let at = u16::try_from(at).ok().filter(|at| *at < u16::MAX).ok_or(GenerateError::TooMany(what))?;
        numbers.insert(name, at);
    }
    Ok(numbers)
}
