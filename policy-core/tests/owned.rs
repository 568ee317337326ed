//! Policies that are built while a program runs: which facts are no policy, what one says of itself, and whose grants count.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

use policy_core::owned::{
    AlternativeFacts, FactsError, OperationFacts, OwnedPolicy, PolicyFacts, Request, StageOutcome,
};
use policy_core::{Access, AuthenticationFailure, CheckOrderError, EnablementFailure, Reason, ScopeString, Stage};

fn operation(template: &str, access: Access, alternatives: Vec<AlternativeFacts>) -> OperationFacts {
    OperationFacts {
        method: "GET".into(),
        template: template.into(),
        access,
        alternatives,
        ..OperationFacts::default()
    }
}

fn facts(operations: Vec<OperationFacts>) -> PolicyFacts {
    PolicyFacts {
        check_order: Stage::ALL,
        schemes: vec!["OAuth2".into(), "Key".into()],
        scopes: ["b", "a", "c"].map(String::from).into(),
        operations,
    }
}

fn text(text: &str) -> ScopeString<'_> {
    ScopeString::new(text).unwrap()
}

#[test]
fn facts_that_contradict_each_other_are_no_policy() {
    let of = |scheme: &str, scope: &str| AlternativeFacts::of(scheme, [scope]);
    let (ours, anonymous) = (|| of("OAuth2", "a"), AlternativeFacts::anonymous);
    let asking = |schemes: bool| {
        let mut asking = AlternativeFacts::anonymous();
        if schemes {
            asking.schemes.push(("Key".into(), Vec::new()));
        } else {
            asking.extension.push("a".into());
        }
        asking
    };
    let mut unknown_extension = ours();
    unknown_extension.extension.push("z".into());
    let contradiction = || Some(FactsError::Contradiction("GET /x".into()));
    let unknown_scope = || Some(FactsError::UnknownScope { operation: "GET /x".into(), scope: "z".into() });
    for (access, alternatives, expected) in [
        (Access::Public, vec![], None),
        (Access::Required, vec![], None),
        (Access::Required, vec![ours()], None),
        (Access::Optional, vec![ours(), anonymous()], None),
        (Access::Public, vec![ours()], contradiction()),
        (Access::Public, vec![anonymous()], contradiction()),
        (Access::Optional, vec![], contradiction()),
        (Access::Optional, vec![ours()], contradiction()),
        (Access::Required, vec![ours(), anonymous()], contradiction()),
        (Access::Optional, vec![asking(true)], contradiction()),
        (Access::Optional, vec![asking(false)], contradiction()),
        (Access::Required, vec![of("OAuth2", "z")], unknown_scope()),
        (Access::Required, vec![unknown_extension], unknown_scope()),
        (
            Access::Required,
            vec![of("Other", "a")],
            Some(FactsError::UnknownScheme { operation: "GET /x".into(), scheme: "Other".into() }),
        ),
    ] {
        let built = OwnedPolicy::new(facts(vec![operation("/x", access, alternatives.clone())]));
        assert_eq!(built.err(), expected, "{access:?} {alternatives:?}");
    }
}

#[test]
fn names_are_there_once_and_numbers_suffice() {
    let public = |template: &str| operation(template, Access::Public, Vec::new());
    let many = |count: u32| (0..count).map(|at| format!("n{at}")).collect::<Vec<_>>();
    let post = OperationFacts { method: "POST".into(), ..public("/x") };
    let cases = [
        (facts(vec![public("/x"), post, public("/y")]), None),
        (facts(vec![public("/x"), public("/x")]), Some(FactsError::RepeatedOperation("GET /x".into()))),
        (
            PolicyFacts { schemes: ["k", "l", "k"].map(String::from).into(), ..facts(vec![]) },
            Some(FactsError::RepeatedScheme("k".into())),
        ),
        (
            PolicyFacts { check_order: [Stage::Scopes; 4], ..facts(vec![]) },
            Some(FactsError::CheckOrder(CheckOrderError::Missing(Stage::Authentication))),
        ),
        (PolicyFacts { scopes: many(65535), schemes: many(65535), ..facts(vec![]) }, None),
        (PolicyFacts { scopes: many(65536), ..facts(vec![]) }, Some(FactsError::TooMany("scopes"))),
        (PolicyFacts { schemes: many(65536), ..facts(vec![]) }, Some(FactsError::TooMany("security schemes"))),
    ];
    for (facts, expected) in cases {
        assert_eq!(OwnedPolicy::new(facts).err(), expected);
    }
    let scopes = vec!["a".to_owned(); 65536];
    let long = operation("/x", Access::Required, vec![AlternativeFacts::of("OAuth2", scopes)]);
    assert_eq!(OwnedPolicy::new(facts(vec![long])).err(), Some(FactsError::TooMany("scopes of one operation")));
}

#[test]
fn an_error_is_a_sentence_with_the_names_in_it() {
    let (operation, scheme, scope) = ("GET /x".to_owned(), "Key".to_owned(), "a".to_owned());
    for (error, sentence) in [
        (FactsError::CheckOrder(CheckOrderError::Missing(Stage::Query)), "the stage `query` is missing"),
        (FactsError::RepeatedScheme(scheme.clone()), "the security scheme `Key` is there twice"),
        (FactsError::RepeatedOperation(operation.clone()), "the operation `GET /x` is there twice"),
        (
            FactsError::UnknownScheme { operation: operation.clone(), scheme },
            "`GET /x` requires the security scheme `Key`",
        ),
        (FactsError::UnknownScope { operation: operation.clone(), scope }, "`GET /x` requires the scope `a`"),
        (FactsError::Contradiction(operation), "the alternatives of `GET /x` contradict its access"),
        (FactsError::TooMany("scopes"), "there are more scopes than a policy can number (65535)"),
    ] {
        assert!(error.to_string().starts_with(sentence), "{error}");
    }
}

#[test]
fn a_policy_lists_what_it_was_made_of() {
    let policy = OwnedPolicy::new(facts(vec![
        operation("/x", Access::Public, Vec::new()),
        operation("/y", Access::Required, vec![AlternativeFacts::of("Key", ["a"])]),
    ]))
    .unwrap();
    assert_eq!((policy.len(), policy.is_empty(), policy.check_order()), (2, false, Stage::ALL));
    assert!(OwnedPolicy::new(facts(Vec::new())).unwrap().is_empty());
    assert!(policy.scopes().eq(["a", "b", "c"]) && policy.schemes().eq(["OAuth2", "Key"]));
    assert!(policy.knows_scope("a") && !policy.knows_scope("A") && !policy.knows_scope(""));
    assert!(
        policy.scheme("Key").is_some() && policy.scheme("key").is_none() && policy.grant("key", text("a")).is_none()
    );
    let operations: Vec<_> = policy.operations().collect();
    let [x, y] = operations[..] else { unreachable!() };
    assert_eq!((x.place(), x.method(), x.template(), x.access()), (0, "GET", "/x", Access::Public));
    assert_eq!((y.place(), y.access()), (1, Access::Required));
    assert_eq!(format!("{y} {y:?}"), "GET /y OwnedOperation(GET /y)");
    assert!(policy.operation(2).is_none());
}

/// Invariant *indices never leave the process*, nor their policy: a grant that another policy made counts for nothing.
#[test]
fn grants_of_another_policy_count_for_nothing() {
    let both = || AlternativeFacts::of("OAuth2", ["a", "b"]);
    let policy = || OwnedPolicy::new(facts(vec![operation("/x", Access::Required, vec![both()])])).unwrap();
    let (ours, other) = (policy(), policy());
    let (our_set, other_set) = (ours.scope_set(text("b a unknown")), other.scope_set(text("a b")));
    let unsatisfied = Some((Stage::Authentication, Reason::SchemeNotSatisfied));
    let insufficient = Some((Stage::Scopes, Reason::InsufficientScope));
    let [our_scheme, other_scheme] = [&ours, &other].map(|policy| policy.scheme("OAuth2").unwrap());
    for (grants, expected) in [
        (vec![our_scheme.grant(&our_set)], None),
        (vec![our_scheme.grant(text("b a"))], None),
        (vec![our_scheme.grant(&other_set)], insufficient),
        (vec![other_scheme.grant(&our_set)], unsatisfied),
        (vec![other_scheme.grant(text("a b"))], unsatisfied),
        (vec![our_scheme.grant(text("a")), other_scheme.grant(text("b"))], insufficient),
        (vec![our_scheme.grant(text("a")), ours.grant("Key", text("b")).unwrap()], insufficient),
        (vec![our_scheme.grant(text("a")), our_scheme.grant(text("b"))], None),
        (vec![our_scheme.grant(&other_set), our_scheme.grant(&our_set)], None),
        (vec![], unsatisfied),
    ] {
        let request = Request { caller: Ok(Some(&grants)), enabled: Ok(true), query: None };
        assert_eq!(ours.operation(0).unwrap().decide(&request).denial(), expected, "{grants:?}");
    }
}

#[test]
fn a_decision_says_what_became_of_each_stage() {
    let mut optional =
        operation("/x", Access::Optional, vec![AlternativeFacts::of("Key", ["a"]), AlternativeFacts::anonymous()]);
    optional.query_names = vec!["q".into(), "limit".into()];
    optional.query_prefixes = vec!["filter[".into()];
    let any = OperationFacts { query_any: true, ..operation("/any", Access::Public, Vec::new()) };
    let policy = OwnedPolicy::new(facts(vec![optional, any])).unwrap();
    let (passed, denied, later) = (StageOutcome::Passed, StageOutcome::Denied, StageOutcome::NotReached);
    let key = [policy.grant("Key", text("a")).unwrap()];
    let unsupported = |name| Reason::UnsupportedQuery(policy_core::QueryKey::all(name).next().unwrap());
    for (place, caller, enabled, query, is_anonymous, alternative, expected) in [
        (0, Ok(Some(&key[..])), Ok(true), Some("q=1&limit=&filter[a]=2"), false, Some(0), [passed; 4]),
        (0, Ok(None), Ok(false), Some("x"), true, Some(1), [passed, passed, passed, denied(unsupported("x"))]),
        (0, Ok(None), Err(EnablementFailure::Unavailable), None, true, Some(1), [passed; 4]),
        (0, Ok(Some(&key[..])), Ok(false), Some("x"), false, None, [passed, denied(Reason::NotEnabled), later, later]),
        (
            0,
            Err(AuthenticationFailure::Expired),
            Ok(true),
            None,
            true,
            None,
            [denied(Reason::Authentication(AuthenticationFailure::Expired)), later, later, later],
        ),
        (1, Err(AuthenticationFailure::Expired), Ok(false), Some("x=1"), true, None, [passed; 4]),
    ] {
        let decision = policy.operation(place).unwrap().decide(&Request { caller, enabled, query });
        assert!(decision.stages().map(|(stage, _)| stage).eq(Stage::ALL));
        assert!(decision.stages().map(|(_, outcome)| outcome).eq(expected), "{decision:?}");
        assert_eq!(decision.is_allowed(), expected == [passed; 4], "{decision:?}");
        assert_eq!((decision.is_anonymous(), decision.alternative()), (is_anonymous, alternative), "{decision:?}");
        assert_eq!((decision.closest(), decision.operation().place()), (None, place));
    }
    let decision = policy.operation(1).unwrap().decide(&Request { caller: Ok(None), enabled: Ok(true), query: None });
    assert_eq!(format!("{decision:?}"), "{Authentication: Passed, Enablement: Passed, Scopes: Passed, Query: Passed}");
}

#[test]
fn the_closest_alternative_is_the_first_that_lacks_the_fewest() {
    let alternatives = ["b c", "a b", "a c"].map(|scopes| AlternativeFacts::of("OAuth2", scopes.split(' ')));
    let policy = OwnedPolicy::new(facts(vec![operation("/x", Access::Required, alternatives.into())])).unwrap();
    for (granted, closest, missing) in [("", 0, &["b", "c"][..]), ("a", 1, &["b"]), ("c", 0, &["b"])] {
        let grants = [policy.grant("OAuth2", text(granted)).unwrap()];
        let request = Request { caller: Ok(Some(&grants)), enabled: Ok(true), query: None };
        let decision = policy.operation(0).unwrap().decide(&request);
        assert_eq!(decision.closest(), Some(closest), "{granted}");
        assert!(decision.missing().eq(missing.iter().copied()), "{granted}");
        assert_eq!(decision.required().count(), 2);
    }
}
