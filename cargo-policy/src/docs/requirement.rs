//! What an operation requires, spelled out: every alternative as it stands, none merged into another.

use policy_spec::{Access, AlternativeModel, OperationModel, PolicyModel};

use super::markdown::{codes, text};

/// The requirement as the cell of a table, one alternative a line.
pub(crate) fn cell(operation: &OperationModel, model: &PolicyModel) -> String {
    match operation.access {
        Access::Public => return "none: open to everybody".to_owned(),
        Access::Undeclared => return "not declared: nobody may call it".to_owned(),
        Access::Optional | Access::Required => {}
    }
    // A document's only scheme need not be named.
    let only = match model.schemes.as_slice() {
        [only] => Some(only.name.as_str()),
        _ => None,
    };
    let lines: Vec<String> = grouped(&operation.alternatives).iter().map(|group| group.spelled(only)).collect();
    lines.join("<br>or ")
}

/// Neighbouring alternatives that differ in one scope only: `{Key, [a]}` or `{Key, [b]}` is `Key` with one of `a`, `b`.
struct Group<'m> {
    first: &'m AlternativeModel,
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

fn grouped(alternatives: &[AlternativeModel]) -> Vec<Group<'_>> {
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

fn varying(alternative: &AlternativeModel) -> Option<(Varying, &str)> {
    match (alternative.schemes.as_slice(), alternative.extension.as_slice()) {
        (_, [scope]) => Some((Varying::Extension, scope)),
        ([(_, scopes)], []) => match scopes.as_slice() {
            [scope] => Some((Varying::Scheme, scope)),
            _ => None,
        },
        _ => None,
    }
}

fn is_same_elsewhere(place: Varying, one: &AlternativeModel, other: &AlternativeModel) -> bool {
    match place {
        Varying::Extension => one.schemes == other.schemes,
        Varying::Scheme => one.schemes.iter().map(|(name, _)| name).eq(other.schemes.iter().map(|(name, _)| name)),
    }
}

impl Group<'_> {
    fn spelled(&self, only: Option<&str>) -> String {
        let alternative = self.first;
        if alternative.anonymous {
            return "no credential".to_owned();
        }
        let one_of = self.one_of.as_ref().filter(|(_, scopes)| scopes.len() > 1);
        let extension = match one_of {
            Some((Varying::Extension, scopes)) => format!("one of {}", codes(scopes)),
            _ => codes(&alternative.extension),
        };
        match alternative.schemes.as_slice() {
            [] => with("any credential", [extension], only.is_none()),
            [(name, scopes)] => {
                let scopes = match one_of {
                    Some((Varying::Scheme, scopes)) => format!("one of {}", codes(scopes)),
                    _ => codes(scopes),
                };
                with(&text(name), [scopes, extension], only != Some(name))
            }
            schemes => {
                let each = schemes.iter().map(|(name, scopes)| with(&text(name), [codes(scopes)], true));
                let each = each.collect::<Vec<_>>().join(" and ");
                // The extension's scopes may come from any credential of the alternative.
                if extension.is_empty() { each } else { format!("{each}, and {extension} from any of these") }
            }
        }
    }
}

/// A scheme with its scopes; where it is not `named`, the scopes alone.
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
