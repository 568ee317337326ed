//! How segments relate: what is said of two equals what their values say.
#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test")]

use policy_router::{Relation, Router, Segment, Template};
use proptest::prelude::*;

fn of<'t>(template: &'t Template<'t>) -> &'t Segment<'t> {
    let [segment] = template.segments() else { panic!("one segment") };
    segment
}

#[test]
fn a_segment_that_matches_less_is_narrower() {
    for (one, other, expected) in [
        ("a", "a", Relation::Equal),
        ("a", "b", Relation::Disjoint),
        ("{x}", "{y}", Relation::Equal),
        ("a", "{x}", Relation::Narrower),
        ("{x}.json", "{y}", Relation::Narrower),
        ("{name}:cancel", "{name}:{verb}", Relation::Narrower),
        ("{a}:{b}", "{c}:{d}", Relation::Equal),
        ("v{x}.json", "{x}.json", Relation::Narrower),
        ("{a}-{b}-{c}", "{a}-{b}", Relation::Narrower),
        ("{a}-{b}", "{a}.{b}", Relation::Crossing),
        ("x{a}", "{a}x", Relation::Crossing),
        ("a{x}", "b{x}", Relation::Disjoint),
        ("{x}.json", "{x}.xml", Relation::Disjoint),
        ("a.json", "{x}.json", Relation::Narrower),
        (".json", "{x}.json", Relation::Disjoint),
        // A value is never a dot segment.
        ("..json", "{x}.json", Relation::Disjoint),
        ("a-c", "{x}-b-{y}", Relation::Disjoint),
        ("a-b-c", "{x}-b-{y}", Relation::Narrower),
    ] {
        let (one, other) = (format!("/{one}"), format!("/{other}"));
        let (one, other) = (Template::parse(&one).unwrap(), Template::parse(&other).unwrap());
        assert_eq!(of(&one).relation(of(&other)), expected, "{one:?} {other:?}");
        assert_eq!(of(&other).relation(of(&one)), expected.reversed(), "{other:?} {one:?}");
        assert!(expected != Relation::Narrower || of(&one) < of(&other), "{one:?} comes first");
    }
}

fn segment() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["{p}", "a", "b", "-", "ab"]), 1..6)
        .prop_map(|parts| parts.concat())
        .prop_filter("no parameters that touch", |segment| !segment.contains("}{"))
}

/// Every text of `a`, `b`, `-` and a byte that no literal has, up to a length.
fn values(longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..longest {
        let known = all.len();
        for at in from..known {
            for byte in ["a", "b", "-", "~"] {
                let next = format!("{}{byte}", all[at]);
                all.push(next);
            }
        }
        from = known;
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_of_two_segments_is_what_their_values_say(one in segment(), other in segment()) {
        let (one, other) = (format!("/{one}"), format!("/{other}"));
        let routers = [Router::build([("GET", &one)]).unwrap(), Router::build([("GET", &other)]).unwrap()];
        let relation = of(&Template::parse(&one).unwrap()).relation(of(&Template::parse(&other).unwrap()));
        let (mut both, mut first_alone, mut second_alone) = (false, false, false);
        for value in values(5) {
            let path = format!("/{value}");
            let [first, second] = [0, 1].map(|at: usize| routers[at].find("GET", &path).operation().is_some());
            both |= first && second;
            first_alone |= first && !second;
            second_alone |= second && !first;
        }
        // What short values show is so; what they do not show may still be so.
        if relation == Relation::Disjoint { prop_assert!(!both) }
        if matches!(relation, Relation::Equal | Relation::Narrower) { prop_assert!(!first_alone) }
        if matches!(relation, Relation::Equal | Relation::Wider) { prop_assert!(!second_alone) }
        // The narrower one comes first.
        if matches!(relation, Relation::Narrower | Relation::Wider) {
            let together = Router::build([("GET", &one), ("GET", &other)]).unwrap();
            let narrower = usize::from(relation == Relation::Wider);
            for value in values(5) {
                let path = format!("/{value}");
                if routers[narrower].find("GET", &path).operation().is_some() {
                    prop_assert_eq!(together.find("GET", &path).operation(), Some(narrower));
                }
            }
        }
    }
}
