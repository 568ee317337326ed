//! A signed URL of a recording opens it while its key may ask for it, and for fifteen minutes at most; and whatever is wrong
//! with one is answered alike.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    reason = "a test"
)]

mod support;

use axum::Router;
use axum::body::{Body, to_bytes};
use charthero_api::audio::AudioClaim;
use charthero_api::store::{Missing, NORTHWIND, Store};
use charthero_api::{AppError, Settings, app};
use http::Request;
use jiff::{SignedDuration, Timestamp};
use policy_store::KeyTerms;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use support::{Folder, every_scope, fail, issue, run};
use tower::ServiceExt;

const AUDIO: &str = "/external/v1/encounters/enc_synthetic_0001/documents/doc_synthetic_0001/audio";

/// A service with its data, and the database from beside it.
struct Api {
    _folder: Folder,
    store: Store,
    router: Router,
    beside: SqliteConnection,
}

impl Api {
    async fn start() -> Self {
        let folder = Folder::new();
        let store = Store::open(&folder.database(), Missing::Create).await.unwrap();
        store.seed_demo().await.unwrap();
        let router = app(store.clone(), Settings::new("http://clinic.example")).unwrap();
        let beside = SqliteConnection::connect(&folder.database()).await.unwrap();
        Self { _folder: folder, store, router, beside }
    }

    /// Status and body.
    async fn send(&self, method: &str, target: &str, key: Option<&str>) -> (u16, Vec<u8>) {
        let mut request = Request::builder().method(method).uri(target);
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        (response.status().as_u16(), to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec())
    }

    /// The id of a new key with every scope, and the path of a URL that it asked for.
    async fn url(&self) -> (String, String) {
        let key = issue(&self.store, &KeyTerms::of(NORTHWIND).with_scopes(every_scope())).await;
        let id = key.id().to_owned();
        let (status, body) = self.send("GET", AUDIO, Some(&key.reveal())).await;
        assert_eq!(status, 200);
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let url = body["url"].as_str().unwrap().strip_prefix("http://clinic.example").unwrap().to_owned();
        (id, url)
    }

    async fn change(&mut self, statement: &str, key: &str) {
        let statement = statement.replace("{key}", key);
        sqlx::query(AssertSqlSafe(statement)).execute(&mut self.beside).await.unwrap();
    }

    /// What a guess is answered.
    async fn refused(&self) -> (u16, Vec<u8>) {
        let refused = self.send("GET", "/media/guess.guess", None).await;
        assert_eq!(refused.0, 403);
        refused
    }
}

#[tokio::test]
async fn a_url_opens_nothing_once_its_key_may_not_ask_for_it() {
    const KEY: &str = "UPDATE keys SET";
    const OURS: &str = "organization = 'northwind-clinic'";
    let environment = "UPDATE organizations SET environment = CASE environment WHEN 'test' THEN 'production' ELSE 'test' END \
                       WHERE name = 'northwind-clinic'";
    let scope = |name: &str| format!("DELETE FROM key_scopes WHERE key = '{{key}}' AND scope = '{name}'");
    let disallow = |name: &str| format!("DELETE FROM allowed_scopes WHERE {OURS} AND scope = '{name}'");
    let allow = |name: &str| format!("INSERT INTO allowed_scopes VALUES ('northwind-clinic', '{name}')");
    let disable = format!("DELETE FROM enabled_routes WHERE {OURS} AND template LIKE '%/audio'");
    let enable = "INSERT INTO enabled_routes VALUES ('northwind-clinic', 'GET', \
                  '/external/v1/encounters/{encounter_id}/documents/{document_id}/audio')";
    let cases: Vec<(&str, String, String)> = vec![
        ("revoked", format!("{KEY} revoked_at = created_at WHERE id = '{{key}}'"), String::new()),
        ("expired", format!("{KEY} expires_at = created_at WHERE id = '{{key}}'"), String::new()),
        ("paused", format!("{KEY} active = 0 WHERE id = '{{key}}'"), String::new()),
        ("unused", format!("{KEY} created_at = 1, last_used_at = NULL WHERE id = '{{key}}'"), String::new()),
        ("deleted", "DELETE FROM keys WHERE id = '{key}'".into(), String::new()),
        ("moved", format!("{KEY} organization = 'lakeside-practice' WHERE id = '{{key}}'"), String::new()),
        ("orphaned", format!("{KEY} organization = NULL WHERE id = '{{key}}'"), String::new()),
        ("key of another environment", environment.into(), environment.into()),
        ("key without its scope", scope("recordings:read"), String::new()),
        ("key without another scope of the route", scope("documents:read"), String::new()),
        ("organization without the scope", disallow("recordings:read"), allow("recordings:read")),
        ("route disabled", disable, enable.into()),
        (
            "organization inactive",
            "UPDATE organizations SET active = 0 WHERE name = 'northwind-clinic'".into(),
            "UPDATE organizations SET active = 1 WHERE name = 'northwind-clinic'".into(),
        ),
    ];
    let mut api = Api::start().await;
    let refused = api.refused().await;
    for (why, change, restore) in cases {
        let (key, url) = api.url().await;
        assert_eq!(api.send("GET", &url, None).await.0, 200, "{why}");
        api.change(&change, &key).await;
        assert_eq!(api.send("GET", &url, None).await, refused, "{why}");
        if !restore.is_empty() {
            api.change(&restore, &key).await;
            assert_eq!(api.send("GET", &url, None).await.0, 200, "{why}: restored");
        }
    }
}

#[tokio::test]
async fn a_url_is_good_for_what_was_signed_and_never_for_longer_than_fifteen_minutes() {
    let api = Api::start().await;
    let refused = api.refused().await;
    let (key_id, url) = api.url().await;
    let now = Timestamp::now().as_second();
    let claim = |expires_at: i64| AudioClaim {
        method: "GET".into(),
        recording_id: "rec_synthetic_0001".into(),
        organization: NORTHWIND.into(),
        key_id: key_id.clone(),
        expires_at,
    };
    let sign = |claim: AudioClaim| format!("/media/{}", api.store.audio().sign(&claim).unwrap());
    assert_eq!(api.send("GET", &sign(claim(now + 14 * 60)), None).await.0, 200);
    for (why, url) in [
        ("over", sign(claim(now))),
        ("never", sign(claim(i64::MIN))),
        ("past the bound", sign(claim(now + 16 * 60))),
        ("for ever", sign(claim(i64::MAX))),
        ("another method", sign(AudioClaim { method: "HEAD".into(), ..claim(now + 60) })),
        ("another organization", sign(AudioClaim { organization: "lakeside-practice".into(), ..claim(now + 60) })),
        ("no key", sign(AudioClaim { key_id: "0123456789abcdef".into(), ..claim(now + 60) })),
        ("no recording", sign(AudioClaim { recording_id: "rec".into(), ..claim(now + 60) })),
        ("changed", format!("{url}A")),
        ("cut", url[..url.len() - 1].to_owned()),
        ("no text", "/media/%ff".into()),
        ("nothing", "/media/.".into()),
    ] {
        assert_eq!(api.send("GET", &url, None).await, refused, "{why}");
    }
}

#[tokio::test]
async fn a_longer_time_is_an_error_when_it_is_configured() {
    let api = Api::start().await;
    for (seconds, good) in [(1, true), (900, true), (901, false), (86_400, false), (0, false), (-1, false)] {
        let settings =
            Settings { audio_lifetime: SignedDuration::from_secs(seconds), ..Settings::new("http://clinic.example") };
        let made = app(api.store.clone(), settings);
        assert_eq!(made.is_ok(), good, "{seconds}");
        assert!(good || matches!(made, Err(AppError::AudioLifetime(_))), "{seconds}");
    }
    let folder = Folder::new();
    let said = fail(&folder, &["serve", "--listen", "127.0.0.1:0", "--audio-lifetime", "16m"]);
    assert!(said.contains("15m is the longest"), "{said}");
    assert!(run(&folder, &["serve", "--help"]).status.success());
}
