//! Requirements in words, for people: on a terminal, in Markdown and in rustdoc alike.
//!
//! All sentences about requirements are made here. The notation `OAuth2[files:read] + Key` is their `Display`. Machines get
//! requirements as JSON or in the columns of a CSV file.

use policy_core::owned::{AlternativeFacts, RequirementFacts};

/// Writes what a requirement asks for.
///
/// ```
/// use policy_spec::{AlternativeFacts, InWords};
///
/// let quoted = |name: &str| format!("`{name}`");
/// let words = InWords::new(&quoted);
/// let reader = AlternativeFacts::of("OAuth2", ["files:read", "files:list"]);
/// assert_eq!(words.alternative(&reader), "`OAuth2` with `files:read`, `files:list`");
/// ```
#[derive(Clone, Copy)]
pub struct InWords<'w> {
    scheme: &'w dyn Fn(&str) -> String,
    scope: &'w dyn Fn(&str) -> String,
    only: Option<&'w str>,
}

impl<'w> InWords<'w> {
    /// `name` writes the names of schemes and scopes: in backticks, say, or escaped.
    #[must_use]
    pub fn new(name: &'w dyn Fn(&str) -> String) -> Self {
        Self { scheme: name, scope: name, only: None }
    }

    /// Writes the names of schemes in a way of their own.
    #[must_use]
    pub fn with_schemes(self, scheme: &'w dyn Fn(&str) -> String) -> Self {
        Self { scheme, ..self }
    }

    /// Leaves out the name of the document's only scheme, since readers know it.
    #[must_use]
    pub fn without(self, only: Option<&'w str>) -> Self {
        Self { only, ..self }
    }

    /// A phrase for each way to be let in.
    ///
    /// Neighbouring alternatives that differ in one scope make one phrase. "`Key` with `a`" and "`Key` with `b`" become "`Key` with
    /// one of `a`, `b`".
    #[must_use]
    pub fn requirement(&self, requirement: &RequirementFacts) -> Vec<String> {
        match requirement {
            RequirementFacts::Undeclared => vec!["not declared: nobody may call it".to_owned()],
            RequirementFacts::Public => vec!["open to everybody".to_owned()],
            RequirementFacts::AnyOf(alternatives) => {
                grouped(alternatives).iter().map(|group| self.group(group)).collect()
            }
        }
    }

    /// The phrase for one alternative.
    #[must_use]
    pub fn alternative(&self, alternative: &AlternativeFacts) -> String {
        self.group(&Group { first: alternative, one_of: None })
    }

    fn group(&self, group: &Group<'_>) -> String {
        let alternative = group.first;
        if alternative.is_anonymous() {
            return "no credential".to_owned();
        }
        let one_of = group.one_of.as_ref().filter(|(_, scopes)| scopes.len() > 1);
        let varying = |place: Varying, scopes: &[String]| match one_of {
            Some((varying, scopes)) if *varying == place => format!("one of {}", self.scopes(scopes)),
            _ => self.scopes(scopes),
        };
        let extension = varying(Varying::Extension, alternative.extension());
        match alternative.schemes() {
            [] => with("any credential", [extension], self.only.is_none()),
            [(name, scopes)] => {
                let scopes = varying(Varying::Scheme, scopes);
                with(&(self.scheme)(name), [scopes, extension], self.only != Some(name))
            }
            schemes => {
                let each = schemes.iter().map(|(name, scopes)| with(&(self.scheme)(name), [self.scopes(scopes)], true));
                let each = each.collect::<Vec<_>>().join(" and ");
                // The extension's scopes may come from any credential of the alternative.
                if extension.is_empty() { each } else { format!("{each}, and {extension} from any of these") }
            }
        }
    }

    fn scopes(&self, scopes: &[impl AsRef<str>]) -> String {
        scopes.iter().map(|scope| (self.scope)(scope.as_ref())).collect::<Vec<_>>().join(", ")
    }
}

/// Neighbouring alternatives that differ in one scope only.
struct Group<'m> {
    first: &'m AlternativeFacts,
    /// Where they differ, and the scope of each.
    one_of: Option<(Varying, Vec<&'m str>)>,
}

/// Where alternatives of a group differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Varying {
    /// In the only scope of their extension.
    Extension,
    /// In the only scope of their only scheme.
    Scheme,
}

fn grouped(alternatives: &[AlternativeFacts]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for alternative in alternatives {
        let varying = varying(alternative);
        let last = groups.last_mut();
        if let (Some((place, scope)), Some(Group { first, one_of: Some((known, scopes)) })) = (varying, last)
            && place == *known
            && is_same_elsewhere(place, first, alternative)
        {
            scopes.push(scope);
            continue;
        }
        groups.push(Group { first: alternative, one_of: varying.map(|(place, scope)| (place, vec![scope])) });
    }
    groups
}

fn varying(alternative: &AlternativeFacts) -> Option<(Varying, &str)> {
    match (alternative.schemes(), alternative.extension()) {
        (_, [scope]) => Some((Varying::Extension, scope)),
        ([(_, scopes)], []) => match scopes.as_slice() {
            [scope] => Some((Varying::Scheme, scope)),
            _ => None,
        },
        _ => None,
    }
}

fn is_same_elsewhere(place: Varying, one: &AlternativeFacts, other: &AlternativeFacts) -> bool {
    let names = |alternative: &AlternativeFacts| alternative.schemes().iter().map(|(name, _)| name.clone()).collect();
    match place {
        Varying::Extension => one.schemes() == other.schemes(),
        Varying::Scheme => {
            let (one, other): (Vec<String>, Vec<String>) = (names(one), names(other));
            one == other
        }
    }
}

/// A scheme with its scopes, or the scopes alone where the scheme is not to be `named`.
fn with<const N: usize>(scheme: &str, scopes: [String; N], named: bool) -> String {
    let scopes: Vec<String> = scopes.into_iter().filter(|scopes| !scopes.is_empty()).collect();
    let joint = if scopes.iter().any(|scopes| scopes.starts_with("one of")) { " and " } else { ", " };
    let scopes = scopes.join(joint);
    match (named, scopes.is_empty()) {
        (true, false) => format!("{scheme} with {scopes}"),
        (true, true) => scheme.to_owned(),
        (false, false) => scopes,
        (false, true) => "none, but a credential".to_owned(),
    }
}
