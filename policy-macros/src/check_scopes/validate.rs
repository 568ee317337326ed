//! Compares the written alternatives with the document's, as sets of sets, and reports where they differ.
//!
//! A written alternative that the document does not have is compared with the nearest of the document's that were not written. So a
//! forgotten scope is reported as a missing scope, and not as two different alternatives.

use std::collections::BTreeSet;

use syn::Error;

use crate::check_scopes::parse::{Call, DocumentKind, Facts};
use crate::errors::Errors;
use crate::scope_list::{BySchemes, ScopeList, Source, WrittenAlternative, are_same};

type Names = BTreeSet<String>;

pub(crate) fn validate(call: &Call) -> Errors {
    let mut errors = Errors::default();
    // While the document is being written, there is nothing to compare a list with.
    if let Some(written) = call.written.as_ref().filter(|_| call.facts.document != DocumentKind::Draft) {
        compare(&call.facts, written, &mut errors);
    }
    errors
}

fn compare(facts: &Facts, list: &ScopeList, errors: &mut Errors) {
    let Facts { type_name, location, .. } = facts;
    if facts.alternatives.is_empty() {
        if list.everybody {
            return;
        }
        errors.push(Error::new_spanned(
            &list.tokens,
            format!(
                "operation `{type_name}` is public, so a list of scopes says what is not so\n\
                 note: {location} opens it to everybody\n\
                 help: {}",
                match list.source {
                    Source::Attribute => "remove the list, or require the scopes in the document".to_owned(),
                    Source::Utoipa => WRITE_ANEW.to_owned(),
                }
            ),
        ));
        return;
    }
    let written: Vec<Names> = list.alternatives.iter().map(WrittenAlternative::names).collect();
    if are_same(&facts.alternatives, &written) {
        compare_schemes(facts, list, errors);
        return;
    }
    let mut unwritten: Vec<&Names> = Vec::new();
    for names in &facts.alternatives {
        if !written.contains(names) && !unwritten.contains(&names) {
            unwritten.push(names);
        }
    }
    let mut unknown: Vec<(&WrittenAlternative, Names)> = Vec::new();
    for (alternative, names) in list.alternatives.iter().zip(written) {
        if !facts.alternatives.contains(&names) && unknown.iter().all(|(_, seen)| *seen != names) {
            unknown.push((alternative, names));
        }
    }

    let only_one_each = unwritten.len() == 1 && unknown.len() == 1;
    for (alternative, names) in unknown {
        let nearest = (0..unwritten.len())
            .filter(|at| only_one_each || unwritten.get(*at).is_some_and(|other| is_like(&names, other)))
            .min_by_key(|at| unwritten.get(*at).map(|other| other.symmetric_difference(&names).count()));
        match nearest {
            Some(at) => differ(facts, (list.source, alternative), &names, unwritten.remove(at), errors),
            None => errors.push(Error::new_spanned(
                &alternative.tokens,
                format!(
                    "surplus alternative {}: operation `{type_name}` does not accept it\n\
                     note: {location} requires {}\n\
                     help: {}",
                    quoted(&names),
                    requirement(facts),
                    correct(facts, list.source)
                ),
            )),
        }
    }
    for names in unwritten {
        errors.push(Error::new_spanned(
            &list.tokens,
            format!(
                "missing alternative {} of operation `{type_name}`\n\
                 note: declared at {location}\n\
                 help: {}",
                quoted(names),
                correct(facts, list.source)
            ),
        ));
    }
}

/// Compares the schemes, once the scopes are equal. Only utoipa's attribute names schemes.
fn compare_schemes(facts: &Facts, list: &ScopeList, errors: &mut Errors) {
    let Some(declared) = &facts.by_scheme else { return };
    let written = || list.alternatives.iter().filter_map(|written| Some((written, written.by_scheme.as_ref()?)));
    if written().count() < list.alternatives.len() {
        return;
    }
    let missing: Vec<String> =
        declared.iter().filter(|declared| !written().any(|(_, written)| written == *declared)).map(in_words).collect();
    let Facts { type_name, location, .. } = facts;
    let foreign = written().filter(|(_, written)| !declared.contains(written));
    let foreign: Vec<_> = foreign.map(|(alternative, written)| (&alternative.tokens, in_words(written))).collect();
    for (tokens, written) in &foreign {
        errors.push(Error::new_spanned(
            tokens,
            format!(
                "operation `{type_name}` does not accept {written}: the scopes are the document's, and the schemes are not\n\
                 note: {location} accepts {}\n\
                 help: {WRITE_ANEW}",
                missing.join(", or ")
            ),
        ));
    }
    if foreign.is_empty() && !missing.is_empty() {
        errors.push(Error::new_spanned(
            &list.tokens,
            format!(
                "missing alternative {} of operation `{type_name}`\nnote: declared at {location}\nhelp: {WRITE_ANEW}",
                missing.join(" and ")
            ),
        ));
    }
}

/// An alternative with its schemes.
fn in_words(alternative: &BySchemes) -> String {
    if alternative.is_empty() {
        return "no credential".to_owned();
    }
    let schemes = alternative.iter().map(|(scheme, scopes)| match scopes.is_empty() {
        true => format!("`{scheme}`"),
        false => format!("`{scheme}` with {}", quoted(scopes)),
    });
    schemes.collect::<Vec<_>>().join(" and ")
}

/// One alternative, written in one way and declared in another.
fn differ(
    facts: &Facts,
    (source, alternative): (Source, &WrittenAlternative),
    written: &Names,
    declared: &Names,
    errors: &mut Errors,
) {
    let Facts { type_name, location, .. } = facts;
    let mut missing: Names = declared.difference(written).cloned().collect();
    let one_for_another = missing.len() == 1 && written.difference(declared).count() == 1;
    let mut reported = BTreeSet::new();
    for literal in &alternative.scopes {
        let name = literal.value();
        if declared.contains(&name) || !reported.insert(name.clone()) {
            continue;
        }
        let help = if let Some(meant) = similar(&name, &missing) {
            // A misspelt scope is one mistake: it is not also reported as missing.
            missing.remove(&meant);
            format!("did you mean `{meant}`?")
        } else if one_for_another && let Some(meant) = missing.pop_first() {
            // A scope in the place of the only missing one is one mistake too, however different the two are.
            format!("write `{meant}` in its place, or change the document")
        } else {
            "remove it here, or require it in the document".to_owned()
        };
        let help = match source {
            Source::Attribute => help,
            Source::Utoipa => format!("{help}\nhelp: {WRITE_ANEW}"),
        };
        errors.push(Error::new(
            literal.span(),
            format!(
                "surplus scope `{name}`: operation `{type_name}` does not require it\n\
                 note: {location} requires {}\n\
                 help: {help}",
                requirement(facts)
            ),
        ));
    }
    if !missing.is_empty() {
        let plural = if missing.len() == 1 { "" } else { "s" };
        errors.push(Error::new_spanned(
            &alternative.tokens,
            format!(
                "missing scope{plural} {}: operation `{type_name}` requires {}\n\
                 note: declared at {location}\n\
                 help: {}",
                quoted(&missing),
                if missing.len() == 1 { "it" } else { "them" },
                correct(facts, source)
            ),
        ));
    }
}

/// Whether one alternative was probably meant as the other: they share a scope, or each scope of it is one of the other's,
/// misspelt.
fn is_like(written: &Names, declared: &Names) -> bool {
    let misspelt = !written.is_empty() && written.iter().all(|name| similar(name, declared).is_some());
    misspelt || !written.is_disjoint(declared)
}

/// The scope that was probably meant: the nearest one, if at most one character in three differs. In a name of up to five characters one
/// may differ.
///
/// `policy_spec::likely` has the same rule. It is repeated here, because a dependency on that crate would make every user of the macros
/// compile the reader of documents.
fn similar(name: &str, candidates: &Names) -> Option<String> {
    let most = |candidate: &str| (candidate.chars().count().max(name.chars().count()) / 3).max(1);
    candidates
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= most(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.clone())
}

fn quoted(names: &Names) -> String {
    if names.is_empty() {
        return "without scopes".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The requirement in words.
fn requirement(facts: &Facts) -> String {
    let alternatives: Vec<_> = facts.alternatives.iter().collect();
    match alternatives.as_slice() {
        [names] if names.is_empty() => "authentication and no scope".to_owned(),
        [names] => quoted(names),
        _ => alternatives
            .iter()
            .map(|names| {
                if names.is_empty() {
                    "no scope".to_owned()
                } else {
                    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
                }
            })
            .collect::<Vec<_>>()
            .join(", or "),
    }
}

/// What to do if `security(…)` is right and the document is not.
const WRITE_ANEW: &str = "if `security(…)` is right, `cargo policy draft` writes the document anew";

/// What to write. The macro does not know which scheme grants a scope, so it cannot write `security(…)` out.
fn correct(facts: &Facts, source: Source) -> String {
    match source {
        Source::Attribute => format!("write `{}`, or change the document", as_scopes(facts)),
        Source::Utoipa => format!("require {} there\nhelp: {WRITE_ANEW}", requirement(facts)),
    }
}

/// The list as it should be written.
fn as_scopes(facts: &Facts) -> String {
    let literals = |names: &Names| names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let mut alternatives: Vec<&Names> = Vec::new();
    for names in &facts.alternatives {
        if !alternatives.contains(&names) {
            alternatives.push(names);
        }
    }
    match alternatives.as_slice() {
        [names] => format!("scopes({})", literals(names)),
        _ => {
            let all: Vec<_> = alternatives.iter().map(|names| format!("all({})", literals(names))).collect();
            format!("scopes(any({}))", all.join(", "))
        }
    }
}

#[cfg(test)]
mod tests;
