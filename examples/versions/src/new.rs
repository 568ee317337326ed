//! The handlers of the second version, as functions of a type.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use policy_axum::Permit;
use policy_core::operation;
use serde::{Deserialize, Serialize};

use crate::notes::{MayRead, Notes};
use crate::v2::operations::{CreateNote, GetNote};

/// A note, as the second version has it.
#[derive(Deserialize, Serialize)]
pub(crate) struct Note {
    text: String,
}

impl Note {
    #[operation(GetNote, scopes("notes:read"))]
    pub(crate) async fn get(
        permit: Permit<GetNote>,
        State(notes): State<Notes>,
        Path(number): Path<usize>,
    ) -> Result<Json<Self>, StatusCode> {
        let text = notes.note(&MayRead::by_v2(&permit), number).ok_or(StatusCode::NOT_FOUND)?;
        Ok(Json(Self { text }))
    }

    #[operation(CreateNote, scopes("notes:write"))]
    pub(crate) async fn create(
        permit: Permit<CreateNote>,
        State(notes): State<Notes>,
        Json(note): Json<Self>,
    ) -> Result<String, StatusCode> {
        notes.add(&permit, note.text).map(|number| number.to_string()).ok_or(StatusCode::FORBIDDEN)
    }
}
