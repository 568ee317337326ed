//! Every route against every kind of caller, over real HTTP, with the program as it ships.
//!
//! Expectations are typed by hand from the public documentation of the API; the table under test computes none of them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "a test")]

mod support;

use charthero_api::store::{Missing, Store};
use policy_store::KeyTerms;
use support::{Answer, Folder, Server, every_scope, fail, issue, succeed};

const LIST: &str = "/external/v1/encounters";
const DETAIL: &str = "/external/v1/encounters/{e}";
const DOCUMENT: &str = "/external/v1/encounters/{e}/documents/{d}";
const TRANSCRIPT: &str = "/external/v1/encounters/{e}/documents/{d}/transcript";
const AUDIO: &str = "/external/v1/encounters/{e}/documents/{d}/audio";

/// Route, the same route as the document has it, and what its scopes are.
const ROUTES: [(&str, &str, &[&str]); 5] = [
    (LIST, "GET /external/v1/encounters", &["encounters:read", "patients:read", "documents:read"]),
    (DETAIL, "GET /external/v1/encounters/{encounter_id}", &["encounters:read", "patients:read", "documents:read"]),
    (
        DOCUMENT,
        "GET /external/v1/encounters/{encounter_id}/documents/{document_id}",
        &["encounters:read", "documents:read"],
    ),
    (
        TRANSCRIPT,
        "GET /external/v1/encounters/{encounter_id}/documents/{document_id}/transcript",
        &["encounters:read", "documents:read"],
    ),
    (
        AUDIO,
        "GET /external/v1/encounters/{encounter_id}/documents/{document_id}/audio",
        &["encounters:read", "documents:read", "recordings:read"],
    ),
];

const ALL: &str = "encounters:read,patients:read,documents:read,recordings:read";

/// The organizations that the demo seeds.
const OURS: &str = "northwind-clinic";
const THEIRS: &str = "lakeside-practice";

/// A seeded API with one organization of each kind, and what its data is called.
struct Api {
    folder: Folder,
    server: Server,
    ours: (String, String),
    theirs: (String, String),
    key: String,
}

impl Api {
    fn start() -> Self {
        let folder = Folder::new();
        // Demo mode seeds the data; the partners of these tests are the demo's organizations.
        let server =
            Server::with(&folder, &["serve", "--demo", "--listen", "127.0.0.1:0", "--database", &folder.database()]);
        for name in [OURS, THEIRS] {
            for (_, route, _) in ROUTES {
                succeed(&folder, &["organization", "enable", name, route]);
            }
        }
        let key = succeed(&folder, &["key", "issue", OURS, "--scopes", ALL]);
        let other =
            succeed(&folder, &["key", "issue", THEIRS, "--scopes", "encounters:read,patients:read,documents:read"]);
        let first = |key: &str| {
            let page = server.get(LIST, Some(key)).json();
            let encounter = page["items"]
                .as_array()
                .unwrap()
                .iter()
                .find(|one| !one["documents"].as_array().unwrap().is_empty())
                .unwrap()
                .clone();
            let id = |value: &serde_json::Value, name: &str| value[name].as_str().unwrap().to_owned();
            (id(&encounter, "encounter_id"), id(&encounter["documents"][0], "document_id"))
        };
        let (ours_data, theirs_data) = (first(&key), first(&other));
        Self { folder, server, ours: ours_data, theirs: theirs_data, key }
    }

    /// The answer, and the line that the log has of its decision.
    fn get(&self, route: &str, ids: &(String, String), query: &str, key: Option<&str>) -> (Answer, String) {
        let target = route.replace("{e}", &ids.0).replace("{d}", &ids.1);
        let before = self.server.decisions().len();
        let answer = self.server.get(&format!("{target}{query}"), key);
        (answer, self.server.decision_after(before))
    }
}

/// What a caller is told, whatever else is wrong with the request; and the stage that the log names, or none for a
/// request that every stage let through.
#[track_caller]
fn check(answer: &(Answer, String), route: &str, why: &str, stage: Option<&str>, status: u16, reason_code: &str) {
    let (answer, decision) = answer;
    assert_eq!(answer.status, status, "{route}: {why}: {answer:?}");
    assert_eq!(answer.reason_code(), reason_code, "{route}: {why}: {answer:?}");
    let challenged = answer.header("www-authenticate").is_some();
    assert_eq!(challenged, status == 401 || reason_code == "insufficient_scope", "{answer:?}");
    let logged = decision.split_once("stage=\"").and_then(|(_, rest)| rest.split('"').next());
    assert_eq!(logged, stage, "{route}: {why}: {decision}");
}

#[test]
fn every_route_answers_every_kind_of_caller_as_the_documentation_says() {
    let api = Api::start();
    let revoked = succeed(&api.folder, &["key", "issue", OURS, "--scopes", ALL]);
    let revoked_id = revoked.trim_start_matches("ch_sk_").split('_').next().unwrap().to_owned();
    succeed(&api.folder, &["key", "revoke", &revoked_id]);
    let expired = succeed(&api.folder, &["key", "issue", OURS, "--scopes", ALL, "--expires-in", "1s"]);
    let inactive = succeed(&api.folder, &["key", "issue", OURS, "--scopes", ALL]);
    let inactive_id = inactive.trim_start_matches("ch_sk_").split('_').next().unwrap().to_owned();
    succeed(&api.folder, &["key", "deactivate", &inactive_id]);
    let orphan = key_without_organization(&api.folder);
    let nobody = format!("ch_sk_{}_{}", revoked_id, "0".repeat(revoked.rsplit('_').next().unwrap().len()));
    std::thread::sleep(std::time::Duration::from_millis(2_100));

    for (route, stored, required) in ROUTES {
        // A wrong query changes no answer that is due before the query is looked at.
        for query in ["", "?owners=me", "?limit=0&owners=me"] {
            let get = |key: Option<&str>| api.get(route, &api.ours, query, key);
            check(&get(None), route, "no key", Some("authentication"), 401, "missing_bearer");
            check(&get(Some("not a key")), route, "malformed", Some("authentication"), 401, "malformed_token");
            check(&get(Some(&nobody)), route, "unknown", Some("authentication"), 401, "invalid_key");
            check(&get(Some(&expired)), route, "expired", Some("authentication"), 401, "expired_key");
            check(&get(Some(&revoked)), route, "revoked", Some("authentication"), 401, "revoked_key");
            check(&get(Some(&inactive)), route, "inactive", Some("authentication"), 401, "inactive_key");
            check(&get(Some(&orphan)), route, "no organization", Some("enablement"), 403, "no_organization");
            for lacking in required {
                let scopes: Vec<&str> = ALL.split(',').filter(|scope| scope != lacking).collect();
                let key = succeed(&api.folder, &["key", "issue", OURS, "--scopes", &scopes.join(",")]);
                let answer = get(Some(&key));
                check(&answer, route, lacking, Some("scopes"), 403, "insufficient_scope");
                let challenge = answer.0.header("www-authenticate").unwrap();
                assert!(required.iter().all(|scope| challenge.matches(scope).count() == 1), "{challenge}");
            }
            succeed(&api.folder, &["organization", "disable", OURS, stored]);
            check(&get(Some(&api.key)), route, "disabled", Some("enablement"), 403, "route_not_enabled");
            succeed(&api.folder, &["organization", "enable", OURS, stored]);
        }
        let good = |query: &str, ids| api.get(route, ids, query, Some(&api.key));
        for query in ["?owners=me", "?%6fwners=me", "?x", "?=", "?limit=1&patient_id=2"] {
            let answer = good(query, &api.ours);
            check(&answer, route, query, Some("query"), 400, "unsupported_filter");
            assert!(answer.0.json()["field"].is_string(), "{answer:?}");
        }
        assert_eq!(good("", &api.ours).0.status, 200, "{route}");
        if route != LIST {
            let unknown = ("enc_unknown".to_owned(), "doc_unknown".to_owned());
            let (absent, foreign) = (good("", &unknown), good("", &api.theirs));
            check(&absent, route, "absent", None, 404, "not_found");
            assert_eq!(absent.0.comparable(), foreign.0.comparable(), "{route}: not yours and absent differ");
        }
    }
}

/// The command line issues none; an older program may have.
fn key_without_organization(folder: &Folder) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&folder.database(), Missing::Refuse).await.unwrap();
        let key = issue(&store, &KeyTerms::new().with_scopes(every_scope())).await.reveal();
        store.close().await;
        key
    })
}

#[test]
fn recordings_read_alone_opens_nothing() {
    let api = Api::start();
    let key = succeed(&api.folder, &["key", "issue", OURS, "--scopes", "recordings:read"]);
    for (route, ..) in ROUTES {
        check(
            &api.get(route, &api.ours, "", Some(&key)),
            route,
            "recordings:read",
            Some("scopes"),
            403,
            "insufficient_scope",
        );
    }
}

#[test]
fn what_is_outside_the_document_is_denied() {
    let api = Api::start();
    let key = ("Authorization", format!("Bearer {}", api.key));
    let key = [(key.0, key.1.as_str())];
    for (method, target, headers, status) in [
        ("GET", "/external/v1/nothing", &key[..0], 401),
        ("GET", "/external/v1/nothing", &key[..], 404),
        ("GET", "/external/v1/encounters/", &key[..], 404),
        ("POST", LIST, &key[..0], 401),
        ("POST", LIST, &key[..], 405),
        ("get", LIST, &key[..], 405),
        ("OPTIONS", LIST, &key[..0], 401),
        ("HEAD", LIST, &key[..0], 401),
    ] {
        let answer = api.server.send(method, target, headers);
        assert_eq!(answer.status, status, "{method} {target}: {answer:?}");
        assert_eq!(answer.header("allow").is_some(), status == 405, "{answer:?}");
    }
}

#[test]
fn no_credential_is_logged_or_echoed() {
    let api = Api::start();
    let guess = format!("{}x", api.key);
    let mut answers = String::new();
    for key in [api.key.as_str(), guess.as_str(), "ch_sk_secretguess"] {
        for (route, ..) in ROUTES {
            answers.push_str(&format!("{:?}", api.get(route, &api.ours, "?owners=me", Some(key))));
        }
    }
    let secret = api.key.rsplit('_').next().unwrap().to_owned();
    let log = {
        let Api { server, folder, .. } = api;
        let (clean, _, log) = server.stop();
        assert!(clean, "SIGTERM ends the server cleanly: {log}");
        drop(folder);
        log
    };
    for credential in [secret.as_str(), "secretguess"] {
        assert!(!answers.contains(credential) && !log.contains(credential), "{credential} was shown");
    }
    // Every request stands there all the same: the good key's, refused for its query, and those of the two that are no keys.
    let refused = |stage: &str| {
        let stage = format!("stage=\"{stage}\"");
        log.lines().filter(|line| line.contains(" decision=") && line.contains(&stage)).count()
    };
    assert_eq!((refused("query"), refused("authentication")), (ROUTES.len(), 2 * ROUTES.len()), "{log}");
}

#[test]
fn issuing_keeps_to_what_the_organization_may_hold() {
    let folder = Folder::new();
    succeed(&folder, &["organization", "create", "clinic", "--allow-scopes", "encounters:read,documents:read"]);
    assert!(fail(&folder, &["key", "issue", "clinic", "--scopes", ALL]).contains("patients:read"));
    assert!(fail(&folder, &["key", "issue", "clinic", "--scopes", "encounter:read"]).contains("encounters:read"));
    assert!(fail(&folder, &["key", "issue", "nobody", "--scopes", "encounters:read"]).contains("nobody"));
    assert!(fail(&folder, &["organization", "enable", "clinic", "GET /external/v1/encounter"]).contains("encounter"));
    let key = succeed(&folder, &["key", "issue", "clinic", "--scopes", "encounters:read,documents:read"]);
    assert!(key.starts_with("ch_sk_") && key.lines().count() == 1, "only the key is on standard output");
}
