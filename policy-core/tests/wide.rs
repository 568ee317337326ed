//! A policy of more scopes and alternatives than fit one word or one list, with what was said beside its document.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, unreachable_pub, reason = "a test")]

use policy_core::__private::{Beside, OperationParts, PolicyParts, ScopeTable, TextColumn, phf, union};
use policy_core::{
    Access, Document, OperationDefinition, OperationSet, Policy, PolicyDefinition, Principal, QueryAllowList,
    Requirement, SchemeDefinition, SchemeKind, Scope, ScopeSet, WebhookDefinition, order,
};

/// Operations, each with two alternatives of one scope.
const CHOICES: usize = 13;
const SCOPES: usize = 130;
const POLICY: Policy<Wide> = Policy::new();

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Wide {}

impl Document for Wide {
    type Words = [u64; SCOPES.div_ceil(64)];
    type OperationWords = [u64; 1];
    type Grants = [Option<ScopeSet<Self>>; 1];
    type Order = order::ScopesFirst;
    const DEFINITION: &'static PolicyDefinition = &DEFINITION;
}

static DEFINITION: PolicyDefinition = PolicyDefinition::new(PolicyParts {
    title: "Wide",
    version: "2",
    source: "wide.yaml",
    base_path: "",
    fingerprint: "f",
    scopes: ScopeTable::columns(TextColumn::new(NAMES, &ENDS), TextColumn::NONE, &[1, 129]),
    scope_index: &[],
    schemes: &[SchemeDefinition::new("Token", SchemeKind::Bearer)],
    operations: &OPERATIONS,
    webhooks: &[
        WebhookDefinition::new("few", Some("Few"), &[13]),
        WebhookDefinition::new("many", None, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        WebhookDefinition::new("none", None, &[99]),
    ],
    index: &phf::Map { key: 0, disps: &[], entries: &[] },
})
.with_beside(Beside {
    overlays: &["one.yaml", "two.yaml"],
    public: &[(14, "said in\npolicy.toml")],
    before: &[(13, "Token[s000]")],
    removed: &[("GET /gone", "Token\n[s000]")],
});

/// `s000`, `s001` and so on, in a row.
const NAMES: &str = {
    const BYTES: [u8; SCOPES * 4] = {
        let mut bytes = [b's'; SCOPES * 4];
        let mut at = 0;
        while at < SCOPES {
            bytes[at * 4 + 1] = b'0' + (at / 100) as u8;
            bytes[at * 4 + 2] = b'0' + (at / 10 % 10) as u8;
            bytes[at * 4 + 3] = b'0' + (at % 10) as u8;
            at += 1;
        }
        bytes
    };
    match str::from_utf8(&BYTES) {
        Ok(names) => names,
        Err(_) => "",
    }
};

static ENDS: [u32; SCOPES] = {
    let mut ends = [0; SCOPES];
    let mut at = 0;
    while at < SCOPES {
        ends[at] = at as u32 * 4 + 4;
        at += 1;
    }
    ends
};

/// Twelve words an operation: one scheme, and two alternatives of it with one scope each.
static WORDS: [u16; CHOICES * 12] = {
    let mut words = [0; CHOICES * 12];
    let mut at = 0;
    while at < CHOICES {
        let [first, second] = [at as u16 * 2, at as u16 * 2 + 1];
        let one = [1, 0, 3, 0, 0, 1, first, 3, 0, 0, 1, second];
        let mut word = 0;
        while word < 12 {
            words[at * 12 + word] = one[word];
            word += 1;
        }
        at += 1;
    }
    words
};

/// The choices, one operation with a scope of each word and one with none.
static OPERATIONS: [OperationDefinition; CHOICES + 2] = {
    const fn operation(words: &'static [u16], access: Access, any_query: bool) -> OperationDefinition {
        OperationDefinition::new(OperationParts {
            method: "GET",
            template: "/x",
            operation_id: None,
            type_name: "X",
            summary: None,
            access,
            requirement: Requirement::from_words(words),
            query: QueryAllowList::new(&["a"], &["b["], any_query),
            location: "",
        })
    }
    let mut operations = [operation(&[], Access::Public, false); CHOICES + 2];
    let mut at = 0;
    while at < CHOICES {
        operations[at] = operation(WORDS.split_at(at * 12).1.split_at(12).0, Access::Required, false);
        at += 1;
    }
    operations[13] = operation(&[1, 0, 4, 1, 0, 2, 0, 64, 129], Access::Required, true);
    operations
};

fn scopes(indices: &[usize]) -> ScopeSet<Wide> {
    POLICY.scopes().enumerate().filter(|(at, _)| indices.contains(at)).map(|(_, scope)| scope).collect()
}

#[test]
fn scopes_of_every_word_are_told_apart() {
    assert_eq!(POLICY.scopes().count(), SCOPES);
    for (at, scope) in POLICY.scopes().enumerate() {
        assert_eq!((scope.name(), scope.is_declared()), (format!("s{at:03}").as_str(), at != 1 && at != 129));
        let sole: ScopeSet<Wide> = [scope].into_iter().collect();
        assert!(sole.iter().map(Scope::name).eq([scope.name()]));
    }
    let operation = POLICY.operation_at(13).unwrap();
    let meets =
        |scopes| operation.is_met_by(&Principal::new("ali").with_grant(POLICY.schemes().next().unwrap(), scopes));
    assert!(meets(scopes(&[0, 64, 129])));
    assert!(!meets(scopes(&[0, 64])) && !meets(scopes(&[0, 129])) && !meets(scopes(&[64, 129])));
    assert_eq!(union::<3>(&[operation.definition(); 2]), [1, 1, 2]);
    assert_eq!(OperationSet::<Wide>::all().iter().count(), CHOICES + 2);
}

/// Twelve choices multiply to as many sets as are listed, thirteen to more.
#[test]
fn too_many_alternatives_are_an_error_and_not_a_long_wait() {
    let least = POLICY.least_privilege(POLICY.operations().take(12)).unwrap();
    assert_eq!((least.sets().len(), least.sole()), (4096, None));
    let error = POLICY.least_privilege(POLICY.operations().take(13)).unwrap_err();
    assert!(error.to_string().contains("more than 4096 minimal scope sets"), "{error}");
    let sole = POLICY.least_privilege(POLICY.operations().skip(13)).unwrap().sole().unwrap();
    assert_eq!(sole.to_string(), "s000 s064 s129");
}

#[test]
fn sets_that_another_is_within_are_not_minimal() {
    let least = |places: &[usize]| {
        let operations = places.iter().map(|place| POLICY.operation_at(*place).unwrap());
        let least = POLICY.least_privilege(operations).unwrap();
        least.sets().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(least(&[0]), ["s000", "s001"]);
    assert_eq!(least(&[0, 0]), ["s000", "s001"]);
    // What has `s001` beside all that the other operation needs has more than is needed.
    assert_eq!(least(&[0, 13]), ["s000 s064 s129"]);
    assert_eq!(least(&[13, 0]), ["s000 s064 s129"]);
    let choice = POLICY.least_privilege([POLICY.operation_at(0).unwrap()]).unwrap();
    for (grant, is_met, excess) in [
        (&[][..], false, ""),
        (&[1], true, ""),
        (&[0, 1], true, "s001"),
        (&[1, 5], true, "s005"),
        (&[7], false, "s007"),
    ] {
        let grant = scopes(grant);
        assert_eq!((choice.is_met_by(&grant), choice.excess(&grant).to_string()), (is_met, excess.to_owned()));
    }
}

#[test]
#[should_panic(expected = "there is no single least set")]
fn alternatives_have_no_single_least_set() {
    let _ = union::<3>(&[POLICY.operation_at(0).unwrap().definition()]);
}

#[test]
fn a_webhook_has_its_name_and_its_summary_and_leads_to_no_operation_that_is_not_there() {
    let told = POLICY.webhooks().map(|one| (one.to_string(), one.summary(), POLICY.follow_up(one).count()));
    assert!(told.eq([("few".into(), Some("Few"), 1), ("many".into(), None, CHOICES), ("none".into(), None, 0)]));
}

#[test]
fn what_was_said_beside_the_document_is_in_the_report() {
    let report = POLICY.audit().to_string();
    for line in [
        "check order  authentication -> scopes -> enablement -> query\noverlays     one.yaml, two.yaml\n",
        "    overlays  changed it; before: Token[s000]\n    requires  Token[s000 s064] + s129\n    query     any\n",
        "    access    public, no credential is looked at\n    because   said in policy.toml\n    query     a b[…\n",
        "GET /gone\n    overlays  removed it; before: Token [s000]\n",
        "s129  (not in the catalogue)\n    needed by  GET /x\n",
        "s100\n    needed by no route\n",
        "few\n    follow-up  GET /x\n        needs  s000 s064 s129\n    a key for all of them  s000 s064 s129\n",
        "    a key for all of them  too many alternatives to list\n",
        "none\n    a key for all of them  no scope\n",
    ] {
        assert!(report.contains(line), "{line}\nis not in\n{report}");
    }
    assert_eq!(report.matches("overlays  changed").count() + report.matches("    because").count(), 2);
}
