//! What a reviewer of a change is told: that nothing which decides otherwise is left out, and that every witness is one.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use policy_core::ScopeString;
use policy_core::owned::Request;
use policy_spec::{
    Access, AlternativeFacts, Danger, Deciders, Difference, Engine, OperationModel, PolicyModel, RequirementFacts,
    Reviewable, Settings, Subject, Witness, read, review,
};
use proptest::prelude::*;

const SCHEMES: [&str; 3] = ["A", "B", "C"];
const SCOPES: [&str; 3] = ["x", "y", "z"];
const ROUTES: [(&str, &str); 4] = [("GET", "/a/{id}"), ("GET", "/b"), ("POST", "/b"), ("GET", "/v2/b")];
const KEYS: [&str; 2] = ["limit", "after"];

fn model(text: &str) -> PolicyModel {
    let loaded = read("api.yaml", text.as_bytes(), &Settings::default());
    loaded.model.clone().unwrap_or_else(|| panic!("{}", loaded.render(false)))
}

/// A document with three schemes, three scopes and these paths.
fn document(paths: &str) -> String {
    let scheme =
        |name: &str| format!("    {name}: {{ type: http, scheme: bearer, x-scopes: {{ x: X, y: Y, z: Z }} }}\n");
    let schemes: String = SCHEMES.iter().map(|name| scheme(name)).collect();
    format!(
        "openapi: 3.1.0\ninfo: {{ title: T, version: '1' }}\ncomponents:\n  securitySchemes:\n{schemes}paths:\n{paths}"
    )
}

fn small(paths: &str) -> PolicyModel {
    model(&document(paths))
}

fn scopes() -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(SCOPES.to_vec(), 0..=2).prop_map(|all| all.into_iter().map(str::to_owned).collect())
}

fn alternative() -> impl Strategy<Value = AlternativeFacts> {
    let schemes = prop::sample::subsequence(SCHEMES.to_vec(), 1..=2);
    let named = schemes.prop_flat_map(|schemes| {
        let each: Vec<_> = schemes.into_iter().map(|one| scopes().prop_map(move |of| (one.to_owned(), of))).collect();
        each
    });
    let credentials = (named, prop::sample::select(vec![vec![], vec!["x".to_owned()]]))
        .prop_map(|(schemes, extension)| AlternativeFacts::Credentials { schemes, extension });
    prop_oneof![9 => credentials, 1 => Just(AlternativeFacts::Anonymous)]
}

fn requirement() -> impl Strategy<Value = RequirementFacts> {
    prop_oneof![
        6 => prop::collection::vec(alternative(), 1..3).prop_map(RequirementFacts::AnyOf),
        1 => Just(RequirementFacts::Public),
        1 => Just(RequirementFacts::Undeclared),
    ]
}

/// Some of the routes, each with a requirement and query keys.
fn policy() -> impl Strategy<Value = PolicyModel> {
    let keys = prop::sample::subsequence(KEYS.to_vec(), 0..=KEYS.len());
    let one = prop::option::weighted(0.8, (requirement(), keys));
    prop::collection::vec(one, ROUTES.len()).prop_map(|operations| {
        let mut model = small("  /placeholder: { get: { security: [] } }\n");
        let location = model.operations[0].location.clone();
        model.operations.clear();
        for (said, (method, path)) in operations.into_iter().zip(ROUTES) {
            let Some((requirement, keys)) = said else { continue };
            let mut operation = OperationModel::new(method, path, requirement, location.clone());
            operation.query.names = keys.into_iter().map(str::to_owned).collect();
            model.operations.push(operation);
        }
        model
    })
}

/// A caller: for each scheme, what it granted. `None` for a credential that is refused.
type Caller = Option<Vec<(String, Vec<String>)>>;

/// Nobody, a credential that is refused, and every caller with up to two schemes.
fn callers() -> Vec<Caller> {
    let mut all: Vec<Vec<(String, Vec<String>)>> = vec![Vec::new()];
    for scheme in SCHEMES {
        let mut more = Vec::new();
        for held in all.iter().filter(|held| held.len() < 2) {
            for bits in 0..1_usize << SCOPES.len() {
                let scopes = SCOPES.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
                let mut held = held.clone();
                held.push((scheme.to_owned(), scopes.map(|(_, scope)| (*scope).to_owned()).collect()));
                more.push(held);
            }
        }
        all.extend(more);
    }
    all.into_iter().map(Some).chain([None]).collect()
}

fn allows(engine: &Engine, (method, path): (&str, &str), caller: &Caller, query: Option<&str>) -> bool {
    let policy_spec::Routed::Operation { operation, .. } = engine.route(method, &path.replace("{id}", "7")) else {
        return false;
    };
    let texts: Vec<(&str, String)> =
        caller.iter().flatten().map(|(scheme, scopes)| (scheme.as_str(), scopes.join(" "))).collect();
    let grants: Vec<_> = texts
        .iter()
        .filter_map(|(scheme, scopes)| engine.policy().grant(scheme, ScopeString::new(scopes).unwrap()))
        .collect();
    let caller = match caller {
        None => Err(policy_core::AuthenticationFailure::Invalid),
        Some(_) if grants.is_empty() => Ok(None),
        Some(_) => Ok(Some(grants.as_slice())),
    };
    operation.decide(&Request { caller, enabled: Ok(true), query }).is_allowed()
}

/// Which dangers are told of a route.
fn told(before: &PolicyModel, after: &PolicyModel, (method, path): (&str, &str)) -> Vec<Danger> {
    let is_it = |model: &PolicyModel, at: Option<usize>| {
        at.and_then(|at| model.operations.get(at)).is_some_and(|one| one.method == method && one.path == path)
    };
    let reviewed = review(before, after);
    let about = reviewed.iter().filter(|one| match &one.what {
        Reviewable::Difference(Difference { subject: Subject::Operation(new, old), .. }) => {
            is_it(after, *new) || is_it(before, *old)
        }
        Reviewable::Renamed { before: old, after: new } => is_it(after, Some(*new)) || is_it(before, Some(*old)),
        _ => false,
    });
    about.map(|one| one.danger).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn a_policy_does_not_differ_from_itself(policy in policy()) {
        prop_assert_eq!(review(&policy, &policy), []);
    }

    #[test]
    fn what_is_decided_otherwise_is_told_in_its_direction(before in policy(), after in policy()) {
        let (old, new) = (Engine::readable(&before).unwrap().0, Engine::readable(&after).unwrap().0);
        let gains = [Danger::Opened, Danger::Widened, Danger::Incomparable, Danger::Added, Danger::Query, Danger::Renamed];
        let losses = [Danger::Narrowed, Danger::Incomparable, Danger::Removed, Danger::Renamed, Danger::Query];
        for route in ROUTES {
            let dangers = told(&before, &after, route);
            for caller in callers() {
                for query in [None, Some("limit=1"), Some("after=1"), Some("other=1")] {
                    let (was, is) = (allows(&old, route, &caller, query), allows(&new, route, &caller, query));
                    let expected: &[Danger] = match (was, is) {
                        (false, true) => &gains,
                        (true, false) => &losses,
                        _ => continue,
                    };
                    prop_assert!(
                        dangers.iter().any(|danger| expected.contains(danger)),
                        "{route:?} {caller:?} {query:?}: {was} then {is}, told as {dangers:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_witness_is_decided_so_and_nothing_of_it_can_be_left_out(before in policy(), after in policy()) {
        let deciders = Deciders::new(&before, &after).unwrap();
        let (old, new) = (Engine::readable(&before).unwrap().0, Engine::readable(&after).unwrap().0);
        for one in review(&before, &after) {
            let Reviewable::Difference(difference) = &one.what else { continue };
            prop_assert_ne!(deciders.confirm(difference, &before, &after), Some(false), "{:?}", difference);
            let must = [Danger::Opened, Danger::Widened, Danger::Query].contains(&one.danger);
            let by_access = difference.change == policy_spec::Change::Access;
            prop_assert!(!must || by_access || difference.gained.is_some(), "{:?}", difference);
            let Subject::Operation(Some(at), _) = difference.subject else { continue };
            let Some(Witness::Credential(held)) = &difference.gained else { continue };
            let operation = &after.operations[at];
            let route = (operation.method.as_str(), operation.path.as_str());
            prop_assert!(allows(&new, route, &Some(held.clone()), None) && !allows(&old, route, &Some(held.clone()), None));
            for (scheme, (_, scopes)) in held.iter().enumerate() {
                let mut less = held.clone();
                less.remove(scheme);
                prop_assert!(!allows(&new, route, &Some(less), None), "without a scheme: {:?}", difference);
                for scope in 0..scopes.len() {
                    let mut less = held.clone();
                    less[scheme].1.remove(scope);
                    prop_assert!(!allows(&new, route, &Some(less), None), "without a scope: {:?}", difference);
                }
            }
        }
    }
}

/// One line for each thing that is told.
fn lines(before: &str, after: &str) -> Vec<String> {
    let (before, after) = (small(before), small(after));
    let of =
        |model: &PolicyModel, at: Option<usize>| at.and_then(|at| model.operations.get(at)).map(|one| one.served_key());
    let line = |what: &Reviewable| match what {
        Reviewable::Difference(difference) => match &difference.subject {
            Subject::Operation(new, old) => of(&after, *new).or_else(|| of(&before, *old)).unwrap(),
            other => format!("{other:?}"),
        },
        Reviewable::Renamed { before: old, after: new } => {
            format!("{} → {}", of(&before, Some(*old)).unwrap(), of(&after, Some(*new)).unwrap())
        }
        Reviewable::Word { .. } => "a word".to_owned(),
    };
    review(&before, &after).iter().map(|one| format!("{}: {}", one.danger, line(&one.what))).collect()
}

#[test]
fn the_danger_of_each_change_of_an_operation() {
    let get = |security: &str| format!("  /n: {{ get: {{ security: {security} }} }}\n");
    for (before, after, danger) in [
        ("[{ A: [x] }]", "[]", "opened"),
        ("[{ A: [x] }]", "[{ A: [x] }, {}]", "opened"),
        ("[{ A: [x] }]", "[{ A: [] }]", "widened"),
        ("[{ A: [x] }]", "[{ A: [x] }, { B: [y] }]", "widened"),
        ("[{ A: [x] }]", "[{ A: [y] }]", "incomparable"),
        ("[{ A: [x] }]", "[{ A: [x, y] }]", "narrowed"),
        ("[]", "[{ A: [x] }]", "narrowed"),
        ("[{}, { A: [x] }]", "[]", "widened"),
        ("[]", "[{}, { A: [x] }]", "narrowed"),
    ] {
        assert_eq!(lines(&get(before), &get(after)), [format!("{danger}: GET /n")], "{before} → {after}");
    }
}

#[test]
fn a_route_with_another_path_is_told_once_unless_anybody_may_call_it() {
    let path = |path: &str, rest: &str| format!("  {path}: {{ get: {{ {rest} }} }}\n");
    let guarded = "security: [{ A: [x] }]";
    for (before, after, expected) in [
        (path("/v1/notes", guarded), path("/v2/notes", guarded), &["renamed: GET /v1/notes → GET /v2/notes"][..]),
        (path("/notes", guarded), path("/v1/notes", guarded), &["renamed: GET /notes → GET /v1/notes"]),
        (
            path("/notes", &format!("operationId: n, {guarded}")),
            path("/a/b/c", &format!("operationId: n, {guarded}")),
            &["renamed: GET /notes → GET /a/b/c"],
        ),
        (path("/notes", guarded), path("/a/b/c", guarded), &["added: GET /a/b/c", "removed: GET /notes"]),
        (path("/v1/n", guarded), path("/v2/n", "security: [{ A: [] }]"), &["added: GET /v2/n", "removed: GET /v1/n"]),
        (path("/v1/n", "security: []"), path("/v2/n", "security: []"), &["added: GET /v2/n", "removed: GET /v1/n"]),
    ] {
        assert_eq!(lines(&before, &after), expected, "{before}{after}");
    }
    // Of two that it could be, neither is taken.
    let two = path("/v2/n", guarded) + &path("/v3/n", guarded);
    assert_eq!(lines(&path("/v1/n", guarded), &two).len(), 3);
}

#[test]
fn a_new_route_within_a_wider_one_is_told_with_what_decided_before() {
    let wide = "  /n/{id}: { get: { security: [{ A: [x] }] } }\n";
    let (before, after) = (small(wide), small(&format!("{wide}  /n/all: {{ get: {{ security: [] }} }}\n")));
    let deciders = Deciders::new(&before, &after).unwrap();
    let new = after.operations.iter().find(|one| one.path == "/n/all").unwrap();
    assert_eq!(new.access(), Some(Access::Public));
    assert_eq!(deciders.decided_before(new).map(OperationModel::key).as_deref(), Some("GET /n/{id}"));
    let wide = after.operations.iter().find(|one| one.path == "/n/{id}").unwrap();
    assert!(deciders.decided_before(wide).is_none());
    let back = Deciders::new(&after, &before).unwrap();
    assert_eq!(back.decides_after(new).map(OperationModel::key).as_deref(), Some("GET /n/{id}"));
}

#[test]
fn words_of_the_catalogue_come_last() {
    let before = document("  /n: { get: { security: [{ A: [x] }] } }\n");
    let after = before.replace("x: X, y: Y, z: Z", "x: Another, y: Y, w: W");
    let (before, after) = (model(&before), model(&after));
    let reviewed = review(&before, &after);
    assert!(reviewed.iter().all(|one| one.danger == Danger::Catalogue));
    assert_eq!(reviewed.len(), 3, "w is new, x is described otherwise, z is gone: {reviewed:?}");
}

#[test]
fn dangers_have_names_and_sentences_of_their_own() {
    let mut names: Vec<&str> = Danger::ALL.iter().map(|danger| danger.as_str()).collect();
    names.dedup();
    assert_eq!(names.len(), Danger::ALL.len());
    assert!(Danger::ALL.is_sorted());
    for danger in Danger::ALL {
        assert!(danger.summary().ends_with('.') && !danger.title().ends_with('.'), "{danger}");
    }
}
