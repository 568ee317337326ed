//! The variants of the enum of an operation's alternatives.

use std::collections::HashMap;

use hmac_sha256::Hash;
use policy_core::owned::AlternativeFacts;

use super::reserved::type_of;
use super::words::upper_camel;
use crate::fingerprint;
use crate::model::PolicyModel;

/// A longer name is replaced by its schemes and a digest.
const LONGEST: usize = 80;

pub(super) fn variants(model: &PolicyModel, alternatives: &[AlternativeFacts]) -> Vec<String> {
    let schemes: Vec<String> = alternatives.iter().map(|alternative| by_schemes(model, alternative)).collect();
    let of_schemes = counted(&schemes);
    let names: Vec<String> = alternatives
        .iter()
        .zip(&schemes)
        .map(|(alternative, by_schemes)| {
            let alone = of_schemes.get(by_schemes) == Some(&1);
            let scopes: Vec<String> = alternative.scopes().map(|scope| scope_word(model, scope)).collect();
            let by_scopes = format!("{by_schemes}With{}", scopes.join("And"));
            let name = match by_scopes.len() {
                _ if alone || scopes.is_empty() => by_schemes.clone(),
                ..=LONGEST => by_scopes,
                _ => format!("{by_schemes}{}", digest(alternative)),
            };
            type_of(&name, "Alternative")
        })
        .collect();
    // Names that are still the same get a digest of their alternative. Two equal alternatives get their index.
    let names = told_apart(&names, |at| alternatives.get(at).map(digest).unwrap_or_default());
    told_apart(&names, |at| format!("N{}", at + 1))
}

/// The names, each with an ending of its own where several are the same.
fn told_apart(names: &[String], ending: impl Fn(usize) -> String) -> Vec<String> {
    let counts = counted(names);
    let ended = |(at, name): (usize, &String)| match counts.get(name) {
        Some(1) => name.clone(),
        _ => format!("{name}{}", ending(at)),
    };
    names.iter().enumerate().map(ended).collect()
}

fn counted(names: &[String]) -> HashMap<&String, usize> {
    let mut counts = HashMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

/// Eight hexadecimal digits that stand for all that an alternative says, in whatever order it is written.
fn digest(alternative: &AlternativeFacts) -> String {
    Hash::hash(&fingerprint::alternative(alternative)).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

fn by_schemes(model: &PolicyModel, alternative: &AlternativeFacts) -> String {
    match alternative.schemes() {
        [] if alternative.is_anonymous() => "Anonymous".to_owned(),
        [] => "Any".to_owned(),
        schemes => schemes.iter().map(|(scheme, _)| scheme_word(model, scheme)).collect::<Vec<_>>().join("And"),
    }
}

fn scheme_word(model: &PolicyModel, name: &str) -> String {
    let declared = model.schemes.iter().find(|scheme| scheme.name == name);
    upper_camel(declared.and_then(|scheme| scheme.rust_name.as_deref()).unwrap_or(name))
}

fn scope_word(model: &PolicyModel, name: &str) -> String {
    let index = model.scopes.binary_search_by(|scope| scope.name.as_str().cmp(name)).ok();
    let given = index.and_then(|index| model.scopes.get(index)?.rust_name.clone());
    given.unwrap_or_else(|| upper_camel(name))
}

#[cfg(test)]
mod tests {
    use super::variants;
    use crate::{AlternativeFacts, PolicyModel, Settings};

    fn all(schemes: &[(&str, &[&str])]) -> AlternativeFacts {
        let scopes = |scopes: &[&str]| scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let schemes = schemes.iter().map(|(scheme, list)| ((*scheme).to_owned(), scopes(list))).collect();
        AlternativeFacts::Credentials { schemes, extension: Vec::new() }
    }

    fn model() -> Option<PolicyModel> {
        let text = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths: {}\n";
        crate::read("api.yaml", text.as_bytes(), &Settings::default()).model
    }

    #[test]
    fn schemes_name_a_variant_and_scopes_where_schemes_are_not_enough() -> Result<(), &'static str> {
        let model = model().ok_or("there are no errors")?;
        let alternatives = [
            all(&[("OAuth2", &["a:r"])]),
            all(&[("OAuth2", &["b", "c"])]),
            all(&[("self", &[])]),
            AlternativeFacts::Anonymous,
        ];
        assert_eq!(
            variants(&model, &alternatives),
            ["OAuth2WithAR", "OAuth2WithBAndC", "SelfAlternative", "Anonymous"]
        );
        Ok(())
    }

    /// Each name goes with its alternative, wherever that stands.
    #[test]
    fn a_name_does_not_depend_on_the_place() -> Result<(), &'static str> {
        let model = model().ok_or("there are no errors")?;
        let long: Vec<String> = (0..30).map(|number| format!("scope:{number}")).collect();
        let long: Vec<&str> = long.iter().map(String::as_str).collect();
        let alternatives = vec![
            all(&[("K", &["files:read"])]),
            all(&[("K", &["files_read"])]),
            all(&[("K", &long)]),
            all(&[("K", long.get(1..).unwrap_or_default())]),
            all(&[("K", &["x", "y"]), ("L", &[])]),
            all(&[("K", &["x"]), ("L", &["y"])]),
        ];
        let mut names = variants(&model, &alternatives);
        let reversed: Vec<_> = alternatives.into_iter().rev().collect();
        names.reverse();
        assert_eq!(variants(&model, &reversed), names);
        let unique: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len(), "{names:?}");
        Ok(())
    }
}
