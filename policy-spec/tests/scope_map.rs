//! `[[scopes.map]]`: what it grants, to whom and until when, and every way in which an entry is wrong.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use policy_core::ScopeString;
use policy_spec::{Change, Configuration, Date, Engine, Loaded, PolicyModel, compare};

const DOCUMENT: &str = "openapi: 3.1.0
info: { title: Notes, version: '1' }
components:
  securitySchemes:
    OAuth: { type: oauth2, flows: { clientCredentials: { tokenUrl: /t, scopes: { notes:read: Read., notes:write: Write. } } } }
    Partner: { type: http, scheme: bearer, x-scopes: { notes:read: Read. } }
paths:
  /notes:
    get: { operationId: list, security: [{ OAuth: [notes:read] }, { Partner: [notes:read] }] }
    post: { operationId: add, security: [{ OAuth: [notes:write] }] }
";

fn read(toml: &str) -> Loaded {
    let configuration = Configuration::parse("policy.toml", toml).unwrap_or_else(|problem| panic!("{problem}"));
    let today = Date::parse("2026-11-28").unwrap();
    policy_spec::read("api.yaml", DOCUMENT.as_bytes(), &configuration.settings.with(|settings| settings.today = today))
}

fn model(toml: &str) -> PolicyModel {
    let loaded = read(toml);
    loaded.model.clone().unwrap_or_else(|| panic!("{}", loaded.render(false)))
}

fn entry(rest: &str) -> String {
    format!("[[scopes.map]]\nscheme = 'OAuth'\nfrom = 'Notes.Read'\n{rest}\n")
}

const READ: &str = "to = ['notes:read']";

/// Whether a scheme's scopes grant these at a second, by the engine.
fn grants(
    model: &PolicyModel,
    (scheme, issued): (&str, &str),
    second: u64,
    claims: &[(&[&str], &str)],
    expected: &str,
) -> bool {
    let engine = Engine::new(model).unwrap();
    let policy = engine.policy();
    let says = |path: &[Box<str>], text: &str| {
        let is_path = |own: &[&str]| own.iter().copied().eq(path.iter().map(|name| &**name));
        claims.iter().any(|(own, value)| is_path(own) && *value == text)
    };
    let set = policy.granted(policy.scheme(scheme).unwrap(), ScopeString::new(issued).unwrap(), second, says);
    set == policy.scope_set(ScopeString::new(expected).unwrap())
}

/// The first second after 2027-03-31, UTC.
const END: u64 = 1_806_537_600;

#[test]
fn a_map_adds_scopes_to_a_grant_of_its_scheme_until_its_day() {
    let toml = entry(&format!("{READ}\nuntil = '2027-03-31'"))
        + "[[scopes.map]]\nscheme = 'OAuth'\nclaim = ['realm_access', 'roles']\nfrom = 'Domain Editors'\nto = ['notes:write']\nuntil = 2027-03-31\n"
        // A map of what another entry grants: nothing is mapped twice.
        + "[[scopes.map]]\nscheme = 'OAuth'\nfrom = 'notes:read'\nto = ['notes:write']\nuntil = '2026-12-31'\n";
    let model = model(&toml);
    assert_eq!(model.scope_map.len(), 3);
    let editors: &[(&[&str], &str)] = &[(&["realm_access", "roles"], "Domain Editors")];
    for (scheme, issued, second, claims, expected) in [
        ("OAuth", "Notes.Read", END - 1, &[][..], "notes:read"),
        ("OAuth", "Notes.Read", END, &[], ""),
        // A clock that goes back before the day says that the day has not passed.
        ("OAuth", "Notes.Read", 0, &[], "notes:read"),
        ("OAuth", "notes.read", 0, &[], ""),
        ("OAuth", "Notes.Read.All", 0, &[], ""),
        ("Partner", "Notes.Read", 0, &[], ""),
        ("OAuth", "", 0, editors, "notes:write"),
        ("Partner", "", 0, editors, ""),
        ("OAuth", "", END, editors, ""),
        ("OAuth", "", 0, &[(&["realm_access.roles"], "Domain Editors")], ""),
        ("OAuth", "", 0, &[(&["roles"], "Domain Editors")], ""),
        ("OAuth", "notes:read", 0, &[], "notes:read notes:write"),
        ("OAuth", "unheard-of", 0, &[], ""),
    ] {
        assert!(grants(&model, (scheme, issued), second, claims, expected), "{scheme} {issued} {second} {claims:?}");
    }
}

#[test]
fn the_fingerprint_covers_the_map_and_a_policy_without_one_keeps_its_own() {
    let without = model("");
    let prints: std::collections::BTreeSet<String> = [
        String::new(),
        entry(READ),
        entry("to = ['notes:write']"),
        entry("to = ['notes:read', 'notes:write']"),
        entry(&format!("{READ}\nuntil = '2027-03-31'")),
        entry(&format!("{READ}\nclaim = 'roles'")),
        entry(&format!("{READ}\nclaim = ['a', 'roles']")),
        entry(&format!("{READ}\nclaim = 'a.roles'")),
        entry(READ).replace("'OAuth'", "'Partner'"),
        entry(READ).replace("Notes.Read", "Notes.read"),
    ]
    .iter()
    .map(|toml| model(toml).fingerprint())
    .collect();
    assert_eq!(prints.len(), 10);
    assert_eq!(
        model(&entry("to = ['notes:read', 'notes:write']")).fingerprint(),
        model(&entry("to = ['notes:write', 'notes:read']")).fingerprint()
    );
    assert!(prints.contains(&without.fingerprint()));
}

#[test]
fn a_comparison_says_who_gains_and_who_loses() {
    let until = |day: &str| entry(&format!("{READ}\nuntil = '{day}'"));
    for (policy, against, expected) in [
        (entry(READ), entry(READ), &[][..]),
        (entry(READ), String::new(), &[Change::ScopeMapWidened]),
        (String::new(), entry(READ), &[Change::ScopeMapNarrowed]),
        (entry(READ), until("2027-01-01"), &[Change::ScopeMapWidened]),
        (until("2027-01-01"), until("2027-01-02"), &[Change::ScopeMapNarrowed]),
        (entry("to = ['notes:write']"), entry(READ), &[Change::ScopeMapWidened, Change::ScopeMapNarrowed]),
    ] {
        let found: Vec<Change> = compare(&model(&policy), &model(&against)).iter().map(|one| one.change).collect();
        assert_eq!(found, expected, "{policy} {against}");
    }
    let gained = compare(&model(&entry(READ)), &model("")).remove(0).gained.unwrap();
    assert_eq!(gained.to_string(), "a caller with `OAuth` holding `Notes.Read`");
}

/// The first finding, and the text that it underlines.
fn refused(toml: &str) -> String {
    match Configuration::parse("policy.toml", toml) {
        Err(problem) => problem
            .findings
            .iter()
            .map(|finding| format!("{}: {}", finding.code, finding.message))
            .collect::<Vec<_>>()
            .join("; "),
        Ok(_) => {
            let loaded = read(toml);
            let about = |code: &str| code.contains("scope-map");
            let told = loaded.findings.iter().filter(|finding| about(finding.code.as_str())).map(|finding| {
                assert_eq!(loaded.sources.name(finding.primary.span.file), "policy.toml");
                let help = finding.help.as_deref().unwrap_or_default();
                format!(
                    "{} at {}: {} ({help})",
                    finding.code,
                    loaded.sources.location(finding.primary.span).line,
                    finding.message
                )
            });
            told.collect::<Vec<_>>().join("; ")
        }
    }
}

#[test]
fn an_entry_that_is_wrong_is_told_with_its_place_and_grants_nothing() {
    for (toml, expected) in [
        (
            entry(READ).replace("'OAuth'", "'OAuht'"),
            "invalid-scope-map-entry at 1: the document has no security scheme `OAuht` (did you mean `OAuth`?)",
        ),
        (
            entry("to = ['note:read']"),
            "invalid-scope-map-entry at 1: the document has no scope `note:read` (did you mean `notes:read`?)",
        ),
        (entry("to = ['notes:*']"), "invalid-scope-map-entry at 1: the document has no scope `notes:*`"),
        (
            entry(READ).replace("Notes.Read", "notes:read"),
            "invalid-scope-map-entry at 1: the map of `notes:read` grants nothing new",
        ),
        (entry("to = ['notes:read', 'notes:read']"), "invalid-scope-map-entry at 1: `notes:read` stands twice in `to`"),
        (entry(READ) + &entry("to = ['notes:write']"), "invalid-scope-map-entry at 5: `Notes.Read` is mapped twice"),
        (
            entry(READ).replace("Notes.Read", "Notes Read"),
            "invalid-scope-map-entry at 1: `Notes Read` is no scope that a token could hold",
        ),
        (entry(READ).replace("Notes.Read", ""), "invalid-scope-map-entry at 1: `` is no scope that a token could hold"),
        (entry(&format!("{READ}\nclaim = ''")), "invalid-scope-map-entry at 1: a claim without a name"),
        (
            entry(&format!("{READ}\nuntil = '2026-11-27'")),
            "expired-scope-map-entry at 1: the map of `Notes.Read` ended on 2026-11-27",
        ),
        (entry("to = []"), "invalid-configuration: expected a list of strings here"),
        (entry("to = 'notes:read'"), "invalid-configuration: expected a list of strings here"),
        (entry(&format!("{READ}\nclaim = []")), "invalid-configuration: expected a list of strings here"),
        (entry(&format!("{READ}\nuntil = 'soon'")), "invalid-configuration: `soon` is no day"),
        (
            entry(&format!("{READ}\nexpires = '2027-01-01'")),
            "invalid-configuration: there is no key of `[[scopes.map]]` `expires`",
        ),
        (
            "[[scopes.map]]\nfrom = 'a'\n".into(),
            "invalid-configuration: `[[scopes.map]]` has no `scheme`; invalid-configuration: `[[scopes.map]]` has no `to`",
        ),
        ("[scopes]\nmaps = []\n".into(), "invalid-configuration: there is no key of `scopes` `maps`"),
        ("scopes = 7\n".into(), "invalid-configuration: `scopes` is no table"),
        (entry(&format!("{READ}\nuntil = '2026-11-28'")), ""),
    ] {
        let told = refused(&toml);
        assert!(if expected.is_empty() { told.is_empty() } else { told.starts_with(expected) }, "{toml}\n{told}");
        if told.starts_with("invalid-scope-map-entry") {
            let kept = read(&toml).readable().unwrap().scope_map.len();
            assert_eq!(kept, usize::from(told.contains("mapped twice")), "{toml}");
        }
    }
}
