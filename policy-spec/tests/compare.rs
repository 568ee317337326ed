//! What two policies differ in: that the direction is the one a brute-force search over credentials finds, and that a
//! witness proves it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use std::collections::{BTreeMap, BTreeSet};

use policy_spec::{
    AlternativeFacts, Change, OperationModel, PolicyModel, RequirementFacts, Settings, Subject, Witness, compare, read,
};
use proptest::prelude::*;

const SCHEMES: [&str; 3] = ["A", "B", "C"];
const SCOPES: [&str; 2] = ["x", "y"];

/// What a caller holds: for each scheme that authenticated, the scopes it granted.
type Held = BTreeMap<String, BTreeSet<String>>;

/// Every credential there can be: each scheme absent, or with any set of scopes.
fn universe() -> Vec<Held> {
    let mut all = vec![Held::new()];
    for scheme in SCHEMES {
        let mut more = Vec::new();
        for held in &all {
            for bits in 0..1_usize << SCOPES.len() {
                let scopes = SCOPES.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
                let mut held = held.clone();
                held.insert(scheme.to_owned(), scopes.map(|(_, scope)| (*scope).to_owned()).collect());
                more.push(held);
            }
        }
        all.extend(more);
    }
    all
}

/// The rules, as they are written: an alternative's scopes count from their scheme, an extension's from any of the
/// alternative's own schemes; where it names none, from any scheme of the document that authenticated.
fn accepts(operation: &OperationModel, declared: &[String], held: &Held) -> bool {
    if operation.requirement == RequirementFacts::Public {
        return true;
    }
    let satisfied = |alternative: &AlternativeFacts| {
        if alternative.is_anonymous() {
            return true;
        }
        let holds = |scheme: &str, scope: &str| held.get(scheme).is_some_and(|held| held.contains(scope));
        if alternative.schemes().is_empty() {
            return declared.iter().any(|scheme| {
                held.contains_key(scheme) && alternative.extension().iter().all(|scope| holds(scheme, scope))
            });
        }
        alternative
            .schemes()
            .iter()
            .all(|(scheme, scopes)| held.contains_key(scheme) && scopes.iter().all(|scope| holds(scheme, scope)))
            && alternative
                .extension()
                .iter()
                .all(|scope| alternative.schemes().iter().any(|(scheme, _)| holds(scheme, scope)))
    };
    operation.alternatives().iter().any(satisfied)
}

fn scopes() -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(SCOPES.to_vec(), 0..=SCOPES.len())
        .prop_map(|scopes| scopes.into_iter().map(str::to_owned).collect())
}

fn alternative() -> impl Strategy<Value = AlternativeFacts> {
    let schemes = prop::sample::subsequence(SCHEMES.to_vec(), 0..=SCHEMES.len()).prop_shuffle();
    let named = schemes.prop_flat_map(|schemes| {
        let each: Vec<_> =
            schemes.into_iter().map(|scheme| scopes().prop_map(move |of| (scheme.to_owned(), of))).collect();
        each
    });
    (named, scopes(), prop::bool::weighted(0.1)).prop_map(|(schemes, extension, anonymous)| {
        if anonymous { AlternativeFacts::Anonymous } else { AlternativeFacts::Credentials { schemes, extension } }
    })
}

/// A policy of one operation, with some of the schemes declared.
fn policy() -> impl Strategy<Value = PolicyModel> {
    let declared = prop::sample::subsequence(SCHEMES.to_vec(), 0..=SCHEMES.len());
    (prop::collection::vec(alternative(), 0..4), declared, any::<bool>()).prop_map(
        |(alternatives, declared, public)| {
            let mut model = small("security: []");
            model.schemes.retain(|scheme| declared.contains(&scheme.name.as_str()));
            let operation = &mut model.operations[0];
            operation.requirement = match (alternatives.is_empty(), public) {
                (true, true) => RequirementFacts::Public,
                (true, false) => RequirementFacts::Undeclared,
                (false, _) => RequirementFacts::AnyOf(alternatives),
            };
            model
        },
    )
}

fn document(operation: &str) -> String {
    format!(
        "openapi: 3.1.0\ninfo: {{ title: T, version: '1' }}\npaths:\n  /a/{{x}}:\n    get: {{ {operation} }}\n\
         components:\n  securitySchemes:\n    A: {{ type: http, scheme: bearer }}\n    B: {{ type: http, scheme: basic }}\n    \
         C: {{ type: apiKey, in: query, name: key }}\n"
    )
}

fn small(operation: &str) -> PolicyModel {
    model(&document(operation))
}

fn model(text: &str) -> PolicyModel {
    let loaded = read("api.yaml", text.as_bytes(), &Settings::default());
    loaded.model.clone().unwrap_or_else(|| panic!("{}", loaded.render(false)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn the_direction_is_what_a_search_over_all_credentials_finds(policy in policy(), against in policy()) {
        let names = |model: &PolicyModel| model.schemes.iter().map(|scheme| scheme.name.clone()).collect::<Vec<_>>();
        let (of_policy, of_against) = (names(&policy), names(&against));
        let accepted = |held: &Held| accepts(&policy.operations[0], &of_policy, held);
        let refused_before = |held: &Held| !accepts(&against.operations[0], &of_against, held);
        let universe = universe();
        let gains = universe.iter().any(|held| accepted(held) && refused_before(held));
        let loses = universe.iter().any(|held| !accepted(held) && !refused_before(held));

        let found = compare(&policy, &against);
        let callers = found.iter().find(|difference| {
            matches!(difference.change, Change::Widened | Change::Narrowed | Change::Incomparable)
        });
        let expected = match (gains, loses) {
            (true, true) => Some(Change::Incomparable),
            (true, false) => Some(Change::Widened),
            (false, true) => Some(Change::Narrowed),
            (false, false) => None,
        };
        prop_assert_eq!(callers.map(|difference| difference.change), expected);

        let held = |witness: &Option<Witness>| match witness {
            Some(Witness::Credential(schemes)) => {
                Some(schemes.iter().map(|(scheme, of)| (scheme.clone(), of.iter().cloned().collect())).collect::<Held>())
            }
            _ => None,
        };
        if let Some(difference) = callers {
            prop_assert_eq!(difference.gained.is_some(), gains);
            prop_assert_eq!(difference.lost.is_some(), loses);
            if let Some(held) = held(&difference.gained) {
                prop_assert!(accepted(&held) && refused_before(&held), "{:?}", held);
            }
            if let Some(held) = held(&difference.lost) {
                prop_assert!(!accepted(&held) && !refused_before(&held), "{:?}", held);
            }
        }
        prop_assert!(compare(&policy, &policy).is_empty());

        // Seen from the other side, what was gained is lost.
        let back = compare(&against, &policy);
        prop_assert_eq!(found.len(), back.len());
        prop_assert!(found.iter().all(|one| back.iter().any(|other| one.gained == other.lost && one.lost == other.gained)));
    }

    #[test]
    fn query_keys_differ_as_trying_them_shows(
        one in prop::collection::btree_set("[ab]{0,2}", 0..3), one_prefixes in prop::collection::btree_set("[ab]{1,2}", 0..3),
        other in prop::collection::btree_set("[ab]{0,2}", 0..3), other_prefixes in prop::collection::btree_set("[ab]{1,2}", 0..3),
        any in any::<(bool, bool)>(),
    ) {
        let with = |names: &BTreeSet<String>, prefixes: &BTreeSet<String>, any: bool| {
            let mut model = small("security: []");
            let query = &mut model.operations[0].query;
            query.names = names.iter().cloned().collect();
            query.prefixes = prefixes.iter().cloned().collect();
            query.any = any;
            model
        };
        let (policy, against) = (with(&one, &one_prefixes, any.0), with(&other, &other_prefixes, any.1));
        let takes = |model: &PolicyModel, key: &str| {
            let query = &model.operations[0].query;
            query.any || query.names.iter().any(|name| name == key) || query.prefixes.iter().any(|prefix| key.starts_with(prefix))
        };
        // Every key of up to three of the letters in use, and one more letter for what no name can be.
        let letters = ["", "a", "b", "c"];
        let mut keys = BTreeSet::new();
        for first in letters { for second in letters { for third in letters { keys.insert(format!("{first}{second}{third}")); } } }
        let gains = keys.iter().any(|key| takes(&policy, key) && !takes(&against, key));
        let loses = keys.iter().any(|key| !takes(&policy, key) && takes(&against, key));
        let found = compare(&policy, &against);
        let expected = match (gains, loses) {
            (true, true) => vec![Change::QueryIncomparable],
            (true, false) => vec![Change::QueryWidened],
            (false, true) => vec![Change::QueryNarrowed],
            (false, false) => vec![],
        };
        prop_assert_eq!(found.iter().map(|difference| difference.change).collect::<Vec<_>>(), expected);
        for difference in &found {
            if let Some(Witness::Query(key)) = &difference.gained {
                prop_assert!(takes(&policy, key) && !takes(&against, key), "{}", key);
            }
            if let Some(Witness::Query(key)) = &difference.lost {
                prop_assert!(!takes(&policy, key) && takes(&against, key), "{}", key);
            }
        }
    }
}

/// Each change of an operation, the changes it is, and who proves them.
#[test]
fn a_change_is_told_with_its_direction_and_a_witness() {
    let table = [
        ("security: [{ A: [x, y] }]", "security: [{ A: [y, x] }]", ""),
        ("security: [{ A: [x] }, { A: [x, y] }]", "security: [{ A: [x] }]", ""),
        ("security: [{ A: [x], B: [] }]", "security: [{ B: [], A: [x] }]", ""),
        ("security: [{ A: [] }], x-required-scopes: [x]", "security: [{ A: [x] }]", ""),
        (
            "security: [{ A: [] }], x-required-scopes: []",
            "security: [{ A: [x] }]",
            "operation-widened: gains a caller with `A` without any scope",
        ),
        (
            "security: [{ A: [x] }, { B: [] }]",
            "security: [{ A: [x] }]",
            "operation-widened: gains a caller with `B` without any scope",
        ),
        (
            "security: [{ A: [x, y] }]",
            "security: [{ A: [x] }]",
            "operation-narrowed: loses a caller with `A` holding `x`",
        ),
        (
            "security: [{ A: [x] }]",
            "security: [{ A: [y] }]",
            "operation-incomparable: gains a caller with `A` holding `x`, loses a caller with `A` holding `y`",
        ),
        // Of two schemes, either may grant the extension's scope.
        (
            "security: [{ A: [], B: [] }], x-required-scopes: [x]",
            "security: [{ A: [x], B: [] }]",
            "operation-widened: gains a caller with `A` without any scope and `B` holding `x`",
        ),
        ("security: []", "security: [{}]", ""),
        ("security: [{}, { A: [] }]", "security: []", "access-changed"),
        ("security: []", "security: [{ A: [] }]", "operation-widened: gains a caller without a credential"),
        // Only an extension speaks: any scheme will do, and the key of one travels in the query.
        (
            "x-required-scopes: [x]",
            "security: [{ A: [x] }]",
            "operation-widened: gains a caller with `B` holding `x`\nquery-widened: gains the query key `key`",
        ),
        (
            "security: [], parameters: [{ name: q, in: query }]",
            "security: [], parameters: [{ name: p, in: query }]",
            "query-incomparable: gains the query key `q`, loses the query key `p`",
        ),
        (
            "security: [], parameters: [{ name: f, in: query, style: deepObject, schema: { type: object } }]",
            "security: []",
            "query-widened: gains the query key `f[…`",
        ),
    ];
    for (policy, against, expected) in table {
        assert_eq!(told(&small(policy), &small(against)), expected, "{policy} against {against}");
    }
}

fn told(policy: &PolicyModel, against: &PolicyModel) -> String {
    let lines = compare(policy, against).into_iter().map(|difference| {
        let gained = difference.gained.map(|witness| format!("gains {witness}"));
        let lost = difference.lost.map(|witness| format!("loses {witness}"));
        let parts: Vec<String> = gained.into_iter().chain(lost).collect();
        match parts.is_empty() {
            true => difference.change.to_string(),
            false => format!("{}: {}", difference.change, parts.join(", ")),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn operations_are_the_same_by_method_and_served_path() {
    let renamed = document("security: [{ A: [x] }]").replace("{x}", "{y}");
    assert_eq!(told(&model(&renamed), &small("security: [{ A: [x] }]")), "");
    let served = document("security: [{ A: [x] }]").replace("/a/", "/v1/a/");
    let based =
        document("security: [{ A: [x] }]").replace("paths:", "servers: [{ url: https://example.org/v1 }]\npaths:");
    assert_eq!(told(&model(&served), &model(&based)), "");
    assert_eq!(
        compare(&model(&served), &small("security: [{ A: [x] }]"))
            .into_iter()
            .map(|difference| (difference.change, difference.subject))
            .collect::<Vec<_>>(),
        [(Change::Added, Subject::Operation(Some(0), None)), (Change::Removed, Subject::Operation(None, Some(0))),]
    );
}

#[test]
fn a_route_with_several_keys_is_one() {
    let twice = document("security: [{ A: [x] }]").replace(
        "components:",
        "  /a/{x}#again:\n    get: { security: [{ A: [x] }], parameters: [{ name: q, in: query }] }\ncomponents:",
    );
    let once = small("security: [{ A: [x] }], parameters: [{ name: q, in: query }]");
    assert_eq!(told(&model(&twice), &once), "");
}

#[test]
fn the_order_of_checks_and_the_kind_of_a_scheme_count() {
    let ordered = document("security: [{ A: [x] }]")
        .replace("paths:", "x-check-order: [authentication, scopes, enablement, query]\npaths:");
    assert_eq!(told(&model(&ordered), &small("security: [{ A: [x] }]")), "check-order-changed");
    let kind =
        document("security: [{ A: [x] }]").replace("type: http, scheme: bearer", "type: apiKey, in: header, name: K");
    assert_eq!(told(&model(&kind), &small("security: [{ A: [x] }]")), "scheme-kind-changed");
    // A scheme that nothing uses is no policy.
    let unused = document("security: [{ A: [x] }]").replace("scheme: basic", "scheme: digest");
    assert_eq!(told(&model(&unused), &small("security: [{ A: [x] }]")), "");
}

#[test]
fn too_many_combinations_are_a_difference_not_a_guess() {
    let scopes: Vec<String> = (0..40).map(|at| format!("s{at}")).collect();
    let list = scopes.join(", ");
    let policy = small(&format!("security: [{{ A: [], B: [] }}], x-required-scopes: [{list}]"));
    let against = small("security: [{ A: [s0], B: [] }, { A: [], B: [s0] }]");
    assert_eq!(told(&policy, &against), "operation-undecided");
    // Where one alternative implies another, nothing has to be tried.
    assert_eq!(told(&policy, &policy), "");
}
