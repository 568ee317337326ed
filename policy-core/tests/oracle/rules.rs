//! The oracle: what OpenAPI's security requirements and their extension mean, written for reading.

use policy_core::{Access, Stage};

/// For each of the two schemes: not satisfied, or the scopes that it granted, as two bits.
pub type Grants = [Option<u8>; 2];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternative {
    /// `{}`.
    Anonymous,
    /// For each of the two schemes: not named, or the scopes that it must have granted; and the extension's scopes.
    Named { schemes: Grants, extension: u8 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed { alternative: usize },
    Denied { stage: Stage, code: &'static str, missing: u8, required: u8 },
}

pub fn access(alternatives: &[Alternative]) -> Access {
    match alternatives {
        [] => Access::Public,
        some if some.contains(&Alternative::Anonymous) => Access::Optional,
        _ => Access::Required,
    }
}

/// Whether an alternative asks for a caller and names no scheme.
pub fn accepts_any_scheme(alternatives: &[Alternative]) -> bool {
    alternatives.iter().any(|one| matches!(one, Alternative::Named { schemes: [None, None], .. }))
}

/// The schemes that any alternative names, each once.
pub fn named_schemes(alternatives: &[Alternative]) -> Vec<usize> {
    let names = |one: &Alternative, scheme: usize| matches!(one, Alternative::Named { schemes, .. } if schemes[scheme].is_some());
    (0..2).filter(|scheme| alternatives.iter().any(|one| names(one, *scheme))).collect()
}

/// Whether the caller satisfied every scheme of the alternative. Where it names none, any caller has.
fn is_satisfied(named: Grants, granted: Grants) -> bool {
    (0..2).all(|scheme| named[scheme].is_none() || granted[scheme].is_some())
}

/// The scopes that the caller lacks. Each scheme grants its own; the extension's may come from any scheme that the
/// alternative names, and from any at all where it names none.
fn missing(named: Grants, extension: u8, granted: Grants) -> u8 {
    let names_none = named == [None, None];
    let of_schemes = (0..2).map(|scheme| named[scheme].unwrap_or(0) & !granted[scheme].unwrap_or(0));
    let counted = (0..2).filter(|scheme| names_none || named[*scheme].is_some());
    let any = counted.fold(0, |any, scheme| any | granted[scheme].unwrap_or(0));
    of_schemes.fold(extension & !any, |missing, scheme| missing | scheme)
}

pub fn decide(alternatives: &[Alternative], caller: Option<Grants>, enabled: bool, order: [Stage; 4]) -> Verdict {
    let denied = |stage, code| Err(Verdict::Denied { stage, code, missing: 0, required: 0 });
    let anonymous = alternatives.iter().position(|one| *one == Alternative::Anonymous);
    // Nobody is known, and nothing more is asked, where the operation is public or `{}` is enough for whoever comes.
    let granted = match (access(alternatives), caller) {
        (Access::Public, _) => return Verdict::Allowed { alternative: 0 },
        (Access::Optional, None) => return Verdict::Allowed { alternative: anonymous.unwrap_or_default() },
        (Access::Required, None) => return verdict(denied(Stage::Authentication, "missing_credential")),
        (_, Some(granted)) => granted,
    };
    // Those whose schemes are satisfied: their places, the scopes that they require and those of them that are missing.
    let satisfied = alternatives.iter().enumerate().filter_map(|(at, one)| match *one {
        Alternative::Named { schemes, extension } if is_satisfied(schemes, granted) => {
            let required = schemes.iter().flatten().fold(extension, |required, scopes| required | scopes);
            Some((at, required, missing(schemes, extension, granted)))
        }
        _ => None,
    });
    let scopes = match (satisfied.min_by_key(|(.., missing)| missing.count_ones()), anonymous) {
        (Some((at, _, 0)), _) | (_, Some(at)) => Ok(at),
        (None, None) => return verdict(denied(Stage::Authentication, "scheme_not_satisfied")),
        (Some((_, required, missing)), None) => {
            Err(Verdict::Denied { stage: Stage::Scopes, code: "insufficient_scope", missing, required })
        }
    };
    let enablement = if enabled { Ok(0) } else { denied(Stage::Enablement, "route_not_enabled") };
    match order {
        [_, Stage::Scopes, ..] => verdict(scopes.and_then(|at| enablement.map(|_| at))),
        _ => verdict(enablement.and(scopes)),
    }
}

fn verdict(decided: Result<usize, Verdict>) -> Verdict {
    decided.map_or_else(|denied| denied, |alternative| Verdict::Allowed { alternative })
}
