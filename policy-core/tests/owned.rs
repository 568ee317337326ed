//! Policies that are built while a program runs: which facts are no policy, what one says of itself, and whose grants count.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

use policy_core::owned::{
    AlternativeFacts, FactsError, OperationFacts, OwnedPolicy, PolicyFacts, QueryFacts, Request, RequirementFacts,
    StageOutcome,
};
use policy_core::{Access, AuthenticationFailure, CheckOrderError, EnablementFailure, Reason, ScopeString, Stage};

fn operation(template: &str, requirement: RequirementFacts) -> OperationFacts {
    OperationFacts::new("GET", template, requirement)
}

fn facts(operations: Vec<OperationFacts>) -> PolicyFacts {
    let schemes = vec!["OAuth2".into(), "Key".into()];
    PolicyFacts::new(schemes, ["b", "a", "c"].map(String::from).into(), operations)
}

fn any_of(alternatives: impl Into<Vec<AlternativeFacts>>) -> RequirementFacts {
    RequirementFacts::AnyOf(alternatives.into())
}

fn text(text: &str) -> ScopeString<'_> {
    ScopeString::new(text).unwrap()
}

#[test]
fn who_may_call_decides_whom_an_operation_lets_in() {
    let key = || AlternativeFacts::of("Key", ["a"]);
    for (requirement, access, word, line) in [
        (RequirementFacts::Undeclared, None, "undeclared", "undeclared"),
        (RequirementFacts::Public, Some(Access::Public), "public", "public"),
        (any_of([]), Some(Access::Required), "required", "required"),
        (any_of([key()]), Some(Access::Required), "required", "Key[a]"),
        (any_of([key(), AlternativeFacts::Anonymous]), Some(Access::Optional), "optional", "Key[a] or anonymous"),
        (any_of(vec![key(); 6]), Some(Access::Required), "required", &["Key[a]"; 6].join(" or ")),
        (
            any_of(vec![key(); 8]),
            Some(Access::Required),
            "required",
            &([["Key[a]"; 6].join(" or "), " or 2 more".into()].concat()),
        ),
    ] {
        assert_eq!((requirement.access(), requirement.access_word()), (access, word));
        assert_eq!(requirement.to_string(), line);
        // What says nothing lets nobody in.
        let policy = OwnedPolicy::new(facts(vec![operation("/x", requirement.clone())])).unwrap();
        let operation = policy.operation(0).unwrap();
        assert_eq!(operation.access(), access.unwrap_or(Access::Required));
        let [key, token] = ["Key", "OAuth2"].map(|scheme| [policy.grant(scheme, text("a b c")).unwrap()]);
        for (caller, is_allowed) in [
            (None, matches!(access, Some(Access::Public | Access::Optional))),
            (Some(&key), !matches!(requirement, RequirementFacts::Undeclared) && requirement != any_of([])),
            (Some(&token), matches!(access, Some(Access::Public | Access::Optional))),
        ] {
            let request = Request { caller: Ok(caller.map(<[_; 1]>::as_slice)), enabled: Ok(true), query: None };
            assert_eq!(operation.decide(&request).is_allowed(), is_allowed, "{requirement} {caller:?}");
        }
    }
}

#[test]
fn an_alternative_is_one_line_and_equal_in_any_order_of_its_schemes() {
    let both = |names: [&str; 2], extension: &[&str]| AlternativeFacts::<String>::Credentials {
        schemes: names.map(|name| (name.to_owned(), vec!["a".to_owned(), "b".to_owned()])).into(),
        extension: extension.iter().copied().map(String::from).collect(),
    };
    let any = |extension: &[&str]| AlternativeFacts::<String>::Credentials {
        schemes: Vec::new(),
        extension: extension.iter().copied().map(String::from).collect(),
    };
    for (alternative, line, accepts_any_scheme, scopes) in [
        (AlternativeFacts::Anonymous, "anonymous", false, 0),
        (both(["K", "L"], &[]), "K[a b] + L[a b]", false, 4),
        (both(["K", "L"], &["c", "d"]), "K[a b] + L[a b] + c d", false, 6),
        (any(&[]), "any scheme", true, 0),
        (any(&["c"]), "any scheme + c", true, 1),
        (AlternativeFacts::of("K", [""; 0]), "K", false, 0),
    ] {
        assert_eq!((alternative.to_string().as_str(), alternative.accepts_any_scheme()), (line, accepts_any_scheme));
        assert_eq!((alternative.is_anonymous(), alternative.scopes().count()), (line == "anonymous", scopes));
        let renamed = alternative.try_named(|name| Ok::<_, ()>(name.len()), |name| Ok(name.len()));
        assert!(
            renamed.is_ok_and(
                |renamed| renamed.scopes().count() == scopes && renamed.is_anonymous() == (line == "anonymous")
            )
        );
    }
    assert_eq!(both(["K", "L"], &[]).in_any_order(), both(["L", "K"], &[]).in_any_order());
    assert_ne!(both(["K", "L"], &[]).in_any_order(), both(["K", "K"], &[]).in_any_order());
}

#[test]
fn names_that_are_in_no_list_are_no_policy() {
    let unknown_scope = FactsError::UnknownScope { operation: "GET /x".into(), scope: "z".into() };
    let unknown_scheme = FactsError::UnknownScheme { operation: "GET /x".into(), scheme: "Other".into() };
    let extension = AlternativeFacts::Credentials { schemes: Vec::new(), extension: vec!["z".into()] };
    for (alternative, expected) in [
        (AlternativeFacts::of("OAuth2", ["a", "c"]), None),
        (AlternativeFacts::of("OAuth2", ["a", "z"]), Some(unknown_scope.clone())),
        (extension, Some(unknown_scope)),
        (AlternativeFacts::of("Other", ["a"]), Some(unknown_scheme)),
    ] {
        let requirement = any_of([AlternativeFacts::Anonymous, alternative.clone()]);
        let built = OwnedPolicy::new(facts(vec![operation("/x", requirement)]));
        assert_eq!(built.err(), expected, "{alternative}");
    }
}

#[test]
fn names_are_there_once_and_numbers_suffice() {
    let public = |template: &str| operation(template, RequirementFacts::Public);
    let many = |count: u32| (0..count).map(|at| format!("n{at}")).collect::<Vec<_>>();
    let post = OperationFacts::new("POST", "/x", RequirementFacts::Public);
    let named = |schemes: Vec<String>, scopes: Vec<String>| PolicyFacts::new(schemes, scopes, Vec::new());
    let cases = [
        (facts(vec![public("/x"), post, public("/y")]), None),
        (facts(vec![public("/x"), public("/x")]), Some(FactsError::RepeatedOperation("GET /x".into()))),
        (named(["k", "l", "k"].map(String::from).into(), Vec::new()), Some(FactsError::RepeatedScheme("k".into()))),
        (
            facts(vec![]).with_check_order([Stage::Scopes; 4]),
            Some(FactsError::CheckOrder(CheckOrderError::Missing(Stage::Authentication))),
        ),
        (named(many(65535), many(65535)), None),
        (named(Vec::new(), many(65536)), Some(FactsError::TooMany("scopes"))),
        (named(many(65536), Vec::new()), Some(FactsError::TooMany("security schemes"))),
    ];
    for (facts, expected) in cases {
        assert_eq!(OwnedPolicy::new(facts).err(), expected);
    }
    let scopes = vec!["a".to_owned(); 65536];
    let long = operation("/x", any_of([AlternativeFacts::of("OAuth2", scopes)]));
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
        (FactsError::UnknownScope { operation, scope }, "`GET /x` requires the scope `a`"),
        (FactsError::TooMany("scopes"), "there are more scopes than a policy can number (65535)"),
    ] {
        assert!(error.to_string().starts_with(sentence), "{error}");
    }
}

#[test]
fn a_policy_lists_what_it_was_made_of() {
    let policy = OwnedPolicy::new(facts(vec![
        operation("/x", RequirementFacts::Public),
        operation("/y", any_of([AlternativeFacts::of("Key", ["a"])])),
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
    assert_eq!((x.index(), x.method(), x.template(), x.access()), (0, "GET", "/x", Access::Public));
    assert_eq!((y.index(), y.access()), (1, Access::Required));
    assert_eq!(format!("{y} {y:?}"), "GET /y OwnedOperation(GET /y)");
    assert!(policy.operation(2).is_none());
}

#[test]
fn a_set_of_scopes_has_room_for_each_scope_of_its_policy() {
    let names: Vec<String> = (100..230).map(|at| format!("s{at}")).collect();
    let policy = OwnedPolicy::new(PolicyFacts::new(Vec::new(), names.clone(), Vec::new())).unwrap();
    let told = |text: &str| {
        let set = policy.scope_set(ScopeString::new(text).unwrap());
        policy.scope_names(&set).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(told(&names.join(" ")), names);
    for name in &names {
        // A scope that is granted twice is granted.
        assert_eq!(told(&format!("{name} {name}")), [name.as_str()]);
    }
}

/// Invariant *indices never leave the process*, nor their policy: a grant that another policy made counts for nothing.
#[test]
fn grants_of_another_policy_count_for_nothing() {
    let both = || AlternativeFacts::of("OAuth2", ["a", "b"]);
    let policy = || OwnedPolicy::new(facts(vec![operation("/x", any_of([both()]))])).unwrap();
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
    let requirement = any_of([AlternativeFacts::of("Key", ["a"]), AlternativeFacts::Anonymous]);
    let some = QueryFacts {
        names: vec!["q".into(), "limit".into()],
        prefixes: vec!["filter[".into()],
        ..QueryFacts::default()
    };
    let optional = operation("/x", requirement).with_query(some);
    let any = QueryFacts { any: true, ..QueryFacts::default() };
    let any = operation("/any", RequirementFacts::Public).with_query(any);
    let ignoring = QueryFacts { names: vec!["q".into()], ignores_others: true, ..QueryFacts::default() };
    let ignoring = operation("/ignoring", RequirementFacts::Public).with_query(ignoring);
    let policy = OwnedPolicy::new(facts(vec![optional, any, ignoring])).unwrap();
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
        (2, Ok(None), Ok(false), Some("q=1&utm_source=x&%20"), true, None, [passed; 4]),
        // What no name can be is refused all the same.
        (2, Ok(None), Ok(false), Some("=1"), true, None, [passed, passed, passed, denied(unsupported("=1"))]),
        (2, Ok(None), Ok(false), Some("%FF"), true, None, [passed, passed, passed, denied(unsupported("%FF"))]),
    ] {
        let decision = policy.operation(place).unwrap().decide(&Request { caller, enabled, query });
        assert!(decision.stages().map(|(stage, _)| stage).eq(Stage::ALL));
        assert!(decision.stages().map(|(_, outcome)| outcome).eq(expected), "{decision:?}");
        assert_eq!(decision.is_allowed(), expected == [passed; 4], "{decision:?}");
        assert_eq!((decision.is_anonymous(), decision.alternative()), (is_anonymous, alternative), "{decision:?}");
        assert_eq!((decision.closest(), decision.operation().index()), (None, place));
    }
    let decision = policy.operation(1).unwrap().decide(&Request { caller: Ok(None), enabled: Ok(true), query: None });
    assert_eq!(format!("{decision:?}"), "{Authentication: Passed, Enablement: Passed, Scopes: Passed, Query: Passed}");
}

#[test]
fn a_request_may_have_any_name_where_the_query_is_free_or_others_are_ignored() {
    for (any, ignores_others) in [(false, false), (true, false), (false, true), (true, true)] {
        let query = QueryFacts::<String> { any, ignores_others, ..QueryFacts::default() };
        assert_eq!(query.takes_any(), any || ignores_others, "{query:?}");
    }
}

#[test]
fn the_closest_alternative_is_the_first_that_lacks_the_fewest() {
    let alternatives = ["b c", "a b", "a c"].map(|scopes| AlternativeFacts::of("OAuth2", scopes.split(' ')));
    let policy = OwnedPolicy::new(facts(vec![operation("/x", any_of(alternatives))])).unwrap();
    for (granted, closest, missing) in [("", 0, &["b", "c"][..]), ("a", 1, &["b"]), ("c", 0, &["b"])] {
        let grants = [policy.grant("OAuth2", text(granted)).unwrap()];
        let request = Request { caller: Ok(Some(&grants)), enabled: Ok(true), query: None };
        let decision = policy.operation(0).unwrap().decide(&request);
        assert_eq!(decision.closest(), Some(closest), "{granted}");
        assert!(decision.missing().eq(missing.iter().copied()), "{granted}");
        assert_eq!(decision.required().count(), 2);
    }
}
