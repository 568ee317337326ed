//! Every requirement of at most two alternatives, two schemes and two scopes, against every grant and in both orders of
//! checks, compared with the rules of OpenAPI as an oracle writes them down in a few lines.
//!
//! All of them are decided by policies that are built at run time, with grants whose forms take turns. The typed pipeline
//! decides the greater part of them, from tables that constant functions write.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::result_large_err,
    long_running_const_eval,
    missing_docs,
    unreachable_pub,
    reason = "a test; a denial is as large as a principal, and is moved, not stored"
)]

#[path = "oracle/every_requirement.rs"]
mod every_requirement;
#[path = "oracle/rules.rs"]
mod rules;

use every_requirement::{COUNT, EnablementFirst, ScopesFirst, alternatives};
use policy_core::owned::{
    AlternativeFacts, Grant, OperationFacts, OwnedPolicy, OwnedScheme, OwnedScopeSet, PolicyFacts, Request,
    RequirementFacts,
};
use policy_core::{
    Access, Allowed, AuthenticationFailure, Denial, Document, Pending, Policy, Principal, ScopeSet, ScopeString, Stage,
};
use rules::{Alternative, Grants, Verdict, accepts_any_scheme, access, decide, named_schemes};

/// The two scopes as a caller's scope string, by the bits of a number.
const STRINGS: [&str; 4] = ["", "a", "b", "a b"];
const SCOPES_SECOND: [Stage; 4] = [Stage::Authentication, Stage::Scopes, Stage::Enablement, Stage::Query];

/// Nobody, and callers for whom each scheme is not satisfied or granted any of the two scopes.
fn callers() -> impl Iterator<Item = Option<Grants>> {
    let grants = || [None].into_iter().chain((0..4).map(Some));
    [None].into_iter().chain(grants().flat_map(move |first| grants().map(move |second| Some([first, second]))))
}

fn set<D: Document<Words = [u64; 1]>>(bits: u8) -> ScopeSet<D> {
    ScopeSet::from_words([bits.into()])
}

fn principal<D: Document<Words = [u64; 1]>>(caller: Option<Grants>) -> Option<Principal<D>> {
    let mut principal = Principal::new("somebody");
    for (scheme, granted) in Policy::<D>::new().schemes().zip(caller?) {
        if let Some(scopes) = granted {
            principal = principal.with_grant(scheme, set(scopes));
        }
    }
    Some(principal)
}

fn verdict<D: Document>(outcome: Result<Allowed<D>, Denial<'_, D>>) -> Verdict {
    match outcome {
        Ok(allowed) => Verdict::Allowed { alternative: allowed.alternative_index() },
        Err(denial) => Verdict::Denied {
            stage: denial.stage(),
            code: denial.reason_code(),
            missing: bits(denial.missing().iter().map(|scope| scope.name())),
            required: bits(denial.required().iter().map(|scope| scope.name())),
        },
    }
}

fn bits<'s>(scopes: impl Iterator<Item = &'s str>) -> u8 {
    scopes.map(|scope| if scope == "a" { 1 } else { 2 }).fold(0, |bits, bit| bits | bit)
}

macro_rules! compare_the_pipeline {
    ($name:ident, $document:ty, $order:expr, $enabled:ident => $($stage:ident($($argument:ident)?)),*) => {
        #[test]
        fn $name() {
            let callers: Vec<_> = callers().map(|caller| (caller, principal::<$document>(caller))).collect();
            assert_eq!(Policy::<$document>::new().check_order(), $order);
            for operation in Policy::<$document>::new().operations() {
                let alternatives = alternatives(operation.index());
                assert_eq!(operation.access(), access(&alternatives), "{alternatives:?}");
                assert_eq!(operation.accepts_any_scheme(), accepts_any_scheme(&alternatives), "{alternatives:?}");
                for (caller, principal) in &callers {
                    for $enabled in [true, false] {
                        let decided = Pending::start(operation).authenticate(Ok(principal.clone()));
                        $(let decided = decided.and_then(|pending| pending.$stage($(Ok($argument))?));)*
                        let decided = verdict(decided.and_then(|pending| pending.query(None)).map(Pending::allow));
                        assert_eq!(decided, decide(&alternatives, *caller, $enabled, $order), "{alternatives:?} {caller:?} {:?}", $enabled);
                    }
                }
            }
        }
    };
}

compare_the_pipeline!(the_pipeline_with_enablement_first, EnablementFirst, Stage::ALL, enabled => enablement_of(enabled), scopes());
compare_the_pipeline!(the_pipeline_with_scopes_first, ScopesFirst, SCOPES_SECOND, enabled => scopes(), enablement_of(enabled));

/// One rule without a pipeline: a caller without any grant is nobody there.
#[test]
fn scope_strings_and_callers_meet_what_the_oracle_says_that_they_meet() {
    for operation in Policy::<EnablementFirst>::new().operations() {
        let alternatives = alternatives(operation.index());
        for caller in callers() {
            let expected = decide(&alternatives, caller, true, Stage::ALL);
            if let Some(principal) = principal::<EnablementFirst>(caller) {
                let is_met = matches!(expected, Verdict::Allowed { .. });
                assert_eq!(operation.is_met_by(&principal), is_met, "{alternatives:?} {caller:?}");
            }
            let schemes = Policy::<EnablementFirst>::new().schemes().zip(caller.unwrap_or_default());
            let strings: Vec<_> = schemes
                .filter_map(|(scheme, granted)| {
                    Some((scheme, ScopeString::new(STRINGS[usize::from(granted?)]).unwrap()))
                })
                .collect();
            if caller.is_some() && strings.is_empty() {
                continue;
            }
            let met = operation.met_by(&strings).map_err(|missing| bits(missing.iter().map(|scope| scope.name())));
            let expected = match expected {
                Verdict::Allowed { .. } => Ok(()),
                Verdict::Denied { missing, .. } => Err(missing),
            };
            assert_eq!(met, expected, "{alternatives:?} {caller:?}");
        }
    }
}

fn facts(alternative: Alternative) -> AlternativeFacts {
    let names = |scopes: u8| STRINGS[usize::from(scopes)].split(' ').filter(|name| !name.is_empty()).map(String::from);
    let Alternative::Named { schemes, extension } = alternative else { return AlternativeFacts::Anonymous };
    let schemes = ["one", "two"].into_iter().zip(schemes);
    AlternativeFacts::Credentials {
        schemes: schemes.filter_map(|(name, scopes)| Some((name.to_owned(), names(scopes?).collect()))).collect(),
        extension: names(extension).collect(),
    }
}

/// Grants of a caller in three forms: as sets that were read before, as strings, and in parts that add to each other.
fn grants<'g>(policy: &OwnedPolicy, sets: &'g [OwnedScopeSet; 4], caller: Grants) -> [Vec<Grant<'g>>; 3] {
    let [mut as_sets, mut as_strings, mut in_parts] = [Vec::new(), Vec::new(), Vec::new()];
    for (scheme, granted) in ["one", "two"].into_iter().zip(caller) {
        let Some(scopes) = granted.map(usize::from) else { continue };
        let read = |scopes: usize| policy.grant(scheme, &sets[scopes]).unwrap();
        let issued = |scopes: usize| policy.grant(scheme, ScopeString::new(STRINGS[scopes]).unwrap()).unwrap();
        as_sets.push(read(scopes));
        as_strings.push(issued(scopes));
        in_parts.extend([read(scopes & 1), issued(scopes & 2)]);
    }
    [as_sets, as_strings, in_parts]
}

fn policy(check_order: [Stage; 4]) -> OwnedPolicy {
    let operation = |place| {
        let requirement = match alternatives(place) {
            none if none.is_empty() => RequirementFacts::Public,
            some => RequirementFacts::AnyOf(some.into_iter().map(facts).collect()),
        };
        OperationFacts::new("GET", format!("/{place}"), requirement)
    };
    let schemes = ["one", "two"].map(String::from).into();
    let scopes = ["a", "b"].map(String::from).into();
    let facts = PolicyFacts::new(schemes, scopes, (0..COUNT).map(operation).collect());
    OwnedPolicy::new(facts.with_check_order(check_order)).unwrap()
}

/// Every requirement and every caller. The forms of the grants take turns.
fn compare_what_is_built_at_run_time(order: [Stage; 4]) {
    let policy = policy(order);
    let sets = STRINGS.map(|text| policy.scope_set(ScopeString::new(text).unwrap()));
    let callers: Vec<_> =
        callers().map(|caller| (caller, grants(&policy, &sets, caller.unwrap_or_default()))).collect();
    for (place, operation) in policy.operations().enumerate() {
        let alternatives = alternatives(place);
        assert_eq!((operation.access(), operation.policy().len()), (access(&alternatives), COUNT));
        assert_eq!(operation.accepts_any_scheme(), accepts_any_scheme(&alternatives), "{alternatives:?}");
        assert!(operation.schemes().map(OwnedScheme::index).eq(named_schemes(&alternatives)), "{alternatives:?}");
        for (at, (caller, forms)) in callers.iter().enumerate() {
            for (enabled, turn) in [(true, place + at), (false, place + at + 1)] {
                let grants = forms[turn % forms.len()].as_slice();
                let found = Ok(caller.map(|_| grants));
                let decision = operation.decide(&Request { caller: found, enabled: Ok(enabled), query: None });
                let expected = decide(&alternatives, *caller, enabled, order);
                let decided = match decision.denial() {
                    None => Verdict::Allowed { alternative: decision.alternative().unwrap_or_default() },
                    Some((stage, reason)) => Verdict::Denied {
                        stage,
                        code: reason.code(),
                        missing: bits(decision.missing()),
                        required: bits(decision.required()),
                    },
                };
                assert_eq!(decided, expected, "{alternatives:?} {caller:?} {enabled:?}");
                if caller.is_some() && enabled {
                    assert_eq!(operation.is_met_by(grants), decision.is_allowed(), "{alternatives:?} {caller:?}");
                }
            }
        }
    }
}

#[test]
fn what_is_built_at_run_time_with_enablement_first() {
    compare_what_is_built_at_run_time(Stage::ALL);
}

#[test]
fn what_is_built_at_run_time_with_scopes_first() {
    compare_what_is_built_at_run_time(SCOPES_SECOND);
}

/// A credential that fails is refused wherever a credential is looked at, though nobody at all would pass.
#[test]
fn a_credential_that_fails_opens_nothing_but_what_is_public() {
    for operation in Policy::<EnablementFirst>::new().operations() {
        let decided = Pending::start(operation).authenticate(Err(AuthenticationFailure::Expired));
        assert_eq!(decided.is_ok(), operation.access() == Access::Public, "{:?}", alternatives(operation.index()));
    }
}

/// A permit of an optional operation lends its caller, who may be nobody. Nobody stays nobody, whatever grants are added.
#[test]
fn nobody_with_a_grant_is_still_nobody() {
    let policy = Policy::<EnablementFirst>::new();
    let optional = policy.operations().find(|operation| operation.access() == Access::Optional).unwrap();
    let allowed = Pending::start(optional).authenticate(Ok(None)).and_then(|pending| pending.enablement_of(Ok(true)));
    let allowed =
        allowed.and_then(Pending::scopes).and_then(|pending| pending.query(None)).map(Pending::allow).unwrap();
    let nobody = policy.schemes().fold(allowed.principal().clone(), |nobody, scheme| nobody.with_grant(scheme, set(3)));
    assert!(nobody.is_anonymous());
    for operation in policy.operations() {
        let alternatives = alternatives(operation.index());
        let is_public = operation.access() == Access::Public;
        assert_eq!(operation.is_met_by(&nobody), is_public, "{alternatives:?}");
        let decided = Pending::start(operation).authenticate(Ok(Some(nobody.clone())));
        let code = decided.as_ref().err().map(Denial::reason_code);
        assert_eq!(code, (!is_public).then_some("missing_credential"), "{alternatives:?}");
        assert!(decided.err().is_none_or(|denial| denial.principal().is_none()), "{alternatives:?}");
    }
}
