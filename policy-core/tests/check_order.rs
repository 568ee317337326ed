//! Which orders of the four stages are safe, and what is said of the others.
#![allow(missing_docs, reason = "a test")]

use policy_core::Stage::{Authentication, Enablement, Query, Scopes};
use policy_core::{CheckOrderError, Stage, check_order};

/// All lists of four stages, repetitions included.
fn lists() -> impl Iterator<Item = [Stage; 4]> {
    let stages = || Stage::ALL.into_iter();
    let pairs = move || stages().flat_map(move |first| stages().map(move |second| (first, second)));
    pairs().flat_map(move |(first, second)| pairs().map(move |(third, fourth)| [first, second, third, fourth]))
}

#[test]
fn two_orders_are_safe_and_each_other_list_says_what_is_wrong() {
    let mut safe = Vec::new();
    for list in lists() {
        let count = |stage| list.iter().filter(|other| **other == stage).count();
        let wrong = Stage::ALL.into_iter().find(|stage| count(*stage) != 1);
        match check_order(&list) {
            Ok(order) => {
                assert_eq!(order, list);
                safe.push(list);
            }
            Err(CheckOrderError::Missing(stage)) => assert!(wrong == Some(stage) && count(stage) == 0, "{list:?}"),
            Err(CheckOrderError::Repeated(stage)) => assert!(wrong == Some(stage) && count(stage) > 1, "{list:?}"),
            Err(CheckOrderError::QueryNotLast(stage)) => {
                assert!(wrong.is_none() && list[0] == Authentication && list[3] == stage && stage != Query, "{list:?}");
            }
            Err(CheckOrderError::AuthenticationNotFirst(stage)) => {
                assert!(wrong.is_none() && list[0] == stage && stage != Authentication, "{list:?}");
            }
            Err(other) => assert_eq!(Some(other), None),
        }
    }
    assert_eq!(safe, [[Authentication, Enablement, Scopes, Query], [Authentication, Scopes, Enablement, Query]]);
}

#[test]
fn a_list_of_another_length_is_no_order() {
    assert_eq!(check_order(&[]), Err(CheckOrderError::Missing(Authentication)));
    assert_eq!(check_order(&[Authentication, Scopes, Query]), Err(CheckOrderError::Missing(Enablement)));
    let five = [Authentication, Enablement, Scopes, Query, Query];
    assert_eq!(check_order(&five), Err(CheckOrderError::Repeated(Query)));
}

#[test]
fn stages_and_errors_are_named() {
    for stage in Stage::ALL {
        assert_eq!(Stage::from_name(stage.as_str()), Some(stage));
        assert_eq!(stage.to_string(), stage.as_str());
    }
    assert_eq!(Stage::ALL.map(Stage::as_str), ["authentication", "enablement", "scopes", "query"]);
    for name in ["", "Scopes", "scope", "query "] {
        assert_eq!(Stage::from_name(name), None);
    }
    for (error, beginning) in [
        (CheckOrderError::Missing(Scopes), "the stage `scopes` is missing; "),
        (CheckOrderError::Repeated(Scopes), "the stage `scopes` is listed twice; "),
        (CheckOrderError::AuthenticationNotFirst(Query), "`query` comes before `authentication`; "),
        (CheckOrderError::QueryNotLast(Scopes), "`query` comes before `scopes`; "),
    ] {
        assert!(error.to_string().starts_with(beginning), "{error}");
    }
}
