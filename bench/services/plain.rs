//! The service that is built without a guard.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};

/// Of each encounter the clinic, the id, the reason and the patient.
#[derive(Clone)]
struct Db(Vec<[String; 4]>);

async fn list_encounters(State(db): State<Db>) -> Json<Vec<String>> {
    Json(db.0.iter().map(|row| format!("{}: {}", row[3], row[2])).collect())
}

async fn get_encounter(State(db): State<Db>, Path(id): Path<String>) -> Result<String, StatusCode> {
    db.0.iter().find(|row| row[1] == id).map(|row| row[2].clone()).ok_or(StatusCode::NOT_FOUND)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = Db(vec![["north", "e1", "cough", "Ada"].map(String::from)]);
    let app = Router::new()
        .route("/encounters", get(list_encounters))
        .route("/encounters/{encounter_id}", get(get_encounter))
        .route("/healthz", get(|| async { "ok" }))
        .with_state(db);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    Ok(axum::serve(listener, app).await?)
}
