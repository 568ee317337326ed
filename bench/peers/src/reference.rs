//! The reference API, its database included, on SQLite and on PostgreSQL: unguarded, guarded by who knows the keys, and guarded as it is.

use std::error::Error;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::get;
use charthero_api::handlers::{get_audio, get_document, get_encounter, get_transcript, list_encounters};
use charthero_api::page::Page;
use charthero_api::policy::operations::{GetAudio, GetDocument, GetEncounter, GetTranscript, ListEncounters};
use charthero_api::policy::{Api, POLICY, schemes};
use charthero_api::store::{Missing, NORTHWIND, Store};
use charthero_api::{Service, Settings};
use policy_core::testing::permit;
use policy_core::{OperationSet, Principal};
use policy_http::{ApiKeys, KeyFormat, MemoryKeys, StoredKey};

use crate::postgres::Server;

/// The services, and what to ask each of them.
pub struct Reference {
    /// Nobody checks anything.
    pub unguarded: Router,
    /// All four stages; the keys and the enabled routes are in memory.
    pub guarded: Router,
    /// All four stages; the key and the enabled routes are in the database.
    pub as_it_is: Router,
    /// Paths with an answer.
    pub paths: Vec<String>,
    /// The key of the guarded service.
    pub known_key: String,
    /// The key of the service as it is.
    pub stored_key: String,
    /// The server of the database, where it has one.
    _server: Option<Server>,
}

impl Reference {
    /// On PostgreSQL, with a server that runs as long as this is there. `None` where PostgreSQL is not installed.
    pub async fn on_postgres() -> Result<Option<Self>, Box<dyn Error>> {
        let Some(server) = Server::start() else { return Ok(None) };
        let url = server.url("postgres");
        Ok(Some(Self::open(&url, Some(server)).await?))
    }

    /// On SQLite, in a file that is there until the next run.
    pub async fn on_sqlite() -> Result<Self, Box<dyn Error>> {
        let file = std::env::temp_dir().join("policy-bench-reference.db");
        for end in ["", "-wal", "-shm"] {
            match std::fs::remove_file(format!("{}{end}", file.display())) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Self::open(&format!("sqlite:{}", file.display()), None).await
    }

    /// A new database with the demonstration's data, and the services above it.
    async fn open(url: &str, server: Option<Server>) -> Result<Self, Box<dyn Error>> {
        let store = Store::open(url, Missing::Create).await?;
        let stored_key = store.seed_demo().await?.northwind.reveal();
        let caller =
            Principal::<Api>::new("key").with_tenant(NORTHWIND).with_grant(schemes::API_KEY, POLICY.scopes().collect());
        let settings = Settings::new("http://localhost");
        let service = Service::new(store.clone(), settings.clone());

        let format = KeyFormat::new("ch_sk")?;
        let key = format.generate()?;
        let keys = MemoryKeys::new();
        let scopes = POLICY.scopes().map(|scope| scope.name()).collect::<Vec<_>>().join(" ");
        keys.insert(key.id(), StoredKey::new(key.secret_hash()).with_tenant(NORTHWIND).with_scopes(scopes));
        let guarded = charthero_api::guard(ApiKeys::new(format, keys), OperationSet::all());

        Ok(Self {
            paths: paths(&store, &caller).await?,
            unguarded: unguarded(caller).with_state(service.clone()),
            guarded: guarded.try_with_state(service)?,
            as_it_is: charthero_api::app(store, settings)?,
            known_key: key.reveal(),
            stored_key,
            _server: server,
        })
    }
}

/// The same handlers. Each demands its permit, so every request gets one as unit tests do: the caller's scopes are compared, and
/// nothing else is asked.
fn unguarded(caller: Principal<Api>) -> Router<Service> {
    macro_rules! route {
        ($router:expr, $template:literal, $operation:ty, $handler:expr) => {{
            let caller = caller.clone();
            $router.route(
                $template,
                get(async move |State(service), rest| match permit::<$operation>(caller.clone()) {
                    Ok(permit) => $handler(permit.into(), State(service), rest).await,
                    Err(_) => Err(charthero_api::problem::Problem::INTERNAL),
                }),
            )
        }};
    }
    let router = Router::new();
    let list = async |permit, service, query: RawQuery| list_encounters(permit, service, query).await;
    let router = route!(router, "/external/v1/encounters", ListEncounters, list);
    let router = route!(router, "/external/v1/encounters/{encounter_id}", GetEncounter, get_encounter);
    let router =
        route!(router, "/external/v1/encounters/{encounter_id}/documents/{document_id}", GetDocument, get_document);
    let router = route!(
        router,
        "/external/v1/encounters/{encounter_id}/documents/{document_id}/transcript",
        GetTranscript,
        get_transcript
    );
    route!(router, "/external/v1/encounters/{encounter_id}/documents/{document_id}/audio", GetAudio, get_audio)
}

/// The operations of the API, for encounters and documents that are there, but for `getAudio`: each service answers it with another
/// signed URL, and answers are compared.
async fn paths(store: &Store, caller: &Principal<Api>) -> Result<Vec<String>, Box<dyn Error>> {
    let holds_all = "the caller holds every scope";
    let lists = permit::<ListEncounters>(caller.clone()).map_err(|_| holds_all)?;
    let plays = permit::<GetAudio>(caller.clone()).map_err(|_| holds_all)?;
    let encounters = store.encounters(&lists, &Page::parse(Some("limit=4"))?).await?.items;
    let documents = store.document_summaries(&lists, &encounters).await?;
    let list = "/external/v1/encounters";
    let mut paths = vec![format!("{list}?limit=10")];
    for encounter in &encounters {
        let id = &encounter.encounter_id;
        paths.push(format!("{list}/{id}"));
        for document in documents.get(id).into_iter().flatten() {
            let path = format!("{list}/{id}/documents/{}", document.document_id);
            if store.transcript(&plays, id, &document.document_id).await?.is_some() {
                paths.push(format!("{path}/transcript"));
            }
            paths.push(path);
        }
    }
    Ok(paths)
}
