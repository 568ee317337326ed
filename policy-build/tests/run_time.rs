//! A policy that was compiled and one that was built at run time from the same document give the same answers.
#![deny(missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::result_large_err,
    reason = "a test says what is wrong by panicking"
)]

extern crate policy_core as renamed_core;

/// The policy of `tests/documents/files.yaml`: scopes before enablement, and a router.
pub mod files {
    include!("goldens/files.rs");
}

/// The policy of a model with every kind of requirement: enablement before scopes.
pub mod hostile {
    include!("goldens/hostile.rs");
}

mod models;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use policy_core::owned::{Decision, Grant, OwnedScopeSet, Request, StageOutcome};
use policy_core::{
    Allowed, AuthenticationFailure, Denial, Document, EnablementFailure, OperationRef, OperationSet, Pending, Policy,
    Principal, Scheme, ScopeSet, ScopeString,
};
use policy_router::Match;
use policy_spec::{Engine, PolicyModel, Routed, Settings};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;

/// A caller in words: for each satisfied scheme what it granted.
type Caller = Result<Option<Vec<(Index, String)>>, AuthenticationFailure>;

type Decided<'r, D> = Result<Allowed<D>, Denial<'r, D>>;

type Found<D> = Result<Option<Principal<D>>, AuthenticationFailure>;

type Enabled<D> = Result<OperationSet<D>, EnablementFailure>;

/// Takes a request through the stages, in the order that the policy's type demands.
type Drive<D> = for<'r> fn(OperationRef<D>, Found<D>, &Enabled<D>, Option<&'r str>) -> Decided<'r, D>;

fn drive_files<'r>(
    operation: OperationRef<files::Api>,
    found: Found<files::Api>,
    enabled: &Enabled<files::Api>,
    query: Option<&'r str>,
) -> Decided<'r, files::Api> {
    let pending = Pending::start(operation).authenticate(found)?.scopes()?;
    Ok(pending.enablement(enabled.as_ref().map_err(|failure| *failure))?.query(query)?.allow())
}

fn drive_hostile<'r>(
    operation: OperationRef<hostile::Api>,
    found: Found<hostile::Api>,
    enabled: &Enabled<hostile::Api>,
    query: Option<&'r str>,
) -> Decided<'r, hostile::Api> {
    let pending = Pending::start(operation).authenticate(found)?;
    Ok(pending.enablement(enabled.as_ref().map_err(|failure| *failure))?.scopes()?.query(query)?.allow())
}

fn set<'s>(scopes: impl Iterator<Item = &'s str>) -> String {
    scopes.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
}

fn compiled<D: Document>(outcome: &Decided<'_, D>) -> String {
    match outcome {
        Ok(allowed) => format!("allow by {}", allowed.alternative_index()),
        Err(denial) => format!(
            "{} {:?} required[{}] missing[{}]",
            denial.stage(),
            denial.reason(),
            set(denial.required().iter().map(policy_core::Scope::name)),
            set(denial.missing().iter().map(policy_core::Scope::name)),
        ),
    }
}

fn at_run_time(decision: &Decision<'_, '_>) -> String {
    // What the stages say is what the decision says, once and in order.
    let mut stages = decision.stages().skip_while(|(_, outcome)| *outcome == StageOutcome::Passed);
    let denied = stages.next();
    assert!(stages.all(|(_, outcome)| outcome == StageOutcome::NotReached));
    match (denied, decision.denial()) {
        (None, None) => format!("allow by {}", decision.alternative().unwrap_or(0)),
        (Some((at, StageOutcome::Denied(said))), Some((stage, reason))) if at == stage && said == reason => {
            format!("{stage} {reason:?} required[{}] missing[{}]", set(decision.required()), set(decision.missing()))
        }
        (denied, denial) => panic!("{denied:?} {denial:?}"),
    }
}

/// Asks both policies about one operation, and the run-time one with either form of grants.
fn compare<D: Document>(
    engine: &Engine,
    place: usize,
    caller: &Caller,
    enabled: Result<bool, EnablementFailure>,
    query: Option<&str>,
    drive: Drive<D>,
) -> String {
    let static_policy = Policy::<D>::new();
    let operation = static_policy.operation_at(place).unwrap();
    let schemes: Vec<Scheme<D>> = static_policy.schemes().collect();
    let found = caller.as_ref().map_err(|failure| *failure).map(|caller| {
        caller.as_ref().map(|grants| {
            grants.iter().fold(Principal::new("somebody"), |principal, (scheme, text)| {
                principal.with_grant(*scheme.get(&schemes), ScopeSet::parse(text).unwrap().set())
            })
        })
    });
    let enabled_operations = enabled.map(|enabled| if enabled { OperationSet::all() } else { OperationSet::EMPTY });
    let expected = compiled(&drive(operation, found, &enabled_operations, query));

    let policy = engine.policy();
    let owned = policy.operation(place).unwrap();
    assert_eq!((owned.method(), owned.template()), (operation.method(), operation.template()));
    let read = |text: &str| policy.scope_set(ScopeString::new(text).unwrap());
    let sets: Vec<OwnedScopeSet> = match caller {
        Ok(Some(grants)) => grants.iter().map(|(_, text)| read(text)).collect(),
        _ => Vec::new(),
    };
    for parsed in [false, true] {
        let grants: Vec<Grant<'_>> = match caller {
            Ok(Some(grants)) => grants
                .iter()
                .zip(&sets)
                .map(|((scheme, text), set)| {
                    let scheme = scheme.get(&schemes).name();
                    let string = ScopeString::new(text).unwrap();
                    if parsed { policy.grant(scheme, set) } else { policy.grant(scheme, string) }.unwrap()
                })
                .collect(),
            _ => Vec::new(),
        };
        let caller = caller.as_ref().map_err(|failure| *failure).map(|caller| caller.as_ref().map(|_| &*grants));
        let decision = owned.decide(&Request { caller, enabled, query });
        assert_eq!(at_run_time(&decision), expected, "{owned} {caller:?} {query:?}");
    }
    expected
}

fn files_engine() -> (Engine, PolicyModel) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents/files.yaml");
    let model = policy_spec::load(&path, &Settings::default()).model.unwrap();
    (Engine::new(&model).unwrap(), model)
}

static FILES: LazyLock<Engine> = LazyLock::new(|| files_engine().0);

/// Its templates are no paths that a request could have, but its requirements are requirements.
static HOSTILE: LazyLock<Engine> = LazyLock::new(|| Engine::readable(&models::hostile()).unwrap().0);

/// Scopes that the policies know, and some that they do not, in any order, repeated.
fn scope_string() -> impl Strategy<Value = String> {
    let known = vec![
        "files:read",
        "files:write",
        "meta:read",
        "#billing:read",
        "*",
        "123",
        "Foo",
        "`{Self}`",
        "files_read",
        "https://api.example.com/auth/x",
        "self",
        "files",
        "FILES:READ",
        "files:readx",
    ];
    prop::collection::vec(prop::sample::select(known), 0..8).prop_map(|tokens| tokens.join(" "))
}

fn caller() -> impl Strategy<Value = Caller> {
    let grants = prop::collection::vec((any::<Index>(), scope_string()), 0..4);
    prop_oneof![
        8 => grants.prop_map(|grants| Ok(Some(grants))),
        1 => Just(Ok(None)),
        1 => prop::sample::select(vec![
            AuthenticationFailure::Missing,
            AuthenticationFailure::Invalid,
            AuthenticationFailure::Unavailable,
        ]).prop_map(Err),
    ]
}

fn enabled() -> impl Strategy<Value = Result<bool, EnablementFailure>> {
    prop_oneof![6 => Just(Ok(true)), 1 => Just(Ok(false)), 1 => Just(Err(EnablementFailure::NoOrganization))]
}

fn query() -> impl Strategy<Value = Option<String>> {
    let pair = prop::sample::select(vec![
        "limit=1",
        "q=a",
        "filter%5Bx%5D=1",
        "filter[",
        "%6cimit",
        "limi",
        "",
        "=",
        "\"\\=1",
        "%22%5c",
        "%ff=1",
        "a+b=1",
    ]);
    prop_oneof![
        1 => Just(None),
        3 => prop::collection::vec(pair, 0..3).prop_map(|pairs| Some(pairs.join("&"))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_decided_alike(
        place in any::<Index>(), caller in caller(), enabled in enabled(), query in query(),
    ) {
        let in_files = place.index(files::POLICY.operations().count());
        compare(&FILES, in_files, &caller, enabled, query.as_deref(), drive_files);
        let in_hostile = place.index(hostile::POLICY.operations().count());
        compare(&HOSTILE, in_hostile, &caller, enabled, query.as_deref(), drive_hostile);
    }

    #[test]
    fn every_request_is_routed_alike(
        method in prop::sample::select(vec!["GET", "DELETE", "PUT", "get"]),
        segments in prop::collection::vec(prop::sample::select(vec!["v1", "files", "status", "search", "17", "", "..", "%2f"]), 0..5),
    ) {
        let path: String = segments.iter().map(|segment| format!("/{segment}")).collect();
        match (files::ROUTER.find(method, &path), FILES.route(method, &path)) {
            (Match::Found { operation: one, parameters: here }, Routed::Operation { operation, said, parameters }) => {
                prop_assert_eq!(one, operation.index());
                prop_assert_eq!(operation.template(), &said.path);
                prop_assert!(here.iter().eq(&parameters));
            }
            (Match::MethodNotAllowed(here), Routed::MethodNotAllowed(there)) => prop_assert!(here.eq(there)),
            (Match::NotFound, Routed::NotFound) => {}
            (here, there) => prop_assert!(false, "{here:?}, {there:?}"),
        }
    }
}

/// The property would hold too if everything were denied at the first stage.
#[test]
fn requests_reach_every_stage_and_an_allow() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..2000 {
        let strategy = (any::<Index>(), caller(), enabled(), query());
        let (place, caller, enabled, query) = strategy.new_tree(&mut runner).unwrap().current();
        let place = place.index(FILES.policy().len());
        let said = compare(&FILES, place, &caller, enabled, query.as_deref(), drive_files);
        seen.insert(said.split(' ').take(if said.starts_with("allow") { 3 } else { 1 }).collect::<Vec<_>>().join(" "));
    }
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    assert_eq!(seen, ["allow by 0", "allow by 1", "authentication", "enablement", "query", "scopes"]);
}

#[test]
fn what_another_policy_made_grants_nothing() {
    let (one, _) = files_engine();
    let (other, _) = files_engine();
    let string = ScopeString::new("files:read meta:read").unwrap();
    let (set, foreign_set) = (one.policy().scope_set(string), other.policy().scope_set(string));
    let operation = one.policy().operations().find(|operation| operation.template() == "/v1/files/{id}").unwrap();
    let decide = |grant: Grant<'_>| {
        let caller = [grant];
        at_run_time(&operation.decide(&Request { caller: Ok(Some(&caller)), enabled: Ok(true), query: None }))
    };
    assert_eq!(decide(one.policy().grant("OAuth2", &set).unwrap()), "allow by 0");
    assert_eq!(decide(one.policy().grant("OAuth2", string).unwrap()), "allow by 0");
    let nothing = "required[files:read meta:read] missing[files:read meta:read]";
    assert_eq!(
        decide(one.policy().grant("OAuth2", &foreign_set).unwrap()),
        format!("scopes InsufficientScope {nothing}")
    );
    let foreign = decide(other.policy().grant("OAuth2", string).unwrap());
    assert_eq!(foreign, "authentication SchemeNotSatisfied required[] missing[]");
    assert!(one.policy().grant("oauth2", string).is_none());
}

/// A map grants the same in a compiled policy as in one that was built at run time, at each side of each of its days.
#[test]
fn a_scope_map_grants_the_same_in_both() {
    let engine = Engine::readable(&models::hostile()).unwrap().0;
    let compiled = Policy::<hostile::Api>::new();
    assert_eq!(compiled.scope_map().count(), models::hostile().scope_map.len());
    let names = ["*/#{}", "Foo", "foo", "new", "files:read", "self", "123", "unheard-of"];
    let mut mapped = 0;
    for scheme in compiled.schemes() {
        let own = engine.policy().scheme(scheme.name()).unwrap();
        for several in 0_u32..1 << names.len() {
            let issued: Vec<&str> = (0..names.len()).filter(|at| several >> at & 1 == 1).map(|at| names[at]).collect();
            let issued = issued.join(" ");
            for second in [0, 1_806_537_599, 1_806_537_600, u64::MAX] {
                let granted = compiled.granted(scheme, &issued, second).unwrap().to_string();
                let string = ScopeString::new(&issued).unwrap();
                let run_time = engine.policy().granted(own, string, second, |_, _| false);
                assert_eq!(
                    run_time,
                    engine.policy().scope_set(ScopeString::new(&granted).unwrap()),
                    "{issued} {second}"
                );
                mapped += usize::from(granted != ScopeSet::<hostile::Api>::parse(&issued).unwrap().set().to_string());
            }
        }
        assert!(compiled.granted(scheme, "a  b", 0).is_err());
    }
    assert!(mapped > 100, "{mapped}");
    // An entry about a claim, and a policy that is not the scheme's.
    let own = engine.policy().scheme("OAuth2").unwrap();
    let nothing = ScopeString::new("").unwrap();
    let says = |path: &[Box<str>], text: &str| path.len() == 2 && text.starts_with('a');
    let foo = engine.policy().scope_set(ScopeString::new("files:read").unwrap());
    assert_eq!(engine.policy().granted(own, nothing, 0, says), foo);
    let other = Engine::readable(&models::hostile()).unwrap().0;
    let foreign = other.policy().granted(own, ScopeString::new("*/#{}").unwrap(), 0, says);
    assert_eq!(foreign, other.policy().scope_set(ScopeString::new("*/#{}").unwrap()));
}

#[test]
fn a_model_with_errors_serves_what_is_sound_and_denies_the_rest() {
    let mut model = files_engine().1;
    let mut disputed = model.operations.first_mut().unwrap().clone();
    disputed.requirement = policy_spec::RequirementFacts::AnyOf(disputed.alternatives()[1..].to_vec());
    model.operations.push(disputed);
    let search = model.operations.iter_mut().find(|operation| operation.path.ends_with("search")).unwrap();
    search.path = "/v1/{a}{b}".to_owned();
    let error = Engine::new(&model).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the operation `GET /files` is there twice, with two policies\n\
         `GET /v1/{a}{b}`: two parameters touch; help: put a literal between them or make them one"
    );
    let (engine, left_out) = Engine::readable(&model).unwrap();
    assert_eq!(left_out, Some(error));
    for path in ["/v1/files", "/v1/search", "/v1/ab"] {
        assert!(matches!(engine.route("GET", path), Routed::NotFound), "{path}");
    }
    let Routed::Operation { operation, said, .. } = engine.route("GET", "/v1/status") else { panic!("it is sound") };
    assert_eq!((operation.template(), said.template.as_str()), ("/v1/status", "/status"));
}

#[test]
fn what_requires_an_undeclared_scheme_or_scope_is_shown_and_opens_to_nobody_else() {
    let mut model = files_engine().1;
    model.schemes.retain(|scheme| scheme.name != "OAuth2");
    model.scopes.retain(|scope| scope.name != "files:read");
    assert_eq!(
        Engine::new(&model).unwrap_err().to_string(),
        "`GET /v1/files` requires the security scheme `OAuth2`, which is not in the list of schemes"
    );
    let (engine, left_out) = Engine::readable(&model).unwrap();
    assert_eq!(left_out, Engine::new(&model).err());
    let Routed::Operation { operation, .. } = engine.route("GET", "/v1/files/7") else { panic!("it is sound") };
    let decided = |scheme: &str, scopes: &str| {
        let caller = [engine.policy().grant(scheme, ScopeString::new(scopes).unwrap()).unwrap()];
        operation.decide(&Request { caller: Ok(Some(&caller)), enabled: Ok(true), query: None }).is_allowed()
    };
    for scheme in engine.served().schemes.iter().map(|scheme| scheme.name.as_str()) {
        assert_eq!(decided(scheme, "files:read meta:read"), scheme == "OAuth2", "{scheme}");
        assert!(!decided(scheme, "meta:read"), "{scheme}");
    }
}
