//! What an owner says beside the document: what grants mean, which credentials count as nobody, which query names are ignored.
//! A compiled policy and one that is built at run time decide by it alike.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

use policy_core::__private::{OperationParts, PolicyParts, ScopeMapRow, ScopeTable, phf};
use policy_core::owned::{AlternativeFacts, FactsError, OperationFacts, OwnedPolicy, PolicyFacts, RequirementFacts};
use policy_core::{
    Access, AsNobody, Date, Document, MappedScope, OperationDefinition, Pending, Policy, PolicyDefinition,
    QueryAllowList, Requirement, Scheme, SchemeDefinition, SchemeKind, Scope, ScopeDefinition, ScopeMapping, ScopeSet,
    ScopeString, Stale, order,
};

const POLICY: Policy<Configured> = Policy::new();
const OAUTH: Scheme<Configured> = Scheme::new(0);
const KEY: Scheme<Configured> = Scheme::new(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Configured {}

impl Document for Configured {
    type Words = [u64; 1];
    type OperationWords = [u64; 1];
    type Grants = [Option<ScopeSet<Self>>; 2];
    type Order = order::EnablementFirst;
    const DEFINITION: &'static PolicyDefinition = &DEFINITION;
}

static DEFINITION: PolicyDefinition = PolicyDefinition::new(PolicyParts {
    title: "Configured",
    version: "1",
    source: "configured.yaml",
    base_path: "",
    fingerprint: "f",
    scopes: ScopeTable::rows(&[
        ScopeDefinition::new("a", None, true),
        ScopeDefinition::new("b", None, true),
        ScopeDefinition::new("c", None, true),
    ]),
    scope_index: &[0, 1, 2, 0],
    schemes: &[
        SchemeDefinition::new("OAuth", SchemeKind::OAuth2),
        SchemeDefinition::new("Key", SchemeKind::ApiKeyHeader("X-Key")).with_as_nobody(Stale::Expired),
    ],
    operations: &[
        operation("/public", Access::Public, &[]),
        operation("/optional", Access::Optional, &[1, 1, 2, 0, 1, 0, u16::MAX, 0]),
        operation("/required", Access::Required, &[1, 1, 2, 0, 1, 0]),
    ],
    webhooks: &[],
    index: &phf::Map { key: 0, disps: &[], entries: &[] },
})
.with_scope_map(&[
    row(0, &[], "Old.A", &[0], None),
    row(0, &[], "a", &[1, 2], Some((2027, 3, 31))),
    row(1, &[], "Old.A", &[2], None),
    row(0, &["realm_access", "roles"], "auditor", &[2], None),
    // A day that the calendar does not have, and a number that no scope has.
    row(0, &[], "b", &[0, 9], Some((2027, 2, 30))),
]);

const fn operation(template: &'static str, access: Access, words: &'static [u16]) -> OperationDefinition {
    OperationDefinition::new(OperationParts {
        method: "GET",
        template,
        operation_id: None,
        type_name: "Get",
        summary: None,
        access,
        requirement: Requirement::from_words(words),
        query: QueryAllowList::new(&["page"], &[], false).ignoring_others(),
        location: "",
    })
}

const fn row(
    scheme: u16,
    claim: &'static [&'static str],
    from: &'static str,
    to: &'static [u16],
    until: Option<(u16, u8, u8)>,
) -> ScopeMapRow {
    ScopeMapRow { scheme, claim, from, to, until }
}

/// The same policy, built at run time.
fn facts() -> PolicyFacts {
    let key = || AlternativeFacts::of("Key", [""; 0]);
    let operation = |template, requirement| OperationFacts::new("GET", template, requirement);
    let operations = vec![
        operation("/public", RequirementFacts::Public),
        operation("/optional", RequirementFacts::AnyOf(vec![key(), AlternativeFacts::Anonymous])),
        operation("/required", RequirementFacts::AnyOf(vec![key()])),
    ];
    let owned = |mapping: ScopeMapping<&str>| {
        ScopeMapping::new(mapping.scheme, mapping.from, mapping.to).with_claim(mapping.claim).with_until(mapping.until)
    };
    let names = |names: Vec<&str>| names.into_iter().map(String::from).collect();
    PolicyFacts::new(names(vec!["OAuth", "Key"]), names(vec!["a", "b", "c"]), operations)
        .with_scope_map(POLICY.scope_map().map(|entry| owned(entry.mapping())).collect())
        .with_as_nobody(vec![("Key".into(), AsNobody::NONE.with(Stale::Expired))])
        .with_scheme_kinds(vec![("Key".into(), SchemeKind::ApiKeyHeader("X-Key".into()))])
}

fn last_second() -> u64 {
    Date::parse("2027-03-31").unwrap().end() - 1
}

#[test]
fn an_entry_of_the_scope_map_says_what_is_granted_for_what_and_until_when() {
    let said = |entry: MappedScope<Configured>| {
        let scopes = entry.scopes().iter().map(Scope::name).collect::<Vec<_>>().join(" ");
        assert_eq!(entry.ends_at(), entry.until().map(Date::end));
        (entry.scheme().map(Scheme::name), entry.claim().join("/"), entry.from(), scopes, entry.mapping().to_string())
    };
    let expected = [
        (Some("OAuth"), "", "Old.A", "a", "OAuth: `Old.A` grants `a`"),
        (Some("OAuth"), "", "a", "b c", "OAuth: `a` grants `b`, `c` until 2027-03-31"),
        (Some("Key"), "", "Old.A", "c", "Key: `Old.A` grants `c`"),
        (
            Some("OAuth"),
            "realm_access/roles",
            "auditor",
            "c",
            r#"OAuth: `auditor` in the claim ["realm_access", "roles"] grants `c`"#,
        ),
        (Some("OAuth"), "", "b", "a", "OAuth: `b` grants `a` until 0001-01-01"),
    ];
    let expected = expected.map(|(scheme, claim, from, scopes, line)| {
        (scheme, claim.to_owned(), from, scopes.to_owned(), line.to_owned())
    });
    assert!(POLICY.scope_map().map(said).eq(expected));
    let one = ScopeMapping::<String>::new("Key", "admin", ["a"]).with_claim(["roles"]);
    assert_eq!(one.to_string(), "Key: `admin` in the claim `roles` grants `a`");
    let report = POLICY.audit().to_string();
    assert!(report.contains("\nSCOPE MAP\nOAuth: `Old.A` grants `a`\nOAuth: `a` grants"), "{report}");
}

#[test]
fn a_grant_means_its_own_names_and_what_the_map_says_once_of_them() {
    let policy = OwnedPolicy::new(facts()).unwrap();
    let last = last_second();
    for (scheme, issued, second, expected) in [
        (OAUTH, "", 0, ""),
        (OAUTH, "b unknown", 0, "b"),
        (OAUTH, "a", last, "a b c"),
        (OAUTH, "a", last + 1, "a"),
        // What an entry grants is not looked up again: `a` would grant more.
        (OAUTH, "Old.A", 0, "a"),
        (OAUTH, "Old.A b", 0, "a b"),
        (OAUTH, "old.a", 0, ""),
        // Each scheme has its own entries.
        (KEY, "Old.A", 0, "c"),
        (KEY, "a", 0, "a"),
        // Who somebody is stands in a claim, and in no scope.
        (OAUTH, "auditor", 0, ""),
    ] {
        let granted = POLICY.granted(scheme, issued, second).unwrap();
        assert_eq!(granted.to_string(), expected, "{scheme} {issued} {second}");
        let own = policy.scheme(scheme.name()).unwrap();
        let granted = policy.granted(own, ScopeString::new(issued).unwrap(), second, |_, _| false);
        assert_eq!(policy.scope_names(&granted).collect::<Vec<_>>().join(" "), expected, "{scheme} {issued} {second}");
    }
    assert!(POLICY.granted(OAUTH, "a  b", 0).is_err());
}

#[test]
fn a_claim_grants_what_the_map_says_of_it_to_its_own_scheme() {
    let (policy, other) = (OwnedPolicy::new(facts()).unwrap(), OwnedPolicy::new(facts()).unwrap());
    let says = |claim: &[Box<str>], text: &str| {
        claim.iter().map(|name| &**name).eq(["realm_access", "roles"]) && text == "auditor"
    };
    for (scheme, expected) in [
        (policy.scheme("OAuth"), "b c"),
        (policy.scheme("Key"), "b"),
        // The map belongs to its policy.
        (other.scheme("OAuth"), "b"),
    ] {
        let granted = policy.granted(scheme.unwrap(), ScopeString::new("b").unwrap(), 0, says);
        assert_eq!(policy.scope_names(&granted).collect::<Vec<_>>().join(" "), expected);
    }
    let unreadable = |_: &[Box<str>], _: &str| Err("unreadable");
    let granted = |scheme| policy.granted_by_names(policy.scheme(scheme).unwrap(), ["b"].into_iter(), 0, unreadable);
    assert_eq!(granted("OAuth").err(), Some("unreadable"));
    assert!(granted("Key").is_ok());
}

#[test]
fn credentials_that_count_as_nobody_are_a_set() {
    let (expired, unknown) = (AsNobody::NONE.with(Stale::Expired), AsNobody::NONE.with(Stale::Unknown));
    for (set, words, has_expired, has_unknown) in [
        (AsNobody::NONE, "", false, false),
        (expired, "expired", true, false),
        (unknown, "unknown", false, true),
        (unknown.with(Stale::Expired), "expired, unknown", true, true),
        (expired.with(Stale::Expired), "expired", true, false),
    ] {
        assert_eq!((set.to_string().as_str(), set.is_empty()), (words, words.is_empty()));
        assert_eq!((set.contains(Stale::Expired), set.contains(Stale::Unknown)), (has_expired, has_unknown), "{words}");
        assert_eq!(set.iter().map(Stale::as_str).collect::<Vec<_>>().join(", "), words);
        for other in [AsNobody::NONE, expired, unknown, expired.with(Stale::Unknown)] {
            assert_eq!(set.is_subset(other), set.iter().all(|stale| other.contains(stale)), "{words} {other}");
        }
    }
}

/// Only where anybody may call, and only what the owner named, of the scheme of which it was said.
#[test]
fn a_stale_credential_counts_as_nobody_where_its_owner_says_so() {
    let (policy, other) = (OwnedPolicy::new(facts()).unwrap(), OwnedPolicy::new(facts()).unwrap());
    assert_eq!((OAUTH.as_nobody(), KEY.as_nobody()), (AsNobody::NONE, AsNobody::NONE.with(Stale::Expired)));
    for (operation, owned) in POLICY.operations().zip(policy.operations()) {
        for scheme in [OAUTH, KEY] {
            for stale in Stale::ALL {
                let expected = operation.access() == Access::Optional && scheme == KEY && stale == Stale::Expired;
                assert_eq!(operation.counts_as_nobody(scheme, stale), expected, "{operation} {scheme} {stale:?}");
                let own = policy.scheme(scheme.name()).unwrap();
                assert_eq!(owned.counts_as_nobody(own, stale), expected, "{owned} {scheme} {stale:?}");
                let foreign = other.scheme(scheme.name()).unwrap();
                assert!(!owned.counts_as_nobody(foreign, stale), "{owned} {scheme} {stale:?}");
            }
        }
    }
    let report = POLICY.audit().to_string();
    assert!(report.contains("\nCOUNTS AS NOBODY  where anybody may call\nKey: expired\n\n"), "{report}");
}

#[test]
fn names_that_the_owner_ignores_are_not_refused_and_the_audit_says_so() {
    let public = POLICY.operations().next().unwrap();
    assert!(public.definition().query().ignores_others());
    let decide = |query| {
        let pending =
            Pending::start(public).authenticate(Ok(None)).and_then(|pending| pending.enablement_of(Ok(false)));
        pending.and_then(Pending::scopes).and_then(|pending| pending.query(Some(query))).is_ok()
    };
    assert_eq!(["page=1", "utm_source=x", "=1"].map(decide), [true, true, false]);
    assert!(POLICY.audit().to_string().contains("    query     page  (others are ignored)\n"));
}

#[test]
fn a_word_about_a_name_that_the_policy_lacks_is_an_error() {
    let map = |mapping| facts().with_scope_map(vec![mapping]);
    for (facts, sentence) in [
        (
            map(ScopeMapping::new("Other", "x", ["a"])),
            "the scope map names `Other`, which is not in the policy: Other: `x` grants `a`",
        ),
        (
            map(ScopeMapping::new("Key", "x", ["a", "z"])),
            "the scope map names `z`, which is not in the policy: Key: `x` grants `a`, `z`",
        ),
        (
            facts().with_as_nobody(vec![("Other".into(), AsNobody::NONE)]),
            "credentials of the security scheme `Other` count as nobody, which is not in the list of schemes",
        ),
        (
            facts().with_scheme_kinds(vec![("Other".into(), SchemeKind::Bearer)]),
            "the security scheme `Other` has a kind and is not in the list of schemes",
        ),
    ] {
        let error: FactsError = OwnedPolicy::new(facts).unwrap_err();
        assert_eq!(error.to_string(), sentence);
    }
}

/// Invariant *indices never leave the process*, nor their policy: a handle of another policy names nothing.
#[test]
fn a_scheme_and_a_set_of_scopes_are_read_by_their_own_policy() {
    let (policy, other) = (OwnedPolicy::new(facts()).unwrap(), OwnedPolicy::new(facts()).unwrap());
    let told = policy.scheme_handles().map(|one| (one.index(), policy.scheme_name(one), policy.scheme_kind(one)));
    assert!(told.eq([(0, "OAuth", None), (1, "Key", Some(SchemeKind::ApiKeyHeader("X-Key")))]));
    let foreign = other.scheme("Key").unwrap();
    assert_eq!((policy.scheme_name(foreign), policy.scheme_kind(foreign)), ("", None));

    let set = |policy: &OwnedPolicy, text| policy.scope_set(ScopeString::new(text).unwrap());
    let names = |set: &_| policy.scope_names(set).collect::<Vec<_>>().join(" ");
    let mut granted = set(&policy, "c");
    granted.add(&set(&policy, "a c"));
    granted.add(&set(&other, "b"));
    assert_eq!((names(&granted).as_str(), names(&set(&other, "a"))), ("a c", String::new()));
    policy.retain(&mut granted, |name| name != "a");
    assert_eq!((names(&granted), granted), ("c".into(), set(&policy, "c")));
}
